/* SPDX-License-Identifier: MIT */
/* Threads, fork and unloading: eight threads with a Lua state each, at once, one call after the
 * other and many together; states that go from thread to thread, as those of nginx do; a client
 * that lives on both sides of a fork, which must not share a connection; the module loaded and
 * unloaded.
 *
 *   threads MODULE_FOLDER */
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counted.h"
#include "loopback.h"

enum { THREADS = 8, CALLS = 100, MAPS = 10, MAPPED = 6, ROUNDS = 16, LOADS = 1000 };

static const char *module_folder;
static struct loopback server;

/* waba, a client for the loopback server, and list(account) -> number of users. */
static const char script[] =
    "local folder, port = ...\n"
    "package.path = 'lua/?.lua;lua/?/init.lua;' .. package.path\n"
    "package.cpath = folder .. '/?.so;' .. package.cpath\n"
    "local waba = require 'waba'\n"
    "local client = assert(waba.new { access_token = 'EAAx', timeout = 20,\n"
    "  base_url = 'http://127.0.0.1:' .. port })\n"
    "local nobody = assert(waba.new { access_token = 'EAAx', base_url = 'http://127.0.0.1:1' })\n"
    "function list(account) return #assert(client:system_users(account)) end\n"
    "local ids = {}\n"
    "function map(account)\n"
    "  for i = 1, 6 do ids[i] = account end\n"
    "  local function each(id) return client:system_users(id) end\n"
    "  local _, errors = client:map(ids, each, { concurrency = 3 })\n"
    "  return next(errors) == nil\n"
    "end\n"
    "function map_and_fork(account)\n"
    "  for i = 1, 6 do ids[i] = account end\n"
    "  local _, errors = client:map(ids, function(id)\n"
    "    local done, err = client:system_users(id)\n"
    "    return done and fork(), err\n"
    "  end, { concurrency = 3 })\n"
    "  return next(errors) == nil\n"
    "end\n"
    "function refused() return select(2, nobody:system_users '1').kind == 'network' end\n"
    "function finish() client:close() nobody:close() end\n";

static lua_State *new_state(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  bool loaded = luaL_loadstring(L, script) == 0;
  lua_pushstring(L, module_folder);
  lua_pushinteger(L, server.port);
  if (loaded && lua_pcall(L, 2, 0, 0) == 0) return L;
  printf("%s\n", lua_tostring(L, -1));
  exit(2);
}

/* true: the function answered 0 or true. */
static bool call(lua_State *L, const char *name, const char *account) {
  lua_getglobal(L, name);
  lua_pushstring(L, account);
  bool good = lua_pcall(L, 1, 1, 0) == 0;
  if (!good) printf("%s: %s\n", name, lua_tostring(L, -1));
  good = good && (lua_isboolean(L, -1) ? lua_toboolean(L, -1) : lua_tonumber(L, -1) == 0);
  lua_pop(L, 1);
  return good;
}

/* ---- threads ------------------------------------------------------------------------------- */

static void *work(void *data) {
  unsigned *good = data;
  lua_State *L = new_state();
  for (int i = 0; i < CALLS; i++)
    *good += call(L, "list", "7") && call(L, "refused", "7");
  lua_close(L);
  return NULL;
}

static void test_threads(void) {
  pthread_t threads[THREADS];
  unsigned good[THREADS] = {0};
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, work, &good[i]);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    check(good[i] == CALLS, "thread %d: %u of %d calls", i, good[i], (int)CALLS);
  }
  check(loopback_count(&server) == THREADS * CALLS, "%u requests arrived", loopback_count(&server));
}

static void *work_mapping(void *data) {
  unsigned *good = data;
  lua_State *L = new_state();
  for (int i = 0; i < MAPS; i++)
    *good += call(L, "map", "8");
  lua_close(L);
  return NULL;
}

static void test_maps(void) {
  pthread_t threads[THREADS];
  unsigned good[THREADS] = {0};
  loopback_forget(&server);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, work_mapping, &good[i]);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    check(good[i] == MAPS, "thread %d: %u of %d maps", i, good[i], (int)MAPS);
  }
  check(loopback_count(&server) == THREADS * MAPS * MAPPED, "%u requests arrived",
        loopback_count(&server));
}

