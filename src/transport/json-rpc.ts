// JSON-RPC 2.0 as text: takes messages apart, and puts responses, errors, notifications and requests together.
//
// Knows nothing of methods, sessions or sockets. A frame is parsed once, a result is stringified once, and everything
// around it comes from strings made beforehand: this is the main thread's largest cost.

import { idCharactersMax } from '../limits.ts';
import type { Refusal } from '../protocol/refusals.ts';

/** As the standard says; undefined is a notification, which gets no response. */
export type RpcId = string | number | null | undefined;

export const parseErrorCode = -32700;
export const invalidRequestCode = -32600;
export const methodNotFoundCode = -32601;
export const invalidParamsCode = -32602;
export const internalErrorCode = -32603;

export type Message =
  | {
      readonly kind: 'request';
      readonly id: RpcId;
      readonly method: string;
      readonly params: unknown;
      /** The parameters have been found to fit the method's schema. */
      readonly fits?: true;
    }
  | { readonly kind: 'response'; readonly id: RpcId; readonly result?: unknown; readonly error?: RpcError }
  | { readonly kind: 'invalid'; readonly id: RpcId; readonly why: string };

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The value of a frame, or undefined when it is no JSON (no JSON text stands for undefined). */
export function parseFrame(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isId(id: unknown): id is RpcId {
  if (id === undefined || id === null) return true;
  if (typeof id === 'string') return id.length <= idCharactersMax;
  return typeof id === 'number' && Number.isFinite(id);
}

/** Sorts one value of a frame; what is wrong with it is said, and answered under its id where it has a proper one. */
export function readMessage(value: unknown): Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid(null, 'A message is an object.');
  const { jsonrpc, id, method, params, result, error } = value as Record<string, unknown>;
  if (!isId(id)) return invalid(null, `An id is a string of at most ${idCharactersMax} characters, a number or null.`);
  if (jsonrpc !== '2.0') return invalid(id, 'The member "jsonrpc" must be "2.0".');
  if (method === undefined && (result !== undefined || error !== undefined)) {
    return { kind: 'response', id, result, ...(isError(error) && { error }) };
  }
  if (typeof method !== 'string') return invalid(id, 'The member "method" must be a string.');
  if (params !== undefined && (typeof params !== 'object' || params === null)) {
    return invalid(id, 'The member "params" must be an object.');
  }
  return { kind: 'request', id, method, params };
}

function invalid(id: RpcId, why: string): Message {
  // Where no id can be read, the standard answers null.
  return { kind: 'invalid', id: id ?? null, why };
}

function isError(value: unknown): value is RpcError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message } = value as Record<string, unknown>;
  return typeof code === 'number' && typeof message === 'string';
}

function idText(id: RpcId): string {
  return typeof id === 'number' ? `${id}` : JSON.stringify(id ?? null);
}

export function encodeResult(id: RpcId, result: unknown): string {
  return encodeResultText(id, JSON.stringify(result ?? null));
}

/** `members`: of the result, as JSON without braces. */
export function encodeResultMembers(id: RpcId, members: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":{${members}}}`;
}

/** For a result that is text already. */
export function encodeResultText(id: RpcId, resultText: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":${resultText}}`;
}

export function encodeError(
  id: RpcId,
  code: number,
  message: string,
  data?: Readonly<Record<string, unknown>>,
): string {
  const error = data === undefined ? { code, message } : { code, message, data };
  return `{"jsonrpc":"2.0","id":${idText(id)},"error":${JSON.stringify(error)}}`;
}

export function encodeRefusal(id: RpcId, { refusal, code, message, data }: Refusal): string {
  return encodeError(id, code, message, { refusal, ...data });
}

export function encodeBatch(responses: readonly string[]): string {
  return `[${responses.join(',')}]`;
}

/** Everything of a notification up to its number: made once per event. */
export function notificationPrefix(event: string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(event)},"params":{"seq":`;
}

/** `members`: of the parameters, as JSON without braces. They hold no `seq`: that is the session's. */
export function encodeNotification(prefix: string, seq: number, members: string): string {
  return members === '' ? `${prefix}${seq}}}` : `${prefix}${seq},${members}}}`;
}

export function encodeRequest(id: string | number, method: string, params: Readonly<Record<string, unknown>>): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}
