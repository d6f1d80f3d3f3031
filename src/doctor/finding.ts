// What a check of the doctor finds: one line each, with what to do where something is to be done.
//
// `ok`: as it should be. `warn`: the router runs, but somebody may be surprised one day. `fail`: it does not start, or
// does not do what its configuration asks for. A check that cannot look says so as a warning; it never guesses.

export type Status = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** What was looked at; several findings of one check share it. */
  readonly check: CheckName;
  readonly status: Status;
  readonly text: string;
  /** What to do. */
  readonly advice?: string;
}

/** Every check, in the order in which they are made. docs/operations.md has the table; a test compares. */
export const checkNames = [
  'node',
  'sockets',
  'store',
  'core',
  'open files',
  'clock',
  'configuration',
  'data folder',
  'file system',
  'free space',
  'tenant',
  'flush',
  'port',
  'tls',
  'secret',
  'token keys',
] as const;
export type CheckName = (typeof checkNames)[number];

export const ok = (check: CheckName, text: string): Finding => ({ check, status: 'ok', text });
export const warn = (check: CheckName, text: string, advice: string): Finding => ({
  check,
  status: 'warn',
  text,
  advice,
});
export const fail = (check: CheckName, text: string, advice: string): Finding => ({
  check,
  status: 'fail',
  text,
  advice,
});
