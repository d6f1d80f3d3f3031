// One tick while it is being closed, executed and applied: its commands, its rows, who asked for what.
//
// Items are in the order of admission: follow-ups of the tick before, then requests. Each knows which records of the
// batch are its own, what to take back when the core refuses one of them, and how its answer is made.

import * as layout from '../../assembly/layout.ts';
import type {
  Admission,
  Afterwards,
  DomainModule,
  KeptCommands,
  KeyRange,
  Pending,
  Reworded,
  Row,
  RowKey,
  RowRange,
  TableDeclaration,
  TableWriter,
  Undecided,
} from '../domain/module.ts';
import type { Refusal } from '../protocol/refusals.ts';
import type { TableSpace, TickWrites } from '../store/overlay.ts';
import type { Randomness } from './clock.ts';
import { CommandEncoder } from './command-encoder.ts';
import type { Answer, Ask, Caller, RoutedRequest } from './egress.ts';
import type { Notification } from './outbox.ts';
import type { Trial } from './set-aside.ts';

/** No item: writes of reactions are never taken back one by one. */
export const BY_REACTION = -1;

/** What a tick leaves for the next one to begin with. */
export interface FollowUp {
  /** module/name */
  readonly name: string;
  readonly params: Row;
  /** How many follow-ups led to this one. */
  readonly depth: number;
}

export interface Item {
  /** Exactly one of the two. */
  readonly request: RoutedRequest | undefined;
  readonly followUp: FollowUp | undefined;
  readonly index: number;
  readonly startBytes: number;
  readonly firstCommand: number;
  endCommand: number;
  /** What takes it back in the memory of modules, in order; most items need nothing. */
  undo: ((refusal: Refusal | undefined) => void)[] | undefined;
  pending: Pending | undefined;
  /** Of news from the sessions: what each module that was told does when the core has run. */
  afterwards: readonly { readonly module: DomainModule; readonly run: Afterwards }[];
  reworded: Reworded | undefined;
  answer: Answer | undefined;
  refused: Refusal | undefined;
  isTakenBack: boolean;
  /** Its request has an id by which its answer is remembered. */
  isRemembered: boolean;
  /** Later ones that are refused where this one is, in order. */
  neededBy: { readonly item: Item; readonly refusal: Refusal }[] | undefined;
  /** Gives the place for its remembered answer back, when the request is to be admitted again. */
  unexpect: (() => void) | undefined;
}

const nothing: Item['afterwards'] = [];

export class Tick {
  readonly number: number;
  readonly at: number;
  readonly buffer: number;
  readonly encoder: CommandEncoder;
  readonly writes: TickWrites;
  readonly tables: TableWriter;
  readonly items: Item[] = [];
  /** Reads that were answered anew by what the tick has left: they go out behind its notifications. */
  readonly late: Item[] = [];
  readonly notifications: Notification[] = [];
  readonly asks: Ask[] = [];
  /** What modules want gone from the disk: `module/reference`. */
  readonly bytesGo: string[] = [];
  /** What the one before left to do: comes back when this tick is dropped or tried again. */
  readonly openedWith: readonly FollowUp[];
  /** Of these, what this tick had no room for: the next one begins with them. */
  readonly postponed: FollowUp[] = [];
  /** What it leaves to do itself. */
  readonly followUps: FollowUp[] = [];
  /** Timers of modules whose reactions are passed over, since they threw: set aside with what they threw. */
  readonly passedOver: { readonly followUp: FollowUp; readonly error: unknown }[] = [];
  /** What it does but for timers: a follow-up that was set aside. */
  trial: Trial | undefined;
  /** Commands below this number are those of follow-ups, or put there by the engine itself. */
  followUpCommands = 0;
  /** Tells the core how long nobody was there, and nothing else. */
  readonly resumes: boolean;
  /** The core has refused a command of one of its items. */
  anyRefused = false;
  /** For how long nobody was there. */
  downMs = 0;

  constructor(
    number: number,
    at: number,
    memory: WebAssembly.Memory,
    tables: TableSpace,
    opening: { readonly followUps: readonly FollowUp[]; readonly resumes: boolean },
  ) {
    this.number = number;
    this.at = at;
    this.openedWith = opening.followUps;
    this.resumes = opening.resumes;
    this.buffer = number % layout.BUFFERS;
    this.encoder = new CommandEncoder(
      memory.buffer,
      layout.INPUT_AT + this.buffer * layout.INPUT_BYTES,
      layout.INPUT_BYTES,
    );
    this.writes = tables.begin(number);
    this.tables = new TableAccess(tables, this.writes);
  }

  begin(request: RoutedRequest | undefined, followUp: FollowUp | undefined): Item {
    const mark = this.encoder.beginRequest();
    const item: Item = {
      request,
      followUp,
      index: this.items.length,
      startBytes: mark.at,
      firstCommand: mark.count,
      endCommand: mark.count,
      undo: undefined,
      pending: undefined,
      afterwards: nothing,
      reworded: undefined,
      answer: undefined,
      refused: undefined,
      isTakenBack: false,
      isRemembered: false,
      neededBy: undefined,
      unexpect: undefined,
    };
    this.items.push(item);
    this.writes.mark(item.index);
    return item;
  }

