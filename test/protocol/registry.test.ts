// The vocabularies of the interface agree with each other: methods, events and refusals in their tables, in the
// reference and in the core's layout, compared both ways. What has been published must not change: codes and names are
// written out here once more.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { makeModules } from '../../src/domain/modules.ts';
import { eventNames, events, routerRequests } from '../../src/protocol/events.ts';
import { generalRefusals } from '../../src/protocol/methods/method.ts';
import { methodGroups, methodNames, methodSpec, refusalsOf, takesRequestId } from '../../src/protocol/methods.ts';
import { completeQueuePolicy, queuePolicyDefaults, queuePolicyProperties } from '../../src/protocol/queue-policy.ts';
import { reference } from '../../src/protocol/reference.ts';
import { type RefusalName, refusalOfCode, refusals } from '../../src/protocol/refusals.ts';
import { collectShapes } from '../../src/protocol/shapes.ts';
import * as states from '../../src/protocol/states.ts';

const settledMethods = `
  session.open session.ping rpc.discover
  tenant.set tenant.get config.apply config.export
  queue.set queue.get queue.list queue.remove queue.estimate queue.open queue.close
  calendar.set calendar.get calendar.list calendar.remove
  entry.set entry.get entry.list entry.remove
  caller.block caller.unblock caller.list
  agent.set agent.force agent.get agent.list agent.remove
  agent.schedule agent.planned agent.adherence
  agent.login agent.logout agent.ready agent.notReady agent.setOneRinging line.list line.switch
  contact.create contact.moveToken contact.update contact.cancel contact.end contact.hold contact.resume contact.wrapUpDone
  contact.dial contact.consult contact.transfer contact.conference contact.takeOver supervisor.move
  contact.wrapUpExtend contact.get contact.list contact.explain
  callback.request callback.get callback.list callback.cancel
  switch.set switch.get switch.list switch.remove switch.drain switch.report
  leg.ringing leg.answered leg.failed leg.ended leg.digits leg.recorded
  contact.recording contact.digits contact.gather contact.park contact.unpark
  contact.send contact.messages contact.signal contact.signals message.erase
  offer.accept offer.reject
  affinity.set affinity.get affinity.list affinity.remove
  customer.resolve customer.get customer.served customer.timeline customer.export
  customer.link customer.merge customer.split customer.conflicts customer.settle customer.update
  customer.erase customer.erasure
  identityRule.set identityRule.list identityRule.remove
  business.put business.get business.list business.remove
  rating.give rating.change rating.remove rating.list rating.grade rating.erase
  candidate.list candidate.choose
  account.open account.change account.get account.list account.statement account.book account.deposit account.withdraw
  payment.get payment.list payment.refund payment.dispute payment.resolve payment.confirm paymentProvider.set paymentProvider.get
  rate.publish rate.withdraw rate.list quote.request receipt.list
  document.hand document.collect document.withdraw document.list
  numberPlan.set numberPlan.list numberPlan.remove platform.set platform.list platform.remove handover.put
  supervisor.watch supervisor.listen supervisor.whisper supervisor.barge supervisor.stop
  statistics.query statistics.export cdr.query cdr.export
  webhook.set webhook.get webhook.list webhook.remove alert.set alert.get alert.list alert.remove`;

const settledEvents = `
  offer.created offer.withdrawn line.changed line.switched line.notSwitched agent.changed agent.waitedFor agent.notWaitedFor
  contact.queued contact.changed contact.leftQueue contact.flow contact.waitingFor contact.offered contact.offerOver contact.connected contact.held contact.heldBy contact.resumed contact.resumedBy contact.wrapUp
  contact.message contact.signal contact.recording contact.digits contact.digitsNotSent contact.gathered supervision.changed
  contact.parted contact.parked contact.unparked contact.outside contact.dialling contact.consulting contact.conference contact.moving contact.moved contact.notMoved contact.ended
  callback.offered callback.due callback.failed callback.ended
  rating.requested candidate.timedOut payment.warning payment.needed payment.receipt
  document.offered document.collected document.withdrawn
  contact.identified contact.unidentified platform.guessed
  payment.changed
  customer.linked customer.split customer.conflict
  queue.stats alert.raised alert.cleared webhook.disabled
  customer.erased`;

