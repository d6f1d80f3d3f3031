// Every bound of the process, and the relations between them, asserted at start by assertLimits().

import * as layout from '../assembly/layout.ts';

/** Requests a partition holds before it answers `overloaded`. */
export const inboxRequestsMax = 32_768;
/** Commands in one tick: keeps a tick's commit and its worker time near a millisecond or two. */
export const tickCommandsMax = 4_096;
/** Bytes of a tick's command batch: the input buffer. */
export const tickInputBytesMax = layout.INPUT_BYTES;
/** How deep a chain of follow-ups may go before the rest is refused as a bug. */
export const followUpDepthMax = 8;
/** `retryAfterMs` in an `overloaded` refusal. */
export const overloadedRetryAfterMs = 250;

/** A request's id, or any id given by a caller. */
export const idCharactersMax = 128;
/** Names that become keys of objects: channels, skills, schemes of identities, reasons. */
export const nameCharactersMax = 64;
/** Addresses, telephone numbers, values of identities, names of persons: the longest e-mail address has 254. */
export const textCharactersMax = 256;
/** How deep attributes may nest: deeper values would only be there to exhaust a stack. */
export const attributesDepthMax = 8;
/** The longest duration that can be set: a week, for queues whose contacts are e-mails. Fits the core's 31 bits. */
export const durationMsMax = 604_800_000;
/** The latest time that can be given: the core's. */
export const timeMsMax = 8_999_999_999_999;
export const frameBytesMax = 1_048_576;
/** Of messages that the router puts together in one frame: a longer one costs more than the frames that it saves. */
export const batchFrameBytesMax = 4_096;
/** HTTP bodies: config.apply documents are the long ones. */
export const bodyBytesMax = 4_194_304;
export const batchRequestsMax = 1_000;

/** Notifications kept per audience for a client that comes back. */
export const ringEventsMax = 1_024;
export const ringBytesMax = 1_048_576;
/** Audiences whose rings are kept after their last session has gone, and for how long. */
export const ringsIdleMax = 100_000;
export const ringIdleMs = 600_000;
/** What a slow reader may leave unread before its session is closed. */
export const sendBufferBytesMax = 4_194_304;
export const pingMs = 15_000;
/** Sessions admitted a second per tenant, after a burst of as many: clients come back with jitter. */
export const sessionsPerSecondMax = 2_000;

/** Sockets open at once: beyond it an upgrade is answered 503, before memory is short. */
export const connectionsMax = 100_000;
/** Files that may be open: a connection each, and what else there is. */
export const descriptorsWanted = 101_000;
/** Requests of one connection on their way: a tick's worth, so that one client cannot fill the inbox. */
export const inFlightPerConnectionMax = 4_096;
/** HTTP requests on their way, all together: they have no session to be counted by. */
export const httpInFlightMax = 4_096;
/** A connection without a session is closed after this. */
export const openWithinMs = 10_000;
/** `retryAfterMs` in a `too_many_sessions` refusal: about the time in which the allowance is full again. */
export const tooManySessionsRetryAfterMs = 1_000;
/** What one connection may be sent in one turn: several of the longest pages. */
export const turnBytesMax = 16_777_216;
/** All rings of all tenants together; idle ones go first. */
export const ringsBytesMax = 536_870_912;
/** Requests of the router to one client that wait for an answer: all that a large switch may be asked again when it is back. */
export const outgoingRequestsMax = 65_536;
/** Verified tokens remembered, so that a client that comes back costs one hash. */
export const tokensCachedMax = 100_000;
/** Characters of a token: a JWT of our claims has some 250. */
export const tokenCharactersMax = 4_096;
/** A certificate with its chain, or a key. */
export const tlsFileBytesMax = 1_048_576;
/** A JSON Web Key Set: a few keys of some 500 bytes; how long an address may take to hand it out. */
export const jwksBytesMax = 1_048_576;
export const jwksKeysMax = 100;
export const jwksFetchTimeoutMs = 5_000;
/** How often files that may be replaced while the router runs are read: certificates, keys of tokens. */
export const filesLookedAtEveryMs = 5_000;
/** An alarm from here on: certificates that renew themselves are renewed a month before their end. */
export const tlsExpiresWithinMs = 14 * 86_400_000;
/** How far over its bound a frame or body is still read, in multiples of it, to be refused with a reason. */
export const oversizeTolerance = 4;
/** A peer that does not answer a close frame is cut after this. */
export const closeHandshakeMs = 2_000;
/** An HTTP request that has not arrived whole by then is cut. */
export const requestTimeoutMs = 30_000;
/** Silence after which the socket library gives a connection up; sessions notice sooner (3 × pingMs). */
export const connectionIdleSeconds = 120;

