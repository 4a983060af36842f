/* SPDX-License-Identifier: MIT */
/* A host that runs the scenarios of memory.lua, each once for every allocation it makes, with that
 * allocation failing: of the Lua state, of our own C (malloc, calloc), of libcrypto (HMAC) and of
 * libcurl (curl_easy_init, curl_multi_init, curl_url). The module is linked so that these resolve
 * to what is here.
 *
 *   memory MODULE_FOLDER SCENARIOS.lua */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <malloc.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "counted.h"

/* ---- faults -------------------------------------------------------------------------------- */

enum mode {
  NEVER,
  FROM,  /* the Nth and all after it */
  ONCE,  /* the Nth alone: Lua 5.4 collects its garbage and asks again */
  TWICE, /* the Nth and the next */
  MODES
};

static const char *const mode_names[MODES] = {"never", "from", "once", "twice"};

static struct {
  enum mode mode;
  unsigned long at, count, failed;
  long ours;  /* blocks of ours that are live */
  size_t lua; /* bytes of the Lua state that are live */
} memory;

static bool faulty(void) {
  if (memory.mode == NEVER) return false;
  unsigned long number = ++memory.count;
  bool fails = number == memory.at || (number > memory.at && memory.mode == FROM) ||
               (number == memory.at + 1 && memory.mode == TWICE);
  memory.failed += fails;
  return fails;
}

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *ptr);
CURL *__wrap_curl_easy_init(void);
CURLM *__wrap_curl_multi_init(void);
CURLU *__wrap_curl_url(void);
unsigned char *__wrap_HMAC(const EVP_MD *md, const void *key, int key_len,
                           const unsigned char *data, size_t len, unsigned char *out,
                           unsigned *out_len);

void *__wrap_malloc(size_t size) {
  if (faulty()) return NULL;
  void *ptr = malloc(size);
  memory.ours += ptr != NULL;
  return ptr;
}

void *__wrap_calloc(size_t count, size_t size) {
  if (faulty()) return NULL;
  void *ptr = calloc(count, size);
  memory.ours += ptr != NULL;
  return ptr;
}

void __wrap_free(void *ptr) {
  memory.ours -= ptr != NULL;
  free(ptr);
}

CURL *__wrap_curl_easy_init(void) {
  return faulty() ? NULL : curl_easy_init();
}

CURLM *__wrap_curl_multi_init(void) {
  return faulty() ? NULL : curl_multi_init();
}

CURLU *__wrap_curl_url(void) {
  return faulty() ? NULL : curl_url();
}

unsigned char *__wrap_HMAC(const EVP_MD *md, const void *key, int key_len,
                           const unsigned char *data, size_t len, unsigned char *out,
                           unsigned *out_len) {
  return faulty() ? NULL : HMAC(md, key, key_len, data, len, out, out_len);
}

/* A block never fails to shrink: Lua does not expect it to. */
static void *allocate(void *context, void *ptr, size_t before, size_t after) {
  (void)context;
  if (!ptr) before = 0;
  if (after == 0) {
    memory.lua -= before;
    free(ptr);
    return NULL;
  }
  if (after > before && faulty()) return NULL;
  void *block = realloc(ptr, after);
  if (block) memory.lua += after - before;
  return block;
}

/* ---- one point ----------------------------------------------------------------------------- */

static const char *module_folder, *scenario_file;

/* A state with the scenario file's table on its stack. */
static lua_State *new_state(void) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (!L) abort();
  luaL_openlibs(L);
  lua_pushstring(L, module_folder);
  lua_setglobal(L, "module_folder");
  if (luaL_loadfile(L, scenario_file) || lua_pcall(L, 0, 1, 0)) {
    printf("%s\n", lua_tostring(L, -1));
    abort();
  }
  return L;
}

