--- `waba.resty.check()`: what there is in this nginx, and what to do about what is not. It needs
-- nothing of waba to be loaded, so that it can also tell why waba cannot be.

local openssl = require "waba.resty.openssl"
local phase = require "waba.phase"

local LOADED = package.loaded.ngx and package.loaded.ngx.now()

local function version_of(number)
  local floor = math.floor
  return ("%d.%d.%d"):format(floor(number / 1000000), floor(number / 1000) % 1000, number % 1000)
end

--- Each looks at one thing and answers what it found, and what to do: nil where nothing is; and
--- whether that must be done for waba to work.
local looks = {}

function looks.nginx(ngx)
  local number = ngx.config.ngx_lua_version
  local found = ("nginx %s, lua-nginx-module %s, %d workers"):format(
    version_of(ngx.config.nginx_version), version_of(number), ngx.worker.count())
  if number >= 10032 then return found end
  return found, "a full queue of a thread pool crashes a worker before lua-nginx-module 0.10.32: "
    .. "leave max_queue of thread_pool as it is"
end

function looks.phase(ngx)
  local name = ngx.get_phase()
  if phase.yields() then return name end
  if phase.may_block() then return name, "calls block here: make few" end
  return name, "no call can be made here: make it in a timer, with ngx.timer.at"
end

function looks.waba()
  local loads, core = pcall(require, "waba.core")
  if loads then return "waba " .. core.version end
  return tostring(core), "see lua_package_path and lua_package_cpath; where the text names "
    .. "OpenSSL, build waba against the OpenSSL of this nginx", true
end

local POOL = "nginx.conf needs, outside of http: thread_pool %s threads=16;"

--- Asks a thread, which also loads what threads load.
function looks.threads(ngx, options, known)
  local run, pool = ngx.run_worker_thread, options.thread_pool or "default"
  if not run then
    return "none", "it takes an nginx --with-threads and lua-nginx-module 0.10.21; or cosockets"
  end
  if not phase.yields() then return "cannot be told in this phase", "ask in a request" end
  local posted, answer = run(pool, "waba.resty.job", "libcurl")
  if posted then
    known.libcurl = answer
    return ("pool %s works"):format(pool)
  end
  answer = tostring(answer)
  local advice = answer:find("pool .* not found$") and POOL:format(pool)
    or answer:find("no available Lua vm", 1, true) and "all are busy: ask again"
    or "see lua_package_path and lua_package_cpath"
  return answer, advice, not options.via or options.via == "threads"
end

function looks.libcurl(_, _, known)
  if not known.libcurl then
    local loads, module = pcall(require, "waba.curl")
    if not loads then return tostring(module), "install libcurl 7.80 or newer", true end
    known.libcurl = module.version()
  end
  return ("libcurl %s with %s"):format(known.libcurl.version, known.libcurl.tls or "no TLS")
end

function looks.openssl(_, _, known)
  local found = openssl.look()
  local clash = openssl.clash(found, known.libcurl and known.libcurl.tls)
  local text = ("nginx calls %s in %s"):format(found.version or "no OpenSSL",
    found.file or "a file that cannot be told")
  if not clash then return text end
  return text .. "; " .. clash, "crashes are on record where two are mixed: give libcurl the same "
    .. "OpenSSL, or one with GnuTLS (libcurl4-gnutls-dev), or use cosockets"
end

looks["lua-resty-http"] = function(_, options)
  local loads, module = pcall(require, "resty.http")
  if loads then return "lua-resty-http " .. tostring(module._VERSION) end
  return tostring(module):match("[^\n]*"), "it is needed for cosockets only: opm get "
    .. "ledgetech/lua-resty-http; it takes lua-resty-string, which OpenResty brings",
    options.via == "cosockets"
end

function looks.cjson()
  local loads, module = pcall(require, "cjson.safe")
  if loads then return "lua-cjson " .. tostring(module._VERSION) end
  return "not found", "install lua-cjson for LuaJIT", true
end

-- Where nobody has sent a request yet.
local NO_REQUEST = { timer = true, ssl_cert = true }

function looks.code_cache(ngx)
  if not phase.yields() or NO_REQUEST[phase.name()] then return "cannot be told in this phase" end
  if LOADED and LOADED < ngx.req.start_time() then return "on" end
  return "this request has loaded waba", "ask again: if that says the same, lua_code_cache is off, "
    .. "and every request loads everything anew"
end

local VARIABLES = { "WABA_ACCESS_TOKEN", "WABA_APP_ID", "WABA_APP_SECRET", "WABA_API_VERSION",
  "WABA_GRAPH_URL" }

function looks.environment()
  local seen, hidden = {}, {}
  for _, name in ipairs(VARIABLES) do table.insert(os.getenv(name) and seen or hidden, name) end
  local found = seen[1] and "visible: " .. table.concat(seen, ", ") or "none of waba's is visible"
  if not hidden[1] then return found end
  return found, "nginx drops the environment: what is to be seen needs a line outside of http, "
    .. "such as: env " .. hidden[1] .. ";"
end

function looks.dictionaries(ngx)
  local names = {}
  for name, dictionary in pairs(ngx.shared) do
    names[#names + 1] = ("%s (%d KiB free)"):format(name, dictionary:free_space() / 1024)
  end
  table.sort(names)
  if names[1] then return table.concat(names, ", ") .. "; ngx.shared has nothing else" end
  return "none", "every worker keeps budgets of its own: lua_shared_dict waba 1m; in http, and the "
    .. "option budget = ngx.shared.waba"
end

local ORDER = { "nginx", "phase", "waba", "threads", "libcurl", "openssl", "lua-resty-http",
  "cjson", "code_cache", "environment", "dictionaries" }

local mt = { __tostring = function(findings)
  local lines = {}
  for i, finding in ipairs(findings) do
    lines[i] = ("%-8s%s: %s"):format(finding.status, finding.topic, finding.found)
    if finding.advice then lines[i] = lines[i] .. "\n        " .. finding.advice end
  end
  return table.concat(lines, "\n")
end }

local OPTIONS = { thread_pool = "string", via = "string" }

local function check_options(options)
  if type(options) ~= "table" then
    error(("check: options must be a table, got a %s"):format(type(options)), 3)
  end
  for name, value in pairs(options) do
    if not OPTIONS[name] then
      error(("check: unknown option '%s'; there are: thread_pool, via"):format(tostring(name)), 3)
    elseif type(value) ~= OPTIONS[name] then
      error(("check: option '%s' must be a %s, got a %s"):format(
        name, OPTIONS[name], type(value)), 3)
    end
  end
end

---@class waba.resty.Finding
---@field topic string
---@field found string
---@field advice string|nil what to do
---@field status "ok"|"note"|"problem" note: it works all the same, or is not needed by all

--- Looks around in nginx. Secrets are not shown. Worth a call where something does not work, not in
--- every request: it loads libcurl, and reads files of /proc.
--- Raises on another option, or a wrong type.
---@param options { thread_pool: string|nil, via: string|nil }|nil those a client is to have
---@return waba.resty.Finding[] # prints itself; `sound`: there is no problem
return function(options)
  options = options or {}
  check_options(options)
  local ngx = package.loaded.ngx
  if not (ngx and ngx.get_phase) then error("check: this is not nginx", 2) end
  local findings, known = { sound = true }, {}
  for i, topic in ipairs(ORDER) do
    local found, advice, bad = looks[topic](ngx, options, known)
    local status = not advice and "ok" or bad and "problem" or "note"
    findings[i] = { topic = topic, found = found, advice = advice, status = status }
    if bad then findings.sound = false end
  end
  return setmetatable(findings, mt)
end