/** The client: calls without an answer, and of those what may be on its way (below what the router takes). */
export const clientCallsMax = 200_000;
export const clientInFlightMax = 2_048;
export const clientCallTimeoutMs = 30_000;
/** The client waits up to the first after a first failure, up to twice as long after each further one. */
export const clientBackoffFirstMs = 200;
export const clientBackoffMs = 10_000;

/** Remembered answers to requests with a requestId, per tenant. */
export const requestIdsMax = 100_000;
export const requestIdsMs = 600_000;

/**
 * Until what was erased has left the disk, unless said otherwise; rows that one step of erasing looks at; and the waits before what has
 * failed is tried again. Erasures are remembered, without names, so many.
 */
export const eraseWithinMs = 900_000;
export const erasingRowsPerStep = 500;
export const erasingAgainMs = 1_000;
export const purgeAgainMs = 1_000;
export const purgeAgainMsMax = 60_000;
export const erasuresKeptMax = 10_000;

/** Commands kept for somebody to look at because the core trapped or a module threw. */
export const setAsideMax = 1_000;
/** A follow-up among them is tried again after this, then after twice as long each time, up to the second: for a week or so. */
export const setAsideAgainMs = 60_000;
export const setAsideAgainMsMax = 86_400_000;
export const setAsideTriesMax = 16;

export const contactsLivePerTenantMax = 1_000_000;
/** Ended contacts whose ids are remembered. */
export const contactsEndedMax = 1_000_000;
export const agentsPerTenantMax = 200_000;
export const queuesPerTenantMax = layout.QUEUES_MAX;
export const linesPerSeatMax = layout.LINES_PER_SEAT_MAX;
export const configAgentsMax = 20_000;
export const listPageMax = 1_000;
export const statePageMax = 1_000;
export const attributesBytesMax = 16_384;

