// The twin's memory: the same bytes at the same 32-bit addresses as the core's WebAssembly memory, so that both keep
// the same records in the same places and share the same cache lines. What differs is the compiler, and that is what is
// measured.
//
// It lies at a fixed place of the process, so that an access is one instruction: address plus a constant. Pages are
// touched when they are used, as those of a WebAssembly memory are.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace twin {

using i32 = int32_t;
using i64 = int64_t;
using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using usize = uint32_t;

#include "layout.generated.hpp"

constexpr uintptr_t MEMORY_AT = 0x10000000;
constexpr size_t MEMORY_BYTES = 0x100000000;
constexpr i32 MEMORY_PAGES_MAX = 65536;

[[noreturn, gnu::cold, gnu::noinline]] inline void fail(const char* what, const char* file, int line) {
  std::fprintf(stderr, "twin: %s:%d: not so: %s\n", file, line, what);
  std::exit(70);
}

#define must(holds)          \
  if (!(holds)) [[unlikely]] \
  twin::fail(#holds, __FILE__, __LINE__)

inline void mapMemory() {
#ifndef MAP_FIXED_NOREPLACE
#error "the twin needs Linux: its memory is mapped at a fixed place that must be free"
#else
  void* const wanted = reinterpret_cast<void*>(MEMORY_AT);
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
  void* const mapped = mmap(wanted, MEMORY_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (mapped == wanted) return;
  std::perror("twin: the memory cannot be mapped where it has to be");
  std::exit(71);
#endif
}

inline char* bytesAt(usize at) { return reinterpret_cast<char*>(MEMORY_AT + at); }

template <class T>
inline T load(usize at, usize offset = 0) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(MEMORY_AT + at + offset), sizeof(T));
  return value;
}

template <class T>
inline void store(usize at, T value, usize offset = 0) {
  std::memcpy(reinterpret_cast<char*>(MEMORY_AT + at + offset), &value, sizeof(T));
}

template <class T>
inline T& record(usize at) {
  return *reinterpret_cast<T*>(MEMORY_AT + at);
}

template <class T>
inline usize addressOf(const T& that) {
  return static_cast<usize>(reinterpret_cast<uintptr_t>(&that) - MEMORY_AT);
}

inline void memoryCopy(usize to, usize from, usize bytes) { std::memmove(bytesAt(to), bytesAt(from), bytes); }

inline void memoryFill(usize at, u8 value, usize bytes) { std::memset(bytesAt(at), value, bytes); }

inline i32 memoryCompare(usize one, usize other, usize bytes) {
  return std::memcmp(bytesAt(one), bytesAt(other), bytes);
}

inline u32 leadingZeros(u32 value) { return value == 0 ? 32 : static_cast<u32>(__builtin_clz(value)); }

inline i32 trailingZeros(i32 value) { return value == 0 ? 32 : __builtin_ctz(static_cast<u32>(value)); }

}  // namespace twin
