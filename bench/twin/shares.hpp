// Ported line for line from assembly/shares.ts, which says what it does and why; what only state records need is not here.
#pragma once

#include "declarations.hpp"

namespace twin {

static bool keepsShares(Queue& that) {
  const auto select = that.select;
  return select == SELECT_LEAST_OCCUPIED || select == SELECT_LEAST_CONTACTS || select == SELECT_ROUND_ROBIN;
}

static usize sharesOf(Queue& that) { return addressOf(that) + offsetof(Queue, sharesDirectory); }

static i32 sharesTop(Queue& that) { return top(sharesOf(that)); }

static i64 shareOf(Queue& that, i32 handle) {
  return made(sharesOf(that), handle) ? at<Share>(sharesOf(that), handle).had : 0;
}

static void setShare(Queue& that, i32 handle, i64 had) { make<Share>(sharesOf(that), handle).had = had; }

static void forgetShares(Queue& that) {
  const auto pool = sharesOf(that);
  for (auto handle = 0; handle < top(pool); handle++)
    if (made(pool, handle)) at<Share>(pool, handle).had = 0;
  record<Pool>(pool).top = 0;
}

static void forgetSharesOf(i32 handle) {
  for (auto place = 0; place < top(POOL_QUEUES); place++) {
    if (!made(POOL_QUEUES, place)) continue;
    auto& that = queue(place);
    if (made(sharesOf(that), handle)) setShare(that, handle, 0);
  }
}

}  // namespace twin
