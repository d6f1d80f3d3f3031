// What a line of a case may say: one entry a sentence, with what it does. `given` and `when` lines do, `then` lines look.
//
// Capitals stand for words of the case: QUEUE, AGENT, CONTACT are names (ids, made up as they appear), NAMES several of agents, TIME is a duration as
// `20 s`, {…} are members in YAML's flow style, as the protocol names them. A request that is refused must be spoken of
// in the next line.

import { RefusedError } from '../../src/client/errors.ts';
import { fits, shown } from '../../src/conformance/case.ts';
import { type MethodName, methods } from '../../src/protocol/methods.ts';
import { validateParams } from '../../src/protocol/validation.ts';
import type { Floor } from './floor.ts';
import type { Members } from './stage.ts';
import { membersOf, msOf } from './words.ts';

type Parts = readonly string[];

interface Doing {
  readonly sentence: string;
  play(floor: Floor, parts: Parts, step: string): Promise<void>;
}

interface Looking {
  readonly sentence: string;
  /** What is otherwise, or undefined. */
  wrong(floor: Floor, parts: Parts): Promise<string | undefined>;
}

/** Channels of `on voice, chat`, as lines of a seat. */
function linesOf(agentId: string, channels: string | undefined): Members {
  if (channels === undefined) return {};
  const lines = channels.split(',').map((channel, at) => ({ lineId: `${agentId}.${at + 1}`, channel: channel.trim() }));
  return { lines };
}

/** What a switch says of an agent's telephone. */
const telephones: Readonly<Record<string, { readonly method: string; readonly cause?: string }>> = {
  rings: { method: 'leg.ringing' },
  answers: { method: 'leg.answered' },
  'hangs up': { method: 'leg.ended' },
  'is lost': { method: 'leg.ended', cause: 'lost' },
  'is busy': { method: 'leg.failed', cause: 'busy' },
};

