// The last audit of a tenant, when everything is at rest: every contact, setting, number and customer against what was ever
// acknowledged, and all of it the same after a restart.

import { isDeepStrictEqual } from 'node:util';
import { canonical } from '../../../src/protocol/canonical.ts';
import { ratingDefaults } from '../../../src/protocol/ratings.ts';
import { movedReasons } from '../../../src/protocol/states.ts';
import { countedFaults, recordFaults, whoIsPaid } from '../../domain/paid-recount.ts';
import type { Members, Who } from '../setting.ts';
import type { World } from '../world.ts';
import { isCalled, isConsultation } from './callback-judge.ts';
import { endedParked } from './contact-ledger.ts';
import { allTime, countedAtLast, everyPage, firstQueueOf, isCustomers, wasServed } from './counted-at-last.ts';
import { type AccountShown, isNobodys } from './money-judge.ts';
import { type PersonsTimeline, timelineFaults } from './timeline-judge.ts';

/** As the workload and the setting say it. */
const attemptsMax = 3;

export type LastPictures = Readonly<Record<string, unknown>>;

export async function atLast(
  world: World,
  tenant: string,
  before: LastPictures | undefined,
): Promise<LastPictures | undefined> {
  const auditor = world.auditors.get(tenant)!;
  const app: Who = { tenant, role: 'app', sub: 'auditor' };
  const erasures = auditor.erasures.pending.map((erasureId) => ({ method: 'customer.erasure', params: { erasureId } }));
  for (const shown of (await world.ask({ tenant, role: 'admin', sub: 'auditor' }, erasures)) ?? [])
    if (shown !== undefined) auditor.erasures.stands(shown as Members);
  const contactIds = [...auditor.contacts.keys()].filter((contactId) => /^[\w.:@+-]{1,128}$/.test(contactId));
  const views = new Map<string, Members | undefined>();
  for (let at = 0; at < contactIds.length; at += 50) {
    const some = contactIds.slice(at, at + 50);
    const answers = await world.ask(
      app,
      some.map((contactId) => ({ method: 'contact.get', params: { contactId } })),
    );
    if (answers === undefined) return world.breach(`${tenant}: the router does not answer at last`) as undefined;
    for (const [index, contactId] of some.entries()) views.set(contactId, answers[index] as Members | undefined);
  }
  const { contactRetentionMs } = world.setting.configuration;
  const keepsAll = contactRetentionMs > 1_000_000;
  for (const [contactId, view] of views) auditor.contactAtLast(contactId, view, !keepsAll);
  // Another name of a contact is no other contact.
  for (const [contactId, view] of views)
    if (view !== undefined && view.contactId !== contactId) views.delete(contactId);
  await legsAtLast(world, tenant);
  checkCalls(world, tenant, views);
  await callbacksAtLast(world, tenant, views, keepsAll);
  auditor.voicemails.atLast(views, keepsAll);
  const createdAs = (contactId: string) =>
    (auditor.contacts.get(contactId)?.creates ?? []).flatMap(({ params, inEffect }) =>
      inEffect === 'no' ? [] : [params],
    );
  for (const fault of auditor.platforms.atLast(views, createdAs)) world.breach(`${tenant}: ${fault}`);
  const shown = await settingsAndNumbers(world, tenant, views, keepsAll);
  const counted = await countedAtLast(world, tenant, views, keepsAll, auditor.keptOut);
  const rated = await ratedAtLast(world, tenant, views, shown);
  const rates = (await everyPage(world, tenant, 'rate.list', 'rates', {})) ?? [];
  auditor.rates.atLast(rates);
  const businesses = (await everyPage(world, tenant, 'business.list', 'businesses', {})) ?? [];
  auditor.businesses.atLast(businesses);
  const messages = await writtenAtLast(world, tenant, views, keepsAll);
  const money = await moneyAtLast(world, tenant);
  const isAllWritten = keepsAll && !auditor.messages.mayBeErased;
  const receipts = await paidAtLast(world, tenant, money, views, keepsAll, isAllWritten ? messages : undefined);
  const documents = (await everyPage(world, tenant, 'document.list', 'documents', {})) ?? [];
  auditor.documents.atLast(documents, receipts);
  for (const fault of recordFaults(counted?.records ?? [], receipts)) world.breach(`${tenant}: ${fault}`);
  await paidCountedAtLast(world, tenant, money, receipts);
  const timelines = shown && counted && (await timelinesAtLast(world, tenant, shown.customers as Members[]));
  if (timelines !== undefined)
    for (const fault of timelineFaults(timelines, {
      ...{ ...money, receipts, documents, businesses },
      contacts: [...views.values()].filter(isCustomers),
      records: counted?.records ?? [],
      messages: isAllWritten ? messages : undefined,
      ratings: rated.ratings as Members[],
    }))
      world.breach(`${tenant}: ${fault}`);
  const asked = { ...shown, ...rated, ...money, rates, receipts, documents, businesses, messages, timelines };
  const pictures = shown &&
    counted && { ...asked, statistics: counted.queues, records: counted.records.map(({ contactId }) => contactId) };
  auditor.erasures.atLast({ ...pictures, contacts: [...views.values()] }, before !== undefined);
  if (before !== undefined && pictures !== undefined) {
    for (const [name, picture] of Object.entries(pictures))
      if (canonical(picture) !== canonical(before[name]))
        world.breach(
          `${tenant}: ${name} after a restart: ${canonical(picture)}, and before: ${canonical(before[name])}`,
        );
  }
  return pictures;
}

