// How a call of the client can fail.

/** The router refused: nothing has changed. Also for the errors of JSON-RPC itself, which have no name of a refusal. */
export class RefusedError extends Error {
  readonly code: number;
  readonly refusal: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: number, message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
    this.data = data;
    this.refusal = typeof data.refusal === 'string' ? data.refusal : undefined;
  }
}

/** The client is closed, or may not come back. Whether the call took effect is not known. */
export class ConnectionClosedError extends Error {
  /** The close code of the last connection, where there was one. */
  readonly code: number | undefined;

  constructor(message: string, code?: number, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ConnectionClosedError';
    this.code = code;
  }
}

/** No answer within the call's time. Whether it took effect is not known; the same ids may be used to ask again. */
export class CallTimedOutError extends Error {
  constructor(method: string, timeoutMs: number) {
    super(`${method} was not answered within ${timeoutMs} ms`);
    this.name = 'CallTimedOutError';
  }
}
