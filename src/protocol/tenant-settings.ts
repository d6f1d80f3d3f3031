// The settings of a tenant as a whole: of tenant.set, tenant.get and the configuration document.

import { Type } from '@sinclair/typebox';
import { linesPerSeatMax } from '../limits.ts';
import { attributes, text, whole } from './schemas.ts';

export const tenantDefaults = { linesPerSeatMax } as const;

export const tenantProperties = {
  name: Type.Optional(text('As people call it.')),
  linesPerSeatMax: Type.Optional(
    whole(1, linesPerSeatMax, 'As many lines as a seat may have.', { default: tenantDefaults.linesPerSeatMax }),
  ),
  attributes: Type.Optional(attributes),
};
