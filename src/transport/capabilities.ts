// What a session of a role can do here: part of every session.open answer, made from the tables of methods and events.

import type { Role } from '../engine/egress.ts';
import { roles } from './authentication.ts';

export interface Capabilities {
  readonly methods: readonly string[];
  readonly events: readonly string[];
  readonly features: readonly string[];
}

export function capabilitiesByRole(
  methods: Readonly<Record<string, { readonly roles: readonly Role[] }>>,
  events: Readonly<Record<string, { readonly to: readonly Role[] }>>,
  features: readonly string[],
): Readonly<Record<Role, Capabilities>> {
  const of = (role: Role): [Role, Capabilities] => [
    role,
    {
      methods: Object.keys(methods).filter((name) => methods[name]!.roles.includes(role)),
      events: Object.keys(events).filter((name) => events[name]!.to.includes(role)),
      features,
    },
  ];
  return Object.fromEntries(roles.map(of)) as Record<Role, Capabilities>;
}
