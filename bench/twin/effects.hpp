// Ported line for line from assembly/effects.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

constexpr i64 DIGEST_MULTIPLIER = (((i64)0x2545f491) << 32) | 0x4f6cdd1d;

static i64 roll(i64 digest, i64 word) {
  const auto mixed = (digest ^ word) * DIGEST_MULTIPLIER;
  return mixed ^ (i64)((u64)mixed >> 29);
}

static i32 room() { return EFFECTS_BYTES / EFFECT_BYTES - load<i32>(0, HEADER_EFFECT_COUNT); }

static usize begin(i32 kind, i32 code) {
  must(state().effects != 0 && room() > 0);
  const auto effect = state().effects + (usize)load<i32>(0, HEADER_EFFECT_COUNT) * EFFECT_BYTES;
  memoryFill(effect, 0, EFFECT_BYTES);
  must((u32)code <= 0xffff);
  store<u16>(effect, (u16)kind);
  store<u16>(effect, (u16)code, EFFECT_CODE);
  store<i32>(effect, state().cause, EFFECT_CAUSE);
  store<i32>(effect, NONE, EFFECT_CONTACT);
  store<i32>(effect, NONE, EFFECT_AGENT);
  store<i32>(effect, NONE, EFFECT_LINE);
  store<i32>(effect, NONE, EFFECT_QUEUE);
  return effect;
}

static void about(usize effect, i32 contact, u32 number, i32 agent, i32 line, i32 queue) {
  store<i32>(effect, contact, EFFECT_CONTACT);
  store<u32>(effect, number, EFFECT_NUMBER);
  store<i32>(effect, agent, EFFECT_AGENT);
  store<i32>(effect, line, EFFECT_LINE);
  store<i32>(effect, queue, EFFECT_QUEUE);
}

static void values(usize effect, i32 value, i32 value2, i32 value3) {
  store<i32>(effect, value, EFFECT_VALUE);
  store<i32>(effect, value2, EFFECT_VALUE2);
  store<i32>(effect, value3, EFFECT_VALUE3);
}

static void times(usize effect, i64 at, i64 since, i64 extra) {
  store<i64>(effect, at, EFFECT_AT);
  store<i64>(effect, since, EFFECT_SINCE);
  store<i64>(effect, extra, EFFECT_EXTRA);
}

static void finish(usize effect) {
  if (state().cause != CAUSE_DESCRIBE) {
    auto digest = load<i64>(0, HEADER_DIGEST);
    for (usize offset = 0; offset < (usize)EFFECT_BYTES; offset += 8) digest = roll(digest, load<i64>(effect + offset));
    store<i64>(0, digest, HEADER_DIGEST);
  }
  count(HEADER_EFFECT_COUNT, 1);
}

static void refuse(i32 code, i32 contact, u32 number, i32 agent, i32 queue) {
  const auto effect = begin(EFFECT_REFUSED, code);
  about(effect, contact, number, agent, NONE, queue);
  finish(effect);
}

}  // namespace twin
