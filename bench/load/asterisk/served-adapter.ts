// The adapter's process, as the benchmark's process sees it.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface AdapterOrder {
  readonly router: string;
  readonly token: string;
  readonly switchId: string;
  readonly credentials: { readonly user: string; readonly password: string };
}

export type AdapterSays =
  | { readonly what: 'listening'; readonly port: number }
  | { readonly what: 'routed' }
  /** The router has asked for a telephone, for this caller; in milliseconds of the machine's monotonic clock. */
  | { readonly what: 'rung'; readonly from: string; readonly at: number };

export class ServedAdapter {
  readonly port: number;
  /** Resolves when Asterisk has connected and the router knows what is there. */
  readonly routed: Promise<void>;
  onRung: (from: string, at: number) => void = () => {};
  readonly #process: ChildProcess;
  #isStopping = false;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
    let routed = () => {};
    this.routed = new Promise((resolve) => {
      routed = resolve;
    });
    process.on('message', (says: AdapterSays) => {
      if (says.what === 'routed') routed();
      else if (says.what === 'rung') this.onRung(says.from, says.at);
    });
    process.on('exit', (code) => {
      if (!this.#isStopping) throw new Error(`the adapter ended by itself, code ${code}`);
    });
  }

  static start(order: AdapterOrder): Promise<ServedAdapter> {
    const file = fileURLToPath(new URL('./adapter-process.js', import.meta.url));
    const child = fork(file, [JSON.stringify(order)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return new Promise((resolve, reject) => {
      const early = (code: number | null) => reject(new Error(`the adapter ended before it listened, code ${code}`));
      child.once('exit', early);
      child.once('message', ({ port }: { port: number }) => {
        child.off('exit', early);
        resolve(new ServedAdapter(child, port));
      });
    });
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    return new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.send('stop');
    });
  }
}
