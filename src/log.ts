// The log: one JSON line a message, by pino, on standard error, so that standard output stays for what was asked for.

import { destination, pino } from 'pino';

export interface RouterLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export function createLog(level: string): RouterLog {
  const options = { level, base: null, serializers: { error: pino.stdSerializers.err } };
  return pino(options, destination({ fd: 2, sync: true }));
}
