// Everything that is asked over HTTP, and who may upgrade to a WebSocket.
//
//   GET /health  /ready  /metrics  /openrpc.json      POST /v1/rpc      upgrade /v1/rpc
//
// A browser sends an Origin with every upgrade and every POST to another site; one that is not configured (by default:
// the router's own host and localhost) is refused with 403, so that a foreign page cannot use what the browser can
// reach. Programs send no Origin and need a token like everybody.

import { jsonResponse } from './http-message.ts';
import type { RpcOverHttp } from './rpc-over-http.ts';
import type { Sessions } from './sessions.ts';
import type { HttpRequest, HttpResponse, TransportHandlers } from './transport.ts';

export const rpcPath = '/v1/rpc';

export interface HttpOptions {
  readonly rpc: RpcOverHttp;
  readonly sessions: Sessions;
  /** Undefined when the router can take requests, else why not. */
  readonly notReadyBecause: () => string | undefined;
  readonly metrics: { metrics(): Promise<string>; readonly contentType: string };
  readonly openRpc: string;
  /** Origins such as `https://desk.example`, beside the router's own host and localhost; `*` allows all. */
  readonly origins?: readonly string[];
}

type Route = (request: HttpRequest) => Promise<HttpResponse> | HttpResponse;

export function createHandlers(options: HttpOptions): TransportHandlers {
  const { sessions, rpc } = options;
  const routes: Record<string, Record<string, Route>> = {
    '/health': { GET: () => jsonResponse(200, { status: 'alive' }) },
    '/ready': { GET: () => ready(options.notReadyBecause()) },
    '/metrics': { GET: () => metrics(options.metrics) },
    '/openrpc.json': {
      GET: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: options.openRpc }),
    },
    [rpcPath]: { POST: (request) => rpc.handle(request) },
  };
  const allows = originCheck(options.origins ?? []);

  return {
    upgrade(request) {
      if (request.path !== rpcPath) return notFound(request.path);
      if (!allows(request.headers)) return originRefused(request.headers.origin);
      if (sessions.full) return jsonResponse(503, { error: 'too_many_connections', message: 'Try again later.' });
      return undefined;
    },
    http(request) {
      const methods = Object.hasOwn(routes, request.path) ? routes[request.path]! : undefined;
      if (methods === undefined) return notFound(request.path);
      const route = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
      if (route === undefined) return methodNotAllowed(request, Object.keys(methods));
      if (request.method === 'POST' && !allows(request.headers)) return originRefused(request.headers.origin);
      return route(request);
    },
    opened: (connection) => sessions.connected(connection),
    message: (connection, frame) => sessions.received(connection, frame),
    closed: (connection) => sessions.disconnected(connection),
  };
}

function ready(because: string | undefined): HttpResponse {
  return because === undefined
    ? jsonResponse(200, { status: 'ready' })
    : jsonResponse(503, { status: 'not_ready', because });
}

async function metrics(registry: HttpOptions['metrics']): Promise<HttpResponse> {
  return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() };
}

function notFound(path: string): HttpResponse {
  return jsonResponse(404, { error: 'not_found', message: `There is nothing at ${path.slice(0, 200)}.` });
}

function methodNotAllowed({ method, path }: HttpRequest, allowed: readonly string[]): HttpResponse {
  const body = {
    error: 'method_not_allowed',
    message: `${path} takes ${allowed.join(', ')}, not ${method.slice(0, 20)}.`,
  };
  return jsonResponse(405, body, { allow: allowed.join(', ') });
}

function originRefused(origin: string | undefined): HttpResponse {
  const message = 'Pages of this origin may not use this router; its configuration lists the origins that may.';
  return jsonResponse(403, { error: 'origin_not_allowed', origin, message });
}

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a request comes from no page at all, or from a page that may. */
export function originCheck(origins: readonly string[]): (headers: Readonly<Record<string, string>>) => boolean {
  const allowed = new Set(origins);
  return ({ origin, host }) => {
    if (origin === undefined || origin === '' || allowed.has('*') || allowed.has(origin)) return true;
    if (!URL.canParse(origin)) return false;
    const page = new URL(origin);
    return localHosts.has(page.hostname) || page.host === host;
  };
}