const settledRefusals = `
  1001 overloaded
  1002 not_ready
  1003 too_large
  1010 session_not_open
  1011 session_already_open
  1012 token_missing
  1013 token_invalid
  1014 token_expired
  1015 tenant_not_found
  1016 not_allowed_for_role
  1017 too_many_sessions
  1020 request_id_reused_with_different_content
  2001 queue_not_found
  2002 queue_not_empty
  2003 queue_full
  2004 channel_not_in_queue
  2010 agent_not_found
  2011 agent_not_logged_in
  2012 agent_logged_in
  2013 agent_in_contact
  2014 agent_waited_for_by_too_many
  2015 line_in_another_seat
  2016 line_not_in_seat
  2017 line_already_busy
  2018 agent_at_capacity
  2019 another_line_rings
  2020 contact_not_found
  2021 contact_already_connected
  2022 contact_already_ended
  2023 contact_not_in_wrap_up
  2024 contact_in_another_queue
  2025 wrap_up_too_long
  2026 contact_not_with_agent
  2030 offer_no_longer_open
  2031 offer_not_yours
  3001 contact_exists_with_different_content
  3002 agent_exists_with_different_lines
  3003 too_many_contacts
  3004 too_many_agents
  3005 too_many_queues
  3006 too_many_names
  3008 line_id_taken
  3009 customer_not_found
  3010 agent_has_no_line_for_channel
  3011 too_many_lines
  3012 queue_named_by_agents
  3013 explanation_trimmed
  3014 too_many_explanations
  3015 explanation_took_too_long
  3016 leg_id_taken
  3017 leg_not_found
  3018 switch_not_found
  3019 switch_in_use
  3020 too_many_switches
  3021 contact_not_connected
  3022 queue_named_by_queues
  3023 nobody_logged_in
  3024 nobody_ready
  3025 queue_closed
  3026 calendar_not_found
  3027 calendar_in_use
  3028 too_many_calendars
  3029 entry_not_found
  3030 too_many_entries
  3031 queue_named_by_entries
  3032 caller_blocked
  3033 caller_not_blocked
  3034 too_many_blocked_callers
  3120 webhook_not_found
  3121 too_many_webhooks
  3122 alert_not_found
  3123 too_many_alerts
  3124 webhook_has_no_secret
  3160 callback_not_found
  3161 callback_exists_with_different_content
  3162 callback_already_over
  3163 contact_called_back_already
  3164 queue_takes_no_callbacks
  3165 callback_needs_number
  3166 too_many_callbacks
  3170 agent_not_ready
  3171 agent_serves_it_already
  3172 line_not_found
  3174 not_to_be_dialled
  3176 call_is_internal
  3180 contact_without_legs
  3181 switch_not_connected
  3182 recording_not_allowed
  3183 recording_without_consent
  3184 gather_under_way
  3185 too_many_supervisors
  3186 not_supervised
  3190 contact_is_consultation
  3191 consultation_open
  3192 no_consultation
  3193 consultation_not_connected
  3194 not_consulted
  3206 affinity_not_found
  3220 too_many_planned_activities
  3230 channel_not_deferred
  3231 contact_with_legs
  3232 contact_not_parked
  3233 too_many_parked
  3234 agent_has_no_free_line
  3240 ratings_not_kept
  3241 rating_not_found
  3242 rating_exists_with_different_content
  3243 contact_rated_already
  3244 contact_not_served
  3245 rating_time_over
  3246 rating_item_unknown
  3247 rating_out_of_scale
  3248 too_many_ratings
  3249 contact_not_choosing
  3250 agent_cannot_serve
  3260 move_token_not_found
  3261 move_token_used
  3262 move_token_expired
  3263 contact_not_movable
  3270 message_exists_with_different_content
  3271 too_many_messages
  3272 contact_without_text
  3273 contact_signalled_by_switch
  3274 too_many_signals
  3290 flow_not_served
  3300 account_not_found
  3301 account_exists_with_different_content
  3302 account_of_house
  3303 currencies_differ
  3304 accounts_are_the_same
  3305 balance_too_low
  3306 amount_too_large
  3307 too_many_accounts
  3308 transfer_exists_with_different_content
  3309 transfer_taken_back
  3310 hold_not_found
  3311 hold_not_open
  3312 amount_exceeds_hold
  3313 payment_not_found
  3314 payment_exists_with_different_content
  3315 refund_not_refundable
  3316 refund_exceeds_payment
  3317 payment_disputed_already
  3318 dispute_not_open
  3319 payment_not_done
  3320 payment_provider_not_set
  3321 payment_signature_wrong
  3322 payment_already_over
  3330 rate_not_found
  3331 rate_exists_with_different_content
  3332 too_many_rates
  3333 quote_exists_with_different_content
  3334 no_rate_fits
  3335 too_many_quotes
  3336 quote_not_found
  3337 quote_expired
  3338 quote_for_another_contact
  3339 quote_not_for_time
  3340 payer_has_no_account
  3341 funds_insufficient
  3360 number_plan_not_found
  3361 number_plans_overlap
  3362 number_plan_in_use
  3363 too_many_number_plans
  3364 platform_not_found
  3365 access_id_in_no_plan
  3366 access_id_taken
  3367 too_many_platforms
  3368 platform_credential_wrong
  3369 serial_not_of_plan
  3370 serial_used
  3371 serial_exists_with_different_content
  3372 handover_already_expired
  3373 too_many_handovers
  3400 identity_not_valid
  3401 customer_link_not_found
  3402 customer_link_exists_with_different_content
  3403 too_many_links
  3404 customer_conflict_not_found
  3405 customer_attributes_too_large
  3406 customer_not_served
  3410 business_not_found
  3411 business_of_another_customer
  3412 too_many_businesses
  3420 customer_still_served
  3421 customer_has_balance
  3422 erasure_not_found
  3423 first_answer_erased
  3426 contact_has_no_customer
  3427 contact_of_another_customer
  3430 identity_rule_not_found
  3431 identity_rule_expression_wrong
  3432 too_many_identity_rules
  3440 message_not_paid
  3441 contact_not_paid_for
  3442 document_not_found
  3443 document_exists_with_different_content
  3444 document_price_too_high
  3445 receiver_is_another
  3446 document_not_open
  3447 too_many_documents
  3448 spend_max_too_low
  3449 hold_already_expired
  3450 rate_already_expired
  3460 platform_has_no_secret
  3461 platform_has_no_credential
  3462 network_not_allowed`;

