// The matching core's algorithm in C++, fed the same commands: what WebAssembly costs is the difference.
//
//   twin TAPE EFFECTS
//
//   tape: batches ─▶ input buffer ─▶ runTick() ─▶ effect buffer ─▶ EFFECTS (of measured batches)       only runTick()
//   is timed
//           marks ─▶ a line of numbers on standard output, then one line is awaited on standard input
//
// The tape is what bench/core/tape.ts writes: "STRWTAPE", then records of 24 bytes (u32 what, u32 bytes, i64 time, i64
// number), each batch followed by its commands. Ends with 0; with another code and a line on standard error where
// anything is not as it must be, a command that the twin does not know among it.

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena.hpp"
#include "heaps.hpp"
#include "effects.hpp"
#include "timers.hpp"
#include "score.hpp"
#include "ageing.hpp"
#include "queues.hpp"
#include "idle.hpp"
#include "shares.hpp"
#include "duty.hpp"
#include "weights.hpp"
#include "occupancy.hpp"
#include "columns.hpp"
#include "assign.hpp"
#include "batch.hpp"
#include "profiles.hpp"
#include "waiting-tree.hpp"
#include "among.hpp"
#include "classes.hpp"
#include "agents.hpp"
#include "seats.hpp"
#include "contacts.hpp"
#include "dialling.hpp"
#include "direct.hpp"
#include "leaving.hpp"
#include "sending.hpp"
#include "withholding.hpp"
#include "offers.hpp"
#include "ringing.hpp"
#include "match.hpp"
#include "step.hpp"

namespace twin {

[[maybe_unused]] constexpr u32 TAPE_BATCH = 0;
constexpr u32 TAPE_MEASURED = 1;
constexpr u32 TAPE_MARK = 2;

struct TapeRecord {
  u32 what;
  u32 bytes;
  i64 now;
  i64 number;
};

static void format() {
  store<i64>(0, MAGIC, HEADER_MAGIC);
  store<i32>(0, LAYOUT_VERSION, HEADER_LAYOUT_VERSION);
  store<u32>(0, ARENA_AT, HEADER_ARENA_TOP);
  store<i64>(0, NO_DEADLINE, HEADER_NEXT_DEADLINE);
}

static i64 rollRange(i64 digest, usize from, usize to) {
  i64 rolled = digest;
  for (usize at = from; at < to; at += 8) rolled = roll(rolled, load<i64>(at));
  return rolled;
}

/** As digest() of assembly/index.ts: header and arena, without the fields that only speak about the last call. */
static i64 digest() {
  i64 digest = rollRange(0, 0, HEADER_DOING);
  digest = rollRange(digest, HEADER_WAITING + 4, HEADER_CONSUMED);
  digest = roll(digest, load<i32>(0, HEADER_WAITING));
  digest = rollRange(digest, HEADER_PRIVATE, PRIVATE_END);
  return rollRange(digest, ARENA_AT, load<u32>(0, HEADER_ARENA_TOP));
}

static i64 nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<i64>(time.tv_sec) * 1000000000 + time.tv_nsec;
}

/** What has been measured since the last mark. */
struct Stretch {
  i64 nanoseconds = 0;
  i64 effects = 0;
};

static void play(const TapeRecord& batch, const char* commands, FILE* effects, Stretch& stretch) {
  must(batch.bytes <= static_cast<u32>(INPUT_BYTES));
  std::memcpy(bytesAt(INPUT_AT), commands, batch.bytes);
  const i64 began = nanoseconds();
  runTick(0, static_cast<i32>(batch.bytes), batch.now, batch.number);
  const i64 took = nanoseconds() - began;
  must(load<i32>(0, HEADER_CONSUMED) == static_cast<i32>(batch.bytes));
  if (batch.what != TAPE_MEASURED) return;
  const i32 told = load<i32>(0, HEADER_EFFECT_COUNT);
  stretch.nanoseconds += took;
  stretch.effects += told;
  must(std::fwrite(bytesAt(EFFECTS_AT), EFFECT_BYTES, told, effects) == static_cast<size_t>(told));
}

/** Says what was measured; false where nobody wants it to go on. */
static bool mark(Stretch& stretch, FILE* effects) {
  must(std::fflush(effects) == 0);
  std::printf("{\"nanoseconds\":%lld,\"effects\":%lld,\"digest\":\"%016llx\"}\n",
              static_cast<long long>(stretch.nanoseconds), static_cast<long long>(stretch.effects),
              static_cast<unsigned long long>(load<i64>(0, HEADER_DIGEST)));
  std::fflush(stdout);
  stretch = {};
  for (int heard = std::getchar(); heard != EOF; heard = std::getchar())
    if (heard == '\n') return true;
  return false;
}

static int playTape(const char* tape, size_t bytes, FILE* effects) {
  must(bytes >= 8 && std::memcmp(tape, "STRWTAPE", 8) == 0);
  Stretch stretch;
  for (size_t at = 8; at < bytes;) {
    must(bytes - at >= sizeof(TapeRecord));
    TapeRecord next;
    std::memcpy(&next, tape + at, sizeof(TapeRecord));
    at += sizeof(TapeRecord);
    must(next.what <= TAPE_MARK && next.bytes <= bytes - at);
    if (next.what == TAPE_MARK) {
      if (!mark(stretch, effects)) return 0;
    } else {
      play(next, tape + at, effects, stretch);
    }
    at += next.bytes;
  }
  std::printf("{\"memory\":\"%016llx\",\"arenaTop\":%u}\n", static_cast<unsigned long long>(digest()),
              load<u32>(0, HEADER_ARENA_TOP));
  return 0;
}

}  // namespace twin

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: twin TAPE EFFECTS\n");
    return 64;
  }
  const int file = open(arguments[1], O_RDONLY);
  FILE* const effects = std::fopen(arguments[2], "wb");
  struct stat status;
  if (file < 0 || effects == nullptr || fstat(file, &status) != 0) {
    std::perror("twin");
    return 66;
  }
  void* const tape = mmap(nullptr, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (tape == MAP_FAILED) {
    std::perror("twin");
    return 66;
  }
  twin::mapMemory();
  twin::format();
  const int code = twin::playTape(static_cast<const char*>(tape), status.st_size, effects);
  return std::fclose(effects) == 0 ? code : 74;
}
