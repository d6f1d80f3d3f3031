// Every refusal, once: its stable code, its name (a clause) and what it means. The core's own codes come from
// assembly/layout.ts. A test compares this table with the reference, with the handlers and with the core.
//
// 1xxx: the way in (session, rights, load) · 2xxx: decided by the core · 3xxx: decided by domain modules

import * as layout from '../../assembly/layout.ts';

const table = {
  overloaded: [1001, 'The inbox, the disk or the tables cannot keep up; try again after `retryAfterMs`.'],
  not_ready: [
    1002,
    'The router is starting, stopping or recovering, or has no keys to check the token with; try again after `retryAfterMs`.',
  ],
  too_large: [1003, 'Larger than the bound that `path` or the message names.'],
  session_not_open: [1010, 'The first request of a connection must be session.open.'],
  session_already_open: [1011, 'This connection has a session already.'],
  token_missing: [1012, 'No token in the Authorization header nor in session.open.'],
  token_invalid: [1013, 'The token cannot be read, its signature is wrong, or a claim is missing.'],
  token_expired: [1014, 'The token was valid until `expiredAt`.'],
  tenant_not_found: [1015, 'This router does not serve the tenant that the token names.'],
  not_allowed_for_role: [1016, 'The role of this session may not call the method, or not for this thing.'],
  too_many_sessions: [1017, 'More sessions are being opened than the router admits; try again after `retryAfterMs`.'],
  request_id_reused_with_different_content: [1020, 'The requestId was used for another method or other parameters.'],

  queue_not_found: [layout.REFUSED_QUEUE_NOT_FOUND, 'No queue has this id.'],
  queue_not_empty: [layout.REFUSED_QUEUE_NOT_EMPTY, 'Contacts still wait or are served in the queue.'],
  queue_full: [layout.REFUSED_QUEUE_FULL, 'As many contacts wait as `maxWaiting` allows.'],
  channel_not_in_queue: [layout.REFUSED_CHANNEL_NOT_IN_QUEUE, 'The queue does not take this channel.'],
  agent_not_found: [layout.REFUSED_AGENT_NOT_FOUND, 'No agent has this id.'],
  agent_not_logged_in: [layout.REFUSED_AGENT_NOT_LOGGED_IN, 'The agent is logged out.'],
  agent_logged_in: [layout.REFUSED_AGENT_LOGGED_IN, 'The agent must log out first.'],
  agent_in_contact: [layout.REFUSED_AGENT_IN_CONTACT, 'The agent serves a contact.'],
  agent_waited_for_by_too_many: [
    layout.REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY,
    'Too many contacts wait for this agent by name.',
  ],
  line_not_in_seat: [layout.REFUSED_LINE_NOT_IN_SEAT, 'The line is not of this seat any more, or of another channel.'],
  line_already_busy: [layout.REFUSED_LINE_ALREADY_BUSY, 'Something rings, is in service or wraps up on the line.'],
  agent_at_capacity: [
    layout.REFUSED_AGENT_AT_CAPACITY,
    'The agent has as much to do as it may have on the channel, or in all.',
  ],
  another_line_rings: [layout.REFUSED_ANOTHER_LINE_RINGS, 'Another line of the seat rings, and one rings at a time.'],
  line_in_another_seat: [layout.REFUSED_LINE_IN_ANOTHER_SEAT, 'Another seat has this line.'],
  contact_not_found: [layout.REFUSED_CONTACT_NOT_FOUND, 'No contact has this id, or it is kept no longer.'],
  contact_already_connected: [layout.REFUSED_CONTACT_ALREADY_CONNECTED, 'The contact is in service: use contact.end.'],
  contact_already_ended: [layout.REFUSED_CONTACT_ALREADY_ENDED, 'The contact is over.'],
  contact_not_in_wrap_up: [layout.REFUSED_CONTACT_NOT_IN_WRAP_UP, 'No wrap-up of this contact is open.'],
  contact_in_another_queue: [
    layout.REFUSED_CONTACT_IN_ANOTHER_QUEUE,
    'The contact has gone to another queue in this very moment; ask again.',
  ],
  contact_not_with_agent: [
    layout.REFUSED_CONTACT_NOT_WITH_AGENT,
    'The contact has left the agent, or this line, in this very moment.',
  ],
  wrap_up_too_long: [layout.REFUSED_WRAP_UP_TOO_LONG, 'The wrap-up would end more than seven days from now.'],
  offer_no_longer_open: [layout.REFUSED_OFFER_NO_LONGER_OPEN, 'The offer was taken, withdrawn or has timed out.'],
  offer_not_yours: [layout.REFUSED_OFFER_NOT_YOURS, 'The offer rings at another agent.'],

  contact_exists_with_different_content: [3001, 'The contactId was used for another contact.'],
  agent_exists_with_different_lines: [3002, 'The lines of the seat cannot be changed so.'],
  too_many_contacts: [3003, 'The tenant has as many live contacts as it may.'],
  too_many_agents: [3004, 'The tenant has as many agents as it may.'],
  too_many_queues: [3005, 'The tenant has as many queues as it may.'],
  too_many_names: [3006, 'The tenant uses as many different skills, channels or reasons as it may.'],
  line_id_taken: [3008, 'Another seat has a line of this id.'],
  customer_not_found: [3009, 'No customer is known by this id or identity.'],
  identity_not_valid: [3400, 'The name is none of its kind; `path` and `fault` say which and why.'],
  customer_link_not_found: [3401, 'No two customers are one by this link.'],
  customer_link_exists_with_different_content: [3402, 'The linkId was used for another link.'],
  too_many_links: [
    3403,
    'So many names or links a customer may have, or customers of the tenant be one with others; `max` says how many.',
  ],
  customer_conflict_not_found: [
    3404,
    'No two customers are waiting under this id for somebody to say whether they are one.',
  ],
  customer_attributes_too_large: [
    3405,
    'The attributes of the customer would have `bytes` as JSON, and `max` are kept.',
  ],
  customer_not_served: [
    3406,
    'An agent says so of customers whom it serves at that moment, and sees what was of those, or of whom it is offered.',
  ],
  customer_still_served: [
    3420,
    'The person cannot be erased while something of it goes on: `contactId` or `callbackId` says what has to come to its end first.',
  ],
  customer_has_balance: [
    3421,
    'Money of the person is left, pending or disputed: `accountId`, `balance`, `held`, `expected`, and in `disputed` payments that are to be decided first. What is left is paid out, or left on an account of nobody’s with `leaveBalance`.',
  ],
  erasure_not_found: [3422, 'Nobody was erased under this id, or it is remembered no longer.'],
  first_answer_erased: [
    3423,
    'The request with this requestId was done, and its answer was erased with the customer whom it named.',
  ],
  identity_rule_not_found: [3430, 'No rule has this id.'],
  identity_rule_expression_wrong: [
    3431,
    'The expression of the rule `ruleId` cannot be used: `fault` says why, and `at` where.',
  ],
  too_many_identity_rules: [3432, 'The tenant has as many rules as it may.'],
  business_not_found: [3410, 'No business of this customer has this id.'],
  business_of_another_customer: [3411, 'The businessId is that of another customer’s.'],
  too_many_businesses: [3412, 'The customer, or the tenant, has as much business as may be.'],
  agent_has_no_line_for_channel: [3010, 'A line names a channel for which the agent has no capacity.'],
  too_many_lines: [3011, 'The seat would have more lines than the tenant allows.'],
  queue_named_by_agents: [3012, 'Agents name the queue among theirs: set them anew, or remove them, first.'],
  explanation_trimmed: [
    3013,
    'The journal no longer reaches back to this contact; what came from `since` on can be explained, or nothing without it.',
  ],
  too_many_explanations: [
    3014,
    'More explanations are asked for than the router gives at once or in a minute; try again after `retryAfterMs`.',
  ],
  explanation_took_too_long: [3015, 'The explanation was given up after `afterMs`.'],
  leg_id_taken: [3016, 'Another leg has this id, or it is one that only the router gives: it begins with `leg:`.'],
  leg_not_found: [3017, 'This switch has no living leg of this id, as far as the router knows.'],
  switch_not_found: [3018, 'No switch of this id is known.'],
  switch_in_use: [3019, 'The switch is connected, or has legs.'],
  too_many_switches: [3020, 'The tenant has as many switches as it may.'],
  contact_not_connected: [3021, 'The contact is not in service.'],
  nobody_logged_in: [3023, 'Nobody who could serve the contact is logged in, and the queue takes nobody then.'],
  nobody_ready: [3024, 'Nobody who could serve the contact is ready, and the queue takes nobody then.'],
  queue_closed: [
    3025,
    'The queue is closed, by its calendar until `changesAt`, or by somebody for the reason in `closedReason`.',
  ],
  calendar_not_found: [3026, 'No calendar has this id.'],
  calendar_in_use: [3027, 'Queues keep the hours of the calendar: set them anew, or remove them, first.'],
  too_many_calendars: [3028, 'The tenant has as many calendars as it may.'],
  entry_not_found: [3029, 'No queue is set for this entry.'],
  too_many_entries: [3030, 'The tenant has as many entries as it may.'],
  queue_named_by_entries: [3031, 'Entries lead to the queue: set them anew, or remove them, first.'],
  caller_blocked: [3032, 'The tenant takes no contacts of this caller.'],
  caller_not_blocked: [3033, 'The caller is not blocked, not as it is named here.'],
  too_many_blocked_callers: [3034, 'The tenant has as many callers blocked as it may.'],
  contact_without_legs: [3180, 'The media of the contact are not at a switch.'],
  switch_not_connected: [3181, 'The switch of the contact is gone.'],
  recording_not_allowed: [
    3182,
    'The queue does not let contacts be recorded, or not be ended being recorded by agents.',
  ],
  recording_without_consent: [3183, 'The queue wants the customer’s consent to a recording, and it was not given.'],
  too_many_supervisors: [3185, 'As many supervisors take part in the conversation as may.'],
  not_supervised: [3186, 'You do not take part in this conversation.'],
  gather_under_way: [3184, 'Digits are being collected from the customer already.'],
  queue_named_by_queues: [3022, 'Other queues send contacts on to the queue: set them anew, or remove them, first.'],
  callback_not_found: [3160, 'No callback has this id, or it is kept no longer.'],
  callback_exists_with_different_content: [3161, 'The callbackId was used for another callback.'],
  callback_already_over: [3162, 'The callback is over, or its customer is being served.'],
  contact_called_back_already: [3163, 'The contact is a callback, or is to be one.'],
  queue_takes_no_callbacks: [3164, 'The policy of the queue has no `callback`.'],
  callback_needs_number: [3165, 'No `number` is given, and the contact has none in E.164.'],
  too_many_callbacks: [3166, 'The tenant has as many callbacks as it may.'],
  agent_not_ready: [3170, 'The agent is not ready, or has no line of the channel.'],
  agent_serves_it_already: [3171, 'The contact is with this agent.'],
  line_not_found: [3172, 'No seat has a line of this id and of the contact’s channel, or not this seat.'],
  not_to_be_dialled: [3174, 'An agent does not call itself.'],
  call_is_internal: [3176, 'The contact is a call between two agents, which is not sent on, asked about or moved.'],
  contact_is_consultation: [
    3190,
    'The contact is a consultation: it is not sent on or asked about, and who is asked does not hold it.',
  ],
  consultation_open: [3191, 'Somebody is being asked about the contact already.'],
  no_consultation: [3192, 'Nobody is being asked about the contact.'],
  consultation_not_connected: [3193, 'Whoever is asked about the contact has not taken it, or not any more.'],
  not_consulted: [3194, 'The consultation is with another agent.'],
  too_many_planned_activities: [3220, 'As much is planned of the agent, or of all, as may be; `max` says how much.'],
  affinity_not_found: [3206, 'Nobody is known whom this customer is led to there.'],
  channel_not_deferred: [3230, 'Only contacts of deferred channels can be parked: the tenant’s `deferredChannels`.'],
  contact_with_legs: [3231, 'The media of the contact are at a switch, so it cannot be parked.'],
  contact_not_parked: [3232, 'The contact is not parked.'],
  too_many_parked: [3233, 'The agent has parked as many contacts as one may.'],
  flow_not_served: [3290, 'An exit leads to a `flow`, at `path`, that nothing in this router serves.'],
  agent_has_no_free_line: [3234, 'The agent has no free line of the channel, or as much to do as it may have in all.'],
  ratings_not_kept: [3240, 'The tenant keeps no ratings: its `ratings` are not set.'],
  rating_not_found: [3241, 'No rating has this id, or it is not yours.'],
  rating_exists_with_different_content: [3242, 'The ratingId was used for another rating.'],
  contact_rated_already: [3243, 'You have rated this service: `ratingId` can be changed.'],
  contact_not_served: [
    3244,
    'No agent has served the contact, or not this one, its customer is nobody that is known, or it is kept no longer.',
  ],
  rating_time_over: [3245, 'The service was too long ago: the time to rate it was over at `until`.'],
  rating_item_unknown: [3246, 'Nobody is rated in `item`: the tenant’s `ratings` say in what.'],
  rating_out_of_scale: [3247, 'The scale of `item` goes from `from` to `to`.'],
  too_many_ratings: [3248, 'The tenant has as many ratings as it may.'],
  contact_not_choosing: [
    3249,
    'The contact was not created with `choose`, its customer has chosen, or the time to choose is over.',
  ],
  agent_cannot_serve: [3250, 'The agent is not ready, or cannot serve the contact: candidate.list has who can.'],
  move_token_not_found: [3260, 'No contact has this move token, or it is kept no longer.'],
  move_token_used: [3261, 'The move token was used: each moves a call once.'],
  move_token_expired: [3262, 'The move token held until `expiredAt`.'],
  contact_not_movable: [3263, 'The contact is no call: only voice and video move to another device.'],
  account_not_found: [3300, 'No account has this id, or it is not yours; `accountId` says which.'],
  account_exists_with_different_content: [3301, 'The accountId was used for another account.'],
  account_of_house: [3302, 'Money comes to and goes from accounts of customers and agents.'],
  currencies_differ: [3303, 'The account `accountId` is in `currency`: nothing is changed from one into another.'],
  accounts_are_the_same: [3304, 'A transfer is from one account to another.'],
  balance_too_low: [
    3305,
    'The account `accountId` has `available` to spend down to its limit, and not `amount`: `held` is held of it, and `disputed` of that because `paymentIds` are disputed.',
  ],
  amount_too_large: [3306, 'The sums of the account `accountId` would be larger than 2^53 − 1.'],
  too_many_accounts: [3307, 'The tenant, or the customer or agent, has as many accounts as may be.'],
  transfer_exists_with_different_content: [3308, 'The transferId was used for another booking.'],
  transfer_taken_back: [3309, 'The one that this repeats has been refused in this very moment; ask again.'],
  hold_already_expired: [3449, '`expiresAt` is over already: it is `now`, in milliseconds since the epoch.'],
  hold_not_found: [3310, 'No hold has this id.'],
  hold_not_open: [3311, 'The hold is over: `state` says how.'],
  amount_exceeds_hold: [3312, 'The hold is of `held`.'],
  payment_not_found: [3313, 'No payment has this id, or it is not yours.'],
  payment_exists_with_different_content: [3314, 'The paymentId or refundId was used for another payment.'],
  refund_not_refundable: [3315, 'The payment is a refund itself: it is neither taken back nor disputed.'],
  refund_exceeds_payment: [3316, 'Of the payment `left` has not been taken back.'],
  payment_disputed_already: [3317, 'The payment is or was disputed: `state` says how that stands.'],
  payment_not_done: [3319, 'The payment is not booked: `state` says how it stands.'],
  payment_provider_not_set: [3320, 'No payment provider is set: paymentProvider.set does.'],
  payment_signature_wrong: [3321, 'The confirmation is not signed with the secret of the payment provider.'],
  payment_already_over: [3322, 'The payment was decided otherwise: `state` says how.'],
  dispute_not_open: [3318, 'Nobody disputes the payment, or it has been decided.'],
  rate_not_found: [3330, 'No rate has this id, or it is not yours.'],
  rate_exists_with_different_content: [3331, 'The rateId was used for another rate.'],
  rate_already_expired: [3450, '`validUntil` is over already: it is `now`, in milliseconds since the epoch.'],
  too_many_rates: [3332, 'The tenant has as many rates as it may.'],
  quote_exists_with_different_content: [3333, 'The quoteId was used for other quotes, or by somebody else.'],
  no_rate_fits: [3334, 'Nobody has published a rate that fits what was asked for and holds now.'],
  too_many_quotes: [
    3335,
    'You, or all of the tenant together, have as many quotes as there may be: older ones run out.',
  ],
  quote_not_found: [3336, 'No quote has this id, it is not yours, or it is kept no longer.'],
  quote_expired: [3337, 'The quote held until `expiredAt`.'],
  quote_for_another_contact: [
    3338,
    'The quote is for another channel or another receiver: an agent is asked for by `agentId`, and a pool by its `queueId`.',
  ],
  quote_not_for_time: [3339, 'The quote is per message, and on this channel nobody writes any.'],
  payer_has_no_account: [3340, 'The contact has no customer who is known and has an account in `currency`.'],
  spend_max_too_low: [
    3448,
    '`spendMax` is less than `needed`, which is what the least time, or the first message or document, costs.',
  ],
  funds_insufficient: [
    3341,
    'The account has `available`, and `needed` is what the least time, the first message or document, or this document costs: `missing` is missing. Of what is held there `disputed` is because payments are disputed.',
  ],
  message_not_paid: [
    3440,
    'The message costs `needed`, and its customer has too little: `missing` is missing. It is not delivered; the same again is, once the money is there.',
  ],
  contact_not_paid_for: [3441, 'Nobody pays for the contact.'],
  document_not_found: [3442, 'No document has this id, it is not yours, or it is kept no longer.'],
  document_exists_with_different_content: [3443, 'The documentId was used for another document.'],
  document_price_too_high: [
    3444,
    'At the rate of the contact a document costs `price`: less may be asked, and not more.',
  ],
  receiver_is_another: [3445, 'The contact is paid for at the rate of another receiver: `receiver`.'],
  document_not_open: [3446, 'The document can neither be bought nor withdrawn: `state` says why.'],
  too_many_documents: [3447, 'In the contact, or in all of the tenant, as many documents were handed over as may be.'],
  number_plan_not_found: [3360, 'No number plan has this id.'],
  number_plans_overlap: [3361, 'Numbers of this plan would be those of another one, too: `planId`.'],
  number_plan_in_use: [
    3362,
    'Platforms have their access ids from the plan, `platformId` is one: set or remove them first.',
  ],
  too_many_number_plans: [3363, 'The tenant has as many number plans as it may.'],
  platform_not_found: [3364, 'No platform has this id.'],
  access_id_in_no_plan: [3365, 'No number plan has this access id in its range.'],
  access_id_taken: [3366, 'Another platform has this access id: `platformId`.'],
  too_many_platforms: [3367, 'The tenant has as many platforms as it may.'],
  platform_credential_wrong: [3368, 'The platform’s `credential` is needed, or another one was given.'],
  serial_not_of_plan: [3369, 'Serials of the platform have `serialLength` digits.'],
  serial_used: [3370, 'The serial was used for a contact: each is used once.'],
  serial_exists_with_different_content: [3371, 'The platform has handed something else over under this serial.'],
  platform_has_no_secret: [
    3460,
    'A platform that was not asked before needs the secret of its `fetch`: an export leaves it out.',
  ],
  platform_has_no_credential: [
    3461,
    'Others than the platform are to need a credential, and there is none: an export leaves it out.',
  ],
  network_not_allowed: [
    3462,
    'Whoever runs the router does not let platforms be in this `network`: the setting platformNetworks does.',
  ],
  handover_already_expired: [3372, '`expiresAt` is over, or later than a day from now.'],
  too_many_handovers: [
    3373,
    'The platform, or all of them, have handed over as much as they may: more serials would be easy to guess.',
  ],
  message_exists_with_different_content: [3270, 'The messageId was used for another message.'],
  too_many_messages: [3271, 'As much has been written in the contact as may be.'],
  contact_without_text: [
    3272,
    'Nobody reads there: the customer is at a telephone of a switch, or was called by an agent or at a number outside.',
  ],
  contact_signalled_by_switch: [3273, 'The media of the contact are at a switch, which sets them up itself.'],
  too_many_signals: [
    3274,
    'The other side has not taken `waiting` signals: it is away, or does not say what it has `received`.',
  ],
  contact_has_no_customer: [3426, 'Nobody knows whose the contact is.'],
  contact_of_another_customer: [3427, 'The contact is another customer’s than the one that is named.'],
  webhook_not_found: [3120, 'No webhook has this id.'],
  too_many_webhooks: [3121, 'The tenant has as many webhooks as it may.'],
  alert_not_found: [3122, 'No alert has this id.'],
  too_many_alerts: [3123, 'The tenant has as many alerts as it may.'],
  webhook_has_no_secret: [3124, 'The document names a new webhook without its `secret`: an export leaves secrets out.'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalName = keyof typeof table;

export interface Refusal {
  readonly refusal: RefusalName;
  readonly code: number;
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

export const refusals: Readonly<Record<RefusalName, readonly [code: number, meaning: string]>> = table;

const byCode = new Map<number, RefusalName>(Object.entries(table).map(([name, [code]]) => [code, name as RefusalName]));

export function refuse(refusal: RefusalName, data?: Readonly<Record<string, unknown>>, message?: string): Refusal {
  const [code, meaning] = table[refusal];
  return { refusal, code, message: message ?? meaning, ...(data && { data }) };
}

/** The refusal for a code that the core gave. Throws on a code that is in no table: both sides would disagree. */
export function refusalOfCode(code: number, data?: Readonly<Record<string, unknown>>): Refusal {
  const name = byCode.get(code);
  if (name === undefined) throw new Error(`the core refused with an unknown code ${code}`);
  return refuse(name, data);
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refusal' in value && 'code' in value;
}
