// Waiting contacts of one profile, or of one queue, in their order: a B+ tree that counts, so that a contact's place is found
// by one walk from the root, however many wait.
//
//   node   8 bytes of head, 8 unused, WIDTH entries of 16 bytes: one block of 512
//   leaf   (height 0) an entry is a contact: its key (placeKey), its slot, 1
//   above  an entry is a child: a key, the child's block, how many contacts are under it
//
//   - Contacts are ordered by key, then by arrivedBefore(); all under an entry come before all under the next.
//   - The key of a child (but for a node's first, which nobody looks at) is at most that of any contact under it, and at least
//     that of any before it. It is not made anew when its contact leaves, so where it is the one looked for, the first contact
//     that is really there is asked.
//   - Two children next to each other have more than MERGED_MAX entries together, so the height is at most log₈ of the contacts.
//   - A root has two children, or is a leaf with a contact; a tree of nobody is no block at all, 0.
//
// A heap would find the first as fast, but not say who is the 40,000th; and removing its first moves an entry, and writes into
// its contact where it is now, on each of its levels. Here entries move within one node, and no contact is written.

import { allocate, release } from './arena.ts';
import { Contact, contact } from './contacts.ts';
import { NONE } from './layout.ts';
import { Queue } from './queues.ts';
import { arrivedBefore, placeKey } from './score.ts';
import { countTouched } from './touched.ts';

const WIDTH: i32 = 31;
const MERGED_MAX: i32 = 15;
const HEAD_BYTES: usize = 16;
const NODE_BYTES: usize = 512;

@unmanaged
class Node {
  /** Steps down to the leaves. */
  height: i32;
  entries: i32;
}

@unmanaged
class WaitingEntry {
  key: i64;
  /** A contact's slot; above the leaves the child's block. */
  id: u32;
  contacts: i32;
}

function node(block: usize): Node {
  if (isDefined(COUNT_TOUCHED)) countTouched(block);
  return changetype<Node>(block);
}

function addressOf(block: usize, place: i32): usize {
  return block + HEAD_BYTES + ((<usize>place) << 4);
}

function entryAt(block: usize, place: i32): WaitingEntry {
  if (isDefined(COUNT_TOUCHED)) countTouched(addressOf(block, place));
  return changetype<WaitingEntry>(addressOf(block, place));
}

function makeNode(height: i32): usize {
  const block = allocate(NODE_BYTES);
  const made = node(block);
  made.height = height;
  made.entries = 0;
  return block;
}

// ── Looking ─────────────────────────────────────────────────────────────────────────────────────────────────────
function firstUnder(found: WaitingEntry, height: i32): WaitingEntry {
  let first = found;
  for (let left = height; left > 0; left--) first = entryAt(first.id, 0);
  return first;
}

/** Whether a contact comes before all that are under an entry of a node of that height. */
function precedes(key: i64, than: Contact, other: WaitingEntry, height: i32): bool {
  if (key !== other.key) return key < other.key;
  const first = firstUnder(other, height);
  return key !== first.key ? key < first.key : arrivedBefore(than, contact(first.id));
}