/** Switches of a tenant, those it has forgotten left out. */
export const switchesPerTenantMax = 1_000;
/** Legs in one switch.report: a frame of the longest ids holds as many. */
export const legsPerReportMax = 2_000;
/** How long a contact that is sent to an agent waits for that one, and then for the agent who sent it, unless said otherwise. */
export const transferWaitMs = 30_000;
export const transferBackMs = 20_000;
/** Agents who served a contact before, and queues that it left, of which it keeps the newest. */
export const servedPartsMax = 32;
export const visitsKeptMax = 32;
/** Consultations about a contact of which it keeps the newest. */
export const consultationsKeptMax = 32;
/** Channels of a tenant whose contacts may be parked; contacts that one agent has parked. */
export const deferredChannelsMax = 32;
export const parkedPerAgentMax = 1_000;
/** So far ahead a parked contact may be due. */
export const parkedAheadMaxMs = 366 * 86_400_000;
/** How long one that is due waits for the agent who parked it, unless said otherwise. */
export const parkedWaitMs = 300_000;
/** How long the legs of a contact may take to be joined, from the moment in which the agent took it. */
export const legConnectMs = 15_000;
/** After this a switch has not heard a request; it is asked again, at most so often in all. */
export const legRequestMs = 10_000;
export const legRequestTriesMax = 6;
/** Requests that the reference switch remembers to have answered: of the last minutes of a large one. */
export const switchRequestsRememberedMax = 100_000;
/** The adapter for Asterisk: requests that wait for an answer, and how long one may; how often Asterisk is asked whether it lives. */
export const ariRequestsMax = 20_000;
export const ariRequestTimeoutMs = 5_000;
export const ariPingMs = 5_000;
/** How long the channel may take that lets a supervisor listen. */
export const snoopWithinMs = 2_000;
/** A list of all channels is one frame. */
export const ariFrameBytesMax = 64 * 1_048_576;
/** The same reason for turning Asterisk away, which tries twice a second, is said again after this. */
export const ariTurnedAwayEveryMs = 30_000;
/** How long the adapter waits between tries to reach a router that it has never reached. */
export const adapterTriesEveryMs = 2_000;
/** An Asterisk that is connected and still starts is asked again so long after. */
export const asteriskStartsEveryMs = 200;
/** Supervisors in one conversation, and how long the telephone of one is rung. */
export const supervisorsPerContactMax = 8;
export const supervisorRingMs = 30_000;
/** How long a move token holds unless said otherwise, and at most; how long it is then remembered to say that it was used, or is too old. */
export const moveTokenMs = 300_000;
export const moveTokenMsMax = 86_400_000;
export const moveTokenKeptMs = 600_000;
/** Tokens of one contact that hold at once: the oldest goes where there would be more. Of all contacts; forgotten in one tick. */
export const moveTokensPerContactMax = 8;
export const moveTokensPerTenantMax = 100_000;
export const moveTokensForgottenPerTickMax = 500;
/** Other names of a contact, of which it keeps the newest; second calls that are being set up for one. */
export const contactNamesMax = 32;
/** How long the agent's telephone is rung at the switch of a second leg. */
export const moveRingMs = 20_000;
/** Digits in one request, and how long they may be waited for. */
export const digitsMax = 64;
export const gatherMsMax = 600_000;
/** How long an announcement before them may take, until a switch that says nothing is taken to have failed. */
export const promptMsMax = 60_000;
/** How long a message may be that a customer leaves; messages that are on their way to their queues. */
export const messageMsMax = 600_000;
export const voicemailsPerTenantMax = 20_000;
/** How long after its leg is gone a switch may still say where a message is, and how often one that its queue does not take is tried again. */
export const messageLateMs = 600_000;
export const messageAgainMs = 30_000;
/** Contacts of a switch that did not come back ended in one tick. */
export const contactsLostPerTickMax = 500;
/** Contacts of a switch that has gone, or is back, of which one tick says that they are not to be offered, or may be. */
export const contactsWithheldPerTickMax = 2_000;
/** Agents that did not come back after a start, made not ready in one tick. */
export const agentsLostPerTickMax = 500;

/** Places kept for customers who may be back; and how many are forgotten in one tick. */
export const placesKeptMax = 100_000;
export const placesRemovedPerTickMax = 500;
/** Numbers and addresses of a tenant that lead to queues. */
export const entriesPerTenantMax = 20_000;
/** Callers blocked at once: in memory, some 200 bytes each; and how many of them run out in one tick. */
export const blockedCallersMax = 100_000;
export const blockedCallersRemovedPerTickMax = 500;
/** What is known of whom a customer knows is looked at again after so long, so many in one tick: agents and queues may be gone. */
export const affinityLookedAtAgainMs = 30 * 86_400_000;
export const affinitiesLookedAtPerTickMax = 200;
/** Callbacks that are not over, and how many that are over are remembered; those are forgotten so many in one tick. */
export const callbacksPerTenantMax = 100_000;
export const callbacksEndedMax = 100_000;
export const callbackRetentionMs = 86_400_000;
export const callbacksRemovedPerTickMax = 500;
/** How often a callback whose turn has not come, or that cannot be made just now, is looked at again. */
export const callbackTurnEveryMs = 5_000;
export const callbackAgainMs = 30_000;
/** Who comes behind more is not rung yet, whatever is estimated. */
export const callbackAheadMax = 1_000;
/** So far ahead a callback may be appointed. */
export const callbackAppointedMaxMs = 366 * 86_400_000;
/** Calendars of a tenant; hours of one, and of one day; its holidays: ten years of a country with many. */
export const calendarsPerTenantMax = 1_000;
export const calendarHoursMax = 100;
export const calendarHolidaysMax = 400;
/** Contacts of a queue looked at in one tick, when something that makes contacts leave it has changed. */
export const contactsSweptPerTickMax = 500;
/** A contact that has to leave its queue and has nowhere to go waits on, and is looked at again after this. */
export const exitAgainMs = 30_000;
/** Of one queue, for a contact that is not answered. */
export const queueStepsMax = 16;
/** Groups of agents in one policy, its steps left out. */
export const queueGroupsMax = 8;
/** Agents that may not serve a contact. */
export const excludedAgentsMax = layout.EXCLUDED_PER_PROFILE_MAX;
/** Unused profiles that exclude agents are kept for the next of their kind, so many: there are seldom two alike. */
export const excludingProfilesKeptMax = 16;