/** Of each person who is known by a name that was answered; of the first of them page by page as well. */
async function timelinesAtLast(
  world: World,
  tenant: string,
  known: readonly (Members | undefined)[],
): Promise<PersonsTimeline[]> {
  const persons = new Map(known.flatMap((one) => (one === undefined ? [] : [[one.customerId, one] as const])));
  const all: PersonsTimeline[] = [];
  for (const [customerId, person] of persons) {
    const entries = (await everyPage(world, tenant, 'customer.timeline', 'entries', { customerId })) ?? [];
    const limit = 1 + (world.setting.seed % 9);
    const paged =
      all.length > 0
        ? undefined
        : await everyPage(world, tenant, 'customer.timeline', 'entries', { customerId, limit }, 'supervisor');
    all.push({ person, entries, paged });
  }
  return all;
}

/** All receipts, and what is booked for them. */
async function paidAtLast(
  world: World,
  tenant: string,
  { payments, statements }: Awaited<ReturnType<typeof moneyAtLast>>,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
  messages: Readonly<Record<string, readonly Members[]>> | undefined,
): Promise<readonly Members[]> {
  const receipts = (await everyPage(world, tenant, 'receipt.list', 'receipts', {})) ?? [];
  const entries = statements.flatMap(([account, own]) => own.map((entry) => ({ ...entry, account })));
  const byId = new Map(payments.map((payment) => [String(payment.paymentId), payment]));
  world.auditors.get(tenant)!.paid.atLast({ receipts, payments: byId, entries, messages }, views, keepsAll);
  return receipts;
}

/** Counted by queue and agent is what the receipts and the books say. */
async function paidCountedAtLast(
  world: World,
  tenant: string,
  { payments, statements }: Awaited<ReturnType<typeof moneyAtLast>>,
  receipts: readonly Members[],
): Promise<void> {
  // A receipt of somebody who was erased does not say whether it was of a document, nor its bookings what they were of.
  if (receipts.some(({ contactId }) => isNobodys(contactId))) return;
  const lines = (params: Members) =>
    everyPage(world, tenant, 'statistics.query', String(params.of), { ...allTime, ...params });
  const { queueIds, agentIds } = whoIsPaid(receipts);
  const of = (what: 'queues' | 'agents', ids: readonly string[]) => (ids.length === 0 ? [] : lines({ of: what, ids }));
  const queues = await of('queues', queueIds);
  const agents = await of('agents', agentIds);
  const together = await lines({ of: 'queues', by: 'all' });
  if (queues === undefined || agents === undefined || together === undefined) return;
  const entries = statements.flatMap(([account, own]) => own.map((entry) => ({ ...entry, account })));
  for (const fault of countedFaults({ queues, agents, together }, { receipts, payments, entries }))
    world.breach(`${tenant}: ${fault}`);
}

