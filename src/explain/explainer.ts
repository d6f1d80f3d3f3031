// Has contacts explained in processes of their own, so that the router's loop never waits: at most so many at once, and for a
// tenant so many a minute. Who asks for more is told when to ask again; who takes too long is killed.

import { type ChildProcess, fork } from 'node:child_process';
import { artifacts } from '../artifacts.ts';
import type { Clock } from '../engine/clock.ts';
import type { Answer } from '../engine/egress.ts';
import {
  explainHeapBytes,
  explanationMsMax,
  explanationsAtOnceMax,
  explanationsPerMinuteMax,
  overloadedRetryAfterMs,
} from '../limits.ts';
import { refuse } from '../protocol/refusals.ts';
import type { ExplainReply, ExplainTask } from './explain-task.ts';
import type { Question } from './stored-explanations.ts';

const minuteMs = 60_000;

export interface ExplainerOptions {
  readonly dataDir: string;
  readonly memoryPagesMax: number;
  readonly clock: Clock;
  /** Told of what is a bug, or a disk's, and of the reference it was answered with. */
  readonly onTrouble: (reference: string, why: string) => void;
  readonly uuid: () => string;
  readonly atOnceMax?: number;
  readonly perMinuteMax?: number;
  readonly timeoutMs?: number;
}

export class Explainer {
  readonly #options: ExplainerOptions;
  readonly #running = new Set<ChildProcess>();
  /** When each tenant asked, in the last minute. */
  readonly #asked = new Map<string, number[]>();
  #stopped = false;

  constructor(options: ExplainerOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async explain(tenant: string, question: Question): Promise<Answer> {
    if (this.#stopped) return { refusal: refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs }) };
    const retryAfterMs = this.#mustWait(tenant);
    if (retryAfterMs > 0) return { refusal: refuse('too_many_explanations', { retryAfterMs }) };
    const { dataDir, memoryPagesMax } = this.#options;
    try {
      return this.#answerOf(await this.#run({ dataDir, tenant, question, memoryPagesMax }));
    } catch (error) {
      return this.#failed(String(error));
    }
  }

  /** Ends what runs: it is answered as not ready. */
  stop(): void {
    this.#stopped = true;
    for (const child of this.#running) child.kill('SIGKILL');
  }

  /** How long until there is room for another question of this tenant; takes the room where there is some. */
  #mustWait(tenant: string): number {
    const { clock, atOnceMax = explanationsAtOnceMax, perMinuteMax = explanationsPerMinuteMax } = this.#options;
    const now = clock.now();
    const asked = (this.#asked.get(tenant) ?? []).filter((at) => at > now - minuteMs);
    this.#asked.set(tenant, asked);
    if (asked.length >= perMinuteMax) return asked[0]! + minuteMs - now;
    if (this.#running.size >= atOnceMax) return overloadedRetryAfterMs;
    asked.push(now);
    return 0;
  }

  #run(task: ExplainTask): Promise<ExplainReply | 'timed_out' | 'stopped'> {
    const timeout = this.#options.timeoutMs ?? explanationMsMax;
    const child = fork(artifacts.explainProcess, {
      execArgv: [`--max-old-space-size=${explainHeapBytes / 1_048_576}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout,
      killSignal: 'SIGKILL',
    });
    this.#running.add(child);
    return new Promise<ExplainReply | 'timed_out' | 'stopped'>((resolve, reject) => {
      let reply: ExplainReply | undefined;
      let said = '';
      child.stderr!.on('data', (text: Buffer) => {
        said = `${said}${text}`.slice(-STDERR_CHARACTERS);
      });
      child.once('message', (message) => {
        reply = message as ExplainReply;
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (reply !== undefined) resolve(reply);
        else if (this.#stopped) resolve('stopped');
        else if (child.killed) resolve('timed_out');
        else reject(new Error(`the process that explains ended with ${signal ?? code}: ${said}`));
      });
      child.send(task, (error) => {
        if (error !== null) reject(error);
      });
    }).finally(() => this.#running.delete(child));
  }

  #answerOf(reply: ExplainReply | 'timed_out' | 'stopped'): Answer {
    if (reply === 'stopped') return { refusal: refuse('not_ready', { retryAfterMs: overloadedRetryAfterMs }) };
    if (reply === 'timed_out') {
      const afterMs = this.#options.timeoutMs ?? explanationMsMax;
      return { refusal: refuse('explanation_took_too_long', { afterMs }) };
    }
    if ('explanation' in reply) return { result: reply.explanation };
    if ('fault' in reply) return { refusal: refuse(reply.fault) };
    if ('trimmed' in reply) return { refusal: refuse('explanation_trimmed', reply.trimmed) };
    return this.#failed('error' in reply ? reply.error : reply.unreadable);
  }

  #failed(why: string): Answer {
    const reference = this.#options.uuid();
    this.#options.onTrouble(reference, why);
    return { bug: reference };
  }
}

/** The end of what a process said before it broke. */
const STDERR_CHARACTERS = 4_096;
