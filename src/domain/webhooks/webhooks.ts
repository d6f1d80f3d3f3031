// Webhooks: whoever is told of finished contacts and alerts over HTTP (docs/statistics.md).
//
//   it happened ─▶ a row for each webhook that wants it ─▶ asked of the poster (src/webhooks/) ─▶ confirmed: the row goes
//                                                              └ failed, or no answer: later again, under the same id
//
// A module does no I/O: the poster stands where a client would, and its answer comes back as a client's does. Nothing is kept of what
// is on its way, so after a start everything that is not confirmed is due again.

import type { Caller, ClientAnswer } from '../../engine/egress.ts';
import { webhookDisabledAfterMs, webhookRowsPerTickMax, webhooksPerTenantMax, webhookTimeoutMs } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { Params } from '../../protocol/methods.ts';
import { refuse } from '../../protocol/refusals.ts';
import type { WebhookEvent } from '../../protocol/webhooks.ts';
import { postMethod } from '../../webhooks/posting.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  Afterwards,
  ConfigGiven,
  ConfigPart,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  Reaction,
  Row,
  Shapes,
  TableWriter,
} from '../module.ts';
import { pageOf } from '../pages.ts';
import { everyRow } from '../rows.ts';
import { signedHeaders } from '../signature.ts';
import { Deliveries, type Delivery, deliveryName } from './deliveries.ts';
import { deliveriesTable, webhooksTable } from './tables.ts';

const MODULE = 10;
/** The module's only timer: something is due. */
const DUE_TIMER = 1;
const GONE = 410;

interface Webhook {
  readonly number: number;
  readonly webhookId: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret: string;
  readonly setBy: Pick<Caller, 'role' | 'sub'>;
  readonly since: number;
  readonly lost: number;
  readonly failing?: { readonly since: number; readonly why: string };
  readonly disabled?: { readonly at: number; readonly why: string };
}

/** Of the tick in which it happened. */
interface Then {
  readonly now: number;
  readonly tick: number;
  readonly tables: TableWriter;
}

