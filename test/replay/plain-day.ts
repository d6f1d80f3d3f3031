// A plain model of a replayed day, to compare with: callers in the order of their arrival less their credit, agents on
// their shifts and breaks, the longest idle first. Full scans, no router, no sockets, nothing shared with either.

import type { RecordedCall } from '../../src/simulation/recorded-call.ts';
import type { Shift } from '../../src/simulation/shifts.ts';

export interface PlainResult {
  readonly answered: number;
  readonly abandoned: number;
  readonly left: number;
  readonly meanWaitMs: number;
  /** How often two things happened at the same instant, so that the outcome depends on which is taken first. */
  readonly ties: number;
  /** When each who was answered was, and by whom. */
  readonly connections: ReadonlyMap<RecordedCall, { readonly at: number; readonly agent: string }>;
}

type What = 'end' | 'ready' | 'notReady' | 'arrive' | 'logout' | 'hangUp';
/** What comes first of what happens at once: whoever leaves takes no further caller. */
const sequence: readonly What[] = ['notReady', 'logout', 'end', 'ready', 'arrive', 'hangUp'];

export function playPlainly(
  calls: readonly RecordedCall[],
  shifts: readonly Shift[],
  serviceMs: ReadonlyMap<RecordedCall, number>,
  creditMs: (call: RecordedCall) => number,
): PlainResult {
  const events: { at: number; what: What; call?: RecordedCall; shift?: Shift }[] = [];
  for (const call of calls) events.push({ at: call.arrivedAt, what: 'arrive', call });
  for (const shift of shifts) {
    events.push({ at: shift.from, what: 'ready', shift }, { at: shift.to, what: 'logout', shift });
    for (const pause of shift.breaks)
      events.push({ at: pause.from, what: 'notReady', shift }, { at: pause.to, what: 'ready', shift });
  }
  const ready = new Set<Shift>();
  const busy = new Map<Shift, RecordedCall>();
  const idleSince = new Map<Shift, number>();
  const waiting = new Set<RecordedCall>();
  const waits: number[] = [];
  const connections = new Map<RecordedCall, { at: number; agent: string }>();
  let answered = 0;
  let ties = 0;
  let before = Number.NEGATIVE_INFINITY;

  function connect(call: RecordedCall, shift: Shift, at: number): void {
    waiting.delete(call);
    busy.set(shift, call);
    waits.push(at - call.arrivedAt);
    answered++;
    connections.set(call, { at, agent: shift.agent });
    events.push({ at: at + serviceMs.get(call)!, what: 'end', shift });
  }
  function serveNext(shift: Shift, at: number): void {
    if (!ready.has(shift) || busy.has(shift)) return;
    const place = (call: RecordedCall) => call.arrivedAt - creditMs(call);
    const next = [...waiting].filter((call) => shift.types.includes(call.type)).sort((a, b) => place(a) - place(b))[0];
    if (next !== undefined) connect(next, shift, at);
  }

  while (events.length > 0) {
    let first = 0;
    for (let index = 1; index < events.length; index++) {
      const [a, b] = [events[index]!, events[first]!];
      if (a.at < b.at || (a.at === b.at && sequence.indexOf(a.what) < sequence.indexOf(b.what))) first = index;
    }
    const { at, what, call, shift } = events[first]!;
    if (at === before) ties++;
    before = at;
    events[first] = events.at(-1)!;
    events.pop();
    if (what === 'arrive') {
      const free = [...ready].filter((agent) => !busy.has(agent) && agent.types.includes(call!.type));
      free.sort((a, b) => (idleSince.get(a) ?? 0) - (idleSince.get(b) ?? 0));
      if (free[0] !== undefined) connect(call!, free[0], at);
      else {
        waiting.add(call!);
        if (call!.outcome === 'hungUp') events.push({ at: at + call!.waitMs, what: 'hangUp', call: call! });
      }
    } else if (what === 'hangUp') {
      if (waiting.delete(call!)) waits.push(at - call!.arrivedAt);
    } else if (what === 'notReady' || what === 'logout') ready.delete(shift!);
    else {
      if (what === 'end') busy.delete(shift!);
      else ready.add(shift!);
      idleSince.set(shift!, at);
      serveNext(shift!, at);
    }
  }
  const abandoned = waits.length - answered;
  const meanWaitMs = waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, waits.length);
  return { answered, abandoned, left: waiting.size, meanWaitMs, ties, connections };
}
