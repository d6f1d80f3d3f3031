// How many records, heap entries, nodes and their entries a command or a timer touches, each counted once: only in the build of
// the benchmarks (scripts/build-core.js --counting), where COUNT_TOUCHED is defined. In the build of production nothing
// calls this. What moves in one piece (the entries behind one that joins a node) is not counted entry by entry.
//
// Who has been touched already is in a hash table in the last input buffer, which whoever counts must not use:
//   (i64 of which cause, u32 address, 4 bytes unused)…       an entry of another cause is as good as none
//
// A cause that touches more than the table can tell apart (a heap of all agents swept at once) has some counted twice.

import { state } from './header.ts';
import { BUFFERS, HEADER_NUMBER, HEADER_TOUCHED, INPUT_AT, INPUT_BYTES } from './layout.ts';

const TABLE_AT: usize = INPUT_AT + (BUFFERS - 1) * INPUT_BYTES;
const SLOT_BYTES: usize = 16;
const SLOTS_SHIFT: u32 = 18;
const TRIES_MAX: i32 = 64;
/** More than the commands of a batch. */
const CAUSES_SHIFT: i64 = 32;

export function countTouched(address: usize): void {
  const cause = (load<i64>(0, HEADER_NUMBER) << CAUSES_SHIFT) | <i64>(<u32>state().cause);
  let slot: u32 = (<u32>address * 2654435769) >>> (32 - SLOTS_SHIFT);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const at = TABLE_AT + <usize>slot * SLOT_BYTES;
    if (load<i64>(at) !== cause) {
      store<i64>(at, cause);
      store<u32>(at, <u32>address, 8);
      break;
    }
    if (load<u32>(at, 8) === <u32>address) return;
    slot = (slot + 1) & ((1 << SLOTS_SHIFT) - 1);
  }
  store<i64>(0, load<i64>(0, HEADER_TOUCHED) + 1, HEADER_TOUCHED);
}
