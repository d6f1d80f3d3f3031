// What wrong parameters are told, as a text table: method, parameters, where, what. The table is also the precedence:
// where several things are wrong, the one reported is the first in the order of the schema.

import { describe, expect, it } from 'vitest';
import { attributesBytesMax } from '../../src/limits.ts';
import { faultText } from '../../src/protocol/fault.ts';
import { isMethodName } from '../../src/protocol/methods.ts';
import { settleParams } from '../../src/protocol/rights.ts';
import { validateParams } from '../../src/protocol/validation.ts';

const id = '1 to 128 characters of A–Z a–z 0–9 . _ : @ + -';
const name = '1 to 64 characters of A–Z a–z 0–9 . _ : @ + -';

const table = `
  queue.get      | {}                                             | /queueId: is missing; expected ${id}
  queue.get      | []                                             | parameters are given by name, as the members of an object
  queue.get      | null                                           | parameters are given by name, as the members of an object
  queue.get      | "q"                                            | parameters are given by name, as the members of an object
  queue.get      | {"queueId":"q"}                                | fine
  queue.get      | {"queueId":""}                                 | /queueId: expected ${id}, got ""
  queue.get      | {"queueId":"a b"}                              | /queueId: expected ${id}, got "a b"
  queue.get      | {"queueId":"a\\n"}                             | /queueId: expected ${id}, got "a\\n"
  queue.get      | {"queueId":"é"}                                | /queueId: expected ${id}, got "é"
  queue.get      | {"queueId":7}                                  | /queueId: expected ${id}, got 7
  queue.get      | {"queueId":null}                               | /queueId: expected ${id}, got null
  queue.get      | {"queueId":["q"]}                              | /queueId: expected ${id}, got an array of 1 items
  queue.get      | {"queueId":"q","queue":"q"}                    | /queue: there is no such parameter
  queue.get      | {"queue":"q"}                                  | /queueId: is missing; expected ${id}
  queue.get      | {"queueId":7,"queue":"q"}                      | /queue: there is no such parameter
  queue.get      | {"queueId":"q","__proto__":1}                  | /__proto__: there is no such parameter
  queue.get      | {"queueId":"q","a/b~":1}                       | /a~1b~0: there is no such parameter
  queue.set      | {"queueId":"q","channels":[]}                  | /channels: expected an array of 1 to 16 items, got an array of 0 items
  queue.set      | {"queueId":"q","channels":"voice"}             | /channels: expected an array of 1 to 16 items, got "voice"
  queue.set      | {"queueId":"q","channels":["voice","voice"]}   | /channels: expected no item twice
  queue.set      | {"queueId":"q","channels":["total"]}           | /channels/0: expected ${name}, not "total", got "total"
  queue.set      | {"queueId":"q","channels":["x"],"order":"no"}  | /order: expected one of "priority", "firstCome", got "no"
  queue.set      | {"queueId":"q","channels":["x"],"offerMs":0}   | /offerMs: expected an integer from 1 to 604800000, got 0
  queue.set      | {"queueId":"q","channels":["x"],"offerMs":1.5} | /offerMs: expected an integer from 1 to 604800000, got 1.5
  queue.set      | {"queueId":"q","channels":["x"],"offerMs":"1"} | /offerMs: expected an integer from 1 to 604800000, got "1"
  queue.set      | {"queueId":"q","channels":["x"],"offerMs":1e9} | /offerMs: expected an integer from 1 to 604800000, got 1000000000
  queue.set      | {"queueId":"q","channels":["x"],"select":"score","weights":{"idle":1001}} | /weights/idle: expected an integer from -1000 to 1000, got 1001
  queue.set      | {"queueId":"q","channels":["x"],"select":"score","weights":{"speed":1}} | /weights/speed: there is no such parameter
  queue.set      | {"queueId":"q","channels":["x"],"batch":{"everyMs":500}} | /batch: expected only together with select: score
  queue.set      | {"queueId":"q","channels":["x"],"select":"score","batch":{"everyMs":1}} | /batch/everyMs: expected an integer from 50 to 60000, got 1
  queue.set      | {"queueId":"q","channels":["x"],"weights":{"idle":2}} | /weights: expected only together with select: score
  queue.set      | {"queueId":"q","channels":["x"],"select":"score","weights":{"idle":-5,"lastAgent":9}} | fine
  queue.set      | {"queueId":"q","channels":["x"],"ageingPerSecond":0.3}    | fine
  queue.set      | {"queueId":"q","channels":["x"],"ageingPerSecond":0.001}  | fine
  queue.set      | {"queueId":"q","channels":["x"],"ageingPerSecond":1000}   | fine
  queue.set      | {"queueId":"q","channels":["x"],"ageingPerSecond":0.0001} | /ageingPerSecond: expected a number from 0 to 1000 with at most three decimals, got 0.0001
  queue.set      | {"queueId":"q","channels":["x"],"ageingPerSecond":1000.1} | /ageingPerSecond: expected a number from 0 to 1000 with at most three decimals, got 1000.1
  queue.set      | {"queueId":"q","channels":["x"],"serviceLevel":{"percent":80}}    | /serviceLevel/withinMs: is missing; expected an integer from 1 to 604800000
  queue.set      | {"queueId":"q","channels":["x"],"direct":{"waitMs":1,"orElse":1}} | /direct/orElse: expected one of "queue", "end", got 1
  queue.set      | {"queueId":"q","channels":["x"],"maxWaiting":null}                | /maxWaiting: expected an integer from 0 to 1000000, got null
  agent.set      | {"agentId":"a","capacity":{}}                  | /capacity: expected an object of 1 to 17 members, got an object
  agent.set      | {"agentId":"a","capacity":{"voice":"x"}}       | /capacity/voice: expected an integer from 0 to 255, got "x"
  agent.set      | {"agentId":"a","capacity":{"voice":1,"total":256}} | /capacity/total: expected an integer from 0 to 255, got 256
  agent.set      | {"agentId":"a","capacity":{"v v":1}}           | /capacity/v v: this is no name that can be used here
  agent.set      | {"agentId":"a","capacity":{"__proto__":1}}     | /capacity/__proto__: this is no name that can be used here
  agent.set      | {"agentId":"a","capacity":{"voice":1},"skills":{"de":0}}  | /skills/de: expected an integer from 1 to 10, got 0
  agent.set      | {"agentId":"a","capacity":{"voice":1},"skills":{"de":11}} | /skills/de: expected an integer from 1 to 10, got 11
  agent.set      | {"agentId":"a","capacity":{"voice":1},"name":"\\u0007"}   | /name: expected a text of 1 to 256 characters without control characters, got "\\u0007"
  agent.set      | {"agentId":"a","capacity":{"voice":1},"name":"\\ud800"}   | /name: expected a text of 1 to 256 characters without control characters, got "\\ud800"
  agent.set      | {"agentId":"a","capacity":{"voice":1},"name":"Zoë 😀"}    | fine
  agent.logout   | {}                                             | /when: is missing; expected one of "now", "idle"
  agent.ready    | {"channels":[]}                                | /channels: expected an array of 1 to 16 items, got an array of 0 items
  agent.setOneRinging | {"on":"yes"}                              | /on: expected true or false, got "yes"
  contact.create | {"contactId":"c","queueId":"q"}                | /channel: is missing; expected ${name}, not "total"
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","requestId":"r"} | /requestId: there is no such parameter
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","requires":{"all":[{"skill":"de","level":"7"}]}} | /requires/all/0/level: expected an integer from 1 to 10, got "7"
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","requires":{"none":[]}} | /requires/none: there is no such parameter
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","prefers":[{"skill":"de","level":3}]} | /prefers/0/level: there is no such parameter
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","priority":1000001} | /priority: expected an integer from -1000000 to 1000000, got 1000001
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","waitCreditMs":-1}  | /waitCreditMs: expected an integer from 0 to 604800000, got -1
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","identity":{"scheme":"tel"}} | /identity/value: is missing; expected a text of 1 to 256 characters without control characters
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","attributes":[]} | /attributes: expected an object, got an array of 0 items
  contact.list   | {"limit":1001}                                 | /limit: expected an integer from 1 to 1000, got 1001
  contact.list   | {"state":"asleep"}                             | /state: expected one of "waiting", "waitingFor", "ringing", "connecting", "connected", "wrapUp", "parked", "ended", got "asleep"
  customer.get   | {}                                             | /customerId: exactly one of customerId and identity must be given
  customer.get   | {"customerId":"c","identity":{"scheme":"tel","value":"+1"}} | /identity: exactly one of customerId and identity must be given
  account.book   | {"steps":[{}]}                                 | /steps/0/do: is missing; expected one of "transfer", "hold", "post", "void"
  account.book   | {"steps":[{"do":"steal"}]}                     | /steps/0/do: expected one of "transfer", "hold", "post", "void", got "steal"
  account.book   | {"steps":[{"do":"void","transferId":"v","holdId":"h","why":"w"},{"do":"post","transferId":"p","why":"w"}]} | /steps/1/holdId: is missing; expected ${id}
  account.book   | {"steps":[{"do":"transfer","transferId":"t","debit":"a","credit":"b","money":{"amount":-1,"currency":"EUR"},"why":"w"}]} | /steps/0/money/amount: expected an integer from 1 to 9007199254740991, got -1
  account.book   | {"steps":[{"do":"void","transferId":"t","holdId":"h","why":"w","amount":1}]} | /steps/0/amount: there is no such parameter
  account.book   | {"steps":[5]}                                  | /steps/0: expected an object, got 5
  account.deposit | {"paymentId":"p","accountId":"a","money":{"amount":-1e400,"currency":"EUR"}} | /money/amount: expected an integer from 1 to 9007199254740991, got a number that is too large
  account.open   | {"accountId":"house:x","owner":"agent","agentId":"a","currency":"EUR"} | /accountId: must not begin with house:, as accounts of the house do
  account.open   | {"accountId":"a","owner":"agent","agentId":"a","currency":"EUR","limit":1} | /limit: expected 0 or less: nothing is on a new account, and it would be below it
  document.hand  | {"documentId":"d","contactId":"c","title":"t","mediaType":"a/b","content":"%"} | /content: expected 4 to 65536 characters of Base64 with its padding, got "%"
  queue.set      | {"queueId":"q","channels":["x"],"whenFull":{"queue":""}} | /whenFull/queue: expected ${id}, got ""
  queue.set      | {"queueId":"q","channels":["x"],"whenFull":{"to":"x"}} | /whenFull: expected one of "end", "callback", "voicemail" or an object, got an object
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","sip":{"diversion":[]}} | /sip/diversion: expected an array of 1 to 16 items, got an array of 0 items
  contact.create | {"contactId":"c","channel":"voice","queueId":"q","sip":{"diversion":["<tel:+1>",7]}} | /sip/diversion/1: expected a text of 1 to 2048 characters without control characters, got 7
  handover.put   | {"platformId":"p","serial":"123456789012345"}  | /serial: expected 3 to 14 digits, got "123456789012345"
  platform.set   | {"platformId":"p","accessId":"+49"}            | /accessId: expected 1 to 15 digits, got "+49"
  tenant.set     | {"identities":{"country":"de"}}                | /identities/country: expected two capital letters, as ISO 3166-1 has them, got "de"
  tenant.set     | {"identities":{"country":"XX"}}                | /identities/country: XX is no country whose telephone numbers are known
  config.apply   | {"document":{"version":1,"tenant":{"identities":{"country":"ZZ"}}}} | /document/tenant/identities/country: ZZ is no country whose telephone numbers are known
  customer.timeline | {"customerId":"c1","from":10,"to":5}        | /to: expected a later time than \`from\`
  config.apply   | {"document":{}}                                | /document/version: is missing; expected 1
  config.apply   | {"document":{"version":2}}                     | /document/version: expected 1, got 2
  config.apply   | {"document":{"version":1,"queues":[{"queueId":"q","channels":["x"]},{"queueId":"r"}]}} | /document/queues/1/channels: is missing; expected an array of 1 to 16 items
  config.apply   | {"document":{"version":1,"agents":[{"agentId":"a","capacity":{"voice":-1}}]}} | /document/agents/0/capacity/voice: expected an integer from 0 to 255, got -1
  config.apply   | {"document":{"version":1,"queues":[{"queueId":"q","channels":["x"]},{"queueId":"q","channels":["y"]}]}} | /document/queues/1/queueId: "q" is there already, at /queues/0/queueId
  config.apply   | {"document":{"version":1,"agents":[{"agentId":"a","capacity":{"x":1}},{"agentId":"a","capacity":{"x":1}}]}} | /document/agents/1/agentId: "a" is there already, at /agents/0/agentId
  config.apply   | {"document":{"version":1,"switches":[{"switchId":"s"},{"switchId":"s"}]}} | /document/switches/1/switchId: "s" is there already, at /switches/0/switchId
  config.apply   | {"document":{"version":1,"webhooks":[{"webhookId":"w","url":"https://[","events":["contact.finished"]}]}} | /document/webhooks/0/url: is no address
  config.apply   | {"document":{"version":1,"alerts":[{"alertId":"a","queueId":"q","measure":"waiting"}]}} | /document/alerts/0/above: exactly one of above and below must be given
  config.apply   | {"document":{"version":1,"alerts":[{"alertId":"a","queueId":"q","measure":"waiting","above":3,"clearAt":4}]}} | /document/alerts/0/clearAt: must not be more than above (3)`;