/** A key of the tables: LMDB takes 1,978 bytes; the longest of ours are two ids or an address, a quarter of that. */
export const rowKeyBytesMax = 1_024;
/** A journal segment is sealed at whichever comes first: minutes of a busy day, so that compaction stays small. */
export const segmentBytesMax = 268_435_456;
export const segmentEntriesMax = 1_000_000;
/** Appends a partition may have on their way: two ticks may be not yet durable, and one more is being handed over. */
export const appendsInFlightMax = 8;
/** One value (input or redo) of a journal entry: the largest configuration document times a few. */
export const entryValueBytesMax = 67_108_864;
/** Writes in one transaction of the tables: larger steps stall the journal's commits, which share the disk. */
export const applyWritesMax = 1_000;
/** How long what is durable waits until it is written to the tables: what is written again meanwhile is written there once. */
export const applyDelayMs = 250;
/** Writes that do not wait: a fast load makes as many in that time. */
export const applyWaitingMax = 10_000;
/** Writes not yet in the tables before commands are refused as `overloaded`: about ten seconds of the fastest load. */
export const lagWritesMax = 400_000;
/** Inputs held for the shadow; past it the shadow reads them from the journal. */
export const shadowQueueBytesMax = 33_554_432;
/** How long the shadow gathers entries: it may lag, and each call to the pool that it spares is one for the live cores. */
export const shadowGatherMs = 100;
/** Different reasons for not being ready that a tenant may use. */
export const notReadyReasonsMax = 1_000;
/** How long an ended contact is remembered, so that a repeated request finds it: a day. */
export const contactRetentionMs = 86_400_000;
/** Ended contacts forgotten in one tick: 500 removals are about a millisecond, and ticks are many. */
export const contactsRemovedPerTickMax = 500;
/** Profiles kept although no contact has them, for the next of their kind: three quarters of what the core can hold. */
export const profilesKeptMax = 12_288;
export const profilesDroppedPerTickMax = 256;
/** Estimates come from this many intervals of so long: half an hour. */
export const flowIntervalMs = 300_000;
export const flowIntervalsKept = 6;
/** Days of statistics kept for each queue: a year, and the month to compare it with. */
export const queueDaysKept = 400;
/** What statistics are kept by: every interval that may be asked for is a multiple of it. */
export const statisticsIntervalMs = 300_000;
/** How long rows of statistics are kept: a month, and the days to look at it. */
export const statisticsRetentionMs = 40 * 86_400_000;
/** Ticks that have a row of what was counted in them, before these rows become one of sums. */
export const countedTicksMax = 256;
/** Numbers in such rows that are kept in memory until then, 4 MB of them: rows beyond it are read back. */
export const countedNumbersKeptMax = 500_000;
/** Rows of statistics written or removed in one tick. */
export const statisticsRowsPerTickMax = 500;
/** Intervals of statistics that one request reads: ten days of one queue; the page may be short then, and says where to go on. */
export const statisticsReadMax = 2_880;
/** Intervals of those named that one line for all of them sums up: fifty of a day, or a thousand of an hour. */
export const statisticsSummedMax = 14_400;
/** What is planned: activities of one request, of one agent and of all, and how long what is over is kept at least. */
export const plannedPerRequestMax = 500;
export const plannedActivitiesPerAgentMax = 1_000;
export const plannedActivitiesMax = 500_000;
export const plannedKeptMs = 2 * 86_400_000;
/** Rates that a tenant publishes, each with so many hours of other prices and channels: they are in memory. */
export const ratesPerTenantMax = 10_000;
export const rateHoursMax = 28;
export const rateChannelsMax = 8;
/** Minor units for one unit of a rate; together with meteredMsMax what one contact costs is counted exactly. */
export const rateAmountMax = 1_000_000_000;
export const rateFreeMsMax = 3_600_000;
/** Time of one contact that is metered: a month. */
export const meteredMsMax = 2_592_000_000;
/** How long a quote holds, and is remembered behind that to say that it held. */
export const quoteMs = 300_000;
export const quoteMsMax = 86_400_000;
export const quoteKeptMs = 600_000;
/** Quotes of one request; requests that are remembered, of a customer's page and of all; and forgotten in one tick. */
export const quotesPerRequestMax = 20;
export const quoteRequestsPerCustomerMax = 50;
export const quoteRequestsPerTenantMax = 50_000;
export const quoteRequestsForgottenPerTickMax = 500;
export const quotesForgottenEveryMs = 10_000;
/** How far ahead is looked for the moment in which the money of a contact runs out; then it is looked again. */
/** A router that crashes forgets so much of what was talked, at most. */
export const paidBeatMs = 5_000;
export const paidLookAheadMs = 86_400_000;
/** Of a contact that is paid for by the message so many are held at once. */
export const paidMessagesHeld = 5;
/** A document in Base64, and where one is that is kept elsewhere; how long that one may say that it is. */
export const documentContentCharactersMax = 65_536;
export const documentReferenceCharactersMax = 2_048;
export const documentBytesMax = 1_099_511_627_776;
/** How long a document can be bought unless said otherwise, and at most; how long one that was bought is kept at least, and any behind its time. */
export const documentValidMs = 604_800_000;
export const documentValidMsMax = 31_622_400_000;
export const documentBoughtKeptMs = 2_592_000_000;
export const documentOverKeptMs = 86_400_000;
export const documentsPerContactMax = 100;
/** Of a contact that are looked at for its record: its own, and of each document. */
export const receiptsPerContactMax = documentsPerContactMax + 1;
export const documentsPerTenantMax = 200_000;
export const documentsForgottenPerTickMax = 100;