/** Each callback is what was asked for, in its place, and once. */
async function callbacksAtLast(
  world: World,
  tenant: string,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): Promise<void> {
  const asked = [{ method: 'callback.list', params: { limit: 1_000 } }];
  const answers = await world.ask({ tenant, role: 'admin', sub: 'auditor' }, asked);
  const { callbacks = [] } = (answers?.[0] ?? {}) as { callbacks?: Members[] };
  if (keepsAll) world.auditors.get(tenant)!.callbacks.atLast(callbacks, views, attemptsMax);
}

/** No leg is left over, as the router sees it and as the switches do. */
async function legsAtLast(world: World, tenant: string): Promise<void> {
  const auditor = world.auditors.get(tenant)!;
  for (const fault of auditor.legs.atLast()) world.breach(`${tenant}: ${fault}`);
  const asked = [{ method: 'switch.list', params: {} }];
  const answers = await world.ask({ tenant, role: 'admin', sub: 'auditor' }, asked);
  const { switches = [] } = (answers?.[0] ?? {}) as { switches?: Members[] };
  for (const { switchId, legs } of switches)
    if (legs !== 0) world.breach(`${tenant}: ${legs} legs of ${switchId} are left over`);
  for (const { who, name, board } of world.parties.values()) {
    const left = who.tenant === tenant ? (board?.legIds ?? []) : [];
    const forgotten = left.filter((legId) => !auditor.legs.mayBeGone(legId));
    if (forgotten.length > 0) world.breach(`${name} has legs that nobody lets go: ${forgotten}`);
  }
}

/** All accounts with their statements, and all payments. */
async function moneyAtLast(world: World, tenant: string) {
  const as = (method: string, what: string, params: Members = {}) =>
    everyPage(world, tenant, method, what, params, 'admin').then((all) => all ?? []);
  const accounts = (await as('account.list', 'accounts')) as AccountShown[];
  const payments = await as('payment.list', 'payments');
  const statements = new Map<string, Members[]>();
  for (const { accountId } of accounts)
    statements.set(accountId, await as('account.statement', 'entries', { accountId }));
  world.auditors.get(tenant)!.money.atLast(accounts, statements as never, payments as never, world.machine.now);
  return { accounts, payments, statements: [...statements] };
}

/** All ratings, and the grade of everybody who may have one. */
async function ratedAtLast(
  world: World,
  tenant: string,
  views: ReadonlyMap<string, Members | undefined>,
  shown: LastPictures | undefined,
): Promise<LastPictures> {
  const ratings = (await everyPage(world, tenant, 'rating.list', 'ratings', {})) ?? [];
  const settings = (shown?.tenant as Members | undefined)?.ratings as Members | undefined;
  const grades = new Map<string, Members>();
  if (shown !== undefined && settings !== undefined) {
    const customers = new Map(
      ratings.map(({ customerId, visitorId }) => [
        String(customerId ?? `visitor:${visitorId}`),
        customerId === undefined ? { visitorId } : { customerId },
      ]),
    );
    const agents = (shown.agents as Members[]).map(({ agentId }) => [`agent:${agentId}`, { agentId }] as const);
    const asked = [...agents, ...customers];
    const supervisor: Who = { tenant, role: 'supervisor', sub: 'auditor' };
    const requests = asked.map(([, params]) => ({ method: 'rating.grade', params }));
    const answers = requests.length === 0 ? [] : ((await world.ask(supervisor, requests)) ?? []);
    for (const [at, answer] of answers.entries()) grades.set(asked[at]![0], answer as Members);
  }
  const { priorRatings = ratingDefaults.priorRatings } = (settings ?? {}) as { readonly priorRatings?: number };
  world.auditors.get(tenant)!.ratings.atLast({ ratings, grades, prior: priorRatings }, views);
  return { ratings, grades: Object.fromEntries(grades) };
}

