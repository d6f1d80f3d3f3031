// What contact.explain says, beside what is known of the contact from everything else: who it was offered to, who took it, and
// that a choice that it tells of is the one that its own numbers give.

import type { Explanation } from '../../../src/protocol/explanation.ts';
import type { Members } from '../setting.ts';
import { best, type KnownContact } from './contact-ledger.ts';

type Step = Explanation['steps'][number];

const ends = new Set<Step['kind']>(['connected', 'handedOver', 'ended', 'waits']);

/** `isOver`: it was certain when it was asked for that the contact does not wait any more. */
export function explanationFaults(known: KnownContact, result: Members, isOver: boolean): string[] {
  const { queueId, channel, arrivedAt, agentId, toldBy, steps, stepsLeftOut } = result as unknown as Explanation;
  const faults: string[] = [];
  const created = known.creates.find(
    ({ inEffect, params }) =>
      inEffect !== 'no' && (params.queueId ?? queueId) === queueId && (params.channel ?? channel) === channel,
  );
  if (created === undefined && !known.isOfRouter)
    faults.push(`is of ${queueId} and ${channel}, where nobody created it`);
  for (const { inEffect, result: given } of known.creates)
    if (inEffect === 'yes' && given?.arrivedAt !== arrivedAt) faults.push(`came at ${arrivedAt}`);
  // Both builds of the core know how to explain, so nobody has to stand in.
  if (toldBy !== 'writer') faults.push(`is told by ${toldBy}`);
  if (stepsLeftOut === 0 && steps[0]?.kind !== 'arrived') faults.push(`begins with ${steps[0]?.kind}`);
  if (steps.some(({ at }, place) => place > 0 && at < steps[place - 1]!.at)) faults.push('goes back in time');
  const last = steps.at(-1)?.kind;
  if (last === undefined || !ends.has(last) || (last === 'connected') !== (agentId !== undefined))
    faults.push(`ends with ${last}, with ${agentId}`);
  if (last === 'waits' && isOver) faults.push('goes on waiting, and is over');
  offersTold(known, steps, stepsLeftOut, faults);
  taken(known, agentId, faults);
  for (const step of steps) choiceFaults(step, faults);
  return faults;
}

/** Every offer that an agent was told of is there; of others nobody heard who was not connected. */
function offersTold(known: KnownContact, steps: readonly Step[], leftOut: number, faults: string[]): void {
  if (leftOut > 0) return;
  for (const { agentId, lineId, expiresAt } of known.offered) {
    const isThere = steps.some(
      (step) =>
        step.kind === 'offered' &&
        step.agentId === agentId &&
        // A line that is nobody's any more has no name.
        (step.lineId ?? lineId) === lineId &&
        step.untilMs === expiresAt,
    );
    if (!isThere) faults.push(`knows of no offer to ${agentId} at ${lineId} until ${expiresAt}`);
  }
}

function taken(
  { accepts, resumes, hasLegs, answersItself, mayHaveBeenSent }: KnownContact,
  agentId: string | undefined,
  faults: string[],
): void {
  // At the telephone, or on the desktop and in vain.
  if (hasLegs) return;
  if (
    agentId !== undefined &&
    !answersItself &&
    best([...accepts, ...resumes].filter(({ who }) => who.sub === agentId)) === 'no'
  )
    faults.push(`was taken by ${agentId}, who did not accept it`);
  for (const { inEffect, who } of accepts)
    if (inEffect === 'yes' && agentId !== who.sub && !mayHaveBeenSent)
      faults.push(`was accepted by ${who.sub}, and taken by ${agentId}`);
}

function choiceFaults({ kind, choice, candidates = [] }: Step, faults: string[]): void {
  if (kind !== 'chose') return;
  const chosen = candidates.filter((candidate) => candidate.chosen);
  if (chosen.length !== 1) return void faults.push(`tells of a choice that took ${chosen.length}`);
  const [{ weight, rank }] = chosen as [(typeof chosen)[number]];
  const better = candidates.find((other) => other.weight > weight || (other.weight === weight && other.rank > rank));
  if (choice === 'first' && better !== undefined)
    faults.push(`tells of a choice that took ${JSON.stringify(chosen[0])} where ${JSON.stringify(better)} was`);
}