/** Entries of a timeline that are looked at for a page of it; about how many bytes one has, and one of an export; notes forgotten in one tick. */
export const timelineScanMax = 2_000;
export const timelinePageBytesMax = 393_216;
export const timelineNotesPerTickMax = 200;
/** What is found by no customer and is looked at for a page of an export. */
export const exportSearchMax = 5_000;
/** Contacts of an agent that are looked at for whether it serves a customer. */
export const agentContactsSeenMax = 1_000;

/** Telephone numbers whose reading is remembered; kinds of names of which a tenant says something; names that one contact brings. */
export const identityTextsKept = 10_000;
export const identitySchemesMax = 64;
export const identitiesPerContactMax = 8;
/** Customers that are one person, each with its name, and links between them, undone ones too. */
export const customersPerPersonMax = 100;
export const linksPerPersonMax = 1_000;
/** What is kept of one customer as attributes, and how much of it an offer shows: more is left to customer.get. */
export const customerAttributesBytesMax = 4_096;
export const customerAttributesShownBytesMax = 1_024;
/**
 * Rules by which a tenant says who is who: how many; how long an expression, how many parts it has, what it sees of lists, texts and business, and how
 * long the key is that it gives. A key that more customers have says nothing of who they are. So many customers are gone through in one tick.
 */