export class Webhooks implements DomainModule {
  readonly name = 'webhooks';
  readonly number = MODULE;
  readonly tables = [webhooksTable, deliveriesTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'webhook.set': (params, admission) => this.#set(params, admission),
    'webhook.get': (params) => this.#get(params),
    'webhook.list': (params) => this.#list(params),
    'webhook.remove': (params, admission) => this.#remove(params, admission),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    // It may come late, when what it was for has been done or is gone.
    setTimer: (_, { core, now }) => {
      if (this.#timerAt !== Number.POSITIVE_INFINITY) core.timerSet(MODULE, DUE_TIMER, Math.max(now, this.#timerAt));
    },
  };
  /** What no webhook has taken yet. */
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: deliveriesTable,
        kind: 'deliveries',
        isOf: (person, { body }) => person.isNamedIn(JSON.parse(body as string)),
        erase: (row, _, __, tables) => this.#deliveries.erase(row as unknown as Delivery, tables),
      },
    ]),
  };
  readonly #config: ConfigPart<'webhooks'> = {
    member: 'webhooks',
    kind: 'webhook',
    most: webhooksPerTenantMax,
    tooMany: 'too_many_webhooks',
    idOf: ({ webhookId }) => webhookId,
    // Its secret is never shown again, not by an export either.
    all: () => this.#inOrder().map(({ webhookId, url, events }) => ({ webhookId, url, events: [...events] })),
    isSo: (given) => {
      const known = this.#byId.get(given.webhookId);
      return known !== undefined && isAlike(known, given);
    },
    refuse: ({ webhookId, secret }) =>
      secret === undefined && !this.#byId.has(webhookId) ? refuse('webhook_has_no_secret', { webhookId }) : undefined,
    write: ({ secret, ...given }, admission) => {
      this.#write({ ...given, secret: secret ?? (this.#byId.get(given.webhookId) as Webhook).secret }, admission);
    },
    remove: ({ webhookId }, admission) => this.#drop(this.#byId.get(webhookId) as Webhook, admission),
  };
  readonly shapes: Shapes = { config: [this.#config] };
  #byId = new Map<string, Webhook>();
  #byNumber = new Map<number, Webhook>();
  #next = 1;
  readonly #deliveries = new Deliveries();
  /** Set in this tick: what they have not confirmed is due at once. */
  readonly #justSet = new Set<number>();
  /** When the timer fires, or will once the follow-up that sets it has come; after a load nobody knows. */
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #retentionMs: number;

  /** `retentionMs`: how long records are kept. */
  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  load({ tables }: LoadContext): void {
    this.#byId = new Map();
    this.#byNumber = new Map();
    this.#next = 1;
    this.#justSet.clear();
    for (const { row } of everyRow(tables, webhooksTable)) this.#know(row as unknown as Webhook);
    this.#deliveries.load(tables);
    // What a webhook that was removed has left behind is not the next one's.
    for (const number of this.#deliveries.webhooks()) this.#next = Math.max(this.#next, number + 1);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Something happened: whoever wants to know of it will be told, as this tick settles, or the next one where it has. True: there is somebody. */
  tell(type: WebhookEvent, data: object, then: Then): boolean {
    let body: string | undefined;
    for (const webhook of this.#byNumber.values()) {
      if (webhook.disabled !== undefined || !webhook.events.includes(type)) continue;
      body ??= JSON.stringify({ type, timestamp: new Date(then.now).toISOString(), data });
      if (!this.#deliveries.add({ webhook: webhook.number, type, body }, then))
        this.#save({ ...webhook, lost: webhook.lost + 1 }, then.tables);
    }
    return body !== undefined;
  }

  settle(reaction: Reaction): void {
    for (const number of this.#justSet) this.#deliveries.hurry(number, reaction.now);
    this.#justSet.clear();
    let due = Number.POSITIVE_INFINITY;
    for (const number of [...this.#deliveries.webhooks()]) {
      const webhook = this.#byNumber.get(number);
      if (webhook === undefined) {
        if (this.#deliveries.forget(number, webhookRowsPerTickMax, reaction.tables)) due = reaction.now;
      } else if (webhook.disabled !== undefined) {
        due = Math.min(due, this.#dropUnclaimed(webhook, webhook.disabled.at, reaction));
      } else {
        for (const delivery of this.#deliveries.take(number, reaction.now)) ask(webhook, delivery, reaction);
        due = Math.min(due, this.#deliveries.nextDue(number) ?? due);
      }
    }
    if (due >= this.#timerAt) return;
    this.#timerAt = due;
    reaction.followUp('setTimer', {});
  }

  /** What a disabled webhook was to be told is kept as long as records are, and not for ever. Returns when there is more to do. */
  #dropUnclaimed(webhook: Webhook, disabledAt: number, { now, tables }: Reaction): number {
    const until = disabledAt + this.#retentionMs;
    if (now < until) return until;
    const { number } = webhook;
    const before = this.#deliveries.countOf(number);
    const isMore = this.#deliveries.forget(number, webhookRowsPerTickMax, tables);
    this.#save({ ...webhook, lost: webhook.lost + before - this.#deliveries.countOf(number) }, tables);
    return isMore ? now : Number.POSITIVE_INFINITY;
  }

  timerFired(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  answered(reference: string, answer: ClientAnswer, _admission: Admission): Afterwards {
    const [number, name] = reference.split('/') as [string, string];
    return (reaction) => this.#took(Number(number), name, answer, reaction);
  }

  #took(number: number, name: string, answer: ClientAnswer, reaction: Reaction): void {
    const { now, tables } = reaction;
    const delivery = this.#deliveries.answered(number, name);
    const webhook = this.#byNumber.get(number);
    if (delivery === undefined || webhook === undefined) return;
    const why = failureOf(answer);
    if (why === undefined) {
      this.#deliveries.confirmed(delivery, tables);
      const { failing, ...well } = webhook;
      if (failing !== undefined) this.#save(well, tables);
    } else this.#failed(webhook, delivery, why, reaction);
    // This tick has settled: what is next is asked by another.
    if (webhook.disabled === undefined && (this.#deliveries.nextDue(number) ?? Infinity) <= now)
      this.#wake(now, reaction);
  }

  #failed(webhook: Webhook, delivery: Delivery, why: string, reaction: Reaction): void {
    const { now, tables } = reaction;
    const isKept = this.#deliveries.failed(delivery, now, tables);
    const failing = { since: webhook.failing?.since ?? now, why };
    const failed = { ...webhook, failing, lost: webhook.lost + (isKept ? 0 : 1) };
    // Others were on their way when it was disabled: that has been said.
    if (webhook.disabled !== undefined) return this.#save(failed, tables);
    const isGone = why === `answered ${GONE}`;
    if (!isGone && now - failing.since < webhookDisabledAfterMs) {
      this.#save(failed, tables);
      return this.#wake(this.#deliveries.nextDue(webhook.number) ?? Infinity, reaction);
    }
    this.#save({ ...failed, disabled: { at: now, why } }, tables);
    const { webhookId, setBy } = webhook;
    reaction.notify(setBy, 'webhook.disabled', { webhookId, why, failingSince: failing.since });
  }

  #wake(at: number, reaction: Reaction): void {
    if (at >= this.#timerAt) return;
    this.#timerAt = at;
    reaction.followUp('setTimer', {});
  }

  // ── Settings ──────────────────────────────────────────────────────────────────────────────────────────────────
  #set(params: Params<'webhook.set'>, admission: Admission): Admitted {
    if (!this.#byId.has(params.webhookId) && this.#byId.size >= webhooksPerTenantMax)
      return refuse('too_many_webhooks');
    const set = this.#write(params, admission);
    return { pending: () => ({ result: this.#viewOf(set) }) };
  }

  /** What has been checked. */
  #write(given: Required<ConfigGiven<'webhooks'>>, admission: Admission): Webhook {
    const { webhookId, url, events, secret } = given;
    const before = this.#byId.get(webhookId);
    const { role, sub } = admission.caller as Caller;
    const number = before?.number ?? this.#next;
    const since = before?.since ?? admission.now;
    const set: Webhook = {
      number,
      webhookId,
      url,
      events,
      secret,
      setBy: { role, sub },
      since,
      lost: before?.lost ?? 0,
    };
    this.#save(set, admission.tables);
    this.#justSet.add(number);
    admission.onUndo(() => (before === undefined ? this.#forget(set) : this.#know(before)));
    return set;
  }

  #get({ webhookId }: Params<'webhook.get'>): Admitted {
    const found = this.#byId.get(webhookId);
    return found === undefined ? refuse('webhook_not_found') : { result: this.#viewOf(found) };
  }

  #list(params: Params<'webhook.list'>): Admitted {
    const { items, cursor } = pageOf(
      params,
      (number) => this.#inOrder().filter((webhook) => webhook.number > number),
      ({ number }) => number,
    );
    return { result: { webhooks: items.map((webhook) => this.#viewOf(webhook)), ...cursor } };
  }

  #remove({ webhookId }: Params<'webhook.remove'>, admission: Admission): Admitted {
    const found = this.#byId.get(webhookId);
    if (found === undefined) return refuse('webhook_not_found');
    this.#drop(found, admission);
    return { result: { webhookId } };
  }

  #drop(gone: Webhook, { tables, onUndo }: Admission): void {
    this.#forget(gone);
    tables.remove(webhooksTable, gone.number);
    onUndo(() => this.#know(gone));
  }

  #inOrder(): Webhook[] {
    return [...this.#byNumber.values()].sort((a, b) => a.number - b.number);
  }

  #save(webhook: Webhook, tables: TableWriter): void {
    this.#know(webhook);
    tables.put(webhooksTable, webhook.number, webhook as unknown as Row);
  }

  #know(webhook: Webhook): void {
    this.#byId.set(webhook.webhookId, webhook);
    this.#byNumber.set(webhook.number, webhook);
    this.#next = Math.max(this.#next, webhook.number + 1);
  }

  #forget({ webhookId, number }: Webhook): void {
    this.#byId.delete(webhookId);
    this.#byNumber.delete(number);
  }

  #viewOf({ number, webhookId, url, events, since, lost, failing, disabled }: Webhook) {
    const waiting = this.#deliveries.countOf(number);
    return { webhookId, url, events, since, waiting, lost, ...(failing && { failing }), ...(disabled && { disabled }) };
  }
}

/** A document that does not name the secret leaves it as it is. */
function isAlike(known: Webhook, given: ConfigGiven<'webhooks'>): boolean {
  const { url, events, secret = known.secret } = given;
  return (
    url === known.url &&
    secret === known.secret &&
    canonical([...events].sort()) === canonical([...known.events].sort())
  );
}

/** Undefined: the address has taken it. */
function failureOf(answer: ClientAnswer): string | undefined {
  if ('error' in answer) return answer.error.message;
  const { status } = answer.result as { readonly status: number };
  return status >= 200 && status < 300 ? undefined : `answered ${status}`;
}

function ask(webhook: Webhook, delivery: Delivery, reaction: Reaction): void {
  const name = deliveryName(delivery);
  const timestamp = String(Math.floor(reaction.now / 1000));
  const { url, secret, number } = webhook;
  reaction.ask({
    audience: { role: 'app', sub: webhook.webhookId },
    method: postMethod,
    params: {
      url,
      body: delivery.body,
      headers: signedHeaders(secret, name, timestamp, delivery.body),
    },
    reference: `${number}/${name}`,
    timeoutMs: webhookTimeoutMs,
  });
}
