// What is asked of the tenant's payment provider: over HTTP, signed as webhooks are, until it has been taken, and again until it is confirmed.
//
//   pending ─▶ asked of the poster ─┬─ 2xx: taken; the provider confirms with payment.confirm. Asked again, in case that was lost
//                                   ├─ 402, 422: declined
//                                   └─ anything else, or nothing: later again, under the same id
//
// Which one is due when is in the payment's row; what is on its way is in memory alone, so after a start all of it is due again. A deposit
// that nobody confirms in time has failed, and is booked all the same where its confirmation comes late: the money has come. A withdrawal
// has no such end: the provider may have paid it, so its money stays held until the provider, or a person, says what became of it.

import type { ClientAnswer } from '../../engine/egress.ts';
import { paymentAskedAgainMs, paymentBackoffMs, paymentsAskedPerTickMax, webhookTimeoutMs } from '../../limits.ts';
import { orderedMap } from '../../store/ordered-map.ts';
import { postMethod } from '../../webhooks/posting.ts';
import type { Reaction, Row, TableReader, TableWriter } from '../module.ts';
import { everyRowUnder } from '../rows.ts';
import { signatureOf, signedHeaders } from '../signature.ts';
import { timeKey, timeOfKey } from '../time-key.ts';
import type { Payment } from './payments.ts';
import { paymentIndexTable, paymentsTable } from './tables.ts';

export interface Provider {
  readonly url: string;
  readonly secret: string;
  readonly depositWithinMs: number;
}

export type Asked = 'taken' | 'declined' | 'again';

/** An answer that has not come by then is lost: the poster itself gives up sooner. */
const ANSWER_LOST_MS = 2 * webhookTimeoutMs;
const declining = new Set([402, 422]);
const providerKey = ['provider', ''] as const;

export class ProviderRequests {
  #due = orderedMap<number>();
  readonly #keys = new Map<number, string>();

  load(tables: TableReader): void {
    this.#due = orderedMap<number>();
    this.#keys.clear();
    for (const { key } of everyRowUnder(tables, paymentIndexTable, ['pending'])) {
      const [, number] = key as readonly [string, number];
      const payment = tables.get(paymentsTable, number) as unknown as Payment;
      this.#schedule(number, payment.request?.dueAt ?? 0);
    }
  }

  provider(tables: TableReader): Provider | undefined {
    return tables.get(paymentIndexTable, providerKey) as unknown as Provider | undefined;
  }

  setProvider(provider: Provider, tables: TableWriter): void {
    tables.put(paymentIndexTable, providerKey, provider as unknown as Row);
  }

  nextDue(): number | undefined {
    const first = this.#due.minKey();
    return first === undefined ? undefined : timeOfKey(first);
  }

  /** It is, or is still, pending, and its row says when it is due. */
  pending({ number, request }: Payment, tables: TableWriter): void {
    tables.put(paymentIndexTable, ['pending', number], {});
    this.#schedule(number, request?.dueAt ?? 0);
  }

  over({ number }: Payment, tables: TableWriter): void {
    tables.remove(paymentIndexTable, ['pending', number]);
    this.#unschedule(number);
  }

  /** Those whose time has come, and which count as on their way from then on. */
  take(now: number): number[] {
    const taken: number[] = [];
    while ((this.nextDue() ?? Infinity) <= now && taken.length < paymentsAskedPerTickMax) {
      const number = this.#due.get(this.#due.minKey() as string) as number;
      this.#schedule(number, now + ANSWER_LOST_MS);
      taken.push(number);
    }
    return taken;
  }

  ask(payment: Payment, provider: Provider, reaction: Reaction): void {
    const { number, paymentId, kind, amount, currency, accountId, refundOf, requestedAt } = payment;
    const body = JSON.stringify({
      type: `payment.${kind}`,
      timestamp: new Date(requestedAt).toISOString(),
      data: { paymentId, accountId, money: { amount, currency }, ...(refundOf !== undefined && { refundOf }) },
    });
    const name = `payment_${number}`;
    const timestamp = String(Math.floor(reaction.now / 1000));
    reaction.ask({
      audience: { role: 'app', sub: 'payments' },
      method: postMethod,
      params: {
        url: provider.url,
        body,
        headers: signedHeaders(provider.secret, name, timestamp, body),
      },
      reference: String(number),
      timeoutMs: webhookTimeoutMs,
    });
  }

  /** What follows from an answer, and when it is due next. */
  answered(
    { request }: Payment,
    answer: ClientAnswer,
    now: number,
  ): { readonly asked: Asked; readonly next: Requested } {
    const tries = (request?.tries ?? 0) + 1;
    const status = 'error' in answer ? 0 : (answer.result as { readonly status: number }).status;
    if (status >= 200 && status < 300)
      return { asked: 'taken', next: { tries: 0, dueAt: now + paymentAskedAgainMs, isTaken: true } };
    const backoffMs = paymentBackoffMs[Math.min(tries, paymentBackoffMs.length) - 1] as number;
    const next = { tries, dueAt: now + backoffMs, isTaken: request?.isTaken === true };
    return { asked: declining.has(status) ? 'declined' : 'again', next };
  }

  #schedule(number: number, at: number): void {
    this.#unschedule(number);
    const key = timeKey(at, number);
    this.#keys.set(number, key);
    this.#due.set(key, number);
  }

  #unschedule(number: number): void {
    const key = this.#keys.get(number);
    if (key === undefined) return;
    this.#keys.delete(number);
    this.#due.delete(key);
  }
}

export interface Requested {
  /** In vain, since it was taken last. */
  readonly tries: number;
  readonly dueAt: number;
  /** The provider has taken it once: it knows of it. */
  readonly isTaken: boolean;
}

/** Of a confirmation: HMAC as of webhooks, over payment, outcome and reference with dots between them. */
export function confirmationSignature(
  secret: string,
  {
    paymentId,
    outcome,
    reference = '',
  }: { readonly paymentId: string; readonly outcome: string; readonly reference?: string },
): string {
  return `v1,${signatureOf(secret, paymentId, outcome, reference)}`;
}
