/* SPDX-License-Identifier: MIT */
/* The module waba.core: a table of contents. It does nothing but make tables: no I/O, no threads,
 * no state outside this Lua state. */
#include "lua_call.h"
#include "lua_clock.h"
#include "lua_compat.h"
#include "lua_exchange.h"
#include "lua_file.h"
#include "lua_json.h"
#include "lua_ledger.h"
#include "lua_pace.h"
#include "lua_path.h"
#include "lua_redact.h"
#include "lua_settings.h"
#include "lua_signature.h"
#include "lua_tables.h"
#include "settings.h"

__attribute__((visibility("default"))) int luaopen_waba_core(lua_State *L);

int luaopen_waba_core(lua_State *L) {
  static const struct {
    const char *name;
    void (*push)(lua_State *L);
  } contents[] = {
      {"json", waba_json_push},             /* {encode, decode, items} */
      {"settings", waba_settings_open},     /* settings(options) -> settings | nil, error */
      {"calls", waba_calls_push},           /* name(settings, ...) -> call | nil, error */
      {"request", waba_path_push},          /* request(settings, method, path, pairs, options) */
      {"exchange", waba_exchange_push},     /* exchange(settings, request, timeout) -> call */
      {"redact", waba_redact_push},         /* redact(text, ...) -> text */
      {"clock", waba_clock_push},           /* {now, sleep, random} */
      {"file", waba_file_push},             /* {read, replace} */
      {"pace", waba_pace_push},             /* the pacing rule */
      {"ledger", waba_ledger_push},         /* ledger(busy, calm) -> ledger */
      {"signature", waba_signature_push},   /* {sign, verify} */
      {"operations", waba_operations_push}, /* the tables of the core */
      {"tasks", waba_tasks_push},
      {"kinds", waba_kinds_push},
      {"options", waba_options_push},
  };
  lua_createtable(L, 0, 16);
  for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
    contents[i].push(L);
    lua_setfield(L, -2, contents[i].name);
  }
  lua_pushliteral(L, WABA_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}