const doings: readonly Doing[] = [
  {
    sentence: 'queue QUEUE {…}?',
    async play(floor, [queueId = '', members], step) {
      const policy = floor.setting('queue', queueId, { channels: ['voice'], ...membersOf(members) });
      await floor.ask(step, 'the admin', 'queue.set', { ...policy, queueId });
    },
  },
  {
    sentence: 'agent AGENT {…}?',
    async play(floor, [agentId = '', members], step) {
      const given = floor.setting('agent', agentId, { capacity: { voice: 1 }, ...membersOf(members) });
      await floor.ask(step, 'the admin', 'agent.set', { ...given, agentId });
    },
  },
  {
    sentence: 'NUMBER agents called AGENT work {…}?',
    async play(floor, [number = '', name = '', members], step) {
      const given = { capacity: { voice: 1 }, ...membersOf(members) };
      for (let at = 1; at <= Number(number); at++) {
        const agentId = `${name}${at}`;
        await floor.ask(step, 'the admin', 'agent.set', { ...given, agentId });
        await floor.ask(step, agentId, 'agent.login', {});
        await floor.ask(step, agentId, 'agent.ready', {});
      }
    },
  },
  {
    sentence: 'NUMBER contacts come to QUEUE and go {…}?',
    async play(floor, [number = '', queueId = '', members], step) {
      for (let at = 1; at <= Number(number); at++) {
        const contactId = floor.passingBy();
        const wanted = { channel: 'voice', ...membersOf(members), contactId, queueId };
        await floor.ask(step, 'the switch', 'contact.create', wanted);
        await floor.ask(step, 'the switch', 'contact.end', { contactId });
      }
    },
  },
  {
    sentence: 'AGENT works( on CHANNELS)?',
    async play(floor, [agentId = '', channels], step) {
      await floor.ask(step, agentId, 'agent.login', linesOf(agentId, channels));
      await floor.ask(step, agentId, 'agent.ready', {});
    },
  },
  {
    sentence: 'AGENT logs in( on CHANNELS)?',
    play: (floor, [agentId = '', channels], step) =>
      floor.ask(step, agentId, 'agent.login', linesOf(agentId, channels)),
  },
  {
    sentence: 'AGENT logs out',
    play: (floor, [agentId = ''], step) => floor.ask(step, agentId, 'agent.logout', { when: 'now' }),
  },
  {
    sentence: 'AGENT logs out when idle',
    play: (floor, [agentId = ''], step) => floor.ask(step, agentId, 'agent.logout', { when: 'idle' }),
  },
  {
    sentence: 'AGENT is ready( for CHANNELS)?',
    play: (floor, [agentId = '', channels], step) =>
      floor.ask(step, agentId, 'agent.ready', channels === undefined ? {} : { channels: channels.split(/, ?/) }),
  },
  {
    sentence: 'AGENT is not ready( because WORD)?',
    play: (floor, [agentId = '', reason = 'break'], step) => floor.ask(step, agentId, 'agent.notReady', { reason }),
  },
  {
    sentence: 'AGENT lets (all lines|one line) ring',
    play: (floor, [agentId = '', which], step) =>
      floor.ask(step, agentId, 'agent.setOneRinging', { on: which === 'one line' }),
  },
  {
    sentence: 'CONTACT arrives in QUEUE {…}?',
    play: (floor, [contactId = '', queueId = '', members], step) =>
      floor.ask(step, 'the switch', 'contact.create', {
        channel: 'voice',
        ...membersOf(members),
        contactId,
        queueId,
      }),
  },
  {
    sentence: 'the (page|phone|application) brings CONTACT to QUEUE {…}?',
    play: (floor, [who = '', contactId = '', queueId = '', members], step) =>
      floor.ask(step, `the ${who}`, 'contact.create', {
        channel: 'chat',
        ...membersOf(members),
        contactId,
        queueId,
      }),
  },
  {
    sentence: 'WHO writes in CONTACT: SAID',
    play: (floor, [who = '', contactId = '', text], step) =>
      floor.ask(step, who, 'contact.send', { contactId, messageId: floor.writing(), message: { text } }),
  },
  {
    sentence: 'CONTACT changes to {…}',
    play: (floor, [contactId = '', members], step) =>
      floor.ask(step, 'the switch', 'contact.update', { ...membersOf(members), contactId }),
  },
  {
    sentence: 'CONTACT hangs up',
    play: (floor, [contactId = ''], step) => floor.ask(step, 'the switch', 'contact.end', { contactId }),
  },
  {
    sentence: 'AGENT accepts CONTACT',
    async play(floor, [agentId = '', contactId = ''], step) {
      await floor.ask(step, agentId, 'offer.accept', { offerId: await floor.offerOf(agentId, contactId) });
    },
  },
  {
    sentence: 'AGENT accepts the message of CONTACT',
    async play(floor, [agentId = '', contactId = ''], step) {
      const messageId = String((await messageOf(floor, contactId))?.contactId);
      await floor.ask(step, agentId, 'offer.accept', { offerId: await floor.offerOf(agentId, messageId) });
    },
  },
  {
    sentence: 'AGENT parks the message of CONTACT',
    async play(floor, [agentId = '', contactId = ''], step) {
      const messageId = (await messageOf(floor, contactId))?.contactId;
      await floor.ask(step, agentId, 'contact.park', { contactId: messageId });
    },
  },
  {
    sentence: 'AGENT rejects CONTACT( because WORD)?',
    async play(floor, [agentId = '', contactId = '', reason = 'busy'], step) {
      await floor.ask(step, agentId, 'offer.reject', { offerId: await floor.offerOf(agentId, contactId), reason });
    },
  },
  {
    sentence: 'AGENT dials PHONE on LINE as CONTACT {…}?',
    play: (floor, [agentId = '', number = '', lineId = '', contactId = '', members], step) =>
      floor.ask(step, agentId, 'contact.dial', { ...membersOf(members), contactId, lineId, to: { number } }),
  },
  {
    sentence: 'AGENT ends CONTACT',
    play: (floor, [agentId = '', contactId = ''], step) => floor.ask(step, agentId, 'contact.end', { contactId }),
  },
  {
    sentence: 'AGENT parks CONTACT( for TIME)? {…}?',
    play: (floor, [agentId = '', contactId = '', ms, members], step) =>
      floor.ask(step, agentId, 'contact.park', {
        ...membersOf(members),
        contactId,
        ...(ms !== undefined && { dueAt: Math.round(floor.stage.now() + msOf(ms)) }),
      }),
  },
  {
    sentence: 'AGENT resumes CONTACT',
    play: (floor, [agentId = '', contactId = ''], step) => floor.ask(step, agentId, 'contact.unpark', { contactId }),
  },
  {
    sentence: 'AGENT has wrapped up CONTACT',
    play: (floor, [agentId = '', contactId = ''], step) =>
      floor.ask(step, agentId, 'contact.wrapUpDone', { contactId }),
  },
  {
    sentence: 'AGENT wraps up CONTACT for TIME more',
    play: (floor, [agentId = '', contactId = '', more = ''], step) =>
      floor.ask(step, agentId, 'contact.wrapUpExtend', { contactId, byMs: msOf(more) }),
  },
  {
    sentence: 'alert ALERT {…}',
    play: (floor, [alertId = '', members], step) =>
      floor.ask(step, 'the supervisor', 'alert.set', { ...membersOf(members), alertId }),
  },
  {
    sentence: 'the supervisor watches QUEUE',
    play: (floor, [queueId = ''], step) =>
      floor.ask(step, 'the supervisor', 'supervisor.watch', { queues: [queueId], agents: [] }),
  },
  { sentence: 'AGENT connects again', play: (floor, [agentId = '']) => floor.connectAgain(agentId) },
  {
    sentence: 'the other session of AGENT asks METHOD {…}?',
    play: (floor, [agentId = '', method = '', members], step) =>
      floor.ask(step, floor.otherSession(agentId), method, membersOf(members)),
  },
  {
    sentence: 'the other session of AGENT goes',
    play: (floor, [agentId = '']) => floor.lose(floor.otherSession(agentId)),
  },
  { sentence: 'AGENT loses its connection', play: (floor, [agentId = '']) => floor.lose(agentId) },
  {
    sentence: 'AGENT connects',
    play: async (floor, [agentId = '']) => {
      await floor.party(agentId);
    },
  },
  {
    sentence: 'CONTACT calls QUEUE {…}?',
    play: (floor, [contactId = '', queueId = '', members], step) =>
      floor.ask(step, 'the switch', 'contact.create', {
        channel: 'voice',
        legId: `${contactId}.leg`,
        ...membersOf(members),
        contactId,
        queueId,
      }),
  },
  {
    sentence: 'CONTACT calls QUEUE with that token',
    play: (floor, [contactId = '', queueId = ''], step) =>
      floor.ask(step, 'the switch', 'contact.create', {
        channel: 'voice',
        legId: `${contactId}.leg`,
        contactId,
        queueId,
        moveToken: floor.moveToken,
      }),
  },
  {
    sentence: 'CONTACT calls QUEUE with that number',
    play: (floor, [contactId = '', queueId = ''], step) =>
      floor.ask(step, 'the switch', 'contact.create', {
        channel: 'voice',
        legId: `${contactId}.leg`,
        contactId,
        queueId,
        originalCalled: floor.originalCalled,
      }),
  },
  {
    sentence: 'the application brings CONTACT to QUEUE with that token',
    play: (floor, [contactId = '', queueId = ''], step) =>
      floor.ask(step, 'the application', 'contact.create', {
        channel: 'voice',
        contactId,
        queueId,
        moveToken: floor.moveToken,
      }),
  },
  {
    sentence: 'the customer of CONTACT puts down the receiver',
    play: (floor, [contactId = ''], step) => floor.ask(step, 'the switch', 'leg.ended', { legId: `${contactId}.leg` }),
  },
  {
    sentence: `the telephone of AGENT (${Object.keys(telephones).join('|')})`,
    async play(floor, [agentId = '', what = ''], step) {
      const { method, ...more } = telephones[what]!;
      await floor.ask(step, 'the switch', method, { legId: await floor.legAt(agentId), ...more });
    },
  },
  {
    sentence: 'the switch does not answer METHOD',
    play: async (floor, [method = '']) => {
      floor.unwilling.set(method, undefined);
    },
  },
  {
    sentence: 'the switch refuses METHOD because WORD',
    play: async (floor, [method = '', cause]) => {
      floor.unwilling.set(method, cause);
    },
  },
  {
    sentence: 'the switch answers METHOD again',
    play: async (floor, [method = '']) => {
      floor.unwilling.delete(method);
    },
  },
  {
    sentence: 'the switch connects anew',
    play: async (floor) => {
      await floor.lose('the switch');
      await floor.party('the switch');
    },
  },
  { sentence: 'the switch goes', play: (floor) => floor.lose('the switch') },
  {
    sentence: 'the switch is back',
    play: async (floor) => {
      await floor.party('the switch');
    },
  },
  {
    sentence: 'platform PLATFORM answers {…}( after TIME)?',
    play: async (floor, [platformId = '', members, after]) => {
      const afterMs = after === undefined ? 0 : msOf(after);
      floor.stage.platforms.does(platformId, { data: membersOf(members), afterMs });
    },
  },
  {
    sentence: 'platform PLATFORM answers about another one {…}',
    play: async (floor, [platformId = '', members]) =>
      floor.stage.platforms.does(platformId, { data: membersOf(members), isOfAnother: true, afterMs: 0 }),
  },
  {
    sentence: 'platform PLATFORM answers NUMBER',
    play: async (floor, [platformId = '', status]) =>
      floor.stage.platforms.does(platformId, { status: Number(status), afterMs: 0 }),
  },
  {
    sentence: 'platform PLATFORM never answers',
    play: async (floor, [platformId = '']) => floor.stage.platforms.does(platformId, undefined),
  },
  { sentence: 'TIME pass', play: (floor, [ms = '']) => floor.stage.pass(msOf(ms)) },
  { sentence: 'the router restarts', play: (floor) => floor.stage.restart(0) },
  { sentence: 'the router is away for TIME', play: (floor, [ms = '']) => floor.stage.restart(msOf(ms)) },
  { sentence: 'WHO asks for the next page', play: (floor, [who = ''], step) => floor.askForNextPage(step, who) },
  {
    sentence: 'WHO asks METHOD {…}?',
    play: (floor, [who = '', method = '', members], step) => floor.ask(step, who, method, membersOf(members)),
  },
];

