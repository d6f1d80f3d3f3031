// A log that keeps what it is told, and alarms that tell it, as src/main.ts puts them together.

import { Alarms } from '../../src/engine/alarms.ts';
import type { RouterLog } from '../../src/log.ts';

export class LogLines implements RouterLog {
  readonly lines: { level: 'info' | 'warn' | 'error'; message: string; data: object }[] = [];
  readonly alarms = new Alarms((level, message, data) => this[level](data, message));

  info(data: object, message: string): void {
    this.lines.push({ level: 'info', message, data });
  }
  warn(data: object, message: string): void {
    this.lines.push({ level: 'warn', message, data });
  }
  error(data: object, message: string): void {
    this.lines.push({ level: 'error', message, data });
  }

  /** The messages since the last time, with their levels. */
  take(): string[] {
    return this.lines.splice(0).map(({ level, message }) => `${level}: ${message}`);
  }
}
