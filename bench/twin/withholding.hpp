// Ported line for line from assembly/withholding.ts, which says what it does and why.
#pragma once

#include "declarations.hpp"

namespace twin {

static void withholdContact(usize command) {
  const auto slot = named(command);
  const auto on = load<i32>(command, CONTACT_COMMAND_VALUE);
  must(on == 0 || on == 1);
  if (slot == NONE) return;
  auto& marked = contact(slot);
  if (marked.state == CONTACT_WRAP_UP || marked.is(IS_WITHHELD) == (on == 1)) return;

  if (on == 1) {
    if (marked.pooled) removeWaiting(slot);
    return withholdFromNow(slot);
  }
  marked.unmark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_ENDS);
  if (marked.state == CONTACT_WAITING)
    addHomeless(slot, QUEUED_WITHHELD_NO_MORE);
  else if (marked.state == CONTACT_WAITING_FOR)
    touch(marked.named);
  else
    ringOn(slot, QUEUED_WITHHELD_NO_MORE);
}

static void withholdFromNow(i32 slot) {
  contact(slot).mark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_BEGINS);
}

static void parkContact(i32 slot) {
  if (contact(slot).is(IS_WITHHELD)) return;
  contact(slot).mark(IS_WITHHELD);
  emitWithheld(slot, WITHHELD_PARKED);
}

static void resumeContact(i32 slot, i32 code) {
  if (!contact(slot).is(IS_WITHHELD)) return;
  contact(slot).unmark(IS_WITHHELD);
  emitWithheld(slot, code);
}

static void emitWithheld(i32 slot, i32 code) {
  auto& marked = contact(slot);
  const auto effect = begin(EFFECT_WITHHELD, code);
  about(effect, slot, marked.number, NONE, NONE, marked.queue);
  times(effect, 0, marked.arrived, 0);
  finish(effect);
}

}  // namespace twin