async function contactIs(floor: Floor, contactId: string, wanted: Members): Promise<string | undefined> {
  const { state, queueId, agentId, why } = await floor.look('contact.get', { contactId });
  const now = { state, queueId, agentId, why };
  return fits(now, wanted) ? undefined : `${contactId} is ${shown(now)}`;
}

/** The contact that a message is, of the customer of another: its id is the router's. */
async function messageOf(floor: Floor, contactId: string): Promise<Members | undefined> {
  const { contacts } = await floor.look('contact.list', { limit: 100 });
  return (contacts as Members[]).find(
    ({ voicemail }) => (voicemail as Members | undefined)?.fromContactId === contactId,
  );
}

const dayMs = 86_400_000;
/** A time that was counted has several requests in it, each late by its own: live it may be off by so many times the leeway. */
const manySteps = 4;

/** Of a line of comma-separated values: in quotes, or as it is. */
const csvField = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;

type Counted = 'queues' | 'agents';

/** What is counted of a queue or of an agent on the day on which it is. */
async function countedIs(floor: Floor, of: Counted, id: string, wanted: Members) {
  const now = floor.stage.now();
  return intervalIs(floor, of, id, wanted, { from: now - (now % dayMs), ms: dayMs });
}

/** The same in one interval, which is asked for with the day around it: which part of it is whose is what is looked at. */
async function intervalIs(floor: Floor, of: Counted, id: string, wanted: Members, one: { from: number; ms: number }) {
  const from = one.from - (one.from % dayMs);
  const asked = { of, ids: [id], from, to: from + dayMs, intervalMs: one.ms, limit: 1000 };
  const { [of]: lines } = await floor.look('statistics.query', asked);
  const line = (lines as Members[]).find((line) => line.from === one.from);
  return isAbout(line, wanted, manySteps * floor.stage.leewayMs) ? undefined : `${id} has ${named(line, wanted)}`;
}

