// What a paid contact costs, by a plain count: each period that begins is looked up by itself, on a clock that Intl says. It shares
// nothing with src/domain/payments, which counts whole stretches at once.

/** What a rate says, as the storm has published it. */
export interface PlainTerms {
  readonly per: 'minute' | 'startedMinute' | 'session' | 'message' | 'document';
  readonly price: { readonly amount: number; readonly currency: string };
  readonly timeZone?: string;
  readonly hours?: readonly {
    readonly days: readonly string[];
    readonly from: string;
    readonly to: string;
    readonly amount: number;
  }[];
  readonly minimum?: number;
  readonly freeMs?: number;
  readonly holdIsFree?: boolean;
}

/** A time that counts, in the order in which they were. */
export interface Served {
  readonly agentId: string;
  readonly from: number;
  readonly to: number;
}

export interface PlainPrice {
  readonly cost: number;
  readonly meteredMs: number;
  /** What each of the times added to it. */
  readonly added: readonly number[];
  /** How many periods began at which of the prices: the price itself, then its hours. */
  readonly counts: readonly number[];
}

const never = Number.POSITIVE_INFINITY;
const periodMs = { minute: 1_000, startedMinute: 60_000, session: never, message: never, document: never } as const;

/** A message, or a document, that was delivered. */
export interface Delivered {
  readonly agentId: string;
  readonly at: number;
}

/** One by one, each at the price of its moment; what the minimum is over that is added with the first. */
export function plainUnits(terms: PlainTerms, delivered: readonly Delivered[]): PlainPrice {
  const amounts = amountsOf(terms);
  const counts = amounts.map(() => 0);
  const added: number[] = [];
  let [sum, cost] = [0, 0];
  for (const { at } of delivered) {
    const which = priceAt(terms, at);
    counts[which]! += 1;
    sum += amounts[which]!;
    const costs = Math.max(terms.minimum ?? 0, sum);
    added.push(costs - cost);
    cost = costs;
  }
  return { cost, meteredMs: 0, added, counts };
}

/** The price itself, then those of its hours. */
export function amountsOf({ price, hours = [] }: PlainTerms): number[] {
  return [price.amount, ...hours.map(({ amount }) => amount)];
}

export function plainPrice(terms: PlainTerms, served: readonly Served[]): PlainPrice {
  const { per, minimum = 0, freeMs = 0 } = terms;
  const amounts = amountsOf(terms);
  const counts = amounts.map(() => 0);
  const added: number[] = [];
  let [begins, before, periods, sum, cost] = [freeMs, 0, 0, 0, 0];
  for (const { from, to } of served) {
    const after = before + (to - from);
    for (; begins < after; begins += periodMs[per]) {
      const which = priceAt(terms, from + (begins - before));
      counts[which]! += 1;
      periods += 1;
      sum += amounts[which]!;
    }
    before = after;
    const costs = periods === 0 ? 0 : Math.max(minimum, per === 'minute' ? Math.floor(sum / 60) : sum);
    added.push(costs - cost);
    cost = costs;
  }
  return { cost, meteredMs: before, added, counts };
}

/** How long it goes on for so much: until the beginning of the first period that makes it dearer. */
export function lastsFor(terms: PlainTerms, served: readonly Served[], money: number): number {
  const total = served.reduce((sum, { from, to }) => sum + (to - from), 0);
  let [short, long] = [0, total];
  // It never becomes cheaper, so halves find it.
  while (short < long) {
    const middle = Math.ceil((short + long) / 2);
    if (plainPrice(terms, cutAt(served, middle)).cost <= money) short = middle;
    else long = middle - 1;
  }
  return short;
}

function cutAt(served: readonly Served[], ms: number): Served[] {
  let left = ms;
  return served.map(({ agentId, from, to }) => {
    const some = Math.min(left, to - from);
    left -= some;
    return { agentId, from, to: from + some };
  });
}

// ── Which price when ────────────────────────────────────────────────────────────────────────────────────────────
const quarterMs = 900_000;
const minuteMs = 60_000;

/** 0: the price itself; else the first of its hours that holds, counted from 1. */
function priceAt({ hours = [], timeZone = 'UTC' }: PlainTerms, at: number): number {
  if (hours.length === 0) return 0;
  const { day, clockMs } = wallAt(timeZone, at);
  return 1 + hours.findIndex(({ days, from, to }) => days.includes(day) && clockMs >= msOf(from) && clockMs < msOf(to));
}

const quarters = new Map<string, { readonly day: string; readonly clockMs: number }>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** Clocks change at quarter hours at the finest, and no quarter goes over midnight. */
function wallAt(timeZone: string, at: number): { readonly day: string; readonly clockMs: number } {
  const quarter = Math.floor(at / quarterMs) * quarterMs;
  const key = `${timeZone} ${quarter}`;
  let begun = quarters.get(key);
  if (begun === undefined) {
    let format = formats.get(timeZone);
    if (format === undefined) {
      const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
      format = new Intl.DateTimeFormat('en-US', { timeZone, ...parts });
      formats.set(timeZone, format);
    }
    const parts = new Map(format.formatToParts(quarter).map(({ type, value }) => [type, value]));
    const minutes = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
    begun = { day: parts.get('weekday')!.toLowerCase(), clockMs: minutes * minuteMs };
    quarters.set(key, begun);
  }
  return { day: begun.day, clockMs: begun.clockMs + (at - quarter) };
}

function msOf(clock: string): number {
  const [hours, minutes] = clock.split(':') as [string, string];
  return (Number(hours) * 60 + Number(minutes)) * minuteMs;
}
