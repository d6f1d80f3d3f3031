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
export const frameBytesMax = 1_048_576;
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

/** Remembered answers to requests with a requestId, per tenant. */
export const requestIdsMax = 100_000;
export const requestIdsMs = 600_000;

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

export function assertLimits(): void {
  const relations: [string, boolean][] = [
    ['a batch array fits the inbox', batchRequestsMax <= inboxRequestsMax],
    ['a tick fits the inbox', tickCommandsMax <= inboxRequestsMax],
    ['live contacts fit the core', contactsLivePerTenantMax <= layout.CONTACTS_MAX],
    ['agents fit the core', agentsPerTenantMax <= layout.AGENTS_MAX],
    ['the largest record fits a batch', layout.COMMAND_BYTES_MAX <= tickInputBytesMax],
    ['a ring holds at least one full frame', ringBytesMax >= frameBytesMax],
    ['a reader may lag by a whole ring', sendBufferBytesMax >= ringBytesMax],
    ['a frame fits a body', frameBytesMax <= bodyBytesMax],
  ];
  const broken = relations.filter(([, holds]) => !holds).map(([name]) => name);
  if (broken.length > 0) throw new Error(`limits contradict each other: ${broken.join('; ')}`);
}
