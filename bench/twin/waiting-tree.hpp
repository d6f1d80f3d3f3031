// Ported line for line from assembly/waiting-tree.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 WIDTH = 31;
constexpr i32 MERGED_MAX = 15;
constexpr usize HEAD_BYTES = 16;
constexpr usize NODE_BYTES = 512;

static Node& node(usize block) { return record<Node>(block); }

static usize placeAddress(usize block, i32 place) { return block + HEAD_BYTES + (((usize)place) << 4); }

static WaitingEntry& entryAt(usize block, i32 place) { return record<WaitingEntry>(placeAddress(block, place)); }

static usize makeNode(i32 height) {
  const auto block = allocate(NODE_BYTES);
  auto& made = node(block);
  made.height = height;
  made.entries = 0;
  return block;
}

static WaitingEntry& firstUnder(WaitingEntry& found, i32 height) {
  auto* first = &found;
  for (auto left = height; left > 0; left--) first = &entryAt(first->id, 0);
  return *first;
}

static bool precedes(i64 key, Contact& than, WaitingEntry& other, i32 height) {
  if (key != other.key) return key < other.key;
  auto& first = firstUnder(other, height);
  return key != first.key ? key < first.key : arrivedBefore(than, contact(first.id));
}

static i32 placeIn(usize block, i64 key, Contact& than) {
  const auto height = node(block).height;
  auto low = height > 0 ? 1 : 0;
  auto high = node(block).entries;
  while (low < high) {
    const auto middle = (low + high) >> 1;
    if (precedes(key, than, entryAt(block, middle), height))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

static i32 firstOf(usize root) { return firstUnder(entryAt(root, 0), node(root).height).id; }

static i32 gatherFirst(usize block, i64 key, i32 most, usize into, i32 count) {
  auto gathered = count;
  const auto from = node(block).height > 0 ? placeOf(block, key) - 1 : placeOf(block, key);
  for (auto place = from; place < node(block).entries && gathered < most; place++) {
    auto& next = entryAt(block, place);
    if (node(block).height > 0) {
      gathered = gatherFirst(next.id, key, most, into, gathered);
    } else {
      store<i32>(into + (((usize)gathered) << 2), next.id);
      gathered++;
    }
  }
  return gathered;
}

static i32 countUpTo(usize root, i32 contacts, i64 key, Contact& than) {
  if (contacts == 0) return 0;
  auto counted = 0;
  auto block = root;
  auto under = contacts;
  while (node(block).height > 0) {
    const auto child = placeIn(block, key, than) - 1;
    const auto entries = node(block).entries;
    if (child < entries >> 1)
      counted += contactsOf(block, 0, child);
    else
      counted += under - contactsOf(block, child, entries);
    under = entryAt(block, child).contacts;
    block = entryAt(block, child).id;
  }
  return counted + placeIn(block, key, than);
}

static i32 placeOf(usize block, i64 key) {
  auto low = node(block).height > 0 ? 1 : 0;
  auto high = node(block).entries;
  while (low < high) {
    const auto middle = (low + high) >> 1;
    if (entryAt(block, middle).key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static i32 countBelow(usize root, i32 contacts, i64 key) {
  if (contacts == 0) return 0;
  auto counted = 0;
  auto block = root;
  while (node(block).height > 0) {
    const auto child = placeOf(block, key) - 1;
    counted += contactsOf(block, 0, child);
    block = entryAt(block, child).id;
  }
  return counted + placeOf(block, key);
}

static i32 firstFrom(usize root, i64 key) {
  auto block = root;
  usize behind = 0;
  auto height = 0;
  while (node(block).height > 0) {
    const auto child = placeOf(block, key) - 1;
    if (child + 1 < node(block).entries) {
      behind = placeAddress(block, child + 1);
      height = node(block).height;
    }
    block = entryAt(block, child).id;
  }
  const auto place = placeOf(block, key);
  if (place < node(block).entries) return entryAt(block, place).id;
  return behind == 0 ? NONE : (i32)firstUnder(record<WaitingEntry>(behind), height).id;
}

static i32 contactsOf(usize block, i32 from, i32 to) {
  auto contacts = 0;
  for (auto place = from; place < to; place++) contacts += entryAt(block, place).contacts;
  return contacts;
}
static usize joinTree(usize root, i64 key, i32 slot) {
  auto& joins = contact(slot);
  const auto top = root == 0 ? makeNode(0) : node(root).entries == WIDTH ? raise(root) : root;
  auto block = top;
  while (node(block).height > 0) {
    auto place = placeIn(block, key, joins) - 1;
    if (node(entryAt(block, place).id).entries == WIDTH) {
      split(block, place, key, joins);
      if (!precedes(key, joins, entryAt(block, place + 1), node(block).height)) place++;
    }
    auto& child = entryAt(block, place);
    child.contacts++;
    block = child.id;
  }
  insert(block, placeIn(block, key, joins), key, slot, 1);
  return top;
}

static usize raise(usize root) {
  const auto top = makeNode(node(root).height + 1);
  insert(top, 0, entryAt(root, 0).key, root, contactsOf(root, 0, WIDTH));
  return top;
}

static void split(usize block, i32 place, i64 key, Contact& joins) {
  auto& full = entryAt(block, place);
  const usize left = full.id;
  const auto right = makeNode(node(left).height);
  const auto isLast = place == node(block).entries - 1;
  const auto isBehind = isLast && !precedes(key, joins, entryAt(left, WIDTH - 1), node(left).height);
  const auto kept = isBehind ? WIDTH - 1 : WIDTH >> 1;
  memoryCopy(placeAddress(right, 0), placeAddress(left, kept), ((usize)(WIDTH - kept)) << 4);
  node(right).entries = WIDTH - kept;
  node(left).entries = kept;
  const auto moved = contactsOf(right, 0, WIDTH - kept);
  full.contacts -= moved;
  insert(block, place + 1, entryAt(right, 0).key, right, moved);
}

static void insert(usize block, i32 place, i64 key, u32 id, i32 contacts) {
  auto& into = node(block);
  must(into.entries < WIDTH);
  memoryCopy(placeAddress(block, place + 1), placeAddress(block, place), ((usize)(into.entries - place)) << 4);
  into.entries++;
  auto& added = entryAt(block, place);
  added.key = key;
  added.id = id;
  added.contacts = contacts;
}
static usize leaveTree(usize root, i64 key, i32 slot) {
  take(root, key, slot);
  auto top = root;
  while (top != 0 && node(top).entries < (node(top).height > 0 ? 2 : 1)) {
    const auto below = node(top).height > 0 ? entryAt(top, 0).id : 0;
    release(top, NODE_BYTES);
    top = below;
  }
  return top;
}

static void take(usize block, i64 key, i32 slot) {
  const auto place = placeIn(block, key, contact(slot)) - 1;
  must(place >= 0);
  auto& found = entryAt(block, place);
  if (node(block).height == 0) {
    must(found.id == (u32)slot);
    return erase(block, place);
  }
  found.contacts--;
  take(found.id, key, slot);
  tidy(block, place);
}

static void tidy(usize block, i32 place) {
  const auto left = node(entryAt(block, place).id).entries;
  if (left == 0) {
    release(entryAt(block, place).id, NODE_BYTES);
    erase(block, place);
  } else if (left < MERGED_MAX) {
    if (place + 1 < node(block).entries && left + entriesOf(block, place + 1) <= MERGED_MAX)
      merge(block, place);
    else if (place > 0 && left + entriesOf(block, place - 1) <= MERGED_MAX)
      merge(block, place - 1);
  }
}

static i32 entriesOf(usize block, i32 place) { return node(entryAt(block, place).id).entries; }

static void merge(usize block, i32 place) {
  auto& stays = entryAt(block, place);
  auto& goes = entryAt(block, place + 1);
  const usize into = stays.id;
  const usize from = goes.id;
  const auto before = node(into).entries;
  memoryCopy(placeAddress(into, before), placeAddress(from, 0), ((usize)node(from).entries) << 4);
  node(into).entries = before + node(from).entries;
  if (node(into).height > 0) entryAt(into, before).key = goes.key;
  stays.contacts += goes.contacts;
  release(from, NODE_BYTES);
  erase(block, place + 1);
}

static void erase(usize block, i32 place) {
  auto& from = node(block);
  from.entries--;
  memoryCopy(placeAddress(block, place), placeAddress(block, place + 1), ((usize)(from.entries - place)) << 4);
}
static usize reorderTree(usize root, Queue& changed) {
  if (root == 0) return 0;
  const auto reordered = joinAll(0, root, changed);
  releaseTree(root);
  return reordered;
}

static usize joinAll(usize root, usize from, Queue& that) {
  const auto height = node(from).height;
  auto top = root;
  for (auto place = 0; place < node(from).entries; place++) {
    const auto id = entryAt(from, place).id;
    top = height > 0 ? joinAll(top, id, that) : joinTree(top, placeKey(contact(id), that), id);
  }
  return top;
}

static void releaseTree(usize block) {
  if (node(block).height > 0)
    for (auto place = 0; place < node(block).entries; place++) releaseTree(entryAt(block, place).id);
  release(block, NODE_BYTES);
}

}  // namespace twin
