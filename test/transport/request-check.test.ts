// The way in by the real tables: which fault is named first, and that what is let through is complete.

import { describe, expect, it } from 'vitest';
import type { Caller, Role } from '../../src/engine/egress.ts';
import { capabilitiesOf, openFault, routedMethods } from '../../src/transport/request-check.ts';

const caller = (role: Role): Caller => ({ tenant: 'north', role, sub: 'anna' });
const methods = routedMethods({ 'session.ping': '{}' });

function checkRequest(method: string, params: unknown, by: Caller) {
  return methods.get(method)!.check(params, by);
}

describe('checking a request', () => {
  it('names the role, then the parameters', () => {
    expect(methods.has('queue.fly')).toBe(false);
    expect(checkRequest('queue.set', { wrong: 1 }, caller('agent'))).toMatchObject({
      refusal: { refusal: 'not_allowed_for_role', data: { role: 'agent', method: 'queue.set' } },
    });
    expect(checkRequest('queue.set', { wrong: 1 }, caller('admin'))).toMatchObject({
      invalid: { message: expect.any(String) },
    });
    expect(checkRequest('session.ping', undefined, caller('agent'))).toEqual({ params: {} });
  });

  it('fills in the agent who acts on itself and refuses one who acts on another', () => {
    expect(checkRequest('agent.ready', {}, caller('agent'))).toMatchObject({ params: { agentId: 'anna' } });
    expect(checkRequest('agent.ready', { agentId: 'ben' }, caller('agent'))).toMatchObject({
      refusal: { refusal: 'not_allowed_for_role' },
    });
    expect(checkRequest('agent.ready', {}, caller('supervisor'))).toMatchObject({ invalid: { path: '/agentId' } });
  });

  it('finds the fault of a session.open before anybody is known', () => {
    expect(openFault({})).toBeUndefined();
    expect(openFault({ token: 5 })).toMatchObject({ path: '/token' });
  });

  it('tells a role what it may call and what it may be told', () => {
    const { methods, events, features } = capabilitiesOf({ role: 'agent', sub: 'ada' });
    expect(methods).toContain('offer.accept');
    expect(methods).not.toContain('queue.set');
    expect(events).toContain('offer.created');
    expect(features).toContain('resume');
  });

  it('tells a platform only what it may call', () => {
    const { methods, events } = capabilitiesOf({ role: 'app', sub: 'platform:A' });
    expect(methods).toEqual(['session.open', 'session.ping', 'rpc.discover', 'handover.put']);
    expect(events).toEqual([]);
    expect(capabilitiesOf({ role: 'app', sub: 'front' }).methods).toContain('contact.create');
  });
});