const rows = table
  .trim()
  .split('\n')
  .map((line) => line.split(' | ').map((cell) => cell.trim()) as [string, string, string]);

function said(method: string, params: unknown): string {
  if (!isMethodName(method)) throw new Error(`the table names a method ${method} that does not exist`);
  const fault = validateParams(method, params);
  return fault === undefined ? 'fine' : faultText(fault);
}

describe('wrong parameters', () => {
  it.each(rows)('%s %s → %s', (method, params, expected) => {
    expect(said(method, JSON.parse(params))).toBe(expected);
  });

  it('are shown cut short when they are long', () => {
    expect(said('queue.get', { queueId: 'x'.repeat(1000) })).toHaveLength(
      `/queueId: expected ${id}, got "`.length + 60,
    );
  });
});

describe('attributes', () => {
  const withAttributes = (attributes: unknown) =>
    said('agent.set', { agentId: 'a', capacity: { voice: 1 }, attributes });
  const nested = (depth: number): unknown => (depth === 0 ? 'x' : { in: nested(depth - 1) });
  const told = /^\/attributes: too long, nested too deeply, or with a member that may not be/;

  it('may hold whatever JSON can, up to their bytes', () => {
    expect(withAttributes({ a: [1, 'two', null, true, { b: 'ü😀' }] })).toBe('fine');
    expect(withAttributes({ a: 'x'.repeat(attributesBytesMax - '{"a":""}'.length) })).toBe('fine');
    expect(withAttributes({ a: 'x'.repeat(attributesBytesMax - '{"a":""}'.length + 1) })).toMatch(told);
    expect(withAttributes({ a: 'ü'.repeat(attributesBytesMax / 2) })).toMatch(told);
  });

  it('may be eight levels deep and not nine, however deep somebody goes', () => {
    expect(withAttributes(nested(8))).toBe('fine');
    expect(withAttributes(nested(9))).toMatch(told);
    expect(withAttributes(JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toMatch(told);
  });

  it('hold no text that would be another after it was stored', () => {
    expect(withAttributes({ a: '\ud800' })).toMatch(told);
    expect(withAttributes({ '\udc00': 1 })).toMatch(told);
    expect(withAttributes(JSON.parse('{"a":{"__proto__":1}}'))).toMatch(told);
  });
});

describe('what a role may say', () => {
  const agent = { tenant: 't', role: 'agent', sub: 'ann' } as const;
  const supervisor = { tenant: 't', role: 'supervisor', sub: 'sue' } as const;
  const customer = { tenant: 't', role: 'customer', sub: 'v1' } as const;

  it('lets an agent leave out its own id, and fills it in', () => {
    expect(settleParams('agent.logout', { when: 'now' }, agent)).toEqual({ params: { when: 'now', agentId: 'ann' } });
    expect(settleParams('agent.get', { agentId: 'ann' }, agent)).toEqual({ params: { agentId: 'ann' } });
  });

  it('refuses an agent that names another', () => {
    const settled = settleParams('agent.logout', { when: 'now', agentId: 'bob' }, agent);
    expect(settled).toMatchObject({ refusal: { refusal: 'not_allowed_for_role', data: { path: '/agentId' } } });
  });

  it('wants an agent named by everybody else', () => {
    expect(settleParams('agent.logout', { when: 'now' }, supervisor)).toMatchObject({ fault: { path: '/agentId' } });
    const named = { when: 'now', agentId: 'bob' };
    expect(settleParams('agent.logout', named, supervisor)).toEqual({ params: named });
  });

  it('lets no customer say who they are or how urgent they are', () => {
    for (const member of ['identity', 'priority', 'waitCreditMs']) {
      const settled = settleParams('contact.create', { contactId: 'c', [member]: 1 }, customer);
      expect(settled, member).toMatchObject({
        refusal: { refusal: 'not_allowed_for_role', data: { path: `/${member}` } },
      });
    }
    expect(settleParams('contact.create', { contactId: 'c' }, customer)).toEqual({ params: { contactId: 'c' } });
  });
});

it('a line for many is of no more intervals than are read at once', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `agent${index}`);
  const hourMs = 3_600_000;
  const fault = (more: object) =>
    validateParams('statistics.query', { of: 'agents', from: 0, to: 24 * hourMs, intervalMs: 24 * hourMs, ...more });
  expect(fault({ by: 'all', ids: ids(50) })).toBeUndefined();
  expect(fault({ by: 'all', ids: ids(51) })).toEqual({
    path: '/ids',
    message: 'names 51; a line for all of them in so long an interval takes 50',
  });
  expect(fault({ by: 'each', ids: ids(1_000) })).toBeUndefined();
  expect(fault({ by: 'all', ids: ids(1_000), intervalMs: hourMs })).toBeUndefined();
});
