// Ported line for line from assembly/weights.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i32 SIZE_MIN = 64;
constexpr i64 HANDLE_BITS = 10;
constexpr i64 GAMMA = (i64)0x9e3779b97f4a7c15;
constexpr i64 FIRST_FACTOR = (i64)0xbf58476d1ce4e5b9;
constexpr i64 SECOND_FACTOR = (i64)0x94d049bb133111eb;

static i32 weightOf(i32 levelsSum) { return levelsSum > 1 ? levelsSum : 1; }

static usize sumAt(Profile& that, i32 place) { return that.weights + (((usize)(place - 1)) << 2); }

static i32 totalWeight(Profile& that) { return that.weightsSize == 0 ? 0 : load<i32>(sumAt(that, that.weightsSize)); }

static void addWeight(Profile& that, i32 handle, i32 change) {
  if (handle >= that.weightsSize) growWeights(that, handle + 1);
  for (auto place = handle + 1; place <= that.weightsSize; place += place & -place) {
    const auto at = sumAt(that, place);
    store<i32>(at, load<i32>(at) + change);
  }
}

static void growWeights(Profile& that, i32 wanted) {
  const auto before = that.weightsSize;
  auto size = before == 0 ? SIZE_MIN : before;
  while (size < wanted) size <<= 1;
  const auto total = totalWeight(that);
  const auto block = allocate(((usize)size) << 2);
  memoryFill(block, 0, ((usize)size) << 2);
  memoryCopy(block, that.weights, ((usize)before) << 2);
  if (before > 0) release(that.weights, ((usize)before) << 2);
  that.weights = block;
  that.weightsSize = size;
  for (auto place = before << 1; place > 0 && place <= size; place <<= 1) store<i32>(sumAt(that, place), total);
}

static void clearWeights(Profile& that) {
  if (that.weightsSize > 0) release(that.weights, ((usize)that.weightsSize) << 2);
  that.weights = 0;
  that.weightsSize = 0;
}

static void beginDrawing(Queue& that, i32 handle, i64 at) { that.random = (at << HANDLE_BITS) | (i64)handle; }

static void endDrawing(Queue& that) { that.random = 0; }

static i64 drawn(Queue& that, i32 total) {
  auto mixed = that.random;
  mixed = (mixed ^ (i64)((u64)mixed >> 30)) * FIRST_FACTOR;
  mixed = (mixed ^ (i64)((u64)mixed >> 27)) * SECOND_FACTOR;
  mixed ^= (i64)((u64)mixed >> 31);
  return (i64)((u64)mixed >> 1) % (i64)total;
}

static i32 drawFree(Profile& that) {
  const auto total = totalWeight(that);
  if (total == 0) return NONE;
  auto& from = queue(that.queue);
  from.random += GAMMA;
  auto left = (i32)drawn(from, total);
  auto passed = 0;
  for (auto step = that.weightsSize; step > 0; step >>= 1) {
    if (passed + step > that.weightsSize) continue;
    const auto sum = load<i32>(sumAt(that, passed + step));
    if (sum > left) continue;
    passed += step;
    left -= sum;
  }
  return passed;
}

}  // namespace twin
