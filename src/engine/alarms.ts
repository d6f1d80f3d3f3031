// What an operator must know about, by name, for as long as it holds: in the log when it begins and when it ends, and
// in the metrics all the while.

export class Alarms {
  readonly #texts = new Map<string, string>();
  readonly #log: (level: 'warn' | 'error', message: string, data: Record<string, unknown>) => void;

  constructor(log: (level: 'warn' | 'error', message: string, data: Record<string, unknown>) => void) {
    this.#log = log;
  }

  raise(name: string, text: string): void {
    if (this.#texts.get(name) === text) return;
    this.#texts.set(name, text);
    this.#log('error', text, { alarm: name });
  }

  clear(name: string): void {
    if (this.#texts.delete(name)) this.#log('warn', 'an alarm is over', { alarm: name });
  }

  text(name: string): string | undefined {
    return this.#texts.get(name);
  }

  get raised(): ReadonlyMap<string, string> {
    return this.#texts;
  }
}
