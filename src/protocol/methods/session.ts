// Opening a session, keeping it alive, and asking what the router can do.

import { Type } from '@sinclair/typebox';
import { tokenCharactersMax } from '../../limits.ts';
import { count, durationMs, flag, id, oneOf, params, result, timeMs } from '../schemas.ts';
import { everyone, method } from './method.ts';

export const sessionMethods = {
  'session.open': method({
    summary:
      'Opens the session of this connection: the first request on a WebSocket. Gives the state of everything that is yours, or, with `sessionEpoch` and `lastSeq` of an earlier session, the notifications that you missed where the router still has them.',
    roles: everyone,
    params: params({
      token: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: tokenCharactersMax,
          description: 'A JWT, where it is not in the Authorization header.',
        }),
      ),
      sessionEpoch: Type.Optional(id('Of the session before.')),
      lastSeq: Type.Optional(count('The last `seq` that you have seen in that epoch.')),
      batchFrames: Type.Optional(
        flag(
          'You read batch frames: what the router has for you at one time comes as an array in one frame, in the same order, which costs both sides less. Without it each message is a frame.',
        ),
      ),
    }),
    result: result({
      sessionId: id('This session.'),
      tenant: id('Whose.'),
      role: oneOf(everyone),
      sub: id('Who you are, as the token says.'),
      sessionEpoch: id('Of this process: sequence numbers of different epochs have nothing to do with each other.'),
      seq: count('The number of the last notification that `state` contains; the next one has a higher number.'),
      resumed: flag('What you missed follows as notifications, and there is no `state`.'),
      state: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description:
            'What is yours. Agent: agent, lines, offers, contacts, parked, waitedFor. Switch, app and customer: contacts. All of these: conversations (what was written last) and signals. Supervisor: queues and agents. A member `…Cursor` beside a list says that there is more: ask the method that lists it.',
        }),
      ),
      capabilities: result({
        methods: Type.Array(Type.String(), { description: 'What this role may call.' }),
        events: Type.Array(Type.String(), { description: 'What this role may be told.' }),
        features: Type.Array(Type.String(), { description: 'What else the router can do.' }),
      }),
      pingMs: durationMs('Ping as often as this; a side that hears nothing for three times as long closes.'),
      now: timeMs('The router’s time.'),
    }),
    changes: false,
    refusals: ['session_already_open', 'too_many_sessions'],
  }),
  'session.ping': method({
    summary: 'Says that you are there. The router asks the same of you.',
    roles: everyone,
    params: params({}),
    result: result({}),
    changes: false,
    refusals: [],
  }),
  'rpc.discover': method({
    summary: 'This interface as an OpenRPC document.',
    roles: everyone,
    params: params({}),
    result: Type.Record(Type.String(), Type.Unknown()),
    changes: false,
    refusals: [],
  }),
};
