// The seam between sockets and everything else. uWebSockets.js (uws-transport.ts) and ws on node:http
// (ws-transport.ts) stand behind it; one shared suite runs against both. A transport knows frames and HTTP, nothing
// of JSON-RPC, tokens or tenants.

import type { TlsPair } from './tls-pair.ts';

export interface Connection {
  readonly id: number;
  readonly remoteAddress: string;
  /** The upgrade request's headers that matter, lower case: authorization, origin, user-agent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Queues a text frame. Never throws; does nothing on a closed connection. Frames of one turn are corked together. */
  send(text: string): void;
  /**
   * The same for several frames at once, as UTF-8 in `bytes`: from each start to the end of the same index. What send() has queued
   * goes before them. The bytes are good during the call alone.
   */
  sendFrames(bytes: Buffer, starts: readonly number[], ends: readonly number[]): void;
  /** Bytes handed to send() that the other side's kernel has not taken yet. */
  bufferedBytes(): number;
  /** Closes with a code and a reason (at most 123 bytes). */
  close(code: number, reason: string): void;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface TransportHandlers {
  /** Decides on an upgrade before it happens: undefined accepts, a response refuses. */
  upgrade(request: Omit<HttpRequest, 'body'>): HttpResponse | undefined;
  opened(connection: Connection): void;
  /**
   * One text frame, in UTF-8 that has been checked; its bytes are good during the call alone. Binary frames and frames over the limit
   * never get here: the transport closes (1003, 1009).
   */
  message(connection: Connection, frame: Uint8Array): void;
  closed(connection: Connection, code: number): void;
  /** A request that is no upgrade. Must not throw; bodies over the limit are refused with 413 by the transport. */
  http(request: HttpRequest): Promise<HttpResponse> | HttpResponse;
}

export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsPair;
  readonly frameBytesMax: number;
  readonly bodyBytesMax: number;
}

export interface Transport {
  readonly name: string;
  /** Resolves with the port that it listens on. Rejects with a clear error when the address is taken. */
  listen(): Promise<number>;
  /**
   * New handshakes get this pair; connections that are open go on as they are. Rejects with TlsError, and everything is
   * as it was, where the pair cannot be used. Only where it has served TLS from the start.
   */
  renew(pair: TlsPair): Promise<void>;
  /** Takes no new connections; those that are open go on. */
  stopListening(): void;
  /** Ends every connection with this code and reason, then the server. */
  close(code: number, reason: string): Promise<void>;
}

/** The address cannot be had: somebody else's doing, to be told without a stack. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

export type TransportFactory = (options: TransportOptions, handlers: TransportHandlers) => Transport;
