// What customers are told, as media of Asterisk: words of its core sounds, in the language of the channel.

import type { PlacePrompt } from '../../protocol/legs.ts';

const minuteMs = 60_000;

/** An announcement by its name: a file of Asterisk's sounds, without its ending. */
export function soundOf(name: string): string {
  return `sound:${name}`;
}

/** *You are currently caller number three …* Undefined: of a kind that is not known here. */
export function placeSounds({ kind, position, estimatedMs }: PlacePrompt): string[] | undefined {
  if (kind !== 'place') return undefined;
  const place =
    position === 1
      ? ['sound:queue-youarenext']
      : ['sound:queue-thereare', `number:${position}`, 'sound:queue-callswaiting'];
  if (estimatedMs === undefined) return place;
  const minutes = Math.max(1, Math.ceil(estimatedMs / minuteMs));
  const unit = minutes === 1 ? 'sound:queue-minute' : 'sound:queue-minutes';
  return [...place, 'sound:queue-holdtime', `number:${minutes}`, unit];
}
