// The arena: everything behind the buffers, handed out from its bottom upwards and never given back to the system.
//
//   blocks    powers of two from 16 bytes, with a list of free ones for each size: heaps and lists, which double
//   pools     records of one kind in chunks of 128 that never move, found by index through a directory
//
// Fresh arena is zero and a reused block is not: whoever takes a block writes what it reads. The memory grows when the
// arena does; running out of it is an assertion, since every pool is bounded by layout.ts and the host chose the maximum.

import { FREE_LISTS } from './header.ts';
import { ARENA_AT, HEADER_ARENA_TOP, PAGE_BYTES } from './layout.ts';
import { countTouched } from './touched.ts';

const BLOCK_SHIFT_MIN: u32 = 4;
const CHUNK_SHIFT: i32 = 7;
const CHUNK_RECORDS: i32 = 1 << CHUNK_SHIFT;
const GROWTH_PAGES: i32 = 16;

/** A growing array of anything; `block` is a block of `capacity` elements. */
@unmanaged
export class List {
  block: usize;
  capacity: u32;
  count: i32;
}

/** Records of one kind, by index. `top` is one more than the highest index ever made. */
@unmanaged
export class Pool {
  directory: usize;
  capacity: u32;
  top: i32;
}

/** Takes fresh zeroed bytes from the bottom of what has not been handed out yet. */
function extend(bytes: usize): usize {
  const at: usize = load<u32>(0, HEADER_ARENA_TOP);
  const top = at + ((bytes + 15) & ~(<usize>15));
  assert(top > at);
  const pages = <i32>((<u64>top + PAGE_BYTES - 1) / PAGE_BYTES);
  const missing = pages - memory.size();
  if (missing > 0) {
    const generous = missing > GROWTH_PAGES ? missing : GROWTH_PAGES;
    if (memory.grow(generous) < 0) assert(memory.grow(missing) >= 0);
  }
  store<u32>(0, <u32>top, HEADER_ARENA_TOP);
  return at;
}

function blockShift(bytes: usize): u32 {
  const shift: u32 = bytes <= 1 ? 0 : 32 - clz<u32>(<u32>bytes - 1);
  return shift < BLOCK_SHIFT_MIN ? BLOCK_SHIFT_MIN : shift;
}

/** A block of at least that many bytes, with whatever was in it. */
export function allocate(bytes: usize): usize {
  const shift = blockShift(bytes);
  assert(shift < 31);
  const head = FREE_LISTS + ((<usize>shift) << 2);
  const block: usize = load<u32>(head);
  if (block === 0) return extend((<usize>1) << shift);
  assert(block >= <usize>ARENA_AT);
  store<u32>(head, load<u32>(block));
  return block;
}

/** Gives a block back; `bytes` as it was asked for. */
export function release(block: usize, bytes: usize): void {
  const head = FREE_LISTS + ((<usize>blockShift(bytes)) << 2);
  store<u32>(block, load<u32>(head));
  store<u32>(head, <u32>block);
}

/** Makes room for `wanted` elements in all. */
export function reserve(list: List, wanted: i32, elementBytes: usize): void {
  if (<u32>wanted <= list.capacity) return;
  let capacity: u32 = list.capacity === 0 ? 4 : list.capacity;
  while (capacity < <u32>wanted) capacity <<= 1;
  const block = allocate(<usize>capacity * elementBytes);
  if (list.capacity > 0) {
    memory.copy(block, list.block, <usize>list.count * elementBytes);
    release(list.block, <usize>list.capacity * elementBytes);
  }
  list.block = block;
  list.capacity = capacity;
}

/** Gives the list's block back and leaves it empty. */
export function clear(list: List, elementBytes: usize): void {
  if (list.capacity > 0) release(list.block, <usize>list.capacity * elementBytes);
  list.block = 0;
  list.capacity = 0;
  list.count = 0;
}

/** The record of that index, made (zeroed) if there was none; the caller has checked the index against its bound. */
export function make<T>(poolAt: usize, index: i32): T {
  const pool = changetype<Pool>(poolAt);
  const chunk: u32 = index >>> CHUNK_SHIFT;
  if (chunk >= pool.capacity) {
    let capacity: u32 = pool.capacity === 0 ? 8 : pool.capacity;
    while (capacity <= chunk) capacity <<= 1;
    const directory = allocate((<usize>capacity) << 2);
    memory.fill(directory, 0, (<usize>capacity) << 2);
    if (pool.capacity > 0) {
      memory.copy(directory, pool.directory, (<usize>pool.capacity) << 2);
      release(pool.directory, (<usize>pool.capacity) << 2);
    }
    pool.directory = directory;
    pool.capacity = capacity;
  }
  const entry = pool.directory + ((<usize>chunk) << 2);
  if (load<u32>(entry) === 0) store<u32>(entry, <u32>extend(offsetof<T>() * CHUNK_RECORDS));
  if (index >= pool.top) pool.top = index + 1;
  return at<T>(poolAt, index);
}

/** Whether there is memory for that record; whether it is in use is the record's own matter. */
export function made(poolAt: usize, index: i32): bool {
  const pool = changetype<Pool>(poolAt);
  return <u32>index < <u32>pool.top && load<u32>(pool.directory + ((<usize>(index >>> CHUNK_SHIFT)) << 2)) !== 0;
}

/** The record of an index that is known to be made. */
export function at<T>(poolAt: usize, index: i32): T {
  const chunk: usize = load<u32>(changetype<Pool>(poolAt).directory + ((<usize>(index >>> CHUNK_SHIFT)) << 2));
  if (isDefined(COUNT_TOUCHED)) countTouched(chunk + <usize>(index & (CHUNK_RECORDS - 1)) * offsetof<T>());
  return changetype<T>(chunk + <usize>(index & (CHUNK_RECORDS - 1)) * offsetof<T>());
}

export function top(poolAt: usize): i32 {
  return changetype<Pool>(poolAt).top;
}
