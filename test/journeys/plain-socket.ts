// A WebSocket without manners: for what the typed client would never send, and to see exactly what comes back.

import { WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

export class PlainSocket {
  readonly frames: Frame[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];
  #read = 0;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      this.#stir();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#stir();
    });
    socket.on('error', () => {});
  }

  static connect(url: string, headers: Record<string, string> = {}): Promise<PlainSocket> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    const plain = new PlainSocket(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(plain));
      socket.once('unexpected-response', (_, { statusCode }) => reject(new Error(`HTTP ${statusCode}`)));
      socket.once('error', reject);
    });
  }

  send(frame: string | Uint8Array): void {
    this.#socket.send(frame);
  }

  /** The next frame that was not yet read; undefined when the connection has ended. */
  async receive(withinMs = 10_000): Promise<Frame | undefined> {
    const deadline = Date.now() + withinMs;
    while (this.frames.length === this.#read) {
      if (this.closed !== undefined) return undefined;
      if (Date.now() >= deadline) throw new Error('nothing was received in time');
      await this.#wait(deadline);
    }
    this.#read += 1;
    return this.frames[this.#read - 1];
  }

  async end(withinMs = 10_000): Promise<{ readonly code: number; readonly reason: string }> {
    const deadline = Date.now() + withinMs;
    while (this.closed === undefined) {
      if (Date.now() >= deadline) throw new Error('the connection was not closed in time');
      await this.#wait(deadline);
    }
    return this.closed;
  }

  /** Sends one request and reads until its response; what came before it stays in `frames`. */
  async call(method: string, params: unknown = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#lastId;
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    for (;;) {
      const frame = await this.receive();
      if (frame === undefined) throw new Error(`closed (${this.closed?.code}) before ${method} was answered`);
      if (!Array.isArray(frame) && (frame as { id?: unknown }).id === id && !('method' in frame)) {
        return frame as Readonly<Record<string, unknown>>;
      }
    }
  }

  close(): void {
    this.#socket.terminate();
  }

  #wait(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #stir(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
