// Requests of one session, so many under way at once, each checked as it is answered.

import { performance } from 'node:perf_hooks';
import type { Role } from '../../src/engine/egress.ts';
import { signToken } from '../../src/transport/authentication.ts';
import { must } from '../harness/benchmark.ts';
import { RawSession } from './raw-session.ts';
import { secret, tenant } from './served.ts';

const HOUR_MS = 3_600_000;

type Members = Readonly<Record<string, unknown>>;

export class RequestStream {
  readonly #session: RawSession;
  readonly #dirty: RawSession[];

  private constructor(session: RawSession, dirty: RawSession[]) {
    this.#session = session;
    this.#dirty = dirty;
  }

  static async open(url: string, role: Role, sub: string): Promise<RequestStream> {
    const dirty: RawSession[] = [];
    const session = await RawSession.connect(url, sub, 0, dirty);
    const stream = new RequestStream(session, dirty);
    const now = Date.now();
    const token = await signToken(secret, { tenant, role, sub }, now, now + HOUR_MS);
    await stream.call('session.open', { token, batchFrames: true });
    return stream;
  }

  async call(method: string, params: Members): Promise<Members> {
    let answered: Members = {};
    await this.all(
      method,
      1,
      1,
      () => params,
      (result) => {
        answered = result;
      },
    );
    return answered;
  }

  /** Resolves with how many were answered in a second. A refusal fails it. */
  all(
    method: string,
    count: number,
    underWay: number,
    paramsOf: (at: number) => object,
    check: (result: Members, at: number) => void,
  ): Promise<number> {
    const began = performance.now();
    let sent = 0;
    let answered = 0;
    return new Promise((resolve, reject) => {
      const send = () => {
        const params = paramsOf(sent);
        this.#session.send(JSON.stringify({ jsonrpc: '2.0', id: sent, method, params }));
        sent += 1;
      };
      this.#session.onText = (_, buffer, at, end) => {
        const message = JSON.parse(buffer.toString('utf8', at, end)) as Members;
        if (typeof message.id !== 'number') return;
        if (message.result === undefined) return reject(new Error(`${method}: ${JSON.stringify(message.error)}`));
        check(message.result as Members, message.id);
        answered += 1;
        if (sent < count) send();
        if (answered === count) resolve((count * 1_000) / (performance.now() - began));
        setImmediate(this.#flush);
      };
      while (sent < Math.min(count, underWay)) send();
      this.#flush();
    });
  }

  close(): void {
    this.#session.end();
  }

  readonly #flush = (): void => {
    for (const session of this.#dirty.splice(0)) session.flush();
  };
}

/** What is answered has this member. */
export function mustBe(result: Members, member: string, value: unknown): void {
  must(result[member] === value, `${member} is ${String(value)}: ${JSON.stringify(result)}`);
}
