// What lies on the disk: nothing of anybody's names, numbers or words in what is kept for long, and every build of the core that
// is needed to execute it again.

import type { MemoryTenant } from '../../../src/store/memory-disk.ts';
import { personal } from '../setting.ts';

const needle = Buffer.from(personal);

export function journalFaults({ entries, segments, snapshots, cores }: MemoryTenant): string[] {
  const faults: string[] = [];
  for (const { first, coreHash } of segments)
    if (!cores.has(coreHash)) faults.push(`the build of the core that wrote the segment of entry ${first} is not kept`);
  for (const [number, { meta }] of snapshots)
    if (!cores.has(meta.coreHash)) faults.push(`the build of the core of the snapshot of entry ${number} is not kept`);
  for (const [number, { input }] of entries)
    if (input.includes(needle)) faults.push(`the input of entry ${number} holds something personal`);
  for (const [at, { first, compacted }] of segments.entries()) {
    const next = segments[at + 1]?.first ?? Number.POSITIVE_INFINITY;
    if (!compacted) continue;
    for (const [number, { redo }] of entries)
      if (number >= first && number < next && redo?.includes(needle) === true)
        faults.push(`entry ${number} holds something personal, although its segment has been compacted`);
  }
  for (const [number, { pieces }] of snapshots)
    if (pieces.some((piece) => Buffer.from(piece.buffer, piece.byteOffset, piece.length).includes(needle)))
      faults.push(`the snapshot of entry ${number} holds something personal`);
  return faults;
}