export const identityRulesMax = 16;
export const expressionCharactersMax = 1_000;
export const expressionNodesMax = 100;
export const expressionListMax = 100;
export const expressionTextMax = 1_024;
export const expressionBusinessMax = 10;
export const identityKeyCharactersMax = 256;
export const customersPerKeyMax = 50;
export const identityRuleSliceMax = 200;
/** Business of one customer, and of a tenant's what is open: in memory, without its data. What a business remembers of contacts and steps, and what offers show. */
export const businessPerCustomerMax = 1_000;
export const businessOpenMax = 500_000;
export const businessContactsKept = 20;
export const businessStepsKept = 20;
export const businessShownMax = 10;
/** Customers of a tenant that are one with another: who is who is in memory. */
export const linkedCustomersMax = 1_000_000;
/** Items in which somebody is rated, ratings of a tenant (their sums are in memory), and services forgotten or erased in one tick. */
export const ratingItemsMax = 8;
export const ratingsPerTenantMax = 500_000;
export const servicesForgottenPerTickMax = 200;
/** Accounts of a tenant, and of one customer or agent; steps of one booking; holds that time out in one tick. */
export const accountsPerTenantMax = 2_000_000;
export const accountsPerOwnerMax = 100;
/** So many of the payments that are disputed are named where money is refused because of them. */
export const disputesNamedMax = 10;
export const bookingStepsMax = 32;
export const holdsTimedOutPerTickMax = 200;
/** Payments asked of a provider in one tick; after the first attempt in vain, the second and so on, then as the last one; again, while it is not confirmed. */
export const paymentsAskedPerTickMax = 50;
export const paymentBackoffMs: readonly number[] = [5_000, 30_000, 120_000, 600_000, 3_600_000];
export const paymentAskedAgainMs = 3_600_000;
/** How long a deposit waits for its confirmation unless said otherwise, and at most. */
export const depositWithinMs = 86_400_000;
/** How long a customer may take to press what is asked for in a survey, from the end of the prompt. */
export const surveyGatherMs = 10_000;
/** How long one may take to answer a question that is asked by text, unless said otherwise. */
export const surveyTextMs = 600_000;
/** A text that is written in a contact; texts in one contact, and how many of them one answer shows. */
export const messageCharactersMax = 8_000;
export const messagesPerContactMax = 2_000;
export const messagesPageMax = 200;
/** What the state of a session has of what was written: so many contacts, the newest of each. */
export const conversationsInStateMax = 50;
export const messagesInStateMax = 20;
/** How many days after its end what was written in a contact is kept unless said otherwise, and what is forgotten or erased in one tick. */
export const messagesKeptDays = 40;
export const messagesForgottenPerTickMax = 500;
/** One signal, as JSON: a description of many streams has some 15,000; and those of one side of a contact that the other has not taken. */
export const signalBytesMax = 32_768;
export const signalsWaitingMax = 64;
/** Signals in the state of a session. */
export const signalsInStateMax = 64;
/** The last services of a customer in which a list of candidates looks for who has served it. */
export const servicesLookedAtMax = 500;
/** Times in which no router ran that statistics remember until the intervals of before are in rows. */
export const downTimesMax = 100;
/**
 * How long the record of a finished contact is kept unless that is set, of how many ticks they go at once, and the times at which they do:
 * so far apart, since a busy router has records of each of a hundred ticks a second.
 */