/** By contact: all that was written in it. */
async function writtenAtLast(
  world: World,
  tenant: string,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): Promise<Readonly<Record<string, readonly Members[]>>> {
  const supervisor: Who = { tenant, role: 'supervisor', sub: 'auditor' };
  const contactIds = [...views.keys()];
  const written = new Map<string, Members[]>();
  for (let at = 0; at < contactIds.length; at += 50) {
    const some = contactIds.slice(at, at + 50);
    const requests = some.map((contactId) => ({ method: 'contact.messages', params: { contactId, limit: 200 } }));
    for (const [index, answer] of ((await world.ask(supervisor, requests)) ?? []).entries()) {
      const { messages = [] } = (answer ?? {}) as { readonly messages?: Members[] };
      if (messages.length > 0) written.set(some[index]!, messages);
    }
  }
  world.auditors.get(tenant)!.messages.atLast(written, keepsAll);
  return Object.fromEntries(written);
}

/** When the time of remembering is over, nobody is remembered. */
export async function allForgotten(world: World, tenant: string): Promise<void> {
  const asked = [{ method: 'contact.list', params: { state: 'ended', limit: 1_000 } }];
  const answers = await world.ask({ tenant, role: 'app', sub: 'auditor' }, asked);
  const left = (answers?.[0] as { contacts: Members[] } | undefined)?.contacts;
  if (left?.length !== 0) world.breach(`${tenant}: is remembered for too long: ${JSON.stringify(left?.slice(0, 2))}`);
}

async function settingsAndNumbers(
  world: World,
  tenant: string,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): Promise<LastPictures | undefined> {
  const auditor = world.auditors.get(tenant)!;
  const identities = [...auditor.identities];
  const answers = await world.ask({ tenant, role: 'admin', sub: 'auditor' }, [
    { method: 'queue.list', params: { limit: 1_000 } },
    { method: 'agent.list', params: { limit: 1_000 } },
    { method: 'contact.list', params: { state: 'ended', limit: 1_000 } },
    { method: 'tenant.get', params: {} },
    { method: 'affinity.list', params: { limit: 1_000 } },
    ...identities.map(([identity]) => ({
      method: 'customer.get',
      params: { identity: JSON.parse(identity) as unknown },
    })),
  ]);
  const stats = await world.ask({ tenant, role: 'supervisor', sub: 'auditor' }, [
    { method: 'supervisor.watch', params: {} },
  ]);
  if (answers === undefined || stats === undefined) return world.breach(`${tenant}: no numbers at last`) as undefined;
  const { queues } = answers[0] as { queues: Members[] };
  const { agents } = answers[1] as { agents: Members[] };
  const { contacts: ended } = answers[2] as { contacts: Members[] };
  const numbers = (stats[0] as { queues: Members[] }).queues;
  checkSettings(world, tenant, queues, agents, answers[3] as Members);
  checkEnded(world, tenant, ended, views, keepsAll);
  if (keepsAll) checkNumbers(world, tenant, numbers, views);
  for (const fault of auditor.persons.atLast(answers.slice(5) as (Members | undefined)[]))
    world.breach(`${tenant}: ${fault}`);
  for (const [index, [identity, customerId]] of identities.entries())
    checkCustomer(world, tenant, identity, customerId, answers[5 + index] as Members | undefined, views, keepsAll);
  const { affinities } = answers[4] as { affinities: Members[] };
  for (const fault of auditor.affinities.atLast(affinities, views.values(), keepsAll))
    world.breach(`${tenant}: ${fault}`);
  const counted = numbers.map(({ queueId, arrived, answered, abandoned }) => ({
    queueId,
    arrived,
    answered,
    abandoned,
  }));
  return { queues, agents, ...(keepsAll && { ended }), counted, customers: answers.slice(5), tenant: answers[3] };
}