/** Where times have a leeway, shares of them have one, too, in hundredths. */
const percentLeeway = 4;

/** Members as they are wanted, times within the leeway: they are called …Ms, or are the times by reason; shares are called …Percent. */
function isAbout(value: unknown, wanted: unknown, leewayMs: number, isTime = false): boolean {
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted))
    return Object.entries(wanted).every(([name, part]) =>
      /Percent$/.test(name) && typeof part === 'number' && leewayMs > 0
        ? Math.abs(Number((value as Members | undefined)?.[name] ?? Number.NaN) - part) <= percentLeeway
        : isAbout((value as Members | undefined)?.[name], part, leewayMs, isTime || /Ms$|ByReason$/.test(name)),
    );
  if (isTime && typeof wanted === 'number') return Math.abs(Number(value) - wanted) <= leewayMs;
  return fits(value, wanted);
}

/** Of a long line only what was asked for. */
function named(line: Members | undefined, wanted: Members): string {
  return shown(line && Object.fromEntries(Object.keys(wanted).map((name) => [name, line[name]])));
}

async function toldIs(floor: Floor, who: string, event: string, wanted: Members): Promise<string | undefined> {
  const { told } = await floor.party(who);
  const last = told.findLast((one) => one.event === event);
  const isSo = last !== undefined && isAbout(last.params, wanted, floor.stage.leewayMs);
  return isSo ? undefined : `the last was ${shown(last?.params)}`;
}

