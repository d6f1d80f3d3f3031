// What goes over the one socket with Asterisk: its events, our requests as REST would have them, and its answers to those.
//
//   we        RESTRequest  {request_id, method, uri, query_strings | content_type + message_body}
//   Asterisk  RESTResponse {request_id, status_code, message_body}      an event can come before the answer to what caused it
//             any other type: an event, with what it is about as it was then
//
// Only the members that are used are named here; whatever else Asterisk says is passed over.

export interface AriChannel {
  readonly id: string;
  readonly name: string;
  /** Down, Ring (somebody calls), Ringing (somebody is called), Up … */
  readonly state: string;
  readonly caller: { readonly name: string; readonly number: string };
  readonly dialplan: { readonly exten: string; readonly app_name: string; readonly app_data: string };
}

export interface AriBridge {
  readonly id: string;
  readonly channels: readonly string[];
}

export interface AriEvent {
  readonly type: string;
  readonly channel?: AriChannel;
  /** Of a StasisStart: what the dialplan has given. */
  readonly args?: readonly string[];
  /** Of a hang-up: why, by the numbers of Q.850; where it is only asked for, and `soft`, who asks (causes.ts). */
  readonly cause?: number;
  readonly soft?: boolean;
  readonly digit?: string;
  readonly playback?: { readonly id: string };
  readonly recording?: { readonly name: string; readonly state: string; readonly duration?: number };
}

/**
 * Asterisk is asked not to send these, which are nine of ten. It cannot be asked to send those that are used and no others:
 * with such a list it (22.10) keeps its answers back as well.
 */
export const eventsUnused = [
  'ChannelVarset',
  'ChannelDialplan',
  'ChannelConnectedLine',
  'ChannelCallerId',
  'ChannelEnteredBridge',
  'ChannelLeftBridge',
  'BridgeCreated',
  'BridgeDestroyed',
  'BridgeMerged',
  'Dial',
] as const;

export type AriMethod = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface AriQuery {
  readonly [name: string]: string | number | undefined;
}

export function encodeRequest(
  requestId: string,
  method: AriMethod,
  uri: string,
  query: AriQuery = {},
  body?: object,
): string {
  const query_strings = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value: `${value}` }],
  );
  return JSON.stringify({
    type: 'RESTRequest',
    transaction_id: requestId,
    request_id: requestId,
    method,
    uri,
    ...(query_strings.length > 0 && { query_strings }),
    ...(body !== undefined && { content_type: 'application/json', message_body: JSON.stringify(body) }),
  });
}

export interface AriResponse {
  readonly requestId: string;
  readonly status: number;
  readonly body: unknown;
}

export type AriFrame = { readonly response: AriResponse } | { readonly event: AriEvent };

/** Undefined: not what Asterisk says. */
export function decodeFrame(text: string): AriFrame | undefined {
  const frame = parsed(text) as Readonly<Record<string, unknown>> | undefined;
  if (typeof frame !== 'object' || frame === null || typeof frame.type !== 'string') return undefined;
  if (frame.type !== 'RESTResponse') return { event: eventOf(frame as unknown as RawEvent) };
  const { request_id: requestId, status_code: status, message_body: body } = frame;
  if (typeof requestId !== 'string' || typeof status !== 'number') return undefined;
  return { response: { requestId, status, body: typeof body === 'string' ? parsed(body) : undefined } };
}

interface RawEvent extends AriEvent {
  /** Dial events have their channel here. */
  readonly peer?: AriChannel;
}

function eventOf(event: RawEvent): AriEvent {
  return event.channel === undefined && event.peer !== undefined ? { ...event, channel: event.peer } : event;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
