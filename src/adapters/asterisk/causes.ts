// Why a channel is gone, in Asterisk's numbers (Q.850) and in the words of docs/switches.md, both ways.

import type { LegCause, ReleaseReason } from '../../protocol/legs.ts';
import type { AriEvent } from './ari/frames.ts';

/** Before it was answered. SIP's 486 and 600 come as 17, 603 and 403 as 21, 404 as 1, 480 and a time-out as 19 or 18. */
const beforeAnswer: Readonly<Record<number, LegCause>> = {
  1: 'unreachable',
  2: 'unreachable',
  3: 'unreachable',
  17: 'busy',
  18: 'noAnswer',
  19: 'noAnswer',
  20: 'unreachable',
  21: 'rejected',
  22: 'unreachable',
  26: 'rejected',
  27: 'unreachable',
  28: 'unreachable',
};

/** Afterwards, what is none of these is somebody who hung up: 16 in a bridge, 0 outside. */
const afterAnswer: Readonly<Record<number, LegCause>> = {
  27: 'lost',
  38: 'lost',
  41: 'lost',
  // No media for longer than rtp_timeout.
  44: 'lost',
  // No answer to a refresh of the session.
  102: 'lost',
};

export function failedBy(cause: number | undefined): LegCause {
  return beforeAnswer[cause ?? 0] ?? 'failed';
}

export function endedBy(cause: number | undefined): LegCause {
  return afterAnswer[cause ?? 0] ?? 'hungUp';
}

/**
 * Of a request to hang up, which comes before Asterisk says why. A soft one has no cause but a flag that says who asks: 1 is the channel
 * itself, which gives up where media are missing (rtp_timeout); why, 44, it says in ChannelDestroyed alone, which is too late.
 */
export function causeOfRequest({ cause, soft }: Pick<AriEvent, 'cause' | 'soft'>): number | undefined {
  return soft === true && cause === 1 ? 44 : cause;
}

/** What a telephone that is let go is told: that it was answered elsewhere is no missed call for it. */
export function causeOf(why: ReleaseReason | string): number {
  return why === 'answeredElsewhere' ? 26 : 16;
}

/** What a caller is told whom the router has not let in. Before it is answered, so SIP has the right status of it. */
export function causeOfRefusal(refusal: string): number {
  switch (refusal) {
    case 'entry_not_found':
    case 'queue_not_found':
      return 1;
    case 'caller_blocked':
      return 21;
    case 'queue_full':
    case 'nobody_ready':
      return 17;
    default:
      // As 503: another way may be tried.
      return 42;
  }
}
