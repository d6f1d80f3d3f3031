// Binary heaps of 16-byte entries, the first entry first. One implementation for timers and free agents: an entry
// class says how two entries compare and where an entry is told its position (or that nobody wants it).
//
// An entry class E has `key: i64`, `id: i32`, `mark: u32`, `precedes(other: E): bool` and `moved(position: i32): void`.
// Orders must be strict and total among live entries, so that what comes first never depends on the heap's past.

import { List, reserve } from './arena.ts';
import { countTouched } from './touched.ts';

export const ENTRY_BYTES: usize = 16;

export function entry<E>(block: usize, position: i32): E {
  if (isDefined(COUNT_TOUCHED)) countTouched(block + ((<usize>position) << 4));
  return changetype<E>(block + ((<usize>position) << 4));
}

function swap(block: usize, one: i32, other: i32): void {
  const a = block + ((<usize>one) << 4);
  const b = block + ((<usize>other) << 4);
  const held = v128.load(a);
  v128.store(a, v128.load(b));
  v128.store(b, held);
}

function rise<E>(block: usize, from: i32): void {
  let position = from;
  while (position > 0) {
    const parent = (position - 1) >> 1;
    if (!entry<E>(block, position).precedes(entry<E>(block, parent))) break;
    swap(block, position, parent);
    entry<E>(block, position).moved(position);
    position = parent;
  }
  entry<E>(block, position).moved(position);
}

function sink<E>(block: usize, count: i32, from: i32): void {
  let position = from;
  for (;;) {
    let child = position * 2 + 1;
    if (child >= count) break;
    if (child + 1 < count && entry<E>(block, child + 1).precedes(entry<E>(block, child))) child++;
    if (!entry<E>(block, child).precedes(entry<E>(block, position))) break;
    swap(block, position, child);
    entry<E>(block, position).moved(position);
    position = child;
  }
  entry<E>(block, position).moved(position);
}

/** Adds an entry without ordering it: order() must follow. */
export function append(heap: List, key: i64, id: i32, mark: u32): void {
  reserve(heap, heap.count + 1, ENTRY_BYTES);
  const last = heap.block + ((<usize>heap.count) << 4);
  store<i64>(last, key);
  store<i32>(last, id, 8);
  store<u32>(last, mark, 12);
  heap.count++;
}

export function push<E>(heap: List, key: i64, id: i32, mark: u32): void {
  append(heap, key, id, mark);
  rise<E>(heap.block, heap.count - 1);
}

/** Removes the entry at a position; costs a logarithm wherever it is. */
export function removeAt<E>(heap: List, position: i32): void {
  assert(<u32>position < <u32>heap.count);
  const last = --heap.count;
  if (position === last) return;
  swap(heap.block, position, last);
  if (position > 0 && entry<E>(heap.block, position).precedes(entry<E>(heap.block, (position - 1) >> 1))) {
    rise<E>(heap.block, position);
  } else {
    sink<E>(heap.block, last, position);
  }
}

/** Makes a heap of entries in any order: linear. */
export function order<E>(heap: List): void {
  for (let position = heap.count - 1; position >= 0; position--) sink<E>(heap.block, heap.count, position);
}