  /** Takes back rows and memory of an item, newest first. Its records stay in the batch if the core has run. */
  undo(item: Item): void {
    item.isTakenBack = true;
    this.writes.undo(item.index);
    const undone = item.undo ?? [];
    item.undo = undefined;
    for (const undo of undone.reverse()) undo(item.refused);
    item.pending = undefined;
    item.afterwards = nothing;
  }

  /** The core will not have it, or not what it needs: then neither what needs it, the newest of these first. */
  refuse(item: Item, refusal: Refusal): void {
    if (item.refused !== undefined || item.isTakenBack) return;
    for (const needing of (item.neededBy ?? []).reverse()) this.refuse(needing.item, needing.refusal);
    item.refused = refusal;
    this.anyRefused = true;
    // What was already a plain result cannot stand.
    item.answer = undefined;
    this.undo(item);
    this.writes.mark(BY_REACTION);
  }

  /** Takes an item back before the core has run: it must be the newest. */
  withdraw(item: Item): void {
    this.undo(item);
    this.encoder.rewind({ at: item.startBytes, count: item.firstCommand });
  }

  /** What the next tick begins with, oldest first: journalled with this one. */
  get handsOn(): readonly FollowUp[] {
    return [...this.postponed, ...this.followUps];
  }

  /** The item whose command this is; undefined for a record that the engine put there itself. */
  itemOfCommand(command: number): Item | undefined {
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.items[middle] as Item).firstCommand <= command) low = middle;
      else high = middle - 1;
    }
    // Items without commands share their first number with the next item, so the last one found is the owner.
    const item = this.items[low];
    return item !== undefined && command >= item.firstCommand && command < item.endCommand ? item : undefined;
  }
}

/** What handlers are given; one object serves all items of a tick, `item` is the one being admitted. */
export class TickAdmission implements Admission {
  readonly #tick: Tick;
  readonly #randomness: Pick<Randomness, 'bytes'>;
  readonly kept: KeptCommands;
  item!: Item;

  constructor(tick: Tick, randomness: Pick<Randomness, 'bytes'>, kept: KeptCommands) {
    this.#tick = tick;
    this.#randomness = randomness;
    this.kept = kept;
  }

  get now(): number {
    return this.#tick.at;
  }

  get tick(): number {
    return this.#tick.number;
  }

  get caller(): Caller | undefined {
    return this.item.request?.caller;
  }

  get tables(): TableWriter {
    return this.#tick.tables;
  }

  get core(): CommandEncoder {
    return this.#tick.encoder;
  }

  readonly onUndo = (undo: (refusal: Refusal | undefined) => void): void => {
    if (this.item.undo === undefined) this.item.undo = [undo];
    else this.item.undo.push(undo);
  };

  get undecided(): Undecided {
    return this.item;
  }

  needs(undecided: Undecided, refusal: Refusal): void {
    const { item } = this;
    const needed = undecided as Item;
    needed.neededBy ??= [];
    needed.neededBy.push({ item, refusal });
  }

  bytes(count: number): Uint8Array {
    return this.#randomness.bytes(count);
  }
}

/** The tables as modules see them: everything staged so far. */
export class TableAccess implements TableWriter {
  readonly #space: TableSpace;
  readonly #writes: TickWrites | undefined;

  constructor(space: TableSpace, writes?: TickWrites) {
    this.#space = space;
    this.#writes = writes;
  }

  get(table: TableDeclaration, key: RowKey): Row | undefined {
    return this.#space.get(table.id, key) as Row | undefined;
  }

  range(table: TableDeclaration, range: RowRange): { key: RowKey; row: Row }[] {
    return this.#space.range(table.id, range) as { key: RowKey; row: Row }[];
  }

  keys(table: TableDeclaration, range: KeyRange): RowKey[] {
    return this.#space.keys(table.id, range);
  }

  put(table: TableDeclaration, key: RowKey, row: Row): void {
    if (this.#writes === undefined) throw new Error(`a write to ${table.name} outside of a tick`);
    this.#writes.put(table.id, key, row);
  }

  remove(table: TableDeclaration, key: RowKey): void {
    if (this.#writes === undefined) throw new Error(`a removal from ${table.name} outside of a tick`);
    this.#writes.remove(table.id, key);
  }
}

export function requestsOf(items: readonly Pick<Item, 'request'>[]): RoutedRequest[] {
  return items.flatMap((item) => (item.request === undefined ? [] : [item.request]));
}

export function followUpsOf(items: readonly Item[]): FollowUp[] {
  return items.flatMap((item) => (item.followUp === undefined ? [] : [item.followUp]));
}
