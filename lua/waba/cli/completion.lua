--- Completion for shells: a script each, written from the table of commands.

local arguments = require "waba.cli.arguments"

local M = {}

--- The words that an argument of this name is completed with.
local function values_of(name)
  if name == "SHELL" then return { "bash", "zsh", "fish" } end
  if name == "METHOD" then return { "GET", "POST", "DELETE" } end
  if name ~= "TASK" then return {} end
  local tasks = {}
  for task in pairs(require("waba.core").tasks) do tasks[#tasks + 1] = task end
  table.sort(tasks)
  return tasks
end

local function options_of(command)
  local list = {}
  for _, options in ipairs { command.options or {}, arguments.common } do
    for _, option in ipairs(options) do
      list[#list + 1] = { name = option[1], text = option[3] or option[2],
        value = option[3] and option[2], common = options == arguments.common }
    end
  end
  return list
end

--- The options that take a value, those of all commands in one list: files, and others.
local function valued(commands)
  local seen, files, others = {}, {}, {}
  for _, command in ipairs(commands) do
    for _, option in ipairs(options_of(command)) do
      if option.value and not seen[option.name] then
        seen[option.name] = true
        local list = option.value == "FILE" and files or others
        list[#list + 1] = option.name
      end
    end
  end
  table.sort(files)
  table.sort(others)
  return files, others
end

local function words_of(command)
  local words = {}
  for _, argument in ipairs(command.arguments or {}) do
    for _, word in ipairs(values_of(argument[1])) do words[#words + 1] = word end
  end
  return words
end

--- The words that can follow a beginning: { before = "system-user ", words = { { word, text } } }
local function beginnings(commands)
  local list, at = {}, {}
  local function add(before, word, text)
    if not at[before] then
      at[before] = { before = before, words = {} }
      list[#list + 1] = at[before]
    end
    for _, known in ipairs(at[before].words) do
      if known[1] == word then return end
    end
    table.insert(at[before].words, { word, text })
  end
  for _, command in ipairs(commands) do
    local before = ""
    for word, more in command.name:gmatch("(%S+)(%s*)") do
      add(before, word, more == "" and command.summary or "more commands")
      before = before .. word .. " "
    end
  end
  return list
end

--- The longest names first: a case of a shell takes the first that fits.
local function longest_first(commands)
  local list = {}
  for i, command in ipairs(commands) do list[i] = command end
  table.sort(list, function(a, b)
    if #a.name ~= #b.name then return #a.name > #b.name end
    return a.name < b.name
  end)
  return list
end

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function fill(template, parts)
  return (template:gsub("%%(%l+)%%", parts))
end

-- ---- bash ---------------------------------------------------------------------------------------

local BASH = [=[
# Completes waba in bash; written by `waba completion bash`.
_waba() {
  local word=${COMP_WORDS[COMP_CWORD]} line= skip= i items= options=
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ -n $skip ]]; then skip=; continue; fi
    case ${COMP_WORDS[i]} in
      %valued%) skip=1 ;;
      -*) ;;
      *) line+="${COMP_WORDS[i]} " ;;
    esac
  done
  COMPREPLY=()
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    %files%)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    %others%) return ;;
  esac
  case $line in
%cases%  esac
  if [[ $word == -* || -z $items ]]; then items=$options; fi
  mapfile -t COMPREPLY < <(compgen -W "$items" -- "$word")
}
complete -F _waba waba
]=]

local function bash_cases(commands)
  local lines = {}
  for _, command in ipairs(longest_first(commands)) do
    local options = {}
    for i, option in ipairs(options_of(command)) do options[i] = option.name end
    lines[#lines + 1] = ("    %q*)\n      items=%q\n      options=%q ;;\n"):format(
      command.name .. " ", table.concat(words_of(command), " "), table.concat(options, " "))
  end
  for _, beginning in ipairs(beginnings(commands)) do
    local words = {}
    for i, word in ipairs(beginning.words) do words[i] = word[1] end
    lines[#lines + 1] = ("    %q) items=%q ;;\n"):format(beginning.before,
      table.concat(words, " "))
  end
  return table.concat(lines)
end