/** All that one side is shown of what was written. */
async function readIs(floor: Floor, who: string, contactId: string, texts: string): Promise<string | undefined> {
  const { messages } = await (await floor.party(who)).request('contact.messages', { contactId });
  const now = (messages as Members[]).map(({ text }) => `"${text}"`).join(', ');
  return now === texts ? undefined : `it reads ${now}`;
}

/** Whatever tells an administrator something who has not said of whom: all lists. */
const tellingMethods = (Object.keys(methods) as MethodName[]).filter((method) => {
  const { roles, changes } = methods[method];
  const isTelling = !changes && roles.includes('admin') && !/^(session|rpc)\./.test(method);
  return isTelling && validateParams(method, {}) === undefined;
});

/** The first of them whose answer has the text in it. */
async function whoTells(floor: Floor, text: string): Promise<string | undefined> {
  for (const method of tellingMethods) {
    try {
      if (JSON.stringify(await floor.look(method, {})).includes(text)) return method;
    } catch (error) {
      // Some have to be asked about somebody all the same.
      if (!(error instanceof RefusedError)) throw error;
    }
  }
  return undefined;
}

const agentStates: Readonly<Record<string, string>> = {
  'logged out': 'loggedOut',
  'not ready': 'notReady',
  ready: 'ready',
  ringing: 'ringing',
  'in service': 'inService',
  'wrapping up': 'wrapUp',
};

