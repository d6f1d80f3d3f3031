// Callers who are refused: by number, by the beginning of their number, or by identity; for a time or for good.
//
// A number counts where a contact comes from it (`from`) and where its identity is that telephone number; it is compared as it is
// written, so in E.164. What has run out is removed by a timer of the core: it does not stay because nobody looked.

import { blockedCallersMax, blockedCallersRemovedPerTickMax } from '../../limits.ts';
import { contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  Row,
  Shapes,
  TableDeclaration,
  TableReader,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { everyRow } from '../rows.ts';
import { numberKey, timeKey } from '../time-key.ts';
import type { NamedPerson, SearchedExport } from '../timeline-source.ts';

const MODULE = 6;
const EXPIRY_TIMER = 1;

/** number in the order of blocking → {number, who, reason?, expiresAt?, since} */
export const blockedTable: TableDeclaration = { name: 'blockedCallers', id: 103, personal: true };

type Who = Pick<Params<'caller.unblock'>, 'number' | 'prefix' | 'identity'>;

interface Blocked {
  readonly number: number;
  readonly who: Who;
  readonly reason?: string;
  readonly expiresAt?: number;
  readonly since: number;
}

export class BlockedCallers implements DomainModule {
  readonly name = 'callers';
  readonly number = MODULE;
  readonly tables = [blockedTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'caller.block': (params, admission) => this.#block(params, admission),
    'caller.unblock': (params, admission) => this.#unblock(params, admission),
    'caller.list': (params, { now }) => this.#list(params, now),
  };
  readonly shapes: Shapes = { contactCreate: (draft, admission) => this.#refuse(draft, admission) };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setExpiry: (_, { core, now }) => {
      const due = this.#nextExpiry();
      if (due !== undefined) core.timerSet(MODULE, EXPIRY_TIMER, Math.max(due, now));
    },
  };
  /** Who has been erased is nobody who is known, and so is blocked no more; prefixes are of nobody. */
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: blockedTable,
        kind: 'blockedCallers',
        isOf: (person, { who }) => person.isNamedIn(who),
        erase: (row, key, _, tables) => {
          tables.remove(blockedTable, key);
          this.#drop(this.#byWho.get(keyOf(row.who as Who)) ?? (row as unknown as Blocked));
        },
      },
    ]),
  };
  readonly exports: readonly SearchedExport[] = [
    { part: 'blocked', search: (person, behind, { tables }) => namedIn(person, behind, tables) },
  ];
  #byWho = new Map<string, Blocked>();
  /** In the order of blocking. */
  #byNumber = orderedMap<Blocked>();
  /** By the time at which they run out. */
  #expiring = orderedMap<Blocked>();
  #next = 1;

  load({ tables }: LoadContext): void {
    this.#byWho = new Map();
    this.#byNumber = orderedMap<Blocked>();
    this.#expiring = orderedMap<Blocked>();
    this.#next = 1;
    for (const { row } of everyRow(tables, blockedTable)) this.#add(row as unknown as Blocked);
  }

  timerFired(_key: number, reaction: Reaction): void {
    let left = blockedCallersRemovedPerTickMax;
    for (const blocked of this.#expiring.valuesArray()) {
      if (blocked.expiresAt! > reaction.now || left-- === 0) break;
      reaction.tables.remove(blockedTable, blocked.number);
      this.#drop(blocked);
    }
    if (this.#expiring.size > 0) reaction.followUp('setExpiry', {});
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  #refuse({ params, isDialled, calledBy }: ContactDraft, { now, caller }: Admission): Refusal | undefined {
    if (this.#byWho.size === 0 || isDialled || calledBy !== undefined) return undefined;
    const blocked = this.#find(params.from as string | undefined, params.identity as Who['identity'], now);
    if (blocked === undefined) return undefined;
    // Why is the tenant's own business.
    const { reason } = blocked;
    return refuse('caller_blocked', caller?.role === 'customer' || reason === undefined ? {} : { reason });
  }

  #find(from: string | undefined, identity: Who['identity'], now: number): Blocked | undefined {
    const byIdentity = identity && this.#live({ identity }, now);
    if (byIdentity !== undefined) return byIdentity;
    for (const number of [from, identity?.scheme === 'tel' ? identity.value : undefined]) {
      if (number === undefined) continue;
      const exact = this.#live({ number }, now);
      if (exact !== undefined) return exact;
      for (let length = number.length; length > 0; length--) {
        const byPrefix = this.#live({ prefix: number.slice(0, length) }, now);
        if (byPrefix !== undefined) return byPrefix;
      }
    }
    return undefined;
  }

  #live(who: Who, now: number): Blocked | undefined {
    const found = this.#byWho.get(keyOf(who));
    return found === undefined || isOver(found, now) ? undefined : found;
  }

  /** Of who is to be called back. */
  isBlocked({ from, identity }: { readonly from?: string; readonly identity?: Who['identity'] }, now: number): boolean {
    return this.#byWho.size > 0 && this.#find(from, identity, now) !== undefined;
  }

  // ── Requests ──────────────────────────────────────────────────────────────────────────────────────────────────
  #block(params: Params<'caller.block'>, admission: Admission): Admitted {
    const { reason, expiresAt, ...who } = contentOf(params);
    const { now, core, tables } = admission;
    const before = this.#byWho.get(keyOf(who));
    if (before === undefined && this.#byWho.size >= blockedCallersMax) return refuse('too_many_blocked_callers');
    const blocked: Blocked = {
      number: before?.number ?? this.#next,
      who,
      since: before?.since ?? now,
      ...(reason !== undefined && { reason }),
      ...(expiresAt !== undefined && { expiresAt }),
    };
    if (before !== undefined) this.#drop(before);
    this.#add(blocked);
    admission.onUndo(() => {
      this.#drop(blocked);
      if (before !== undefined) this.#add(before);
    });
    tables.put(blockedTable, blocked.number, blocked as unknown as Row);
    if (expiresAt !== undefined) core.timerSet(MODULE, EXPIRY_TIMER, Math.max(now, this.#nextExpiry()!));
    return { result: viewOf(blocked) };
  }

  #unblock(params: Params<'caller.unblock'>, admission: Admission): Admitted {
    const who: Who = contentOf(params);
    const found = this.#byWho.get(keyOf(who));
    if (found === undefined || isOver(found, admission.now)) return refuse('caller_not_blocked');
    admission.tables.remove(blockedTable, found.number);
    this.#drop(found);
    admission.onUndo(() => this.#add(found));
    return { result: who };
  }

  #list(params: Params<'caller.list'>, now: number): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#after(number),
      ({ number }) => number,
      (blocked) => !isOver(blocked, now),
    );
    return { result: { callers: items.map(viewOf), ...cursor } };
  }

  *#after(number: number): Generator<Blocked, void, void> {
    for (const [, blocked] of this.#byNumber.entries(numberKey(number + 1))) yield blocked;
  }

  // ── Memory ────────────────────────────────────────────────────────────────────────────────────────────────────
  #add(blocked: Blocked): void {
    this.#byWho.set(keyOf(blocked.who), blocked);
    this.#byNumber.set(numberKey(blocked.number), blocked);
    const { expiresAt, number } = blocked;
    if (expiresAt !== undefined) this.#expiring.set(timeKey(expiresAt, number), blocked);
    this.#next = Math.max(this.#next, blocked.number + 1);
  }

  #drop(blocked: Blocked): void {
    this.#byWho.delete(keyOf(blocked.who));
    this.#byNumber.delete(numberKey(blocked.number));
    const { expiresAt, number } = blocked;
    if (expiresAt !== undefined) this.#expiring.delete(timeKey(expiresAt, number));
  }

  #nextExpiry(): number | undefined {
    const key = this.#expiring.minKey();
    return key === undefined ? undefined : this.#expiring.get(key)?.expiresAt;
  }
}

function isOver({ expiresAt }: Blocked, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function keyOf({ number, prefix, identity }: Who): string {
  if (identity !== undefined) return `identity\n${identity.scheme}\n${identity.value}`;
  return number === undefined ? `prefix\n${prefix}` : `number\n${number}`;
}

function viewOf({ number: _, who, ...shown }: Blocked) {
  return { ...who, ...shown };
}

/** As caller.list shows them; prefixes are of nobody. */
function* namedIn(person: NamedPerson, behind: number, tables: TableReader) {
  for (const { key, row } of everyRow(tables, blockedTable, behind + 1)) {
    const { who, number: _, ...blocked } = row as unknown as Blocked;
    yield { key: key as number, item: person.isNamedIn(who) ? { ...who, ...blocked } : undefined };
  }
}
