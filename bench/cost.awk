# SPDX-License-Identifier: MIT
# What one call costs, from two callgrind files of the same program: fewer calls, then `calls` more.
# Whatever is done once cancels out.
#   awk -v calls=1000 -f cost.awk few many
# Prints lines of  kind <tab> instructions <tab> name:
#   total   everything
#   object  spent in the code of one library
#   into    spent in one function and all below it, by its caller: "caller > function"

# "(12) name" the first time, "(12)" afterwards.
function name_of(kind, text,    id) {
  id = substr(text, 1, index(text, ")"))
  if (length(text) > length(id)) names[kind, id] = substr(text, length(id) + 2)
  return names[kind, id]
}

function base(path) {
  sub(/.*\//, "", path)
  return path
}

FNR == 1 { sign = file++ ? 1 : -1; delete names }
/^ob=/ { object = base(name_of("ob", substr($0, 4))) }
/^cob=/ { name_of("ob", substr($0, 5)) }
/^fn=/ { caller = name_of("fn", substr($0, 4)) }
/^cfn=/ { callee = name_of("fn", substr($0, 5)) }
/^calls=/ { inclusive = 1; next }
/^[0-9+*-]/ {
  if (inclusive) {
    into[caller " > " callee] += sign * $2
    inclusive = 0
  } else {
    objects[object] += sign * $2
    total += sign * $2
  }
}
END {
  printf "total\t%d\tall\n", total / calls
  for (name in objects) printf "object\t%d\t%s\n", objects[name] / calls, name
  for (name in into) printf "into\t%d\t%s\n", into[name] / calls, name
}