const lookings: readonly Looking[] = [
  {
    sentence: 'CONTACT rings at AGENT',
    wrong: (floor, [contactId = '', agentId = '']) => contactIs(floor, contactId, { state: 'ringing', agentId }),
  },
  {
    sentence: 'CONTACT rings together at NAMES',
    async wrong(floor, [contactId = '', names = '']) {
      const { state, offers = [] } = await floor.look('contact.get', { contactId });
      const at = (offers as Members[]).map(({ agentId }) => agentId).join(', ');
      return state === 'ringing' && at === names ? undefined : `${contactId} is ${state}, at ${at || 'one or nobody'}`;
    },
  },
  {
    sentence: 'CONTACT is with AGENT',
    wrong: (floor, [contactId = '', agentId = '']) => contactIs(floor, contactId, { state: 'connected', agentId }),
  },
  {
    sentence: 'CONTACT waits in QUEUE( at place NUMBER)?',
    async wrong(floor, [contactId = '', queueId = '', place]) {
      const wrong = await contactIs(floor, contactId, { state: 'waiting', queueId });
      if (wrong !== undefined || place === undefined) return wrong;
      const now = await floor.placeOf(contactId);
      return now === Number(place) ? undefined : `${contactId} was told place ${now}`;
    },
  },
  {
    sentence: 'CONTACT is parked by AGENT',
    async wrong(floor, [contactId = '', by = '']) {
      const { state, parked } = await floor.look('contact.get', { contactId });
      const agentId = (parked as Members | undefined)?.agentId;
      return state === 'parked' && agentId === by ? undefined : `${contactId} is ${shown({ state, parked })}`;
    },
  },
  {
    sentence: 'the message of CONTACT waits in QUEUE {…}?',
    async wrong(floor, [contactId = '', queueId = '', members]) {
      const message = await messageOf(floor, contactId);
      const wanted = { state: 'waiting', queueId, ...membersOf(members) };
      return fits(message, wanted) ? undefined : `it is ${shown(message)}`;
    },
  },
  {
    sentence: 'the message of CONTACT rings at AGENT',
    async wrong(floor, [contactId = '', agentId = '']) {
      const message = await messageOf(floor, contactId);
      return fits(message, { state: 'ringing', agentId }) ? undefined : `it is ${shown(message)}`;
    },
  },
  {
    sentence: 'the message of CONTACT is parked',
    async wrong(floor, [contactId = '']) {
      const message = await messageOf(floor, contactId);
      return message?.state === 'parked' ? undefined : `it is ${shown(message)}`;
    },
  },
  {
    sentence: 'CONTACT has left no message',
    async wrong(floor, [contactId = '']) {
      const message = await messageOf(floor, contactId);
      return message && `it is ${shown(message)}`;
    },
  },
  {
    sentence: 'CONTACT waits for AGENT',
    wrong: (floor, [contactId = '', agentId = '']) => contactIs(floor, contactId, { state: 'waitingFor', agentId }),
  },
  {
    sentence: 'CONTACT waits for AGENT and in QUEUE( at place NUMBER)?',
    async wrong(floor, [contactId = '', agentId = '', queueId = '', place]) {
      const { state, queueId: in_, waitingFor } = await floor.look('contact.get', { contactId });
      const now = { state, queueId: in_, agentId: (waitingFor as Members | undefined)?.agentId };
      if (!fits(now, { state: 'waiting', queueId, agentId })) return `${contactId} is ${shown(now)}`;
      const told = place === undefined ? undefined : await floor.placeOf(contactId);
      return told === undefined || told === Number(place) ? undefined : `${contactId} was told place ${told}`;
    },
  },
  {
    sentence: 'CONTACT no longer waits for anybody',
    async wrong(floor, [contactId = '']) {
      const { state, waitingFor } = await floor.look('contact.get', { contactId });
      return state === 'waiting' && waitingFor === undefined
        ? undefined
        : `${contactId} is ${shown({ state, waitingFor })}`;
    },
  },
  {
    sentence: 'CONTACT wraps up with AGENT',
    wrong: (floor, [contactId = '', agentId = '']) => contactIs(floor, contactId, { state: 'wrapUp', agentId }),
  },
  {
    sentence: 'CONTACT is over: WORD',
    wrong: (floor, [contactId = '', why = '']) => contactIs(floor, contactId, { state: 'ended', why }),
  },
  {
    sentence: 'CONTACT had waited TIME',
    async wrong(floor, [contactId = '', text = '']) {
      const { waitedMs, connectedAt, endedAt } = await floor.look('contact.get', { contactId });
      if (connectedAt === undefined && endedAt === undefined) return `${contactId} waits still`;
      const ms = msOf(text);
      const off = Math.abs(Number(waitedMs) - ms);
      return off <= manySteps * floor.stage.leewayMs ? undefined : `${contactId} had waited ${waitedMs} ms`;
    },
  },
  {
    sentence: `AGENT is (${Object.keys(agentStates).join('|')})( because WORD)?`,
    async wrong(floor, [agentId = '', words = '', reason]) {
      const { state, reason: now } = await floor.look('agent.get', { agentId });
      const wanted = { state: agentStates[words], ...(reason !== undefined && { reason }) };
      return fits({ state, reason: now }, wanted) ? undefined : `${agentId} is ${shown({ state, reason: now })}`;
    },
  },
  {
    sentence: 'that is refused: WORD',
    async wrong(floor, [refusal = '']) {
      const { refused } = floor;
      if (refused === undefined) return 'it was not refused';
      if (refused.refusal !== refusal) return `it is refused: ${refused.refusal}`;
      floor.refused = undefined;
      return undefined;
    },
  },
  {
    sentence: 'the answer has {…}',
    async wrong(floor, [members]) {
      return fits(floor.answer, membersOf(members)) ? undefined : `the answer is ${shown(floor.answer)}`;
    },
  },
  {
    sentence: 'there is no next page',
    async wrong({ answer }) {
      return answer.cursor === undefined ? undefined : `there is: ${String(answer.cursor)}`;
    },
  },
  {
    sentence: 'QUEUE counts {…}',
    async wrong(floor, [queueId = '', members]) {
      const supervisor = await floor.party('the supervisor');
      const { queues } = await supervisor.request('supervisor.watch', { queues: [queueId] });
      const [now] = queues as Members[];
      return fits(now, membersOf(members)) ? undefined : `${queueId} counts ${shown(now)}`;
    },
  },
  {
    sentence: 'the statistics of queue QUEUE have {…}',
    wrong: (floor, [queueId = '', members]) => countedIs(floor, 'queues', queueId, membersOf(members)),
  },
  {
    sentence: 'the statistics of agent AGENT have {…}',
    wrong: (floor, [agentId = '', members]) => countedIs(floor, 'agents', agentId, membersOf(members)),
  },
  {
    sentence: 'in the TIME from WHEN the statistics of (queue|agent) NAME have {…}',
    async wrong(floor, [ms = '', when = '', of = '', id = '', members]) {
      const interval = { from: Date.parse(when), ms: msOf(ms) };
      return intervalIs(floor, of === 'queue' ? 'queues' : 'agents', id, membersOf(members), interval);
    },
  },
  {
    sentence: 'a line of METHOD {…} as CSV has {…}',
    async wrong(floor, [method = '', params, members]) {
      const { csv, text = csv } = await floor.look(method, membersOf(params));
      const [names = [], ...lines] = String(text)
        .trimEnd()
        .split('\r\n')
        .map((line) => [...line.matchAll(csvField)].map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!));
      const isIt = (line: readonly string[]) =>
        Object.entries(membersOf(members)).every(([name, wanted]) => line[names.indexOf(name)] === String(wanted));
      return lines.some(isIt) ? undefined : `the lines are ${shown(lines)}, of ${shown(names)}`;
    },
  },
  {
    sentence: 'the record of CONTACT has {…}',
    async wrong(floor, [contactId = '', members]) {
      const { records } = await floor.look('cdr.query', {});
      const record = (records as Members[]).find((one) => one.contactId === contactId);
      const wanted = membersOf(members);
      return isAbout(record, wanted, manySteps * floor.stage.leewayMs) ? undefined : `it has ${named(record, wanted)}`;
    },
  },
  {
    sentence: 'CONTACT has no record',
    async wrong(floor, [contactId = '']) {
      const { records } = await floor.look('cdr.query', {});
      const record = (records as Members[]).find((one) => one.contactId === contactId);
      return record && `it has ${shown(record)}`;
    },
  },
  {
    sentence: 'the switch is asked METHOD {…}',
    async wrong(floor, [method = '', members]) {
      const last = floor.asked.findLast((one) => one.method === method);
      return fits(last?.params, membersOf(members)) ? undefined : `the last was ${shown(last?.params)}`;
    },
  },
  {
    sentence: 'the switch was asked METHOD NUMBER times',
    async wrong(floor, [method = '', times]) {
      const found = floor.asked.filter((one) => one.method === method).length;
      return found === Number(times) ? undefined : `it was ${found} times`;
    },
  },
  {
    sentence: 'platform PLATFORM is asked {…}',
    async wrong(floor, [platformId = '', members]) {
      const last = floor.stage.platforms.asked.findLast((one) => one.platformId === platformId);
      return fits(last, membersOf(members)) ? undefined : `the last was ${shown(last)}`;
    },
  },
  {
    sentence: 'platform PLATFORM was asked NUMBER times',
    async wrong(floor, [platformId, times]) {
      const found = floor.stage.platforms.asked.filter((one) => one.platformId === platformId).length;
      return found === Number(times) ? undefined : `it was ${found} times`;
    },
  },
  {
    sentence: 'platform PLATFORM was asked under one id',
    async wrong(floor, [platformId]) {
      const ids = floor.stage.platforms.asked.filter((one) => one.platformId === platformId).map(({ id }) => id);
      return new Set(ids).size === 1 ? undefined : `they were ${ids.join(', ')}`;
    },
  },
  {
    sentence: 'WHO is told METHOD {…}',
    wrong: (floor, [who = '', event = '', members]) => toldIs(floor, who, event, membersOf(members)),
  },
  {
    sentence: 'the other session of AGENT is told METHOD {…}',
    wrong: (floor, [agentId = '', event = '', members]) =>
      toldIs(floor, floor.otherSession(agentId), event, membersOf(members)),
  },
  {
    sentence: 'the supervisor is told METHOD NUMBER times',
    async wrong(floor, [event = '', times]) {
      const { told } = await floor.party('the supervisor');
      const found = told.filter((one) => one.event === event).length;
      return found === Number(times) ? undefined : `it was ${found} times`;
    },
  },
  {
    sentence: 'AGENT was told METHOD NUMBER times',
    async wrong(floor, [agentId = '', event = '', times]) {
      const { told } = await floor.party(agentId);
      const found = told.filter((one) => one.event === event).length;
      return found === Number(times) ? undefined : `it was ${found} times`;
    },
  },
  {
    sentence: 'WHO reads in CONTACT: TEXTS',
    wrong: (floor, [who = '', contactId = '', texts = '']) => readIs(floor, who, contactId, texts),
  },
  {
    sentence: 'WHO reads nothing in CONTACT',
    wrong: (floor, [who = '', contactId = '']) => readIs(floor, who, contactId, ''),
  },
  {
    sentence: 'WHO is told the texts TEXTS',
    async wrong(floor, [who = '', texts = '']) {
      const { told } = await floor.party(who);
      const now = told.filter(({ event }) => event === 'contact.message').map(({ params }) => `"${params.text}"`);
      return now.join(', ') === texts ? undefined : `it was told ${now.join(', ')}`;
    },
  },
  {
    sentence: 'METHOD of {…} lists {…}',
    async wrong(floor, [method = '', params, members]) {
      const now = await floor.look(method, membersOf(params));
      const listed = Object.values(now).flatMap((member) => (Array.isArray(member) ? (member as unknown[]) : []));
      return listed.some((one) => fits(one, membersOf(members))) ? undefined : `${method} says ${shown(now)}`;
    },
  },
  {
    sentence: 'METHOD of {…} says nothing of SAID',
    async wrong(floor, [method = '', params, text = '']) {
      const now = JSON.stringify(await floor.look(method, membersOf(params)));
      return now.includes(text) ? `${method} says ${now}` : undefined;
    },
  },
  {
    sentence: 'nobody finds SAID',
    async wrong(floor, [text = '']) {
      const method = await whoTells(floor, text);
      return method && `${method} says it`;
    },
  },
  {
    sentence: 'somebody finds SAID',
    async wrong(floor, [text = '']) {
      const method = await whoTells(floor, text);
      return method === undefined ? `none of ${tellingMethods.join(', ')} says it` : undefined;
    },
  },
  {
    sentence: 'METHOD of {…} has {…}',
    async wrong(floor, [method = '', params, members]) {
      const now = await floor.look(method, membersOf(params));
      return fits(now, membersOf(members)) ? undefined : `${method} says ${shown(now)}`;
    },
  },
];