static void *work_once(void *data) {
  lua_State **L = data;
  if (!call(*L, "list", "9")) *L = NULL;
  return NULL;
}

/* nginx runs a job of a state on whichever thread is free, and closes it on another. */
static void test_wandering(void) {
  pthread_t threads[THREADS];
  lua_State *states[THREADS], *still[THREADS];
  loopback_forget(&server);
  for (int i = 0; i < THREADS; i++)
    states[i] = new_state();
  bool good = true;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < THREADS; i++) {
      still[i] = states[(i + round) % THREADS];
      pthread_create(&threads[i], NULL, work_once, &still[i]);
    }
    for (int i = 0; i < THREADS; i++) {
      pthread_join(threads[i], NULL);
      good = good && still[i];
    }
  }
  check(good, "every state works on every thread");
  check(loopback_count(&server) == THREADS * ROUNDS, "%u requests arrived",
        loopback_count(&server));
  for (int i = 0; i < THREADS; i++)
    lua_close(states[i]);
}

/* ---- fork ---------------------------------------------------------------------------------- */

static int connection_of(const char *account) {
  int connection = 0;
  pthread_mutex_lock(&server.lock);
  for (unsigned i = 0; i < server.count; i++)
    if (strcmp(server.account[i], account) == 0) connection = server.connection[i];
  pthread_mutex_unlock(&server.lock);
  return connection;
}

/* The child: its call, and then the end of its state, which must not end the parent's connection.
 * The server is the parent's thread. */
static void be_child(lua_State *L, bool calls) {
  bool good = !calls || (call(L, "list", "101") && call(L, "list", "102"));
  lua_close(L);
  _exit(good ? 0 : 1);
}

static void fork_once(bool calls) {
  int status = 1;
  lua_State *L = new_state();
  loopback_forget(&server);
  check(call(L, "list", "100"), "before the fork");
  pid_t child = fork();
  if (child == 0) be_child(L, calls);
  waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %d", status);
  check(call(L, "list", "103"), "after the fork");
  check(connection_of("100") == connection_of("103"), "the parent keeps its connection");
  check(!calls || (connection_of("101") > 0 && connection_of("101") != connection_of("100")),
        "the child has a connection of its own");
  check(!calls || connection_of("101") == connection_of("102"), "and keeps it");
  lua_close(L);
}

/* fork() -> true: the child, which is in the middle of its parent's map, ended well. */
static int fork_in_lua(lua_State *L) {
  int status = 1;
  pid_t child = fork();
  if (child == 0) {
    lua_State *own = new_state();
    _exit(call(own, "list", "104") ? 0 : 1);
  }
  waitpid(child, &status, 0);
  lua_pushboolean(L, WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return 1;
}

static void test_fork_in_map(void) {
  lua_State *L = new_state();
  lua_pushcfunction(L, fork_in_lua);
  lua_setglobal(L, "fork");
  check(call(L, "map_and_fork", "105"), "a map whose process forks goes on");
  lua_close(L);
}

/* ---- loading ------------------------------------------------------------------------------- */

static void load(const char *name, const char *function) {
  char path[512];
  unsigned loads = 0;
  snprintf(path, sizeof path, "%s/waba/%s.so", module_folder, name);
  for (; loads < LOADS; loads++) {
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!module || !dlsym(module, function) || dlclose(module) != 0) break;
  }
  check(loads == LOADS, "%s: loaded %u times", path, loads);
}

static void test_loading(void) {
  load("core", "luaopen_waba_core");
  load("curl", "luaopen_waba_curl");
  lua_State *L = new_state();
  check(call(L, "list", "5"), "works afterwards");
  lua_close(L);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  module_folder = argv[1];
  if (!loopback_start(&server)) return 2;
  test_loading();
  loopback_forget(&server);
  lua_State *L = new_state(); /* keeps lua-cjson loaded: unloading it is not what is looked at */
  check(call(L, "refused", "7"), "libcurl is loaded");
  test_threads();
  test_maps();
  test_wandering();
  test_fork_in_map();
  fork_once(true);
  fork_once(false);
  lua_close(L);
  loopback_stop(&server);
  return check_end();
}
