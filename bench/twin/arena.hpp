// Ported line for line from assembly/arena.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr u32 BLOCK_SHIFT_MIN = 4;
constexpr i32 CHUNK_SHIFT = 7;
constexpr i32 CHUNK_RECORDS = 1 << CHUNK_SHIFT;

static usize extend(usize bytes) {
  usize at = load<u32>(0, HEADER_ARENA_TOP);
  const auto top = at + ((bytes + 15) & ~((usize)15));
  must(top > at);
  must(((u64)top + PAGE_BYTES - 1) / PAGE_BYTES <= (u64)MEMORY_PAGES_MAX);
  store<u32>(0, (u32)top, HEADER_ARENA_TOP);
  return at;
}

static u32 blockShift(usize bytes) {
  u32 shift = bytes <= 1 ? 0 : 32 - leadingZeros((u32)bytes - 1);
  return shift < BLOCK_SHIFT_MIN ? BLOCK_SHIFT_MIN : shift;
}

static usize allocate(usize bytes) {
  const auto shift = blockShift(bytes);
  must(shift < 31);
  const auto head = FREE_LISTS + (((usize)shift) << 2);
  usize block = load<u32>(head);
  if (block == 0) return extend(((usize)1) << shift);
  must(block >= (usize)ARENA_AT);
  store<u32>(head, load<u32>(block));
  return block;
}

static void release(usize block, usize bytes) {
  const auto head = FREE_LISTS + (((usize)blockShift(bytes)) << 2);
  store<u32>(block, load<u32>(head));
  store<u32>(head, (u32)block);
}

static void reserve(List& list, i32 wanted, usize elementBytes) {
  if ((u32)wanted <= list.capacity) return;
  u32 capacity = list.capacity == 0 ? 4 : list.capacity;
  while (capacity < (u32)wanted) capacity <<= 1;
  const auto block = allocate((usize)capacity * elementBytes);
  if (list.capacity > 0) {
    memoryCopy(block, list.block, (usize)list.count * elementBytes);
    release(list.block, (usize)list.capacity * elementBytes);
  }
  list.block = block;
  list.capacity = capacity;
}

static void clear(List& list, usize elementBytes) {
  if (list.capacity > 0) release(list.block, (usize)list.capacity * elementBytes);
  list.block = 0;
  list.capacity = 0;
  list.count = 0;
}

template <class T>
T& make(usize poolAt, i32 index) {
  auto& pool = record<Pool>(poolAt);
  u32 chunk = index >> CHUNK_SHIFT;
  if (chunk >= pool.capacity) {
    u32 capacity = pool.capacity == 0 ? 8 : pool.capacity;
    while (capacity <= chunk) capacity <<= 1;
    const auto directory = allocate(((usize)capacity) << 2);
    memoryFill(directory, 0, ((usize)capacity) << 2);
    if (pool.capacity > 0) {
      memoryCopy(directory, pool.directory, ((usize)pool.capacity) << 2);
      release(pool.directory, ((usize)pool.capacity) << 2);
    }
    pool.directory = directory;
    pool.capacity = capacity;
  }
  const auto entry = pool.directory + (((usize)chunk) << 2);
  if (load<u32>(entry) == 0) store<u32>(entry, (u32)extend(bytesOf<T>() * CHUNK_RECORDS));
  if (index >= pool.top) pool.top = index + 1;
  return at<T>(poolAt, index);
}

static bool made(usize poolAt, i32 index) {
  auto& pool = record<Pool>(poolAt);
  return (u32)index < (u32)pool.top && load<u32>(pool.directory + (((usize)(index >> CHUNK_SHIFT)) << 2)) != 0;
}

template <class T>
T& at(usize poolAt, i32 index) {
  usize chunk = load<u32>(record<Pool>(poolAt).directory + (((usize)(index >> CHUNK_SHIFT)) << 2));
  return record<T>(chunk + (usize)(index & (CHUNK_RECORDS - 1)) * bytesOf<T>());
}

static i32 top(usize poolAt) { return record<Pool>(poolAt).top; }

}  // namespace twin