const blanks: Readonly<Record<string, string>> = {
  CHANNELS: '([\\w, ]+?)',
  NAMES: '([\\w, ]+)',
  TIME: '(\\d+(?:\\.\\d+)? (?:ms|s|min|h|d))',
  NUMBER: '(\\d+)',
  METHOD: '(\\w+\\.\\w+)',
  SAID: '"([^"]*)"',
  TEXTS: '("[^"]*"(?:, "[^"]*")*)',
  WHO: '(the \\w+|\\w+)',
};

/** Groups of the sentence that are words to choose from are parts, those that may be left out are not. */
function patternOf(sentence: string): RegExp {
  const source = sentence
    .replaceAll(/\(([a-z ]+(?:\|[a-z ]+)+)\)/g, '«$1»')
    .replaceAll('(', '(?:')
    .replaceAll(/«([^»]*)»/g, '($1)')
    .replaceAll(' {…}?', '(?: (\\{.*\\}))?')
    .replaceAll('{…}', '(\\{.*?\\})')
    .replaceAll(/\b[A-Z]{4,}\b|\bWHO\b/g, (word) => blanks[word] ?? '([\\w.:+-]+)');
  return new RegExp(`^${source}$`);
}

interface Known<S> {
  readonly said: S;
  readonly pattern: RegExp;
}

