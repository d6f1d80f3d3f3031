// Reads effect records out of a partition's memory. Plain objects of one shape, so that they stay fast to make and
// to look at; assembly/layout.ts says what each kind uses which field for.

import * as layout from '../../assembly/layout.ts';

export interface Effect {
  readonly kind: number;
  readonly code: number;
  /** Index of the command in the batch, or CAUSE_TIMER, CAUSE_DESCRIBE. */
  readonly cause: number;
  readonly contact: number;
  readonly number: number;
  readonly agent: number;
  readonly line: number;
  readonly queue: number;
  readonly value: number;
  readonly at: number;
  readonly since: number;
  readonly extra: number;
  readonly value2: number;
  readonly value3: number;
}

/** All effects of one call, from the buffer of that index. */
export function decodeEffects(memory: ArrayBufferLike, buffer: number, count: number): Effect[] {
  if (count < 0 || count * layout.EFFECT_BYTES > layout.EFFECTS_BYTES) throw new Error(`${count} effects in a buffer`);
  const view = new DataView(memory, layout.EFFECTS_AT + buffer * layout.EFFECTS_BYTES, count * layout.EFFECT_BYTES);
  const effects = new Array<Effect>(count);
  for (let index = 0; index < count; index++) effects[index] = decodeEffect(view, index * layout.EFFECT_BYTES);
  return effects;
}

function decodeEffect(view: DataView, at: number): Effect {
  const kind = view.getUint16(at + layout.EFFECT_KIND, true);
  if (kind < 1 || kind >= layout.EFFECT_KINDS) throw new Error(`the core wrote an effect of unknown kind ${kind}`);
  return {
    kind,
    code: view.getUint16(at + layout.EFFECT_CODE, true),
    cause: view.getInt32(at + layout.EFFECT_CAUSE, true),
    contact: view.getInt32(at + layout.EFFECT_CONTACT, true),
    number: view.getUint32(at + layout.EFFECT_NUMBER, true),
    agent: view.getInt32(at + layout.EFFECT_AGENT, true),
    line: view.getInt32(at + layout.EFFECT_LINE, true),
    queue: view.getInt32(at + layout.EFFECT_QUEUE, true),
    value: view.getInt32(at + layout.EFFECT_VALUE, true),
    at: i64(view, at + layout.EFFECT_AT),
    since: i64(view, at + layout.EFFECT_SINCE),
    extra: i64(view, at + layout.EFFECT_EXTRA),
    value2: view.getInt32(at + layout.EFFECT_VALUE2, true),
    value3: view.getInt32(at + layout.EFFECT_VALUE3, true),
  };
}

/** The core's i64 are times, durations and keys of modules: all are safe integers. Two reads are cheaper than a BigInt. */
function i64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
}
