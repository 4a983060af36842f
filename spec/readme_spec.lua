-- Runs every block of README.md, CONTRIBUTING.md and docs/*.md.
--
-- * `lua`: a script of its own, on this VM, against a served sandbox; one that says `describe` is a
--   spec and runs under busted.
-- * `sh`: every line falls under one of the rules below, which runs it or says who does.
-- * `nginx`: a whole nginx.conf, which nginx runs; the first location that it names is asked.
-- * `text` after a block is what it prints, to the letter.
-- * `c row` and `md golden` are the worked example of CONTRIBUTING.md, which spec/door.sh runs.
-- * A block without a language is a picture.

local command = require("spec.support.command")
local markdown = require("spec.support.markdown")
local openresty = require("spec.support.openresty")
local servers = require("spec.support.server")
local world = require("waba.sandbox").world

-- As written in the texts, and replaced by where the sandbox of this spec is.
local WRITTEN_URL = "http://127.0.0.1:8080"

local server

local function environment()
  return {
    WABA_GRAPH_URL = server.url,
    WABA_ACCESS_TOKEN = world.admin_token,
    WABA_BUSINESS_ID = world.business,
    WABA_ACCOUNT_ID = world.waba,
    WABA_USER_ID = world.system_user,
  }
end

local function run_lua(block)
  server:control("POST", "/reset")
  command.with_file(block.text, function(path)
    local is_spec = block.text:find("describe(", 1, true)
    local output, status = (is_spec and command.busted or command.lua)(path, environment())
    assert.equal(0, status, output)
    if is_spec then assert.truthy(output:find("^ok 1 "), output) end
    if block.output then assert.equal(block.output, output) end
  end)
end

local function run_curl(line)
  local arguments = line:match("^curl (.*)"):gsub(WRITTEN_URL:gsub("%p", "%%%0"), server.url)
  local status, output = servers.curl(arguments)
  assert.equal(0, status, output)
  assert.is_nil(output:match('"error"'), output)
end

local function packages_are_listed(line)
  local list = markdown.read("packages.txt")
  for name in line:match("install %-y (.*)"):gmatch("%S+") do
    assert.truthy(list:find("\nuse +" .. name:gsub("%p", "%%%0") .. "\n"), name)
  end
end

-- `./dev rock` takes these lines from README.md and runs them, with a folder in place of --local.
local function rock_runs_it(line)
  assert.truthy(line:find("luarocks %-%-lua%-version=5.%d make %-%-local %-%-deps%-mode=none"))
  assert.truthy(markdown.read("spec/rock.sh"):find("README.md", 1, true))
end

local function rock_evaluates_it()
  assert.truthy(markdown.read("spec/rock.sh"):find('grep "^eval ', 1, true))
end

-- Who runs a command of ./dev.
local RUN_BY = {
  demo = "spec/door.sh", sandbox = "spec/door.sh", lua = "spec/door.sh", setup = "spec/door.sh",
  specs = "spec/door.sh", test = ".ci/run", build = ".github/workflows/ci.yml",
  lint = "spec/door.sh",
}

local function dev_knows(line)
  local name, rest = line:match("^%./dev (%S+) ?(.*)")
  assert.truthy(markdown.read(RUN_BY[name] or "?"):find("dev\"? " .. name), line)
  for path in rest:gmatch("%S+%.lua") do assert(io.open(path)):close() end
end

local function dev_lists(_)
  local output, status = command.run("./dev")
  assert.equal(0, status)
  for name in pairs(RUN_BY) do assert.truthy(output:find("\n  " .. name .. " "), name) end
end

-- What `waba sandbox` prints points waba at it.
local SERVING = [[
  %s >out 2>/dev/null &
  served=$!
  for _ in $(seq 200); do grep -q export out && break; sleep 0.05; done
  eval "$(cat out)"
  "$LUA" "$ROOT/bin/waba" system-users "$WABA_BUSINESS_ID"; code=$?
  kill $served
  exit $code]]

-- In a folder of its own, since some write a file.
local IN_A_FOLDER = [[
  folder=$(mktemp -d) || exit
  ( cd "$folder" || exit
  %s )
  code=$?
  rm -r "$folder"
  exit $code]]

-- A newcomer has no token yet.
local function run_waba(line)
  local variables = line:find("%-%-sandbox") and {} or environment()
  variables.ROOT = io.popen("pwd"):read("*l")
  local words = ("| " .. line):gsub("| waba ", '| "$LUA" "$ROOT/bin/waba" '):sub(3)
  if line:find("^waba sandbox") then words = SERVING:format(words) end
  local output, status = command.run(IN_A_FOLDER:format(words), variables)
  assert.equal(0, status, line .. "\n" .. output)
end

local RULES = {
  { "^waba ", run_waba },
  { "^curl ", run_curl },
  { "^sudo apt%-get install %-y ", packages_are_listed },
  { "^luarocks ", rock_runs_it },
  { "^eval \"%$%(luarocks .* path%)\"$", rock_evaluates_it },
  { "^%./dev$", dev_lists },
  { "^%./dev ", dev_knows },
}

local function run_shell(block)
  server:control("POST", "/reset")
  for line in block.text:gmatch("[^\n]+") do
    local rule
    for _, candidate in ipairs(RULES) do
      if not rule and line:find(candidate[1]) then rule = candidate[2] end
    end
    assert(rule, "no rule says how this is run: " .. line)
    rule(line)
  end
end

local function door_runs_it(block)
  local script = markdown.read("spec/door.sh")
  assert.truthy(script:find("block '" .. block.lang .. "'", 1, true), block.lang)
end

local function run_nginx(block)
  server:control("POST", "/reset")
  local path = block.text:match("location = (%S+)")
  local nginx = openresty.start { text = block.text, environment = environment(), alive = path }
  local sound, status, body = pcall(nginx.get, nginx, path)
  local log = nginx:log()
  nginx:stop()
  assert(sound, status)
  assert.equal(200, status, log)
  assert.equal(block.output, body)
end

local RUNNERS = {
  lua = run_lua, sh = run_shell, nginx = run_nginx,
  ["c row"] = door_runs_it, ["md golden"] = door_runs_it,
}

describe("the commands and snippets of", function()
  setup(function() server = servers.start() end)
  teardown(function() server:stop() end)

  for _, path in ipairs(markdown.files()) do
    for _, block in ipairs(markdown.blocks(path)) do
      it(("%s:%d (%s) work"):format(path, block.line, block.lang), function()
        local run = RUNNERS[block.lang]
        local missing = block.lang == "nginx" and openresty.missing()
        if missing then return pending(missing) end
        assert(run or block.lang == "", "nothing runs a block of " .. block.lang)
        if run then run(block) end
      end)
    end
  end

  it("README.md ask no newcomer for a token", function()
    for line in markdown.read("README.md"):gmatch("\n(waba [^\n]*)") do
      assert.truthy(line:find("%-%-sandbox"), line)
    end
  end)

  it("README.md are there", function()
    local count = { lua = 0, sh = 0 }
    for _, block in ipairs(markdown.blocks("README.md")) do
      count[block.lang] = (count[block.lang] or 0) + 1
    end
    assert.is_true(count.lua >= 4 and count.sh >= 5)
  end)
end)