const withPattern = <S extends { readonly sentence: string }>(all: readonly S[]): Known<S>[] =>
  all.map((said) => ({ said, pattern: patternOf(said.sentence) }));
const knownDoings = withPattern(doings);
const knownLookings = withPattern(lookings);

function find<S>(known: readonly Known<S>[], text: string): { said: S; parts: Parts } {
  for (const { said, pattern } of known) {
    const parts = pattern.exec(text);
    if (parts !== null) return { said, parts: parts.slice(1) };
  }
  throw new Error(`no such sentence: "${text}"`);
}

/** Plays the lines of a case; throws at the first that comes out otherwise. */
export async function playLines(lines: readonly string[], floor: Floor): Promise<void> {
  for (const line of lines) {
    const [, word = '', text = ''] = /^(given|when|then) (.*)$/.exec(line) ?? [];
    if (word === '') throw new Error(`a line begins with given, when or then: "${line}"`);
    if (word === 'then') await look(line, text, floor);
    else {
      assertSpokenOf(floor);
      const { said, parts } = find(knownDoings, text);
      await said.play(floor, parts, line);
    }
  }
  assertSpokenOf(floor);
}

async function look(line: string, text: string, floor: Floor): Promise<void> {
  const { said, parts } = find(knownLookings, text);
  const wrong = await floor.stage.settled(() => said.wrong(floor, parts));
  if (wrong === undefined) return;
  // What was refused before, and not spoken of, may be why.
  const { refused } = floor;
  const before = refused === undefined ? '' : `, and before that "${refused.step}" was refused: ${refused.refusal}`;
  throw new Error(`"${line}", but ${wrong}${before}`);
}

function assertSpokenOf({ refused }: Floor): void {
  if (refused !== undefined) throw new Error(`"${refused.step}" was refused: ${refused.refusal}`);
}
