// Alerts: thresholds on the numbers of queues, and of platforms. Each is looked at when something of its queue has changed, at most once a second, and at
// the moment at which waiting alone brings it over its threshold.
//
//   well ─ crossed ─▶ crossed since … ─ for forMs ─▶ raised ─ back at clearAt ─▶ well
//                          └ back before ─▶ well
//
// What is raised, and since when a threshold is crossed, is a row: a restart neither forgets nor repeats. A part of the module of
// statistics, which gives it its timer.

import * as layout from '../../../assembly/layout.ts';
import type { Effect } from '../../engine/effects.ts';
import { alertEveryMs, alertsPerTenantMax } from '../../limits.ts';
import { type AlertMeasure, type PlatformMeasure, platformMeasures } from '../../protocol/alerts.ts';
import { canonical, contentOf } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { WebhookEvent } from '../../protocol/webhooks.ts';
import type {
  Admission,
  Admitted,
  ConfigGiven,
  ConfigPart,
  Handler,
  LoadContext,
  Reaction,
  RoutingView,
  Row,
  Shapes,
  TableDeclaration,
  TableWriter,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { nextDayAt } from '../routing/queue-day.ts';
import { everyRow } from '../rows.ts';

/** Those of a day, which is over without anything that happens. */
const measuresOfToday: ReadonlySet<AlertMeasure> = new Set(['serviceLevelPercent', 'abandonedPercent']);

/** alert number → {number, alertId, queueId?, measure, …, crossedAt?, raisedAt?} */
export const alertsTable: TableDeclaration = { name: 'alerts', id: 150, personal: false };

interface Alert {
  readonly number: number;
  readonly alertId: string;
  /** Of platforms none. */
  readonly queueId?: string;
  readonly measure: AlertMeasure;
  readonly above?: number;
  readonly below?: number;
  readonly clearAt?: number;
  readonly forMs?: number;
  /** Its threshold is crossed since then. */
  readonly crossedAt?: number;
  readonly raisedAt?: number;
}

/** What there is to say of platforms. */
export interface TroublesOfPlatforms {
  of(measure: PlatformMeasure, now: number): { readonly value: number; readonly platformIds: readonly string[] };
  onChanged(changed: (now: number) => void): void;
}

export type TellWebhooks = (
  type: WebhookEvent,
  data: object,
  then: { readonly now: number; readonly tick: number; readonly tables: TableWriter },
) => void;

export class Alerts {
  readonly methods: Readonly<Record<string, Handler>> = {
    'alert.set': (params, admission) => this.#set(params, admission),
    'alert.get': ({ alertId }) => this.#get(alertId),
    'alert.list': (params) => this.#list(params),
    'alert.remove': (params, admission) => this.#remove(params, admission),
  };
  readonly shapes: Shapes = {
    agentSet: (_, { now }) => this.#markAgents(now),
    queueRemove: (queueId, { now }) => this.#markQueue(queueId, now),
  };
  readonly config: ConfigPart<'alerts'> = {
    member: 'alerts',
    kind: 'alert',
    most: alertsPerTenantMax,
    tooMany: 'too_many_alerts',
    idOf: ({ alertId }) => alertId,
    all: () => this.#inOrder().map(settingsOf),
    isSo: (given) => {
      const known = this.#byId.get(given.alertId);
      return known !== undefined && canonical(settingsOf(known)) === canonical(settingsOf(given));
    },
    queueOf: ({ queueId }) => queueId,
    write: (given, admission) => {
      this.#write(given, admission);
    },
    remove: ({ alertId }, admission) => this.#drop(this.#byId.get(alertId) as Alert, admission),
  };
  readonly #routing: RoutingView;
  readonly #tell: TellWebhooks;
  readonly #platforms: TroublesOfPlatforms;
  #byId = new Map<string, Alert>();
  #byQueue = new Map<string, Set<string>>();
  #next = 1;
  /** Removed in this tick while they were raised: they are over. */
  readonly #removedRaised = new Set<Alert>();
  /** When each is to be looked at next; who is not here need not be. */
  readonly #due = new Map<string, number>();
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(routing: RoutingView, tell: TellWebhooks, platforms: TroublesOfPlatforms) {
    this.#routing = routing;
    this.#tell = tell;
    this.#platforms = platforms;
    platforms.onChanged((now) => {
      for (const { alertId, measure } of this.#byId.values()) if (isOfPlatforms(measure)) this.#mark(alertId, now);
    });
  }

  load({ tables, now }: LoadContext): void {
    this.#byId = new Map();
    this.#byQueue = new Map();
    this.#next = 1;
    this.#removedRaised.clear();
    this.#due.clear();
    this.#timerAt = Number.POSITIVE_INFINITY;
    for (const { row } of everyRow(tables, alertsTable)) {
      const alert = row as unknown as Alert;
      this.#know(alert);
      this.#due.set(alert.alertId, now);
    }
  }

  react(effect: Effect, now: number): void {
    if (this.#byId.size === 0) return;
    if (effect.kind === layout.EFFECT_AGENT_STATE) return this.#markAgents(now);
    if (effect.queue === layout.NONE) return;
    this.#markQueue(this.#routing.queueIdOf(effect.queue), now);
    // It has one fewer now, and may hear of nothing else.
    if (effect.kind === layout.EFFECT_MOVED) this.#markQueue(this.#routing.queueIdOf(effect.value2), now);
  }

  /** When the timer is to be set anew; undefined when it need not. */
  wantsTimer(): number | undefined {
    let due = Number.POSITIVE_INFINITY;
    for (const at of this.#due.values()) due = Math.min(due, at);
    if (due >= this.#timerAt) return undefined;
    this.#timerAt = due;
    return due;
  }

  get timerAt(): number {
    return this.#timerAt;
  }

  timerFired(reaction: Reaction): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    for (const [alertId, at] of [...this.#due]) if (at <= reaction.now) this.#look(alertId, reaction);
  }

  settle(reaction: Reaction): void {
    for (const alert of this.#removedRaised)
      this.#say('alert.cleared', alert, null, alert.raisedAt as number, reaction);
    this.#removedRaised.clear();
  }

  /** What is raised, for whoever opens a session. */
  raised(): Readonly<Record<string, unknown>>[] {
    return [...this.#byId.values()].filter(({ raisedAt }) => raisedAt !== undefined).map(viewOf);
  }

  #markAgents(now: number): void {
    for (const { alertId, measure } of this.#byId.values())
      if (measure === 'agentsReady' || measure === 'agentsLoggedIn') this.#mark(alertId, now);
  }

  #markQueue(queueId: string, now: number): void {
    for (const alertId of this.#byQueue.get(queueId) ?? []) this.#mark(alertId, now);
  }

  #mark(alertId: string, now: number): void {
    const due = this.#due.get(alertId);
    if (due === undefined || due > now + alertEveryMs) this.#due.set(alertId, now + alertEveryMs);
  }

  #look(alertId: string, reaction: Reaction): void {
    this.#due.delete(alertId);
    const alert = this.#byId.get(alertId);
    if (alert === undefined) return;
    const { now, tables } = reaction;
    const { crossedAt, raisedAt, forMs = 0, measure } = alert;
    const value = this.#valueOf(alert, now);
    if (value !== null && measuresOfToday.has(measure)) this.#due.set(alertId, nextDayAt(now));
    if (raisedAt !== undefined) {
      if (value !== null && isCrossed(alert, value, alert.clearAt)) return this.#lookAgain(alert, value, now);
      const { crossedAt: _, raisedAt: __, ...well } = alert;
      this.#save(well, tables);
      return this.#say('alert.cleared', alert, value, raisedAt, reaction);
    }
    if (value === null || !isCrossed(alert, value)) {
      if (crossedAt !== undefined) {
        const { crossedAt: _, ...well } = alert;
        this.#save(well, tables);
      }
      if (value !== null) this.#lookAgain(alert, value, now);
      return;
    }
    // How long somebody has waited says since when it has been too long.
    const since =
      crossedAt ?? (measure === 'longestWaitMs' && alert.above !== undefined ? now - (value - alert.above) : now);
    if (now < since + forMs) {
      if (crossedAt === undefined) this.#save({ ...alert, crossedAt: since }, tables);
      this.#due.set(alertId, Math.min(since + forMs, this.#due.get(alertId) ?? Number.POSITIVE_INFINITY));
      return;
    }
    this.#save({ ...alert, crossedAt: since, raisedAt: now }, tables);
    this.#say('alert.raised', alert, value, now, reaction);
  }

  /** Time alone changes how long somebody has waited. */
  #lookAgain({ alertId, measure, above, below, raisedAt }: Alert, value: number, now: number): void {
    if (measure !== 'longestWaitMs' || value === 0) return;
    const crosses =
      above !== undefined && raisedAt === undefined ? above + 1 : raisedAt !== undefined ? below : undefined;
    if (crosses !== undefined && crosses > value) this.#due.set(alertId, now + crosses - value);
  }

  #say(
    event: 'alert.raised' | 'alert.cleared',
    alert: Alert,
    value: number | null,
    raisedAt: number,
    reaction: Reaction,
  ): void {
    const { alertId, queueId, measure, above, below } = alert;
    const params = {
      alertId,
      ...(queueId !== undefined && { queueId }),
      measure,
      value,
      ...(above !== undefined && { above }),
      ...(below !== undefined && { below }),
      raisedAt,
      ...(isOfPlatforms(measure) && { platformIds: this.#platforms.of(measure, reaction.now).platformIds }),
    };
    for (const audience of this.#routing.watchersOf(queueId)) reaction.notify(audience, event, params);
    this.#tell(event, params, reaction);
  }

  #valueOf({ queueId, measure }: Alert, now: number): number | null {
    if (isOfPlatforms(measure)) return this.#platforms.of(measure, now).value;
    const numbers = queueId === undefined ? undefined : this.#routing.statisticsOf(queueId, now);
    if (numbers === undefined) return null;
    const { agents, answered, abandoned } = numbers;
    switch (measure) {
      case 'agentsReady':
        return agents.ready ?? 0;
      case 'agentsLoggedIn':
        return Object.values(agents).reduce((sum, count) => sum + count, 0) - (agents.loggedOut ?? 0);
      case 'abandonedPercent':
        return answered + abandoned === 0 ? null : Math.round((100 * abandoned) / (answered + abandoned));
      default:
        return numbers[measure];
    }
  }

  // ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #set(params: Params<'alert.set'>, admission: Admission): Admitted {
    const given = contentOf(params);
    const isNew = !this.#byId.has(given.alertId);
    const { queueId } = given;
    if (queueId !== undefined && this.#routing.statisticsOf(queueId, admission.now) === undefined)
      return refuse('queue_not_found');
    if (isNew && this.#byId.size >= alertsPerTenantMax) return refuse('too_many_alerts');
    return { result: viewOf(this.#write(given, admission)) };
  }

  /** What has been checked. */
  #write(given: ConfigGiven<'alerts'>, { tables, onUndo, now }: Admission): Alert {
    const before = this.#byId.get(given.alertId);
    const state = {
      ...(before?.crossedAt !== undefined && { crossedAt: before.crossedAt }),
      ...(before?.raisedAt !== undefined && { raisedAt: before.raisedAt }),
    };
    const set: Alert = { ...given, number: before?.number ?? this.#next, ...state };
    this.#save(set, tables);
    onUndo(() => (before === undefined ? this.#forget(set) : this.#know(before)));
    this.#due.set(set.alertId, now);
    return set;
  }

  #get(alertId: string): Admitted {
    const found = this.#byId.get(alertId);
    return found === undefined ? refuse('alert_not_found') : { result: viewOf(found) };
  }

  #list(params: Params<'alert.list'>): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#inOrder().filter((alert) => alert.number > number),
      ({ number }) => number,
    );
    return { result: { alerts: items.map(viewOf), ...cursor } };
  }

  #remove({ alertId }: Params<'alert.remove'>, admission: Admission): Admitted {
    const found = this.#byId.get(alertId);
    if (found === undefined) return refuse('alert_not_found');
    this.#drop(found, admission);
    return { result: { alertId } };
  }

  #drop(gone: Alert, { tables, onUndo }: Admission): void {
    this.#forget(gone);
    tables.remove(alertsTable, gone.number);
    if (gone.raisedAt !== undefined) this.#removedRaised.add(gone);
    onUndo(() => {
      this.#know(gone);
      this.#removedRaised.delete(gone);
    });
  }

  #inOrder(): Alert[] {
    return [...this.#byId.values()].sort((a, b) => a.number - b.number);
  }

  #save(alert: Alert, tables: TableWriter): void {
    this.#know(alert);
    tables.put(alertsTable, alert.number, alert as unknown as Row);
  }

  #know(alert: Alert): void {
    const before = this.#byId.get(alert.alertId);
    if (before !== undefined && before.queueId !== alert.queueId) this.#forget(before);
    this.#byId.set(alert.alertId, alert);
    if (alert.queueId !== undefined) {
      const ofQueue = this.#byQueue.get(alert.queueId) ?? new Set();
      this.#byQueue.set(alert.queueId, ofQueue.add(alert.alertId));
    }
    this.#next = Math.max(this.#next, alert.number + 1);
  }

  #forget({ alertId, queueId }: Alert): void {
    this.#byId.delete(alertId);
    if (queueId !== undefined) this.#byQueue.get(queueId)?.delete(alertId);
  }
}

function isOfPlatforms(measure: AlertMeasure): measure is PlatformMeasure {
  return (platformMeasures as readonly string[]).includes(measure);
}

/** Beyond the threshold; of what is raised, not back at `clearAt`. */
function isCrossed({ above, below }: Alert, value: number, clearAt?: number): boolean {
  if (above !== undefined) return value > (clearAt ?? above);
  return value < (clearAt ?? (below as number));
}

/** What was said of it, and nothing that was left to its default. */
function settingsOf(alert: ConfigGiven<'alerts'>): ConfigGiven<'alerts'> {
  const { alertId, queueId, measure, above, below, clearAt, forMs = 0 } = alert;
  return {
    alertId,
    ...(queueId !== undefined && { queueId }),
    measure,
    ...(above !== undefined && { above }),
    ...(below !== undefined && { below }),
    ...(clearAt !== undefined && { clearAt }),
    ...(forMs > 0 && { forMs }),
  };
}

function viewOf({ number: _, crossedAt: __, ...alert }: Alert) {
  return alert;
}
