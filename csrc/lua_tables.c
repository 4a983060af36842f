/* SPDX-License-Identifier: MIT */
#include "lua_tables.h"

#include "error.h"
#include "op.h"
#include "settings.h"
#include "task.h"

static void set_text(lua_State *L, const char *key, const char *value) {
  lua_pushstring(L, value); /* NULL pushes nil */
  lua_setfield(L, -2, key);
}

static void set_boolean(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

static void push_params(lua_State *L, const struct waba_param *params) {
  static const char *const types[] = {[WABA_ID] = "id",         [WABA_TASKS] = "tasks",
                                      [WABA_NAME] = "name",     [WABA_ROLE] = "role",
                                      [WABA_SCOPES] = "scopes", [WABA_CURRENCY] = "currency",
                                      [WABA_TOKEN] = "token",   [WABA_EXPIRES] = "expires",
                                      [WABA_APP_ID] = "app_id", [WABA_APP_SECRET] = "app_secret",
                                      [WABA_PROOF] = "proof"};
  static const char *const places[] = {
      [WABA_IN_PATH] = "path", [WABA_IN_QUERY] = "query", [WABA_IN_BODY] = "body"};
  lua_newtable(L);
  for (int i = 0; params[i].name; i++) {
    lua_createtable(L, 0, 4);
    set_text(L, "name", params[i].name);
    set_text(L, "type", types[params[i].type]);
    set_text(L, "place", places[params[i].place]);
    set_boolean(L, "passed", waba_type_is_passed(params[i].type));
    lua_rawseti(L, -2, i + 1);
  }
}

void waba_operations_push(lua_State *L) {
  static const char *const shapes[] = {[WABA_LIST] = "list",
                                       [WABA_SUCCESS] = "success",
                                       [WABA_OBJECT] = "object",
                                       [WABA_DATA] = "data"};
  static const char *const effects[] = {
      [WABA_READS] = "reads", [WABA_SETS] = "sets", [WABA_CREATES] = "creates"};
  lua_createtable(L, (int)waba_op_count, 0);
  for (size_t i = 0; i < waba_op_count; i++) {
    const struct waba_op *op = &waba_ops[i];
    lua_createtable(L, 0, 10);
    set_text(L, "name", op->name);
    set_text(L, "method", waba_method_name(op->method));
    set_text(L, "path", op->path);
    set_text(L, "shape", shapes[op->shape]);
    set_text(L, "effect", effects[op->effect]);
    set_text(L, "key", op->key);
    set_text(L, "fixed", op->fixed);
    set_text(L, "doubt", op->doubt);
    set_text(L, "fields", op->fields);
    push_params(L, op->params);
    lua_setfield(L, -2, "params");
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static void push_sources(lua_State *L, unsigned sources) {
  static const struct {
    enum waba_task_source flag;
    const char *name;
  } names[] = {{WABA_SOURCE_GUIDE, "guide"},
               {WABA_SOURCE_OPENAPI, "openapi"},
               {WABA_SOURCE_SDK, "sdk"},
               {WABA_SOURCE_REFERENCE, "reference"}};
  int count = 0;
  lua_newtable(L);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (!(sources & (unsigned)names[i].flag)) continue;
    lua_pushstring(L, names[i].name);
    lua_rawseti(L, -2, ++count);
  }
}

void waba_tasks_push(lua_State *L) {
  lua_createtable(L, 0, (int)waba_task_count);
  for (size_t i = 0; i < waba_task_count; i++) {
    lua_createtable(L, 0, 2);
    set_text(L, "meaning", waba_tasks[i].meaning);
    push_sources(L, waba_tasks[i].sources);
    lua_setfield(L, -2, "sources");
    lua_setfield(L, -2, waba_tasks[i].name);
  }
}

void waba_kinds_push(lua_State *L) {
  lua_createtable(L, WABA_KIND_COUNT, 0);
  for (int i = 0; i < WABA_KIND_COUNT; i++) {
    lua_createtable(L, 0, 4);
    set_text(L, "name", waba_kinds[i].name);
    set_boolean(L, "retryable", waba_kinds[i].retryable);
    set_text(L, "meaning", waba_kinds[i].meaning);
    set_text(L, "example", waba_kinds[i].example);
    lua_rawseti(L, -2, i + 1);
  }
}

void waba_options_push(lua_State *L) {
  lua_createtable(L, (int)waba_option_count, 0);
  for (size_t i = 0; i < waba_option_count; i++) {
    lua_pushstring(L, waba_options[i].name);
    lua_rawseti(L, -2, (int)i + 1);
  }
}
