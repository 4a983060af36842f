/* SPDX-License-Identifier: MIT */
#include "lua_clock.h"

#include <errno.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static int clock_now(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
  return 1;
}

static int clock_sleep(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  if (!(seconds > 0)) return 0;
  if (seconds > 86400) seconds = 86400;
  struct timespec left = {.tv_sec = (time_t)seconds};
  left.tv_nsec = (long)((seconds - (lua_Number)left.tv_sec) * 1e9);
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    continue;
  return 0;
}

/* splitmix64 (Steele, Lea, Flood 2014); its state, seeded by the system, is the upvalue. The time
 * goes into every number: siblings of a fork, which hold the same seed, must not wait in step. */
static int clock_random(lua_State *L) {
  uint64_t *state = lua_touserdata(L, lua_upvalueindex(1));
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t z = *state += 0x9e3779b97f4a7c15u + (uint64_t)now.tv_nsec;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  lua_pushnumber(L, (lua_Number)(z >> 11) * 0x1p-53);
  return 1;
}

void waba_clock_push(lua_State *L) {
  static const luaL_Reg functions[] = {{"now", clock_now}, {"sleep", clock_sleep}, {NULL, NULL}};
  lua_createtable(L, 0, 3);
  waba_setfuncs(L, functions, 0);
  uint64_t *state = lua_newuserdata(L, sizeof *state);
  if (getentropy(state, sizeof *state) != 0) luaL_error(L, "the system gives no randomness");
  lua_pushcclosure(L, clock_random, 1);
  lua_setfield(L, -2, "random");
}
