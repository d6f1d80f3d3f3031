// Ported line for line from assembly/assign.ts, which says what it does and why; what only explanations need is not here.
#pragma once

#include "declarations.hpp"

namespace twin {


const i64 WITHOUT = ((i64)1) << 52;
constexpr i64 FAR = INT64_MAX;

static usize inputAt(Assignment& that) {
  return addressOf(that) + (((usize)sizeof(Assignment) + 7) & ~((usize)7));
}

static usize listAt(Assignment& that, i32 list) {
  return inputAt(that) + (((usize)that.contacts) << 3) + (((usize)that.contacts) << 2) * (usize)list;
}

static usize inputOf(Assignment& that) {
  return inputAt(that);
}

static i32 inputBytesOf(i32 contacts, i32 agents, i32 rows) {
  return contacts * 32 + agents * 4 + rows * agents * 4;
}

static usize workAt(Assignment& that) {
  return inputAt(that) + (usize)((inputBytesOf(that.contacts, that.agents, that.rows) + 7) & ~7);
}

static usize handlesAt(Assignment& that) {
  return listAt(that, 6);
}

static usize scoresAt(Assignment& that) {
  return handlesAt(that) + (((usize)that.agents) << 2);
}

static usize u(Assignment& that, i32 row) {
  return workAt(that) + (((usize)row) << 3);
}

static usize v(Assignment& that, i32 column) {
  return u(that, that.contacts) + (((usize)column) << 3);
}

static usize distance(Assignment& that, i32 column) {
  return v(that, that.agents) + (((usize)column) << 3);
}

static usize columnAt(Assignment& that, i32 row) {
  return distance(that, that.agents) + (((usize)row) << 2);
}

static usize columnList(Assignment& that, i32 list) {
  return columnAt(that, that.contacts) + (((usize)that.agents) << 2) * (usize)list;
}

static Assignment& makeAssignment(i32 contacts, i32 agents, i32 rows) {
  const auto input = (inputBytesOf(contacts, agents, rows) + 7) & ~7;
  const auto bytes = (i32)(((usize)sizeof(Assignment) + 7) & ~((usize)7)) + input + contacts * 12 + agents * 28;
  auto& made = record<Assignment>(allocate(bytes));
  memoryFill(addressOf(made), 0, bytes);
  made.contacts = contacts;
  made.agents = agents;
  made.rows = rows;
  made.blockBytes = bytes;
  made.brought = NONE;
  memoryFill(columnAt(made, 0), 0xff, ((usize)contacts) << 2);
  memoryFill(columnList(made, 0), 0xff, ((usize)agents) << 2);
  return made;
}

static void releaseAssignment(Assignment& that) {
  release(addressOf(that), that.blockBytes);
}

static void setContact(Assignment& that, i32 place, i32 slot, u32 number, i32 profile, i32 row, i64 rankPoints) {
  const auto at = ((usize)place) << 2;
  store<i64>(inputAt(that) + (at << 1), rankPoints);
  store<i32>(listAt(that, 0) + at, slot);
  store<u32>(listAt(that, 1) + at, number);
  store<i32>(listAt(that, 2) + at, profile);
  store<i32>(listAt(that, 3) + at, row);
  store<i32>(listAt(that, 4) + at, NONE);
}

static void setLast(Assignment& that, i32 place, i32 column, i32 points) {
  store<i32>(listAt(that, 4) + (((usize)place) << 2), column);
  store<i32>(listAt(that, 5) + (((usize)place) << 2), points);
}

static void setAgent(Assignment& that, i32 column, i32 handle) {
  store<i32>(handlesAt(that) + (((usize)column) << 2), handle);
}

static usize agentsOf(Assignment& that) {
  return handlesAt(that);
}

static usize rowOf(Assignment& that, i32 row) {
  return scoresAt(that) + (((usize)(row * that.agents)) << 2);
}

static i32 slotAt(Assignment& that, i32 place) {
  return load<i32>(listAt(that, 0) + (((usize)place) << 2));
}

static u32 numberAt(Assignment& that, i32 place) {
  return load<u32>(listAt(that, 1) + (((usize)place) << 2));
}

static i32 profileAt(Assignment& that, i32 place) {
  return load<i32>(listAt(that, 2) + (((usize)place) << 2));
}

static i32 rowAt(Assignment& that, i32 place) {
  return load<i32>(listAt(that, 3) + (((usize)place) << 2));
}

static i32 handleAt(Assignment& that, i32 column) {
  return load<i32>(handlesAt(that) + (((usize)column) << 2));
}

static i32 columnOf(Assignment& that, i32 place) {
  return load<i32>(columnAt(that, place));
}

static i64 scoreIn(Assignment& that, i32 place, i32 column) {
  const auto at = ((usize)place) << 2;
  const auto row = load<i32>(listAt(that, 3) + at);
  const auto points = load<i32>(scoresAt(that) + (((usize)(row * that.agents + column)) << 2));
  const i32 more = load<i32>(listAt(that, 4) + at) == column ? load<i32>(listAt(that, 5) + at) : 0;
  return (i64)(points + more) + load<i64>(inputAt(that) + (at << 1));
}

static bool isSolved(Assignment& that) {
  return that.done == that.contacts;
}

static i32 solve(Assignment& that, i32 work) {
  auto done = 0;
  while (done < work && !isSolved(that)) {
    lookOnce(that);
    done += that.agents;
  }
  return done;
}

static void lookOnce(Assignment& that) {
  must(!isSolved(that));
  that.looks++;
  if (that.brought == NONE) begin(that);
  look(that);
  if (isSolved(that)) addUp(that);
}

static void begin(Assignment& that) {
  that.brought = that.done;
  that.looking = that.done;
  that.reached = 0;
  that.leftOut = NONE;
  that.leftOutAt = FAR;
  for (auto column = 0; column < that.agents; column++) store<i64>(distance(that, column), FAR);
  memoryFill(columnList(that, 2), 0, ((usize)that.agents) << 2);
}

static void look(Assignment& that) {
  const auto row = that.looking;
  const auto at = ((usize)row) << 2;
  const auto scores = scoresAt(that) + (((usize)(load<i32>(listAt(that, 3) + at) * that.agents)) << 2);
  const auto last = load<i32>(listAt(that, 4) + at);
  const auto lastPoints = load<i32>(listAt(that, 5) + at);
  const auto potential = load<i64>(u(that, row));
  const auto base = that.reached - potential - load<i64>(inputAt(that) + (at << 1));
  const auto without = that.reached + WITHOUT - potential;
  if (without < that.leftOutAt) {
    that.leftOutAt = without;
    that.leftOut = row;
  }
  const auto values = v(that, 0);
  const auto distances = distance(that, 0);
  const auto before = columnList(that, 1);
  const auto passed = columnList(that, 2);
  const auto rows = columnList(that, 0);
  auto nearest = NONE;
  auto near = FAR;
  for (auto column = 0; column < that.agents; column++) {
    const auto place = ((usize)column) << 2;
    if (load<i32>(passed + place) != 0) continue;
    auto far = load<i64>(distances + (place << 1));
    const auto points = load<i32>(scores + place);
    if (points != ABSENT) {
      const auto score = column == last ? points + lastPoints : points;
      const auto way = base - (i64)score - load<i64>(values + (place << 1));
      if (way < far) {
        far = way;
        store<i64>(distances + (place << 1), way);
        store<i32>(before + place, row);
      }
    }
    if (far < near || (far == near && nearest != NONE && isTaken(rows, nearest) && !isTaken(rows, column))) {
      near = far;
      nearest = column;
    }
  }
  if (nearest == NONE || near > that.leftOutAt) return leaveOut(that);
  store<i32>(passed + (((usize)nearest) << 2), 1);
  that.reached = near;
  const auto taken = load<i32>(columnList(that, 0) + (((usize)nearest) << 2));
  if (taken != NONE) {
    that.looking = taken;
    return;
  }
  raise(that, nearest);
  shift(that, nearest);
  that.done++;
  that.brought = NONE;
}

static bool isTaken(usize rows, i32 column) {
  return load<i32>(rows + (((usize)column) << 2)) != NONE;
}

static void leaveOut(Assignment& that) {
  const auto row = that.leftOut;
  that.reached = that.leftOutAt;
  raise(that, NONE);
  const auto column = columnOf(that, row);
  if (row != that.brought) {
    store<i32>(columnAt(that, row), NONE);
    shift(that, column);
  }
  that.done++;
  that.brought = NONE;
}

static void raise(Assignment& that, i32 end) {
  const auto brought = u(that, that.brought);
  store<i64>(brought, load<i64>(brought) + that.reached);
  for (auto column = 0; column < that.agents; column++) {
    const auto place = ((usize)column) << 2;
    if (load<i32>(columnList(that, 2) + place) == 0 || column == end) continue;
    const auto by = that.reached - load<i64>(distance(that, column));
    const auto row = u(that, load<i32>(columnList(that, 0) + place));
    store<i64>(row, load<i64>(row) + by);
    store<i64>(v(that, column), load<i64>(v(that, column)) - by);
  }
}

static void shift(Assignment& that, i32 end) {
  auto column = end;
  for (;;) {
    const auto row = load<i32>(columnList(that, 1) + (((usize)column) << 2));
    const auto next = columnOf(that, row);
    store<i32>(columnAt(that, row), column);
    store<i32>(columnList(that, 0) + (((usize)column) << 2), row);
    if (row == that.brought) return;
    column = next;
  }
}

static void addUp(Assignment& that) {
  for (auto place = 0; place < that.contacts; place++) {
    const auto column = columnOf(that, place);
    if (column == NONE) continue;
    that.matches++;
    that.total += scoreIn(that, place, column);
  }
}

}  // namespace twin
