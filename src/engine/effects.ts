// Reads effect records out of a partition's memory. Plain objects of one shape, so that they stay fast to look at;
// assembly/layout.ts says what each kind uses which field for.
//
// A partition looks at some hundred thousand effects a second, one after the other, and keeps none of them: its `Effects`
// are read one at a time into the same object.

import * as layout from '../../assembly/layout.ts';
import type { Writable } from '../writable.ts';

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

/** What befalls contacts and agents: all but what lines are doing, which is nearly half of what a core tells. */
export const effectsOfContactsAndAgents: readonly number[] = Array.from(
  { length: layout.EFFECT_KINDS },
  (_, kind) => kind,
).filter((kind) => kind !== layout.EFFECT_LINE_STATE);

type Filled = Writable<Effect>;

/** The effects of one call, as they lie in the buffer of that index. */
export class Effects {
  readonly count: number;
  readonly #view: DataView;
  readonly #effect = blank();

  constructor(memory: ArrayBufferLike, buffer: number, count: number, bytesMax: number = layout.EFFECTS_BYTES) {
    if (count < 0 || count * layout.EFFECT_BYTES > bytesMax) throw new Error(`${count} effects in a buffer`);
    this.count = count;
    this.#view = new DataView(memory, layout.EFFECTS_AT + buffer * layout.EFFECTS_BYTES, count * layout.EFFECT_BYTES);
  }

  /** The explanation records of a call: they begin where the second effect buffer does, and have an effect's fields. */
  static explained(memory: ArrayBufferLike, count: number): Effects {
    return new Effects(memory, 1, count, layout.EXPLAINED_BYTES);
  }

  /** Good until the next call. */
  at(index: number): Effect {
    return fill(this.#effect, this.#view, index * layout.EFFECT_BYTES);
  }

  /** Copies of all, to keep. */
  all(): Effect[] {
    return Array.from({ length: this.count }, (_, index) => fill(blank(), this.#view, index * layout.EFFECT_BYTES));
  }
}

function blank(): Filled {
  return {
    kind: 0,
    code: 0,
    cause: 0,
    contact: 0,
    number: 0,
    agent: 0,
    line: 0,
    queue: 0,
    value: 0,
    at: 0,
    since: 0,
    extra: 0,
    value2: 0,
    value3: 0,
  };
}

function fill(effect: Filled, view: DataView, at: number): Effect {
  const kind = view.getUint16(at + layout.EFFECT_KIND, true);
  if (kind < 1 || kind >= layout.EFFECT_KINDS) throw new Error(`the core wrote an effect of unknown kind ${kind}`);
  effect.kind = kind;
  effect.code = view.getUint16(at + layout.EFFECT_CODE, true);
  effect.cause = view.getInt32(at + layout.EFFECT_CAUSE, true);
  effect.contact = view.getInt32(at + layout.EFFECT_CONTACT, true);
  effect.number = view.getUint32(at + layout.EFFECT_NUMBER, true);
  effect.agent = view.getInt32(at + layout.EFFECT_AGENT, true);
  effect.line = view.getInt32(at + layout.EFFECT_LINE, true);
  effect.queue = view.getInt32(at + layout.EFFECT_QUEUE, true);
  effect.value = view.getInt32(at + layout.EFFECT_VALUE, true);
  effect.at = i64(view, at + layout.EFFECT_AT);
  effect.since = i64(view, at + layout.EFFECT_SINCE);
  effect.extra = i64(view, at + layout.EFFECT_EXTRA);
  effect.value2 = view.getInt32(at + layout.EFFECT_VALUE2, true);
  effect.value3 = view.getInt32(at + layout.EFFECT_VALUE3, true);
  return effect;
}

/** The core's i64 are times, durations and keys of modules: all are safe integers. Two reads are cheaper than a BigInt. */
function i64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 4294967296 + view.getUint32(at, true);
}