/** How many entries of a node begin at or before a contact. The first child of a node above the leaves is one of them. */
function placeIn(block: usize, key: i64, than: Contact): i32 {
  const height = node(block).height;
  let low = height > 0 ? 1 : 0;
  let high = node(block).entries;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (precedes(key, than, entryAt(block, middle), height)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first contact of a tree that has any. */
export function firstOf(root: usize): i32 {
  return firstUnder(entryAt(root, 0), node(root).height).id;
}

/**
 * Writes the slots of a tree's first contacts whose key is not below one, behind `count` others, in their order, up to `most` in
 * all. Returns how many there are.
 */
export function gatherFirst(block: usize, key: i64, most: i32, into: usize, count: i32): i32 {
  let gathered = count;
  const from = node(block).height > 0 ? placeOf(block, key) - 1 : placeOf(block, key);
  for (let place = from; place < node(block).entries && gathered < most; place++) {
    const next = entryAt(block, place);
    if (node(block).height > 0) {
      gathered = gatherFirst(next.id, key, most, into, gathered);
    } else {
      store<i32>(into + ((<usize>gathered) << 2), next.id);
      gathered++;
    }
  }
  return gathered;
}

/** How many of the contacts of a tree come before one or are that one. */
export function countUpTo(root: usize, contacts: i32, key: i64, than: Contact): i32 {
  if (contacts === 0) return 0;
  let counted = 0;
  let block = root;
  let under = contacts;
  while (node(block).height > 0) {
    const child = placeIn(block, key, than) - 1;
    const entries = node(block).entries;
    // From the end that is nearer.
    if (child < entries >> 1) counted += contactsOf(block, 0, child);
    else counted += under - contactsOf(block, child, entries);
    under = entryAt(block, child).contacts;
    block = entryAt(block, child).id;
  }
  return counted + placeIn(block, key, than);
}

/** How many entries of a node begin before a key. The first child of a node above the leaves is one of them. */
function placeOf(block: usize, key: i64): i32 {
  let low = node(block).height > 0 ? 1 : 0;
  let high = node(block).entries;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entryAt(block, middle).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the contacts of a tree have a key below one. */
export function countBelow(root: usize, contacts: i32, key: i64): i32 {
  if (contacts === 0) return 0;
  let counted = 0;
  let block = root;
  while (node(block).height > 0) {
    const child = placeOf(block, key) - 1;
    counted += contactsOf(block, 0, child);
    block = entryAt(block, child).id;
  }
  return counted + placeOf(block, key);
}

/** The first contact of a tree that has any whose key is not below one, or NONE. */
export function firstFrom(root: usize, key: i64): i32 {
  let block = root;
  let behind: usize = 0;
  let height = 0;
  while (node(block).height > 0) {
    const child = placeOf(block, key) - 1;
    if (child + 1 < node(block).entries) {
      behind = addressOf(block, child + 1);
      height = node(block).height;
    }
    block = entryAt(block, child).id;
  }
  const place = placeOf(block, key);
  if (place < node(block).entries) return entryAt(block, place).id;
  return behind === 0 ? NONE : firstUnder(changetype<WaitingEntry>(behind), height).id;
}

/** Contacts under the entries from one place up to another. */
function contactsOf(block: usize, from: i32, to: i32): i32 {
  let contacts = 0;
  for (let place = from; place < to; place++) contacts += entryAt(block, place).contacts;
  return contacts;
}

// ── Joining ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Adds a contact that is not there. Returns the root, which may be another. */
export function joinTree(root: usize, key: i64, slot: i32): usize {
  const joins = contact(slot);
  const top = root === 0 ? makeNode(0) : node(root).entries === WIDTH ? raise(root) : root;
  let block = top;
  while (node(block).height > 0) {
    let place = placeIn(block, key, joins) - 1;
    if (node(entryAt(block, place).id).entries === WIDTH) {
      split(block, place, key, joins);
      if (!precedes(key, joins, entryAt(block, place + 1), node(block).height)) place++;
    }
    const child = entryAt(block, place);
    child.contacts++;
    block = child.id;
  }
  insert(block, placeIn(block, key, joins), key, slot, 1);
  return top;
}

/** A root above a root that is full. */
function raise(root: usize): usize {
  const top = makeNode(node(root).height + 1);
  insert(top, 0, entryAt(root, 0).key, <u32>root, contactsOf(root, 0, WIDTH));
  return top;
}

/** Makes two children of a full one: halves, but a newcomer behind all of them, as most are, leaves a full one behind. */
function split(block: usize, place: i32, key: i64, joins: Contact): void {
  const full = entryAt(block, place);
  const left: usize = full.id;
  const right = makeNode(node(left).height);
  const isLast = place === node(block).entries - 1;
  const isBehind = isLast && !precedes(key, joins, entryAt(left, WIDTH - 1), node(left).height);
  const kept = isBehind ? WIDTH - 1 : WIDTH >> 1;
  memory.copy(addressOf(right, 0), addressOf(left, kept), (<usize>(WIDTH - kept)) << 4);
  node(right).entries = WIDTH - kept;
  node(left).entries = kept;
  const moved = contactsOf(right, 0, WIDTH - kept);
  full.contacts -= moved;
  insert(block, place + 1, entryAt(right, 0).key, <u32>right, moved);
}

function insert(block: usize, place: i32, key: i64, id: u32, contacts: i32): void {
  const into = node(block);
  assert(into.entries < WIDTH);
  memory.copy(addressOf(block, place + 1), addressOf(block, place), (<usize>(into.entries - place)) << 4);
  into.entries++;
  const added = entryAt(block, place);
  added.key = key;
  added.id = id;
  added.contacts = contacts;
}

// ── Leaving ─────────────────────────────────────────────────────────────────────────────────────────────────────
/** Removes a contact that is there, with the key that it joined with. Returns the root, which may be another. */
export function leaveTree(root: usize, key: i64, slot: i32): usize {
  take(root, key, slot);
  let top = root;
  while (top !== 0 && node(top).entries < (node(top).height > 0 ? 2 : 1)) {
    const below = node(top).height > 0 ? entryAt(top, 0).id : 0;
    release(top, NODE_BYTES);
    top = below;
  }
  return top;
}

function take(block: usize, key: i64, slot: i32): void {
  const place = placeIn(block, key, contact(slot)) - 1;
  assert(place >= 0);
  const found = entryAt(block, place);
  if (node(block).height === 0) {
    assert(found.id === <u32>slot);
    return erase(block, place);
  }
  found.contacts--;
  take(found.id, key, slot);
  tidy(block, place);
}

/** After a child has lost an entry: it goes if that was its last, or becomes one with a neighbour as small as itself. */
function tidy(block: usize, place: i32): void {
  const left = node(entryAt(block, place).id).entries;
  if (left === 0) {
    release(entryAt(block, place).id, NODE_BYTES);
    erase(block, place);
  } else if (left < MERGED_MAX) {
    if (place + 1 < node(block).entries && left + entriesOf(block, place + 1) <= MERGED_MAX) merge(block, place);
    else if (place > 0 && left + entriesOf(block, place - 1) <= MERGED_MAX) merge(block, place - 1);
  }
}

function entriesOf(block: usize, place: i32): i32 {
  return node(entryAt(block, place).id).entries;
}

/** Takes the entries of the next child into the one at a place. */
function merge(block: usize, place: i32): void {
  const stays = entryAt(block, place);
  const goes = entryAt(block, place + 1);
  const into: usize = stays.id;
  const from: usize = goes.id;
  const before = node(into).entries;
  memory.copy(addressOf(into, before), addressOf(from, 0), (<usize>node(from).entries) << 4);
  node(into).entries = before + node(from).entries;
  // Of a first child nobody kept the key.
  if (node(into).height > 0) entryAt(into, before).key = goes.key;
  stays.contacts += goes.contacts;
  release(from, NODE_BYTES);
  erase(block, place + 1);
}

function erase(block: usize, place: i32): void {
  const from = node(block);
  from.entries--;
  memory.copy(addressOf(block, place), addressOf(block, place + 1), (<usize>(from.entries - place)) << 4);
}

// ── Another order ───────────────────────────────────────────────────────────────────────────────────────────────
/** The same contacts in the order that their queue has now: a new tree, and the old one's blocks given back. */
export function reorderTree(root: usize, changed: Queue): usize {
  if (root === 0) return 0;
  const reordered = joinAll(0, root, changed);
  releaseTree(root);
  return reordered;
}

/** Adds all contacts of one tree to another, with the keys that they have now. Returns the other's root. */
export function joinAll(root: usize, from: usize, that: Queue): usize {
  const height = node(from).height;
  let top = root;
  for (let place = 0; place < node(from).entries; place++) {
    const id = entryAt(from, place).id;
    top = height > 0 ? joinAll(top, id, that) : joinTree(top, placeKey(contact(id), that), id);
  }
  return top;
}

function releaseTree(block: usize): void {
  if (node(block).height > 0)
    for (let place = 0; place < node(block).entries; place++) releaseTree(entryAt(block, place).id);
  release(block, NODE_BYTES);
}
