// What a structured announcement sounds like. A switch with a voice has it say this, or plays recorded words in its place.

import type { PlacePrompt } from '../../protocol/legs.ts';

const minuteMs = 60_000;

/** Undefined: of a kind that is not known here. */
export function promptText({ kind, position, estimatedMs }: PlacePrompt): string | undefined {
  if (kind !== 'place') return undefined;
  const place = position === 1 ? 'You are next.' : `You are number ${position} in the queue.`;
  return estimatedMs === undefined ? place : `${place} ${waitText(estimatedMs)}`;
}

/** To the minute: nobody who waits believes in seconds. */
function waitText(estimatedMs: number): string {
  const minutes = Math.ceil(estimatedMs / minuteMs);
  if (minutes <= 1) return 'It will take about a minute.';
  return `It will take about ${minutes} minutes.`;
}