function M.bash(commands)
  local files, others = valued(commands)
  local all = {}
  for _, list in ipairs { files, others } do
    for _, name in ipairs(list) do all[#all + 1] = name end
  end
  return fill(BASH, {
    valued = table.concat(all, "|"), files = table.concat(files, "|"),
    others = table.concat(others, "|"), cases = bash_cases(commands),
  })
end

-- ---- zsh ----------------------------------------------------------------------------------------

local ZSH = [=[
#compdef waba
# Completes waba in zsh; written by `waba completion zsh`.
_waba() {
  local line= skip= word i
  local -a items options
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      (%valued%) skip=1 ;;
      (-*) ;;
      (*) line+="$word " ;;
    esac
  done
  case ${words[CURRENT - 1]} in
    (%files%) _files; return ;;
    (%others%) return ;;
  esac
  case $line in
%cases%  esac
  if [[ ${words[CURRENT]} == -* || ${#items} == 0 ]]; then items=($options); fi
  _describe waba items
}
if [[ ${funcstack[1]} == _waba ]]; then _waba "$@"; else compdef _waba waba; fi
]=]

local function zsh_item(word, text)
  return quote(word .. ":" .. text)
end

local function zsh_cases(commands)
  local lines = {}
  for _, command in ipairs(longest_first(commands)) do
    local options = {}
    for i, option in ipairs(options_of(command)) do
      options[i] = zsh_item(option.name, option.text)
    end
    lines[#lines + 1] = ("    (%s*) items=(%s) options=(\n      %s\n    ) ;;\n"):format(
      quote(command.name .. " "), table.concat(words_of(command), " "),
      table.concat(options, "\n      "))
  end
  for _, beginning in ipairs(beginnings(commands)) do
    local items = {}
    for i, word in ipairs(beginning.words) do items[i] = zsh_item(word[1], word[2]) end
    lines[#lines + 1] = ("    (%s) items=(\n      %s\n    ) ;;\n"):format(
      quote(beginning.before), table.concat(items, "\n      "))
  end
  return table.concat(lines)
end

function M.zsh(commands)
  local files, others = valued(commands)
  return fill(ZSH, {
    valued = table.concat(files, "|") .. "|" .. table.concat(others, "|"),
    files = table.concat(files, "|"), others = table.concat(others, "|"),
    cases = zsh_cases(commands),
  })
end

-- ---- fish ---------------------------------------------------------------------------------------

local FISH = [=[
# Completes waba in fish; written by `waba completion fish`.
function __waba_line
    set -l words (commandline -opc)
    set -e words[1]
    set -l line
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case %valued%
                set skip 1
            case '-*'
            case '*'
                set -a line $word
        end
    end
    string join ' ' -- $line ''
end
function __waba_at
    test (__waba_line | string collect) = "$argv[1]"
end
function __waba_in
    string match -q -- "$argv[1]*" (__waba_line | string collect)
end
complete -c waba -f
%cases%]=]

local function fish_quote(text)
  return "'" .. text:gsub("[\\']", "\\%0") .. "'"
end

local function fish_option(condition, option)
  local value = ""
  if option.value then value = option.value == "FILE" and " -r -F" or " -x" end
  return ("complete -c waba%s -l %s%s -d %s\n"):format(condition, option.name:sub(3), value,
    fish_quote(option.text))
end

local function fish_cases(commands)
  local lines = {}
  for _, beginning in ipairs(beginnings(commands)) do
    -- Within quotes that fish takes away before it runs the condition.
    local condition = fish_quote(('__waba_at "%s"'):format(beginning.before))
    for _, word in ipairs(beginning.words) do
      lines[#lines + 1] = ("complete -c waba -n %s -a %s -d %s\n"):format(condition, word[1],
        fish_quote(word[2]))
    end
  end
  for _, command in ipairs(commands) do
    local condition = " -n " .. fish_quote(('__waba_in "%s "'):format(command.name))
    local words = words_of(command)
    if words[1] then
      lines[#lines + 1] = ("complete -c waba%s -a %s\n"):format(condition,
        fish_quote(table.concat(words, " ")))
    end
    for _, option in ipairs(options_of(command)) do
      if not option.common then lines[#lines + 1] = fish_option(condition, option) end
    end
  end
  for _, option in ipairs(options_of {}) do lines[#lines + 1] = fish_option("", option) end
  return table.concat(lines)
end

function M.fish(commands)
  local files, others = valued(commands)
  return fill(FISH, {
    valued = table.concat(files, " ") .. " " .. table.concat(others, " "),
    cases = fish_cases(commands),
  })
end

return M
