// tenant.set and tenant.get: one row of settings, as given.

import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { tenantDefaults } from '../../protocol/tenant-settings.ts';
import type { Admission, Admitted, TableReader } from '../module.ts';
import { callerOf } from './contact-create.ts';
import type { RoutingState } from './routing-state.ts';
import { tenantTable } from './tables.ts';

export type TenantGiven = Omit<Params<'tenant.set'>, 'requestId'>;
const ROW = 1;

export function setTenant(state: RoutingState, params: Params<'tenant.set'>, admission: Admission): Admitted {
  const given: TenantGiven = contentOf(params);
  writeTenant(state, given, admission);
  return { result: { tenantId: callerOf(admission).tenant, ...tenantDefaults, ...given } };
}

export function getTenant(admission: Admission): Admitted {
  return {
    result: { tenantId: callerOf(admission).tenant, ...tenantDefaults, ...readTenant(admission.tables) },
  };
}

export function readTenant(tables: TableReader): TenantGiven {
  return (tables.get(tenantTable, ROW) as TenantGiven | undefined) ?? {};
}

/** False when it was so already. */
export function writeTenant(state: RoutingState, given: TenantGiven, admission: Admission): boolean {
  if (canonical(readTenant(admission.tables)) === canonical(given)) return false;
  admission.tables.put(tenantTable, ROW, given);
  for (const shapes of state.shapes) shapes.tenantSet?.(given, admission);
  return true;
}
