// The adapter's process, as the benchmark's process sees it.

import { Child } from '../child.ts';

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
  readonly #child: Child;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
    let routed = () => {};
    this.routed = new Promise((resolve) => {
      routed = resolve;
    });
    child.process.on('message', (says: AdapterSays) => {
      if (says.what === 'routed') routed();
      else if (says.what === 'rung') this.onRung(says.from, says.at);
    });
  }

  static async start(order: AdapterOrder): Promise<ServedAdapter> {
    const file = new URL('./adapter-process.js', import.meta.url);
    const { child, first } = await Child.start<{ port: number }>('the adapter', file, order);
    return new ServedAdapter(child, first.port);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}
