// What a session is told that this router can do for its role, so that newer clients ask older routers only for what
// they have.

import type { Role } from '../engine/egress.ts';
import { type EventName, eventNames, events } from './events.ts';
import { type MethodName, methodNames, methodSpec } from './methods.ts';

export interface Capabilities {
  readonly methods: readonly MethodName[];
  readonly events: readonly EventName[];
  readonly features: readonly string[];
}

/** What is not a method, an event or a parameter and still worth asking for. */
export const features = {
  batch: 'A frame or body may be an array of requests.',
  requestId: 'Requests with a `requestId` may be sent again without harm.',
  resume: 'session.open with `sessionEpoch` and `lastSeq` gives what was missed.',
} as const;

export function capabilitiesOf(role: Role): Capabilities {
  return {
    methods: methodNames.filter((name) => methodSpec(name).roles.includes(role)),
    events: eventNames.filter((name) => (events[name].to as readonly Role[]).includes(role)),
    features: Object.keys(features),
  };
}
