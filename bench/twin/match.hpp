// Ported line for line from assembly/match.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static List& homeless() { return record<List>(LIST_HOMELESS); }

static i32 homelessAt(i32 place) { return load<i32>(homeless().block + (((usize)place) << 2)); }

static bool comesBefore(i32 slot, i32 other) {
  auto& one = contact(slot);
  auto& two = contact(other);
  return servedBefore(one, queue(one.queue), two, queue(two.queue), now());
}

static void addHomeless(i32 slot, i32 why) {
  contact(slot).why = (u8)why;
  auto& list = homeless();
  reserve(list, list.count + 1, 4);
  auto low = 0;
  auto high = list.count;
  while (low < high) {
    const auto middle = (low + high) >> 1;
    if (comesBefore(homelessAt(middle), slot))
      low = middle + 1;
    else
      high = middle;
  }
  const auto place = list.block + (((usize)low) << 2);
  memoryCopy(place + 4, place, ((usize)(list.count - low)) << 2);
  store<i32>(place, slot);
  list.count++;
}

static void settle() {
  tellStates(true);
  for (auto place = 0; place < homeless().count; place++) placeContact(homelessAt(place));
  serveTouched();
  for (auto place = 0; place < homeless().count; place++) tellQueued(homelessAt(place));
  homeless().count = 0;
  state().furtherRings = 0;
  beginBatches();
  tellStates(false);
}

static void placeContact(i32 slot) {
  if (contact(slot).is(IS_WITHHELD) || ringsAtKnown(slot)) return;
  auto& looks = contact(slot);
  auto free = chooseFree(looks);
  while (free != NONE) {
    makeOffer(slot, free);
    if (!wantsMore(slot)) return;
    if (++state().furtherRings > RINGS_PER_CAUSE_MAX) return ringLater(slot);
    free = chooseFree(looks);
  }
  pushWaiting(slot);
}

static void serveTouched() {
  auto& own = state();
  while (own.touchedFirst != 0) {
    const auto handle = own.touchedFirst - 1;
    own.touchedFirst = agent(handle).nextTouched;
    if (own.touchedFirst == 0) own.touchedLast = 0;
    serve(handle);
    noteWork(handle);
    enterPool(handle);
    agent(handle).touched = 0;
  }
}

static void serve(i32 handle) {
  for (;;) {
    const auto free = freeChannels(agent(handle));
    if (free == 0) return;
    auto slot = bestWaiter(agent(handle), free, now());
    if (slot != NONE) {
      takeWaiter(slot, handle);
    } else {
      slot = bestHead(handle, free);
      if (slot == NONE) return;
      removeWaiting(slot);
    }
    makeOffer(slot, handle);
    if (wantsMore(slot)) pushWaiting(slot);
  }
}

static i32 bestHead(i32 handle, i32 free) {
  auto& own = agentClass(agent(handle).agentClass);
  auto best = NONE;
  for (auto fit = 0; fit < own.fitsCount; fit++) {
    auto& candidate = profile(fitProfile(own, fit));
    if (queue(candidate.queue).batchMs > 0) continue;
    if (candidate.waitingCount == 0 || ((free >> candidate.channel) & 1) == 0) continue;
    if (excludes(candidate, handle)) continue;
    if (!mayRingFor(queue(candidate.queue), agent(handle))) continue;
    const auto head = firstNow(candidate);
    if (best == NONE || comesBefore(head, best)) best = head;
  }
  return best;
}
static void tellQueued(i32 slot) {
  auto& waits = contact(slot);
  if (waits.state != CONTACT_WAITING) return;
  const auto effect = begin(EFFECT_QUEUED, 0);
  about(effect, slot, waits.number, NONE, NONE, waits.queue);
  values(effect, ahead(waits), waits.why, 0);
  times(effect, 0, waits.arrived, 0);
  finish(effect);
  waitForKnown(slot);
}

static void tellPlace(usize command) {
  const auto slot = named(command);
  if (slot == NONE) return;
  auto& waits = contact(slot);
  if (waits.state != CONTACT_WAITING || !waits.pooled) return;
  const auto effect = begin(EFFECT_PLACE, 0);
  about(effect, slot, waits.number, NONE, NONE, waits.queue);
  values(effect, ahead(waits), 0, 0);
  times(effect, 0, waits.arrived, 0);
  finish(effect);
}

static i32 ahead(Contact& waits) {
  auto& that = queue(waits.queue);
  const auto others = that.waiting - waits.pooled;
  if (others == 0) return 0;
  if (waits.pooled && that.odd == 0 && waits.sequence == state().contactSequence) return others;
  return countAhead(waits);
}

}  // namespace twin