const wordsOf = (text: string) => text.trim().split(/\s+/);
const headings = (markdown: string, level: string) =>
  markdown.split('\n').flatMap((line) => (line.startsWith(`${level} `) ? [line.slice(level.length + 1)] : []));
const constants = (prefix: string) =>
  Object.entries(layout as unknown as Record<string, number>).filter(([name]) => name.startsWith(prefix));

describe('the tables of methods and events', () => {
  it('hold the settled names and no others', () => {
    expect([...methodNames].sort()).toEqual(wordsOf(settledMethods).sort());
    expect([...eventNames].sort()).toEqual(wordsOf(settledEvents).sort());
  });

  it('name what they do as noun.verb', () => {
    for (const name of [...methodNames, ...eventNames]) expect(name).toMatch(/^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/);
  });

  it('put every method into one chapter of the reference', () => {
    expect(methodGroups.flatMap(({ methods }) => methods)).toEqual([...methodNames]);
  });

  it('close the parameters of every method and leave results open', () => {
    for (const name of methodNames) {
      expect(methodSpec(name).params.additionalProperties, name).toBe(false);
      expect(methodSpec(name).result.additionalProperties, name).not.toBe(false);
    }
  });

  it('let whatever changes something be sent again: by the id of what it creates, or by a requestId', () => {
    for (const name of methodNames) {
      const { changes, creates, params } = methodSpec(name);
      // A token that is told once is kept nowhere to be told again: asked for again it is another one.
      // The same serial with the same content succeeds again; one that the router makes is a serial, and so another one each time.
      const isToldOnce = name === 'contact.moveToken' || name === 'handover.put';
      expect(takesRequestId(name), name).toBe(changes && creates === undefined && !isToldOnce);
      if (creates !== undefined) expect(params.required, name).toContain(creates);
    }
  });

  it('name only parameters that exist', () => {
    for (const name of methodNames) {
      const { params, self, withheld, exactlyOne, roles } = methodSpec(name);
      const named = [...(self ? [self] : []), ...(exactlyOne ?? []), ...Object.values(withheld ?? {}).flat()];
      for (const one of named) expect(Object.keys(params.properties), name).toContain(one);
      for (const role of Object.keys(withheld ?? {})) expect(roles, name).toContain(role);
    }
  });

  it('tell no event to nobody and leave `seq` to the sessions', () => {
    for (const name of eventNames) {
      expect(events[name].to.length, name).toBeGreaterThan(0);
      expect(Object.keys(events[name].params.properties), name).not.toContain('seq');
    }
  });

  it('give one name to one shape', () => {
    expect([...collectShapes().keys()]).toContain('Contact');
  });
});

