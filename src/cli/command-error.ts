// How a command ends when it does not end well, and the numbers that a shell sees: 0 done, 1 failed, 2 used wrongly.

export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** What the user is told instead of a stack: something outside is not as it should be. */
export class CommandError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = exitCodes.failed, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** The command was called with something that cannot be meant. */
export class UsageError extends CommandError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, exitCodes.usage, options);
    this.name = 'UsageError';
  }
}
