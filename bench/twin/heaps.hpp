// Ported line for line from assembly/heaps.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr usize ENTRY_BYTES = 16;

template <class E>
E& entry(usize block, i32 position) {
  return record<E>(block + (((usize)position) << 4));
}

static void swap(usize block, i32 one, i32 other) {
  const auto a = block + (((usize)one) << 4);
  const auto b = block + (((usize)other) << 4);
  struct Entry {
    u64 halves[2];
  };
  const auto held = load<Entry>(a);
  store<Entry>(a, load<Entry>(b));
  store<Entry>(b, held);
}

template <class E>
void rise(usize block, i32 from) {
  auto position = from;
  while (position > 0) {
    const auto parent = (position - 1) >> 1;
    if (!entry<E>(block, position).precedes(entry<E>(block, parent))) break;
    swap(block, position, parent);
    entry<E>(block, position).moved(position);
    position = parent;
  }
  entry<E>(block, position).moved(position);
}

template <class E>
void sink(usize block, i32 count, i32 from) {
  auto position = from;
  for (;;) {
    auto child = position * 2 + 1;
    if (child >= count) break;
    if (child + 1 < count && entry<E>(block, child + 1).precedes(entry<E>(block, child))) child++;
    if (!entry<E>(block, child).precedes(entry<E>(block, position))) break;
    swap(block, position, child);
    entry<E>(block, position).moved(position);
    position = child;
  }
  entry<E>(block, position).moved(position);
}

static void append(List& heap, i64 key, i32 id, u32 mark) {
  reserve(heap, heap.count + 1, ENTRY_BYTES);
  const auto last = heap.block + (((usize)heap.count) << 4);
  store<i64>(last, key);
  store<i32>(last, id, 8);
  store<u32>(last, mark, 12);
  heap.count++;
}

template <class E>
void push(List& heap, i64 key, i32 id, u32 mark) {
  append(heap, key, id, mark);
  rise<E>(heap.block, heap.count - 1);
}

template <class E>
void removeAt(List& heap, i32 position) {
  must((u32)position < (u32)heap.count);
  const auto last = --heap.count;
  if (position == last) return;
  swap(heap.block, position, last);
  if (position > 0 && entry<E>(heap.block, position).precedes(entry<E>(heap.block, (position - 1) >> 1))) {
    rise<E>(heap.block, position);
  } else {
    sink<E>(heap.block, last, position);
  }
}

template <class E>
void order(List& heap) {
  for (auto position = heap.count - 1; position >= 0; position--) sink<E>(heap.block, heap.count, position);
}

}  // namespace twin