describe('refusals', () => {
  it('have the settled codes and names', () => {
    const table = Object.entries(refusals).map(([name, [code]]) => `${code} ${name}`);
    expect(table.sort()).toEqual(settledRefusals.trim().split(/\s*\n\s*/));
  });

  it('have a code each', () => {
    const codes = Object.values(refusals).map(([code]) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('are each listed by a method, or may meet every request', () => {
    const listed = new Set<RefusalName>([...generalRefusals, ...methodNames.flatMap(refusalsOf)]);
    expect([...listed].sort()).toEqual(Object.keys(refusals).sort());
  });

  it('have a name for every code of the core, and the core has a code for every one from 2000 to 2999', () => {
    const codes = constants('REFUSED_').map(([, code]) => code);
    for (const code of codes) expect(refusalOfCode(code).code).toBe(code);
    const named = Object.values(refusals).flatMap(([code]) => (code >= 2000 && code < 3000 ? [code] : []));
    expect(codes.sort()).toEqual(named.sort());
  });

  it('throw on a code that neither side knows', () => {
    expect(() => refusalOfCode(2999)).toThrow('unknown code 2999');
  });
});

describe('the words for the core’s numbers', () => {
  it.each([
    ['ENDED_', states.endedReasons],
    ['WITHDRAWN_', states.withdrawnReasons],
    ['QUEUED_', states.queuedReasons],
    ['MOVED_', { ...states.movedReasons, ...states.sentReasons }],
    ['WITHHELD_', states.withholdings],
    ['ORDER_', states.orders],
    ['SELECT_', states.selections],
    ['OR_ELSE_', states.orElses],
  ])('cover %s… of the layout', (prefix, vocabulary) => {
    expect(Object.values(vocabulary).sort()).toEqual(
      constants(prefix)
        .map(([, code]) => code)
        .sort(),
    );
  });

  it('lead back from the number to the word, and refuse a number without one', () => {
    const word = states.wordsByCode(states.contactStates);
    for (const [name, code] of Object.entries(states.contactStates)) expect(word(code)).toBe(name);
    expect(() => word(99)).toThrow('no word');
  });
});

describe('the policy of a queue', () => {
  it('has a default and a reason for everything that may be left out, but what is nothing without being asked for', () => {
    const open = [
      'channels',
      'ageingCap',
      'ageingSteps',
      'batch',
      'maxWaiting',
      'maxWaitMs',
      'offersMax',
      'whenNobody',
      'joinWhenNobody',
      'whenNobodyReady',
      'calendarId',
      'resumeWithinMs',
      'announceEveryMs',
      'groups',
      'affinity',
      'callback',
      'ratings',
      'voicemail',
      'steps',
      'whenExhausted',
    ];
    const optional = Object.keys(queuePolicyProperties).filter((name) => !open.includes(name));
    expect(Object.keys(queuePolicyDefaults).sort()).toEqual(optional.sort());
  });

  it('is complete when only the channels are given, and keeps what was asked for', () => {
    const { channels, ...rest } = completeQueuePolicy({ channels: ['voice'] });
    expect(channels).toEqual(['voice']);
    const values = Object.entries(queuePolicyDefaults).map(([name, { value }]) => [name, value]);
    expect(rest).toEqual(Object.fromEntries(values));
    expect(completeQueuePolicy({ channels: ['chat'], offerMs: 5, maxWaiting: 0 })).toMatchObject({
      offerMs: 5,
      maxWaiting: 0,
    });
  });
});

describe('handlers', () => {
  it('answer every method, each method one, and nothing else', () => {
    const byModules = makeModules().flatMap(({ methods }) => Object.keys(methods));
    // Sessions and the request router answer these before any partition sees them.
    const byTransport = ['session.open', 'session.ping', 'rpc.discover'];
    expect([...byModules, ...byTransport].sort()).toEqual([...methodNames].sort());
  });
});

describe('docs/reference.md', () => {
  const written = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8');

  it('is what the tables say; run `npm run docs` where it is not', () => {
    expect(written).toBe(reference());
  });

  it('has a chapter for every method, event and shape, and no other', () => {
    const expected = [...methodNames, ...eventNames, ...Object.keys(routerRequests), ...collectShapes().keys()];
    expect(headings(written, '####').sort()).toEqual(expected.sort());
  });

  it('has a row for every refusal', () => {
    for (const [name, [code]] of Object.entries(refusals)) expect(written).toContain(`| ${code} | \`${name}\` |`);
  });

  it('links only to chapters that exist', () => {
    const anchors = new Set(headings(written, '####').map((heading) => heading.toLowerCase().replaceAll('.', '')));
    for (const [, anchor] of written.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });
});
