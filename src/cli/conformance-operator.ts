// Who makes calls come and hang up at a switch under test: a person at the terminal, or a program that is told so by lines.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Operator } from '../conformance/switch/world.ts';

export class PersonOperator implements Operator {
  call(): void {
    process.stderr.write('→ make a customer call at the switch\n');
  }

  hangUp(legId: string): void {
    process.stderr.write(`→ hang up the customer's telephone, of the leg ${legId}\n`);
  }

  async close(): Promise<void> {}
}

const endWithinMs = 15_000;

/** `call` and `hangUp LEG`, a line each, on the standard input of a command; it ends when that is closed. */
export class CommandOperator implements Operator {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /** What it says goes to standard error: standard output is the report's. */
  constructor(command: string, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(command, {
      shell: true,
      env: { ...process.env, ...environment },
      stdio: ['pipe', 2, 2],
    });
    // One that has ended cannot be told anything: the case that waits in vain says so.
    this.#child.stdin!.on('error', () => {});
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => resolve());
      this.#child.once('error', () => resolve());
    });
  }

  call(): void {
    this.#tell('call');
  }

  hangUp(legId: string): void {
    this.#tell(`hangUp ${legId}`);
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    const late = setTimeout(() => this.#child.kill('SIGTERM'), endWithinMs);
    await this.#ended;
    clearTimeout(late);
  }

  #tell(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }
}
