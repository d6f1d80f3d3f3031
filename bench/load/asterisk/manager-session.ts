// A session with Asterisk's manager interface: what a desktop beside Asterisk's own queue says there, that an agent has left the queue for a
// moment or is back, and what the queue itself has counted.

import { connect, type Socket } from 'node:net';

type Fields = Readonly<Record<string, string>>;

export class ManagerSession {
  readonly #socket: Socket;
  readonly #answers = new Map<string, (fields: Fields) => void>();
  readonly #heard: (fields: Fields) => void;
  #rest = '';
  #last = 0;

  static async open(port: number, user: string, secret: string, heard: (fields: Fields) => void) {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const session = new ManagerSession(socket, heard);
    await session.ask('Login', { Username: user, Secret: secret });
    return session;
  }

  private constructor(socket: Socket, heard: (fields: Fields) => void) {
    this.#socket = socket.setNoDelay(true).setEncoding('utf8');
    this.#heard = heard;
    socket.on('data', (text: unknown) => this.#read(String(text)));
    socket.on('error', () => {});
  }

  /** Rejects where Asterisk says that it was no success. */
  ask(action: string, fields: Fields): Promise<void> {
    this.#last += 1;
    const id = String(this.#last);
    const lines = [`Action: ${action}`, `ActionID: ${id}`, ...Object.entries(fields).map((pair) => pair.join(': '))];
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ Response, Message }) => {
        if (Response === 'Success') resolve();
        else reject(new Error(`${action}: Asterisk's manager says ${Message}`));
      });
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    // The first line is a greeting and belongs to no message.
    const blocks = (this.#rest + text).split('\r\n\r\n');
    this.#rest = blocks.pop()!;
    for (const block of blocks) {
      const lines = block.split('\r\n').map((line) => line.split(': '));
      const fields = Object.fromEntries(lines.map(([name, ...value]) => [name, value.join(': ')])) as Fields;
      const answer = this.#answers.get(fields.ActionID ?? '');
      if (fields.Response === undefined || answer === undefined) this.#heard(fields);
      else {
        this.#answers.delete(fields.ActionID!);
        answer(fields);
      }
    }
  }
}
