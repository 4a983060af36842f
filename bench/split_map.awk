# SPDX-License-Identifier: MIT
# Where the instructions of a mapped read go that bare libcurl does not spend.
#   awk -f split_map.awk <cost.awk's lines of bare_many> <cost.awk's lines of map.lua>

BEGIN { FS = "\t" }

function row(name, cost) { printf "  %-56s %9d\n", name, cost; named += cost }

NR == FNR {
  if ($1 == "total") bare = $2
  next
}
$1 == "total" { total = $2 }
$1 == "into" {
  split($3, edge, " > ")
  into[edge[2]] += $2
  if ($3 ~ /^waba_json_decode > lua_callk?$/) decode = $2
}
END {
  row("lua-cjson: the reply made into Lua tables", decode)
  row("call:step: the rest of it: those tables tidied, the machine", into["call_step"] - decode)
  row("call:usage: what the headers say of the budgets", into["waba_call_l_usage"])
  row("the call made: checks, request, userdata", into["new_call"])
  driven = into["multi_add"] + into["multi_poll"]
  row("libcurl driven, over what bare spends on it", driven - bare)
  row("Lua: budgets, map, turns, client, and the collector", total - bare - named)
  row("together", total - bare)
  printf "  libcurl as driven here, and lua-cjson, over bare %34.2f\n", (driven + decode) / bare
}
