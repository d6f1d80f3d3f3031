// Every reason that an explanation can give, as a supervisor reads it: cases in the words of test/acd (told/*.txt), each played
// through the router's own commands in virtual time, and what `strowger explain` says of its contacts afterwards.
//
//   c2 is explained            or: c2 is explained with anna
//   2026-03-02                 the text, word for word; `npx vitest run test/explain/golden.test.ts -u` writes it anew, to be read
//     09:00:05.000  …
//
// Which reasons there are is read from the tables of src/protocol. One that no case reaches fails here, unless it is said below
// why no command leads to it; and that is wrong, too, as soon as a case does.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { explanationText } from '../../src/cli/explain.ts';
import { loadCoreBuild } from '../../src/engine/core-build.ts';
import { stillTexts } from '../../src/explain/sentences.ts';
import { StoredExplanations } from '../../src/explain/stored-explanations.ts';
import { type Explanation, type ExplanationStep, stepKinds } from '../../src/protocol/explanation.ts';
import {
  choices,
  endedReasons,
  fellBackReasons,
  movedReasons,
  notReadyReasons,
  queuedReasons,
  scoreTerms,
  selections,
  sentReasons,
  standings,
  withdrawnReasons,
} from '../../src/protocol/states.ts';
import { virtualCorePool } from '../../src/simulation/virtual-stage.ts';
import { Floor } from '../acd/floor.ts';
import { playLines } from '../acd/sentences.ts';
import { VirtualStage } from '../acd/virtual-stage.ts';

const folder = fileURLToPath(new URL('./told/', import.meta.url));
const mondayMorning = Date.parse('2026-03-02T09:00:00Z');
const pool = virtualCorePool();
afterAll(() => pool.close());

/** Everything that can be told, vocabulary by vocabulary. */
const tables: Readonly<Record<string, readonly string[]>> = {
  step: stepKinds,
  queued: Object.keys(queuedReasons),
  withdrawn: Object.keys(withdrawnReasons),
  fellBack: Object.keys(fellBackReasons),
  moved: [...Object.keys(movedReasons), ...Object.keys(sentReasons)],
  leaves: Object.keys(movedReasons),
  parted: Object.keys(sentReasons),
  ended: Object.keys(endedReasons),
  stands: Object.keys(standings),
  notReady: Object.keys(notReadyReasons),
  choice: Object.keys(choices),
  select: Object.keys(selections),
  term: Object.keys(scoreTerms),
  still: Object.keys(stillTexts),
};

/** No command leads to these, and why. */
const unreached: Readonly<Record<string, string>> = {
  'fellBack tooMany': 'a thousand have to wait for the agent: test/core/guards.test.ts has them',
  'ended legLost': 'that is so of a contact in service, and what comes after the connection is not explained',
  'leaves full': 'a queue is full for newcomers, who do not ring',
  'leaves nobodyReady': 'nobody ready is for newcomers: a break throws nobody out',
  'moved agentLost': 'it goes back to its own place in the queue in which it is',
  'moved legLost': 'it goes back to its own place in the queue in which it is',
  'moved parked': 'it stays in its queue, though nobody is offered it there',
  'moved callback': 'the contact ends, and the callback is one of its own',
  'moved voicemail': 'the contact ends, and the message is one of its own',
  'parted chosen': 'nobody serves it while its customer chooses',
  'parted returned': 'whoever is returned was parted when it was sent',
  'moved attended': 'it stays in its queue with whoever was asked',
  'ended fundsExhausted': 'that is so of a contact in service, and what comes after the connection is not explained',
  'ended handedOver': 'somebody has taken it by then, and what comes after the connection is not explained',
};

const reached = new Set<string>();

function note(vocabulary: string, word: string | undefined): void {
  if (word === undefined) return;
  expect(tables[vocabulary], vocabulary).toContain(word);
  reached.add(`${vocabulary} ${word}`);
}

function noteStep(step: ExplanationStep): void {
  note('step', step.kind);
  if (step.why !== undefined) note(step.kind, step.why);
  note('choice', step.choice);
  note('select', step.select);
  for (const { stands, terms = [], text } of [...(step.agents ?? []), ...(step.standing ? [step.standing] : [])]) {
    note('stands', stands);
    for (const { term } of terms) note('term', term);
    if (stands === 'notReady') note('notReady', notReadyWord(text));
  }
  if (step.kind === 'waits') note('still', stillWord(step.text));
}

function stillWord(text: string): string | undefined {
  return Object.entries(stillTexts).find(([, told]) => text.startsWith(`${told},`))?.[0];
}

const notReadyTexts: Readonly<Record<keyof typeof notReadyReasons, string>> = {
  loggedIn: 'had logged in and not become ready yet',
  missed: 'having missed offers',
  connectionLost: 'having lost its connection',
};

function notReadyWord(text: string): string | undefined {
  return Object.entries(notReadyTexts).find(([, told]) => text.includes(told))?.[0];
}

async function explained(stage: VirtualStage, contactId: string, agentId: string | undefined): Promise<Explanation> {
  const explanations = new StoredExplanations(stage.stored, pool, loadCoreBuild());
  try {
    const found = await explanations.explain({ contactId, ...(agentId !== undefined && { agentId }) });
    if (typeof found === 'string') throw new Error(`${contactId}: ${found}`);
    return found;
  } finally {
    explanations.close();
  }
}

const question = /^(\S+) is explained(?: with (\S+))?$/;

/** The case as it stands in its file, with what is said now. */
async function played(lines: readonly string[]): Promise<string[]> {
  const stage = new VirtualStage(mondayMorning, pool);
  const floor = new Floor(stage);
  const written: string[] = [];
  try {
    for (const line of lines) {
      const [, contactId, agentId] = question.exec(line) ?? [];
      written.push(line);
      if (contactId === undefined) {
        await playLines([line], floor);
        continue;
      }
      const explanation = await explained(stage, contactId, agentId);
      explanation.steps.forEach(noteStep);
      written.push(...explanationText(explanation).trimEnd().split('\n'));
    }
    return written;
  } finally {
    await stage.close();
  }
}

/** A file in pieces: what stands before the first case, and the cases, without what was explained. */
function piecesOf(text: string): { head: string[]; cases: { title: string; lines: string[] }[] } {
  const head: string[] = [];
  const cases: { title: string; lines: string[] }[] = [];
  const all = text.split('\n');
  all.forEach((line, at) => {
    if (/^-{3,}$/.test(all[at + 1] ?? '')) cases.push({ title: line, lines: [] });
    else if (cases.length === 0) head.push(line);
    else if (/^(given|when|then) /.test(line) || question.test(line)) cases.at(-1)!.lines.push(line);
  });
  return { head, cases };
}

describe('what a supervisor reads', () => {
  for (const file of readdirSync(folder).sort())
    test(file.replace('.txt', '').replaceAll('-', ' '), async () => {
      const { head, cases } = piecesOf(readFileSync(`${folder}${file}`, 'utf8'));
      const written = [...head];
      for (const { title, lines } of cases) {
        const told = await played(lines).catch((error: unknown) => {
          throw new Error(`${title}: ${(error as Error).message}`, { cause: error });
        });
        written.push(title, '-----', ...told, '');
      }
      await expect(written.join('\n')).toMatchFileSnapshot(`${folder}${file}`);
    });

  test('every reason that there is has been told', () => {
    const all = Object.entries(tables).flatMap(([vocabulary, words]) => words.map((word) => `${vocabulary} ${word}`));
    expect(all.filter((reason) => !reached.has(reason)).sort()).toEqual(Object.keys(unreached).sort());
  });
});
