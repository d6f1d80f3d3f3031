// Every code with which the router closes a WebSocket, once: its number, its reason on the wire and what the client
// does next. Codes below 4000 are the standard's. docs/transport.md repeats this table and a test keeps the two equal.

const table = {
  stopping: [1001, 'router_stopping', 'Come back with jitter: the router stops or restarts.'],
  binary_frame: [1003, 'binary_frames_are_not_understood', 'Send text frames.'],
  frame_too_large: [1009, 'frame_too_large', 'Send less in one frame, or use HTTP POST for long documents.'],
  token_expired: [4001, 'token_expired', 'Come back with a new token.'],
  slow_reader: [4002, 'slow_reader', 'Read faster; come back with the last number seen.'],
  resume_lost: [4003, 'resume_lost', 'Open afresh, without `lastSeq`: what was missed is in the ring no more.'],
  silent: [4004, 'silent', 'Nothing was heard for three times `pingMs`; come back with the last number seen.'],
  not_opened: [4005, 'session_not_opened_in_time', 'Send session.open right after connecting.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type CloseName = keyof typeof table;

export const closeCodes: Readonly<Record<CloseName, readonly [code: number, reason: string, then: string]>> = table;

/** The bound of the WebSocket standard: a control frame carries 125 bytes, two of them the code. */
const reasonBytesMax = 123;

/** What transports call before they close: a wrong code or an overlong reason is a bug of ours. */
export function assertClose(code: number, reason: string): void {
  const sendable =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code < 5000);
  if (!sendable) throw new RangeError(`the close code ${code} may not be sent`);
  if (Buffer.byteLength(reason) > reasonBytesMax) throw new RangeError(`the close reason is too long: ${reason}`);
}