export const recordRetentionMs = 40 * 86_400_000;
export const contactRecordsPerTickMax = 200;
export const contactRecordsGoEveryMs = 1_000;
/** Rings listed in one record; all are counted. */
export const recordedOffersMax = 50;
/** Of a SIP header that says which number was called: its texts, their characters, and what is read of one of them. */
export const sipHeaderTextsMax = 16;
export const sipHeaderCharactersMax = 2_048;
export const sipEntriesMax = 32;
export const sipParametersMax = 16;
/** Number plans and platforms of a tenant. */
export const numberPlansMax = 256;
export const platformsMax = 10_000;
/** Of a number that a platform hands a caller over with: as long as E.164 lets it be, and somewhat more. */
export const originalCalledLengthMax = 24;
export const accessIdLengthMax = 15;
/** Shorter ones are guessed at once. */
export const serialLengthMin = 3;
export const serialLengthMax = 14;
/** How long what was handed over can be used: callers are on their way already. */
export const handoverLiveMs = 120_000;
export const handoverLiveMsMax = 86_400_000;
/** How long it is remembered after that, to say why it is not good any more. */
export const handoverKeptMs = 600_000;
/** Of one platform and of all, that can be used or are remembered; and one of how many serials of a length may be given out. */
export const handoversPerPlatformMax = 50_000;
export const handoversPerTenantMax = 200_000;
export const serialsPerHandoverMin = 10;
/** Serials drawn until one is free: with one of ten taken this fails once in 10^20. */
export const serialDrawsMax = 20;
export const handoversForgottenPerTickMax = 500;
/** Wrong serials that may be let through in a window, and whose wrong ones are counted at once. */
export const guessesMax = 100_000;
export const guessersMax = 20_000;
/** Questions to one platform and to all that are not answered. */
export const questionsPerPlatformMax = 100;
export const questionsPerTenantMax = 1_000;
/** How long a platform may take before its caller counts as unidentified, and for how long more an answer is taken. */
export const platformTimeoutMs = 3_000;
export const platformTimeoutMsMax = 30_000;
export const platformLateMs = 30_000;
export const platformLateMsMax = 300_000;
/** So many attempts fit into the time that it has. */
export const platformAttempts = 2;
/** Failures in a row after which a platform is left alone, and for how long. */
export const platformFailuresMax = 5;
export const platformOpenMs = 30_000;
/** Of platforms that are left alone or guessed at, so many are named. */
export const alarmedPlatformsMax = 10;
/** What is read of an answer: data as large as attributes may be, and what is around them. */
export const platformAnswerBytesMax = 32_768;
export const platformNetworksMax = 16;
export const platformAttributesMax = 32;
/** Webhooks of a tenant: each finished contact is a row for each that wants it. */
export const webhooksPerTenantMax = 32;
/** What one webhook may leave unconfirmed; what happens beyond is counted as lost. */
export const webhookDeliveriesMax = 10_000;
/** Of one webhook, on their way at once. */
export const webhookInFlightMax = 8;
/** How long an address may take to answer. */
export const webhookTimeoutMs = 15_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** After the first attempt that failed, the second and so on: ten attempts in all, over some three days. */
export const webhookBackoffMs: readonly number[] = [
  ...[5_000, 5 * minuteMs, 30 * minuteMs],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hourMs),
];
/** An address that has taken nothing for so long is not asked any more. */
export const webhookDisabledAfterMs = 5 * 24 * hourMs;
/** Rows of a webhook that was removed that go in one tick. */
export const webhookRowsPerTickMax = 500;
/** Alerts of a tenant, and how often each looks at what has changed. */
export const alertsPerTenantMax = 1_000;
export const alertEveryMs = 1_000;
/** Supervisors who may watch at once: each is told of every change. */
export const watchersMax = 256;
/** A queue's statistics are told at most as often as this. */
export const queueStatsEveryMs = 1_000;
/** Contacts looked at for one page of a list; the page may be short then, and says where to go on. */
export const listScanMax = 2_000;
/** Tenants of one process: each has a memory of its own, and a shared memory reserves 10 GB of addresses. */
export const tenantsMax = 1_000;
/** Workers of the pool: more than the processors of a large machine helps nobody. */
export const threadsMax = 256;
/** A file of settings, a document or a secret that is read whole. */
export const configurationFileBytesMax = 67_108_864;
/** Rows one range may return: handlers have no unbounded scans. */
export const rangeRowsMax = 10_000;

/** Snapshots kept of a tenant: an explanation executes at most about a thirtieth of the journal to come to its contact. */
export const snapshotsKeptMax = 32;
/** Processes that explain at once: they take a processor each, below everything else. */
export const explanationsAtOnceMax = 2;
/** Explanations a tenant may ask for in a minute. */
export const explanationsPerMinuteMax = 60;
/** A process that explains longer is ended. */
export const explanationMsMax = 60_000;
/** Of such a process, beside the core's memory. */
export const explainHeapBytes = 536_870_912;
/** Steps of an explanation: of a longer wait the beginning and the end are told. */
export const explainedStepsMax = 500;
/** Agents listed in one step of an explanation; all of them are counted. */
export const explainedAgentsMax = 50;
/** As many as may be asked for. */
export const explainedAgentsAskedMax = 200;

