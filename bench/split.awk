# SPDX-License-Identifier: MIT
# Where the instructions of a call go that bare libcurl does not spend.
#   awk -f split.awk <cost.awk's lines of bare> <cost.awk's lines of waba>

BEGIN { FS = "\t" }

function row(name, cost) { printf "  %-56s %9d\n", name, cost; named += cost }

NR == FNR {
  if ($1 == "total") bare = $2
  if ($3 ~ / > curl_easy_perform$/) bare_perform += $2
  if ($3 ~ / > on_body$/) bare_kept += $2
  next
}
$1 == "total" { total = $2 }
$1 == "into" {
  split($3, edge, " > ")
  into[edge[2]] += $2
  if ($3 ~ /^waba_json_decode > lua_callk?$/) decode = $2
}
END {
  kept = into["on_header"] + into["on_body"] + into["on_send"]
  row("lua-cjson: the reply made into Lua tables", decode)
  row("lua_json.c: those tables tidied", into["waba_json_decode"] - decode)
  row("call:step: the rest of it", into["call_step"] - into["waba_json_decode"])
  row("the call made: checks, request, userdata", into["new_call"])
  row("the reply kept: headers and body in capped buffers", kept - bare_kept)
  row("libcurl set up for a request, SIGPIPE, its result",
      into["waba_easy_exchange"] - into["curl_easy_perform"])
  row("libcurl itself, with the options we set",
      into["curl_easy_perform"] - kept - (bare_perform - bare_kept))
  row("Lua: client.lua, run.lua, the loop of call.lua", total - bare - named)
  row("together", total - bare)
  row("of it, calls wiped and freed by the collector", into["call_gc"])
}
