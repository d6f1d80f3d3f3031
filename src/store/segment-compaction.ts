// Rewrites a sealed segment to its inputs, so that names and texts do not outlive their minutes in the redo.
//
//   read entry by entry, checked ─▶ <first>.inputs.tmp, unflushed ─▶ flush ─▶ rename to .inputs ─▶ flush folder
//                                                                              └▶ remove .segment
//
// A crash before the rename leaves a temporary file, one after it both files: opening removes the one, and the old one
// of the two. It is a new environment and not a compacting copy, because LMDB copies pages with what was deleted in them.

import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { flushFile, flushFolder } from './durable-file.ts';
import { encodeEntry, INPUT, REDO } from './entry.ts';
import { causeOf, type Environment, openEnvironment, putAbove, transact } from './lmdb-environment.ts';
import { dropSegmentFile, entryKey, type Segment } from './lmdb-segment.ts';
import { decodeRedo, encodeRedo } from './redo.ts';
import type { Key } from './store.ts';

/** Of inputs, between two turns of the event loop. */
const STEP_BYTES = 1 << 18;
const MAP_BYTES = 1 << 26;

/**
 * `last` is the number of its last entry. Of the journal's newest entry (`keepFollowUpsOf`) the follow-ups stay: the
 * next start begins with them.
 */
export async function compactSegment(
  segment: Segment,
  last: number,
  folder: string,
  keepFollowUpsOf: number,
): Promise<void> {
  const target = segment.path.replace(/\.segment$/, '.inputs');
  const temporary = `${target}.tmp`;
  await dropSegmentFile(temporary);
  try {
    const environment = openEnvironment(temporary, { noSync: true, mapBytes: MAP_BYTES });
    try {
      await copyInputs(segment, last, environment, keepFollowUpsOf);
    } finally {
      await environment.close();
    }
    await flushFile(temporary);
    await rename(temporary, target);
  } finally {
    await dropSegmentFile(temporary);
  }
  await flushFolder(folder);
  await segment.becomeCompacted();
  await flushFolder(dirname(target));
}

async function copyInputs(segment: Segment, last: number, into: Environment, keepFollowUpsOf: number): Promise<void> {
  let number = segment.first;
  while (number <= last) {
    const values: [Key, Uint8Array][] = [];
    for (let bytes = 0; number <= last && bytes < STEP_BYTES; number++) {
      const { entry, input } = segment.readWithInput(number);
      values.push([entryKey(number, INPUT), input]);
      bytes += input.length;
      const followUps = number === keepFollowUpsOf && entry.redo.length > 0 ? decodeRedo(entry.redo).followUps : [];
      if (followUps.length > 0) {
        const { redo } = encodeEntry({ ...entry, redo: encodeRedo({ writes: [], followUps }) });
        values.push([entryKey(number, REDO), redo!]);
      }
    }
    try {
      await transact(into, () => values.map(([key, value]) => putAbove(into, key, value)));
    } catch (error) {
      throw await causeOf(error);
    }
    await nextTurn();
  }
}