/** What is set is what was set last; what was set last is there. */
function checkSettings(
  world: World,
  tenant: string,
  queues: readonly Members[],
  agents: readonly Members[],
  own: Members,
): void {
  const shown = new Map<string, Members>([
    ...queues.map((queue): [string, Members] => [`queue ${queue.queueId}`, queue]),
    ...agents.map((agent): [string, Members] => [`agent ${agent.agentId}`, agent]),
    ['tenant ', own],
  ]);
  const { settings } = world.auditors.get(tenant)!;
  for (const key of shown.keys())
    if (key !== 'tenant ' && !settings.has(key)) world.breach(`${tenant}: nobody set ${key}`);
  for (const [key, register] of settings) {
    const view = shown.get(key);
    const possible = register.possible() as (Members | undefined)[];
    const isGiven = possible.some((given) =>
      given === undefined ? view === undefined : view !== undefined && has(view, given),
    );
    if (!isGiven) world.breach(`${tenant}: ${key} is ${JSON.stringify(view)}, and not ${JSON.stringify(possible)}`);
  }
}

function has(view: Members, given: Members): boolean {
  return Object.entries(given).every(([name, value]) => name === 'requestId' || isDeepStrictEqual(view[name], value));
}

function checkEnded(
  world: World,
  tenant: string,
  ended: readonly Members[],
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): void {
  const listed = ended.map(({ contactId }) => contactId as string);
  if (new Set(listed).size !== listed.length) world.breach(`${tenant}: a contact is listed twice`);
  for (const contactId of listed)
    if (!views.has(contactId) && !isConsultation(contactId) && !isCalled(contactId))
      world.breach(`${tenant}: ${contactId} is listed, and nobody made it`);
  if (!keepsAll) return;
  for (const [contactId, view] of views)
    if (view !== undefined && !listed.includes(contactId))
      world.breach(`${tenant}: ${contactId} is over and not listed`);
}

/** Of a call between two agents: two are over at last, and the one says of the other what that one had. */
function checkCalls(world: World, tenant: string, views: ReadonlyMap<string, Members | undefined>): void {
  for (const [contactId, view] of views) {
    const { dialled, calledBy } = (view ?? {}) as { readonly dialled?: Members; readonly calledBy?: Members };
    if (dialled?.to !== undefined) {
      world.count(dialled.calledAgentId === undefined ? 'a colleague who was not reached' : 'a colleague on the line');
      if (dialled.calledAgentId === dialled.agentId) world.breach(`${tenant}: ${contactId} was taken by who called`);
      if (wasServed(view as Members) !== (dialled.calledAgentId !== undefined))
        world.breach(`${tenant}: ${contactId} was in service with ${String(dialled.calledAgentId)}`);
    }
    const of = calledBy && views.get(calledBy.contactId as string);
    if (calledBy === undefined || of === undefined) continue;
    const said = (of.dialled as Members).calledAgentId;
    if (wasServed(view as Members) && of.connectedAt !== undefined && said !== view?.agentId)
      world.breach(
        `${tenant}: ${contactId} was taken by ${String(view?.agentId)}, and the caller was with ${String(said)}`,
      );
  }
}