/* Pushes scenario[name]; the scenario is at index 2. */
static bool push_step(lua_State *L, const char *name) {
  lua_getfield(L, 2, name);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

static bool is_out_of_memory(lua_State *L) {
  const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
  /* The second is how lua-cjson says it. */
  return strstr(text, "not enough memory") || strstr(text, "Memory allocation error");
}

static const char *describe(lua_State *L) {
  return luaL_callmeta(L, -1, "__tostring") || lua_isstring(L, -1) ? lua_tostring(L, -1)
                                                                   : luaL_typename(L, -1);
}

/* Runs scenario.run with the faults, scenario.after without. true: the run passed without meeting
 * a fault. The context made by scenario.prepare is at index 3. */
static bool run_point(lua_State *L, const char *name, enum mode mode, unsigned long at) {
  memory.at = at;
  memory.count = memory.failed = 0;
  push_step(L, "run");
  lua_pushvalue(L, 3);
  memory.mode = mode;
  int status = lua_pcall(L, 1, 0, 0);
  memory.mode = NEVER;
  bool clean = memory.failed == 0;
  check(status == 0 || (!clean && is_out_of_memory(L)), "%s, %s %lu: %s", name, mode_names[mode],
        at, status ? describe(L) : "");
  lua_settop(L, 3);
  if (push_step(L, "after")) {
    lua_pushvalue(L, 3);
    status = lua_pcall(L, 1, 0, 0);
    check(status == 0, "%s, %s %lu, afterwards: %s", name, mode_names[mode], at,
          status ? describe(L) : "");
  }
  return clean;
}

/* The nth scenario in a state of its own; its name in name[]. false: there is none, or done. */
static bool run_state(int scenario, enum mode mode, unsigned long at, char name[64], bool *clean) {
  lua_State *L = new_state();
  lua_rawgeti(L, 1, scenario);
  bool there = lua_istable(L, 2);
  if (there) {
    lua_getfield(L, 2, "name");
    snprintf(name, 64, "%s", lua_tostring(L, -1));
    lua_settop(L, 2);
    if (!push_step(L, "prepare")) {
      lua_pushnil(L);
    } else if (lua_pcall(L, 0, 1, 0)) {
      check(false, "%s: prepare: %s", name, describe(L));
    }
    *clean = run_point(L, name, mode, at);
  }
  lua_close(L);
  if (LUA_VERSION_NUM < 502) memory.lua = 0; /* LuaJIT loses a few bytes of its own */
  check(memory.ours == 0 && memory.lua == 0, "%s, %s %lu: %ld blocks, %zu bytes of Lua leaked",
        name, mode_names[mode], at, memory.ours, memory.lua);
  memory.ours = 0;
  memory.lua = 0;
  return there;
}

/* A state that is never closed: the modules it has loaded stay, and thousands of states after it
 * load them in no time. */
static void keep_modules(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  lua_pushstring(L, module_folder);
  lua_setglobal(L, "module_folder");
  if (luaL_dofile(L, scenario_file) || luaL_dostring(L, "require 'waba.curl'")) {
    printf("%s\n", lua_tostring(L, -1));
    abort();
  }
  memory.ours = 0;
}

int main(int argc, char **argv) {
  enum { MOST_POINTS = 20000 };
  unsigned long points = 0, scenarios = 0;
  if (argc != 3) return 2;
  module_folder = argv[1];
  scenario_file = argv[2];
  setvbuf(stdout, NULL, _IOLBF, 0);
  mallopt(M_MMAP_THRESHOLD, 1 << 30); /* for speed: no memory goes back to the system */
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  curl_global_init(CURL_GLOBAL_ALL);
  keep_modules();
  for (int scenario = 1;; scenario++) {
    char name[64] = "?";
    unsigned long here = 0;
    bool clean = false;
    if (!run_state(scenario, NEVER, 0, name, &clean)) break;
    for (enum mode mode = FROM; mode < MODES; mode++) {
      clean = false;
      for (unsigned long at = 1; !clean && at < MOST_POINTS; at++, here++)
        run_state(scenario, mode, at, name, &clean);
      check(clean, "%s: no end", name);
    }
    printf("%-24s %6lu points\n", name, here);
    points += here;
    scenarios++;
  }
  printf("%lu points in %lu scenarios\n", points, scenarios);
  check(points > 0, "there are points");
  return check_end();
}
