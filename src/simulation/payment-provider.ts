// A payment provider that moves no money: it takes what a router asks of it, signed as webhooks are, and confirms it, late, twice, with a
// no, or only after it has failed some times, as it is told. What a real one has to do is here in small.
//
//   POST, signed ─ unsigned: 401 ─ one in so many: 503, to be asked again ─▶ 202
//                        └▶ after so long: payment.confirm, signed, until the router has answered it; the same again where it is asked twice

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { confirmationSignature } from '../domain/ledger/provider-requests.ts';
import type { Clock, Wake } from '../engine/clock.ts';
import { keyOf } from '../protocol/webhooks.ts';

export interface ProviderConduct {
  readonly secret: string;
  readonly port: number;
  /** One in so many is declined; 0: none. */
  readonly declineEvery: number;
  /** One in so many requests is answered 503. */
  readonly failEvery: number;
  readonly delayMs: number;
  /** So often each is confirmed. */
  readonly confirmations: number;
}

export interface Confirmation {
  readonly paymentId: string;
  readonly outcome: 'done' | 'declined';
  readonly reference: string;
  readonly signature: string;
}

/** Rejects where the router has not answered: it is said again. */
export type Confirm = (confirmation: Confirmation) => Promise<void>;

export interface ProviderNumbers {
  readonly asked: number;
  readonly failed: number;
  readonly unsigned: number;
  readonly payments: number;
  readonly declined: number;
  readonly confirmed: number;
}

const bodyCharactersMax = 65_536;
const confirmAgainMs = 1_000;
const answerWithinMs = 5_000;

export class PaymentProvider {
  readonly #conduct: ProviderConduct;
  readonly #confirm: Confirm;
  readonly #clock: Clock;
  readonly #server: Server;
  /** By payment: what was decided, which stays so however often it is asked. */
  readonly #decided = new Map<string, Confirmation>();
  readonly #counts = { asked: 0, failed: 0, unsigned: 0, declined: 0, confirmed: 0 };
  readonly #timers = new Set<Wake>();

  constructor(conduct: ProviderConduct, confirm: Confirm, clock: Clock) {
    this.#conduct = conduct;
    this.#confirm = confirm;
    this.#clock = clock;
    this.#server = createServer((request, response) => {
      bodyOf(request).then(
        (body) => response.writeHead(this.#asked(request, body)).end(),
        () => response.writeHead(413).end(),
      );
    });
  }

  get numbers(): ProviderNumbers {
    return { ...this.#counts, payments: this.#decided.size };
  }

  /** Resolves with the port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#conduct.port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** The status that it is answered with. */
  #asked(request: IncomingMessage, body: string): number {
    this.#counts.asked += 1;
    const { declineEvery, failEvery, secret, confirmations, delayMs } = this.#conduct;
    if (!isSigned(request, body, secret)) {
      this.#counts.unsigned += 1;
      return 401;
    }
    if (failEvery > 0 && this.#counts.asked % failEvery === 0) {
      this.#counts.failed += 1;
      return 503;
    }
    const { paymentId } = (JSON.parse(body) as { readonly data: { readonly paymentId: string } }).data;
    let decided = this.#decided.get(paymentId);
    if (decided === undefined) {
      const number = this.#decided.size + 1;
      const isDeclined = declineEvery > 0 && number % declineEvery === 0;
      if (isDeclined) this.#counts.declined += 1;
      const said = {
        paymentId,
        outcome: isDeclined ? ('declined' as const) : ('done' as const),
        reference: `test-${number}`,
      };
      decided = { ...said, signature: confirmationSignature(secret, said) };
      this.#decided.set(paymentId, decided);
    }
    const confirmation = decided;
    for (let time = 0; time < confirmations; time++) this.#later(delayMs, () => this.#say(confirmation));
    return 202;
  }

  /** Until the router has answered; where it says nothing, it is said again. */
  #say(confirmation: Confirmation): void {
    let isOver = false;
    const once = (then: () => void) => () => {
      if (isOver) return;
      isOver = true;
      unanswered.cancel();
      this.#timers.delete(unanswered);
      then();
    };
    const again = once(() => this.#later(confirmAgainMs, () => this.#say(confirmation)));
    const unanswered = this.#later(answerWithinMs, again);
    const heard = once(() => {
      this.#counts.confirmed += 1;
    });
    this.#confirm(confirmation).then(heard, again);
  }

  #later(ms: number, run: () => void): Wake {
    const timer = this.#clock.wakeAt(this.#clock.now() + ms, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
    return timer;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request.setEncoding('utf8')) {
    body += part;
    if (body.length > bodyCharactersMax) throw new Error('a request that is too long');
  }
  return body;
}

/** As the Standard Webhooks specification has it. */
function isSigned({ headers }: IncomingMessage, body: string, secret: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const right = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  const given = Buffer.from(String(signature));
  const expected = Buffer.from(`v1,${right}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
