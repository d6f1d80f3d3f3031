// A process of a benchmark's own, which says something when it is ready, and ends when it is told `stop`. One that ends by itself ends the benchmark.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export class Child {
  readonly process: ChildProcess;
  #isStopping = false;

  private constructor(process: ChildProcess, what: string) {
    this.process = process;
    process.on('exit', (code) => {
      if (!this.#isStopping) throw new Error(`${what} ended by itself, code ${code}`);
    });
  }

  /** `what`: for messages, as `the server`; `order` is its only argument. Resolves with the first that it says. */
  static start<First>(
    what: string,
    file: URL,
    order: unknown,
  ): Promise<{ readonly child: Child; readonly first: First }> {
    const process = fork(fileURLToPath(file), [JSON.stringify(order)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return new Promise((resolve, reject) => {
      const early = (code: number | null) => reject(new Error(`${what} ended before it listened, code ${code}`));
      process.once('exit', early);
      process.once('message', (first: First) => {
        process.off('exit', early);
        resolve({ child: new Child(process, what), first });
      });
    });
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return new Promise((resolve) => {
      this.process.once('exit', () => resolve());
      this.process.send('stop');
    });
  }
}
