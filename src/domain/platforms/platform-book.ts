// Number plans and platforms: which are set, and who has which access id.

import type { Audience } from '../../engine/egress.ts';
import type { NumberPlanGiven } from '../../protocol/platforms.ts';
import type { Admission, Row, TableReader } from '../module.ts';
import { everyRow } from '../rows.ts';
import { hasInRange, type NumberPlan } from './number-plan.ts';
import { numberPlansTable, platformsTable } from './tables.ts';

export interface PlatformFetch {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs?: number;
  readonly lateMs?: number;
  readonly networks?: readonly string[];
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly attributes?: readonly { readonly name: string; readonly from: string }[];
}

export interface Platform {
  readonly number: number;
  readonly platformId: string;
  readonly accessId: string;
  readonly name?: string;
  /** A digest: nobody who reads the row can hand over by it. */
  readonly credential?: string;
  readonly handoverMs?: number;
  readonly fetch?: PlatformFetch;
  readonly setBy: Audience;
  readonly since: number;
}

export class PlatformBook {
  readonly plans = new Map<string, NumberPlan>();
  readonly byId = new Map<string, Platform>();
  readonly #byAccessId = new Map<string, Platform>();
  readonly #byNumber = new Map<number, Platform>();
  #nextPlan = 1;
  #nextPlatform = 1;

  load(tables: TableReader, formerPlatforms: Iterable<number>): void {
    this.plans.clear();
    this.byId.clear();
    this.#byAccessId.clear();
    this.#byNumber.clear();
    this.#nextPlan = 1;
    this.#nextPlatform = 1;
    for (const { row } of everyRow(tables, numberPlansTable)) this.#knowPlan(row as unknown as NumberPlan);
    for (const { row } of everyRow(tables, platformsTable)) this.#know(row as unknown as Platform);
    for (const number of formerPlatforms) this.#nextPlatform = Math.max(this.#nextPlatform, number + 1);
  }

  withAccessId(accessId: string): Platform | undefined {
    return this.#byAccessId.get(accessId);
  }

  at(number: number): Platform | undefined {
    return this.#byNumber.get(number);
  }

  planOf(accessId: string): NumberPlan | undefined {
    for (const plan of this.plans.values()) if (hasInRange(plan, accessId)) return plan;
    return undefined;
  }

  *platformsOf(plan: NumberPlanGiven): Generator<Platform, void, void> {
    for (const platform of this.byId.values()) if (hasInRange(plan, platform.accessId)) yield platform;
  }

  setPlan(planId: string, given: NumberPlanGiven, { tables, onUndo }: Admission): NumberPlan {
    const before = this.plans.get(planId);
    const plan: NumberPlan = { ...given, planId, number: before?.number ?? this.#nextPlan };
    this.#knowPlan(plan);
    tables.put(numberPlansTable, plan.number, plan as unknown as Row);
    onUndo(() => (before === undefined ? this.plans.delete(planId) : this.#knowPlan(before)));
    return plan;
  }

  removePlan(plan: NumberPlan, { tables, onUndo }: Admission): void {
    this.plans.delete(plan.planId);
    tables.remove(numberPlansTable, plan.number);
    onUndo(() => this.#knowPlan(plan));
  }

  set(given: Omit<Platform, 'number' | 'since'>, { tables, onUndo, now }: Admission): Platform {
    const before = this.byId.get(given.platformId);
    const platform: Platform = {
      ...given,
      number: before?.number ?? this.#nextPlatform,
      since: before?.since ?? now,
    };
    if (before !== undefined) this.#forget(before);
    this.#know(platform);
    tables.put(platformsTable, platform.number, platform as unknown as Row);
    onUndo(() => {
      this.#forget(platform);
      if (before !== undefined) this.#know(before);
    });
    return platform;
  }

  remove(platform: Platform, { tables, onUndo }: Admission): void {
    this.#forget(platform);
    tables.remove(platformsTable, platform.number);
    onUndo(() => this.#know(platform));
  }

  *plansAfter(number: number): Generator<NumberPlan, void, void> {
    yield* [...this.plans.values()].filter((plan) => plan.number > number).sort((a, b) => a.number - b.number);
  }

  *platformsAfter(number: number): Generator<Platform, void, void> {
    yield* [...this.byId.values()].filter((one) => one.number > number).sort((a, b) => a.number - b.number);
  }

  #knowPlan(plan: NumberPlan): void {
    this.plans.set(plan.planId, plan);
    this.#nextPlan = Math.max(this.#nextPlan, plan.number + 1);
  }

  #know(platform: Platform): void {
    this.byId.set(platform.platformId, platform);
    this.#byAccessId.set(platform.accessId, platform);
    this.#byNumber.set(platform.number, platform);
    this.#nextPlatform = Math.max(this.#nextPlatform, platform.number + 1);
  }

  #forget({ platformId, accessId, number }: Platform): void {
    this.byId.delete(platformId);
    this.#byNumber.delete(number);
    // Of two that a document lets change their access ids one has it before the other has given it up.
    if (this.#byAccessId.get(accessId)?.platformId === platformId) this.#byAccessId.delete(accessId);
  }
}
