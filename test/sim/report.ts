// What a failing seed looks like on a terminal: what is wrong, the shortest script found, and the command that plays it again.

import type { Step } from './script.ts';
import type { Outcome } from './simulation.ts';

export function failureText(outcome: Outcome, script: readonly Step[], stepsBefore: number, steps?: number): string {
  const command = ['npm run test:sim --', `--seed ${outcome.seed}`];
  if (steps !== undefined) command.push(`--steps ${steps}`);
  if (script.length < stepsBefore)
    command.push(`--only ${script.length === 0 ? 'none' : script.map(({ id }) => id).join(',')}`);
  return [
    ...outcome.breaches.map((breach) => `  ${breach}`),
    '',
    `The script, ${script.length} of ${stepsBefore} steps:`,
    ...script.map(stepText),
    '',
    `Again, exactly:  ${command.join(' ')}`,
    'With what happened, line by line:  … --log',
  ].join('\n');
}

export function stepText({ id, at, ...deed }: Step): string {
  const { do: what, ...more } = deed;
  const members = Object.entries(more).map(([name, value]) => `${name} ${value}`);
  return `  step ${String(id).padStart(3)} at ${String(at).padStart(6)} ms  ${what}  ${members.join('  ')}`;
}
