// A partition in miniature for the tests of sessions and client: things with an id and a value, and a counter that
// shows whether something was done twice. It answers in ticks: immediately, or when tick() is called.

import { type TSchema, Type } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type {
  Answer,
  Audience,
  Egress,
  FromSessions,
  RequestSink,
  Role,
  RoutedRequest,
} from '../../src/engine/egress.ts';
import { anyMembers } from '../../src/protocol/encoders.ts';
import { refuse } from '../../src/protocol/refusals.ts';
import type { Checked, Params, RouterOptions } from '../../src/transport/request-router.ts';

const everybody: Role[] = ['admin', 'app', 'switch', 'agent', 'customer', 'supervisor'];
const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1, maxLength: 2_000_000 });
const requestId = Type.Optional(Type.String({ minLength: 1, maxLength: 128 }));

function method(roles: Role[], properties: Record<string, TSchema>, changes = false) {
  return { roles, params: Type.Object(properties, closed), result: Type.Any(), summary: '', changes, refusals: [] };
}

export const fakeMethods = {
  'session.open': method(everybody, {
    token: Type.Optional(Type.String()),
    sessionEpoch: Type.Optional(Type.String()),
    lastSeq: Type.Optional(Type.Integer({ minimum: 0 })),
    batchFrames: Type.Optional(Type.Boolean()),
  }),
  'session.ping': method(everybody, {}),
  'rpc.discover': method(everybody, {}),
  'thing.create': method(everybody, { thingId: text, value: Type.Integer() }, true),
  'thing.add': method(everybody, { by: Type.Integer(), requestId }, true),
  'thing.get': method(everybody, { thingId: text }),
  'thing.tell': method(everybody, { text, count: Type.Optional(Type.Integer()), requestId }, true),
  'thing.break': method(everybody, {}),
  'thing.secret': method(['admin'], {}),
};

export const fakeEvents = new Map(['thing.told', 'thing.added'].map((name) => [name, anyMembers]));

const checks = new Map(Object.entries(fakeMethods).map(([name, { params }]) => [name, TypeCompiler.Compile(params)]));

function faultOf(name: string, params: unknown): { path: string; message: string } | undefined {
  const check = checks.get(name)!;
  if (check.Check(params)) return undefined;
  const { path, message } = check.Errors(params).First()!;
  return { path, message };
}

const localResults: Record<string, string> = { 'session.ping': '{}', 'rpc.discover': '{"openrpc":"1.3.2"}' };

/** What src/transport/request-check.ts does for the real methods. */
export const fakeChecks: RouterOptions = {
  methods: new Map(
    Object.entries(fakeMethods).map(([name, { roles }]) => [
      name,
      {
        name,
        check(params, { role }): Checked {
          const invalid = faultOf(name, params ?? {});
          if (invalid !== undefined) return { invalid };
          if (!roles.includes(role)) return { refusal: refuse('not_allowed_for_role', { method: name, role }) };
          return { params: (params ?? {}) as Params };
        },
        settle: (params): Checked => ({ params }),
        readParams: undefined,
        localResult: localResults[name],
        encodeMembers: undefined,
        writeMembers: undefined,
      },
    ]),
  ),
  openFault: (params) => faultOf('session.open', params),
};

export class FakePartition implements RequestSink {
  watchedRoles: ReadonlySet<Role> = new Set();
  /** What it was told of those. */
  readonly news: { readonly who: string; readonly news: FromSessions }[] = [];
  readonly egress: Egress;
  /** Answers wait for tick(). */
  ticking = false;
  /** Every so often (by this function) a request is refused as overloaded. */
  overloads: () => boolean = () => false;
  /** News at which it breaks, by this function, is set aside. */
  breaks: () => boolean = () => false;
  readonly taken: RoutedRequest[] = [];
  readonly things: Map<string, number>;
  readonly #answered: Map<string, Answer>;
  total: number;
  #waiting: RoutedRequest[] = [];

  /** With another it goes on from what that one had. */
  constructor(egress: Egress, before?: FakePartition) {
    this.egress = egress;
    this.things = before?.things ?? new Map();
    this.#answered = before === undefined ? new Map() : before.#answered;
    this.total = before?.total ?? 0;
  }

  submit(request: RoutedRequest): void {
    const { caller, news } = request;
    if (news === undefined) this.taken.push(request);
    if (this.overloads()) this.egress.answer(request, { refusal: refuse('overloaded', { retryAfterMs: 1 }) });
    else if (news !== undefined && this.breaks()) this.egress.answer(request, { bug: 'set-aside-1' });
    else if (news !== undefined) this.news.push({ who: `${caller.role}:${caller.sub}`, news });
    else if (this.ticking) this.#waiting.push(request);
    else this.#run([request]);
  }

  /** Answers up to `count` waiting requests. */
  tick(count = this.#waiting.length): void {
    this.#run(this.#waiting.splice(0, count));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  #run(requests: readonly RoutedRequest[]): void {
    for (const request of requests) {
      const events: [Audience, string, Record<string, unknown>][] = [];
      this.egress.answer(request, this.#do(request, events));
      for (const event of events) this.egress.notify(...event);
    }
    this.egress.flush();
  }

  #do(request: RoutedRequest, events: [Audience, string, Record<string, unknown>][]): Answer {
    const { params, caller } = request;
    const id = (params as { requestId?: string }).requestId;
    const first = id === undefined ? undefined : this.#answered.get(id);
    if (first !== undefined) return first;
    const answer = this.#change(request, params as never, caller, events);
    if (id !== undefined) this.#answered.set(id, answer);
    return answer;
  }

  #change(
    { method: name, resumes }: RoutedRequest,
    params: { thingId: string; value: number; by: number; text: string; count?: number },
    caller: Audience,
    events: [Audience, string, Record<string, unknown>][],
  ): Answer {
    switch (name) {
      case 'session.open':
        return { result: resumes ? {} : { state: { total: this.total } } };
      case 'thing.create': {
        const known = this.things.get(params.thingId);
        if (known !== undefined && known !== params.value)
          return { refusal: refuse('contact_exists_with_different_content') };
        this.things.set(params.thingId, params.value);
        return { result: { thingId: params.thingId } };
      }
      case 'thing.add':
        this.total += params.by;
        events.push([caller, 'thing.added', { total: this.total }]);
        return { result: { total: this.total } };
      case 'thing.get': {
        const value = this.things.get(params.thingId);
        return value === undefined ? { refusal: refuse('contact_not_found') } : { result: { value } };
      }
      case 'thing.tell':
        for (let nth = 0; nth < (params.count ?? 1); nth++)
          events.push([caller, 'thing.told', { text: params.text, nth }]);
        return { result: {} };
      case 'thing.break':
        return { bug: 'bug-1' };
      default:
        return { result: { did: name } };
    }
  }
}
