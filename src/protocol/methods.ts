// Every method, once. Validation, rights, the OpenRPC document, the reference and the typed client are all made from
// this table; a test compares it with the handlers, the refusals and PROTOCOL's list of names.

import type { Static } from '@sinclair/typebox';
import { accountMethods } from './methods/account.ts';
import { affinityMethods } from './methods/affinity.ts';
import { agentMethods } from './methods/agent.ts';
import { alertMethods } from './methods/alerts.ts';
import { businessMethods } from './methods/business.ts';
import { calendarMethods } from './methods/calendar.ts';
import { callbackMethods } from './methods/callback.ts';
import { callerMethods } from './methods/caller.ts';
import { contactMethods } from './methods/contact.ts';
import { customerMethods } from './methods/customer.ts';
import { documentMethods } from './methods/document.ts';
import { entryMethods } from './methods/entry.ts';
import { identityRuleMethods } from './methods/identity-rule.ts';
import { mediaMethods } from './methods/media.ts';
import { messageMethods } from './methods/messages.ts';
import { generalRefusals, type MethodSpec, repetitionRefusals } from './methods/method.ts';
import { paymentMethods } from './methods/payment.ts';
import { platformMethods } from './methods/platform.ts';
import { queueMethods } from './methods/queue.ts';
import { rateMethods } from './methods/rate.ts';
import { candidateMethods, ratingMethods } from './methods/rating.ts';
import { recordMethods } from './methods/records.ts';
import { scheduleMethods } from './methods/schedule.ts';
import { sessionMethods } from './methods/session.ts';
import { statisticsMethods } from './methods/statistics.ts';
import { supervisorMethods } from './methods/supervisor.ts';
import { switchMethods } from './methods/switch.ts';
import { tenantMethods } from './methods/tenant.ts';
import { webhookMethods } from './methods/webhooks.ts';
import type { RefusalName } from './refusals.ts';

export const methods = {
  ...sessionMethods,
  ...tenantMethods,
  ...queueMethods,
  ...calendarMethods,
  ...entryMethods,
  ...callerMethods,
  ...agentMethods,
  ...scheduleMethods,
  ...contactMethods,
  ...mediaMethods,
  ...messageMethods,
  ...callbackMethods,
  ...switchMethods,
  ...customerMethods,
  ...affinityMethods,
  ...identityRuleMethods,
  ...businessMethods,
  ...ratingMethods,
  ...candidateMethods,
  ...rateMethods,
  ...documentMethods,
  ...platformMethods,
  ...accountMethods,
  ...paymentMethods,
  ...supervisorMethods,
  ...statisticsMethods,
  ...recordMethods,
  ...alertMethods,
  ...webhookMethods,
} as const satisfies Readonly<Record<string, MethodSpec>>;

/** The chapters of the reference. */
export const methodGroups: readonly { readonly title: string; readonly methods: readonly MethodName[] }[] = [
  { title: 'Sessions', methods: namesOf(sessionMethods) },
  { title: 'The tenant and its configuration', methods: namesOf(tenantMethods) },
  { title: 'Queues', methods: namesOf(queueMethods) },
  { title: 'Opening hours', methods: namesOf(calendarMethods) },
  { title: 'Entries and callers', methods: [...namesOf(entryMethods), ...namesOf(callerMethods)] },
  { title: 'Agents and their seats', methods: namesOf(agentMethods) },
  { title: 'What agents are planned to do', methods: namesOf(scheduleMethods) },
  { title: 'Contacts and offers', methods: namesOf(contactMethods) },
  { title: 'Recording and digits', methods: namesOf(mediaMethods) },
  { title: 'Messages and signals', methods: namesOf(messageMethods) },
  { title: 'Callbacks', methods: namesOf(callbackMethods) },
  { title: 'Switches and legs', methods: namesOf(switchMethods) },
  { title: 'Customers', methods: namesOf(customerMethods) },
  { title: 'Affinity', methods: namesOf(affinityMethods) },
  { title: 'Rules for who is who', methods: namesOf(identityRuleMethods) },
  { title: 'Business data', methods: namesOf(businessMethods) },
  { title: 'Ratings', methods: [...namesOf(ratingMethods), ...namesOf(candidateMethods)] },
  { title: 'Rates and quotes', methods: namesOf(rateMethods) },
  { title: 'Documents', methods: namesOf(documentMethods) },
  { title: 'Platforms and who is really calling', methods: namesOf(platformMethods) },
  { title: 'Money', methods: [...namesOf(accountMethods), ...namesOf(paymentMethods)] },
  { title: 'Supervision', methods: namesOf(supervisorMethods) },
  { title: 'Statistics', methods: namesOf(statisticsMethods) },
  { title: 'Records of contacts', methods: namesOf(recordMethods) },
  { title: 'Alerts', methods: namesOf(alertMethods) },
  { title: 'Webhooks', methods: namesOf(webhookMethods) },
];

function namesOf<Name extends string>(group: Readonly<Record<Name, MethodSpec>>): Name[] {
  return Object.keys(group) as Name[];
}

export type { MethodSpec } from './methods/method.ts';
export type MethodName = keyof typeof methods;
export type Params<M extends MethodName> = Static<(typeof methods)[M]['params']>;
export type Result<M extends MethodName> = Static<(typeof methods)[M]['result']>;

/** The table without the types of each entry. */
const byName: ReadonlyMap<string, MethodSpec> = new Map(Object.entries(methods));

export const methodNames: readonly MethodName[] = namesOf(methods);

export function isMethodName(name: string): name is MethodName {
  return byName.has(name);
}

export function methodSpec(name: MethodName): MethodSpec {
  return byName.get(name)!;
}

export function takesRequestId(name: MethodName): boolean {
  return 'requestId' in methodSpec(name).params.properties;
}

/** Everything that the method may be refused with. */
export function refusalsOf(name: MethodName): RefusalName[] {
  const repetition = takesRequestId(name) ? repetitionRefusals : [];
  return [...new Set<RefusalName>([...generalRefusals, ...repetition, ...methodSpec(name).refusals])];
}