/** Everything that was counted was counted once. */
function checkNumbers(
  world: World,
  tenant: string,
  numbers: readonly Members[],
  views: ReadonlyMap<string, Members | undefined>,
): void {
  const all = [...views.values()].filter(isCustomers) as Members[];
  const { any: mayBeMore } = world.auditors.get(tenant)!.erasures;
  for (const shown of numbers) {
    // A queue that comes and goes begins to count anew.
    if (shown.queueId === 'extra') continue;
    const contacts = all.filter(({ queueId }) => queueId === shown.queueId);
    const leftIt = all.flatMap(({ leftQueues }) =>
      ((leftQueues ?? []) as Members[]).filter(({ queueId }) => queueId === shown.queueId),
    );
    const endedBy = (...reasons: string[]) => contacts.filter(({ why }) => reasons.includes(why as string)).length;
    const servedBefore = all.flatMap((view) => partsIn(view, shown.queueId as string));
    const timedOut = leftIt.filter(({ why }) => why === 'timedOut').length;
    const isServed = ({ connectedAt }: Members) => connectedAt !== undefined;
    const asideAtLast = contacts.filter(endedParked).length;
    const dialled = all.filter((view) => view.direction !== undefined && firstQueueOf(view) === shown.queueId);
    const reached = dialled.filter(wasServed).length;
    const left = contacts.filter(
      (view) =>
        !isServed(view) &&
        (view.direction === undefined || wasServed(view)) &&
        !endedParked(view) &&
        ['cancelled', 'byCustomer'].includes(view.why as string),
    );
    const expected = {
      arrived: contacts.length + leftIt.length + servedBefore.length - asideAtLast - dialled.length,
      timedOut: timedOut + endedBy('timedOut'),
      overflowed:
        leftIt.filter(({ why }) => (why as string) in movedReasons).length -
        timedOut +
        endedBy('closed', 'nobody', 'exhausted', 'unanswered'),
      answered: contacts.filter(isServed).length + servedBefore.length - reached,
      abandoned: left.length,
      waiting: 0,
    };
    for (const [name, count] of Object.entries(expected))
      if (mayBeMore && name !== 'waiting' ? (shown[name] as number) < count : shown[name] !== count)
        world.breach(`${tenant}: ${shown.queueId} counts ${shown[name]} ${name}, and there were ${count}`);
  }
}

/** What agents had of it in this queue before it went on, or back; whoever was asked and has it since was not waited for. */
export function partsIn(view: Members, queueId: string): Members[] {
  return ((view.servedBefore ?? []) as Members[]).filter((part) => part.queueId === queueId && part.why !== 'attended');
}

function checkCustomer(
  world: World,
  tenant: string,
  identity: string,
  customerId: string,
  shown: Members | undefined,
  views: ReadonlyMap<string, Members | undefined>,
  keepsAll: boolean,
): void {
  const { persons, erasures, contacts } = world.auditors.get(tenant)!;
  const isSame = shown !== undefined && persons.wereOne(shown.customerId, customerId);
  if (erasures.isErased(customerId) && !isSame) return;
  if (!isSame) return world.breach(`${tenant}: ${identity} was ${customerId}, and is ${JSON.stringify(shown)}`);
  if (!keepsAll) return;
  const names = (shown.identities as Members[]).map(({ scheme, value }) => canonical({ scheme, value }));
  const isOwn = (one: Members | undefined) => {
    const name = one && ((one.verifiedIdentities as unknown[] | undefined)?.[0] ?? one.identity);
    return name !== undefined && names.includes(canonical(name));
  };
  // One that names somebody else beside has gone with that one, and whoever served it is not forgotten.
  const isGone = [...contacts.values()].some(
    ({ contactId, creates }) =>
      views.get(contactId) === undefined &&
      creates.some(({ params, inEffect }) => inEffect !== 'no' && isOwn(params)) &&
      erasures.mayHave(contactId),
  );
  if (isGone) return;
  const own = [...views.values()].filter(isOwn) as Members[];
  const served = own
    .flatMap((view) => [...((view.servedBefore ?? []) as Members[]), view])
    .filter(({ connectedAt }) => connectedAt !== undefined);
  const lastAt = Math.max(...served.map(({ connectedAt }) => connectedAt as number));
  const last = served.filter(({ connectedAt }) => connectedAt === lastAt).map(({ agentId }) => agentId);
  if (served.length === 0 ? shown.lastAgentId !== undefined : !last.includes(shown.lastAgentId))
    world.breach(`${tenant}: ${identity} was served last by ${last}, and the router says ${JSON.stringify(shown)}`);
}