/** One record of a CSV file: a longer one is a quotation mark that was never closed. */
export const csvRecordBytesMax = 65_536;
/** Calls of a recording held in memory at once: some 300 bytes each. */
export const recordedCallsMax = 2_000_000;
/** Damaged lines of a recording named one by one; the rest are counted. */
export const damagedLinesKeptMax = 100;
/** Things that must not be, seen in a replay and named one by one; the rest are counted. */
export const anomaliesKeptMax = 100;
/** Failed requests of a replay named one by one; the rest are counted. */
export const problemsKeptMax = 100;
/** Latencies a replay keeps: enough for percentiles, little memory. */
export const latencySamplesMax = 1_000_000;
/** Sessions a replay opens at once, well below what a tenant admits in a second. */
export const simulatedConnectsMax = 100;
/** A simulated party waits as long as a router may take to come back, recovery included. */
export const simulatedCallTimeoutMs = 600_000;
/** Tokens of simulated parties; they are made anew for every connection. */
export const simulatedTokenMs = 86_400_000;

export function assertLimits(): void {
  const relations: [string, boolean][] = [
    ['steps name no more queues than a profile has room for', queueStepsMax <= layout.QUEUES_PER_PROFILE_MAX],
    ['nor more groups', queueStepsMax + queueGroupsMax <= layout.GROUPS_PER_PROFILE_MAX],
    ['unused profiles leave room for new ones', profilesKeptMax + profilesDroppedPerTickMax < layout.PROFILES_MAX],
    ['a switch that does not answer is noticed before the time to connect is over', legRequestMs < legConnectMs],
    ['Asterisk answers, or is taken as gone, before the router asks again', 2 * ariRequestTimeoutMs <= legRequestMs],
    ['the signals of a contact fit a frame read whole', signalsWaitingMax * signalBytesMax <= bodyBytesMax],
    ['a page of a list fits a range', listScanMax <= rangeRowsMax && listPageMax <= listScanMax],
    ['a batch array fits the inbox', batchRequestsMax <= inboxRequestsMax],
    ['a tick fits the inbox', tickCommandsMax <= inboxRequestsMax],
    ['live contacts fit the core', contactsLivePerTenantMax <= layout.CONTACTS_MAX],
    ['agents fit the core', agentsPerTenantMax <= layout.AGENTS_MAX],
    ['the largest record fits a batch', layout.COMMAND_BYTES_MAX <= tickInputBytesMax],
    ['a ring holds at least one full frame', ringBytesMax >= frameBytesMax],
    ['a reader may lag by a whole ring', sendBufferBytesMax >= ringBytesMax],
    ['a turn may hold what a reader may lag', turnBytesMax >= sendBufferBytesMax],
    ['sessions notice silence before the socket library', 3 * pingMs < connectionIdleSeconds * 1000],
    ['a ring fits all rings', ringsBytesMax >= ringBytesMax],
    ['a client sends no more than is taken', clientInFlightMax <= inFlightPerConnectionMax],
    ['one connection cannot fill the inbox', inFlightPerConnectionMax < inboxRequestsMax],
    ['connections fit the open files', connectionsMax < descriptorsWanted],
    ['a page of a timeline, and the largest entry behind it, fit a frame', 2 * timelinePageBytesMax < frameBytesMax],
    ['what is put together fits a frame', 3 * batchFrameBytesMax < frameBytesMax],
    [
      'a second of the longest contact at the highest price is counted exactly',
      (meteredMsMax / 1_000) * rateAmountMax < Number.MAX_SAFE_INTEGER,
    ],
    ['a frame fits a body', frameBytesMax <= bodyBytesMax],
    ['an explanation lists no more than may be asked for', explainedAgentsMax <= explainedAgentsAskedMax],
  ];
  const broken = relations.filter(([, holds]) => !holds).map(([name]) => name);
  if (broken.length > 0) throw new Error(`limits contradict each other: ${broken.join('; ')}`);
}
