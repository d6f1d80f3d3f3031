// Ported line for line from assembly/shares.ts, which says what it does and why; what only state records need is not
// here.
#pragma once

#include "declarations.hpp"

namespace twin {

static bool countsContacts(Queue& that) {
  return that.select == SELECT_LEAST_CONTACTS || (that.select == SELECT_SCORE && that.scoreWeight(SCORE_CONTACTS) != 0);
}

static bool watchesLoads(Queue& that) {
  return that.select == SELECT_LEAST_OCCUPIED ||
         (that.select == SELECT_SCORE && that.scoreWeight(SCORE_OCCUPANCY) != 0);
}

static bool keepsShares(Queue& that) { return that.select == SELECT_ROUND_ROBIN || countsContacts(that); }

static usize sharesOf(Queue& that) { return addressOf(that) + offsetof(Queue, sharesDirectory); }

static usize loadsOf(Queue& that) { return addressOf(that) + offsetof(Queue, loadsDirectory); }

static i64 hadOf(usize pool, i32 handle) { return made(pool, handle) ? at<Share>(pool, handle).had : 0; }

static void setHad(usize pool, i32 handle, i64 had) { make<Share>(pool, handle).had = had; }

static i32 sharesTop(Queue& that) { return top(sharesOf(that)); }

static i64 shareOf(Queue& that, i32 handle) { return hadOf(sharesOf(that), handle); }

static void setShare(Queue& that, i32 handle, i64 had) { setHad(sharesOf(that), handle, had); }

static void forgetAll(usize pool) {
  for (auto handle = 0; handle < top(pool); handle++)
    if (made(pool, handle)) at<Share>(pool, handle).had = 0;
  record<Pool>(pool).top = 0;
}

static void forgetSharesOf(i32 handle) {
  for (auto place = 0; place < top(POOL_QUEUES); place++) {
    if (!made(POOL_QUEUES, place)) continue;
    auto& that = queue(place);
    if (made(sharesOf(that), handle)) setShare(that, handle, 0);
    if (made(loadsOf(that), handle)) setHad(loadsOf(that), handle, 0);
  }
}

}  // namespace twin
