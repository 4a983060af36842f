--- What nginx has to bear: slow calls, reloads, no code cache, clients that hang up, a full thread
--- pool, a worker killed. Nothing may crash, leak, stop others, or be lost without a word.

local json = require "cjson"
local openresty = require "spec.support.openresty"
local socket = require "socket"

local missing = openresty.missing()

if missing then
  pending("in nginx: " .. missing)
  return
end

-- A Graph that takes as many milliseconds as the business's id says, and tells how many requests it
-- had at the same time.
local GRAPH = [[
  location = /most { content_by_lua_block { ngx.print(most or 0) most = 0 } }
  location ~ ^/v26 { content_by_lua_block {
    local ms = tonumber(ngx.var.uri:match("^/v26%.0/(%d+)/"))
    here = (here or 0) + 1
    most = math.max(most or 0, here)
    if ms > 1 then ngx.sleep(ms / 1000) end
    here = here - 1
    ngx.header["Content-Type"] = "application/json"
    ngx.print('{"data":[{"id":"1"}]}')
  } }
]]

-- What the 99th of 100 probes may take while slow calls are under way. On a machine that does much
-- else it measures that: then widen it.
local BOUND = tonumber(os.getenv "WABA_SPEC_P99_MS" or 20) / 1000

describe("in nginx,", function()
  local graph, nginx

  setup(function() graph = openresty.start { server = GRAPH } end)
  teardown(function() graph:stop() end)

  local function start(parts)
    nginx = openresty.start(parts)
  end

  after_each(function()
    if not nginx then return end
    local crashes = nginx:crashes()
    nginx:stop()
    nginx = nil
    assert.same({}, crashes)
  end)

  --- The path of a request that makes one call, of so many milliseconds.
  local function list(ms, more)
    return ("/list?graph=%s&ms=%d%s"):format(graph.url, ms, more or "")
  end

  local function ping()
    local began = socket.gettime()
    assert.equal(200, (nginx:get("/ping")))
    return socket.gettime() - began
  end

  --- How long pings take while calls of a second are under way.
  ---@return number p99
  ---@return number count
  local function probe(calls, more)
    local clients, times = {}, {}
    for i = 1, calls do clients[i] = assert(nginx:open(list(1000, more))) end
    local ends = socket.gettime() + 0.95
    repeat times[#times + 1] = ping() until socket.gettime() > ends
    for _, client in ipairs(clients) do
      local status, body = nginx.receive(client)
      assert.equal("1", body)
      assert.equal(200, status)
    end
    table.sort(times)
    return times[math.ceil(#times * 0.99)], #times
  end

  describe("the event loop", function()
    before_each(function()
      start { main = "thread_pool waba threads=16;" }
    end)

    it("is stopped by a blocking call, which is what the others are measured against", function()
      assert.is_true(probe(2, "&way=blocking") > 0.5)
    end)

    for _, way in ipairs { "threads", "capture", "cosockets" } do
      if way == "cosockets" and not openresty.has "resty.http" then
        pending("stays free with cosockets: lua-resty-http is not installed")
      else
        it(("stays free while ten calls of a second wait (%s)"):format(way), function()
          local p99, count
          for _ = 1, 3 do
            p99, count = probe(10, "&way=" .. way)
            if p99 < BOUND then break end
          end
          assert.is_true(count > 100, "too few probes")
          assert.is_true(p99 < BOUND, ("p99 of %d: %.1f ms"):format(count, p99 * 1000))
        end)
      end
    end
  end)

  describe("a map", function()
    for _, way in ipairs { "threads", "capture", "cosockets" } do
      if way == "cosockets" and not openresty.has "resty.http" then
        pending("has many calls under way with cosockets: lua-resty-http is not installed")
      else
        it("has many calls under way with " .. way, function()
          start { main = "thread_pool waba threads=8;" }
          graph:get "/most"
          local done = nginx:run([[
            local way, url = ...
            local options = { access_token = "EAATEST", base_url = url }
            local client = require("spec.support.in_nginx").client(way, options)
            local inputs = {}
            for i = 1, 24 do inputs[i] = "100" end
            local lists = client:map(inputs, function(id) return client:system_users(id) end,
              { concurrency = 8 })
            return #lists
          ]], way, graph.url)
          assert.equal(24, done)
          local _, most = graph:get "/most"
          assert.equal("8", most)
        end)
      end
    end
  end)

  -- ---- load -------------------------------------------------------------------------------------

  -- curl, many requests at once, in a process of its own; prints a status for each. Connections are
  -- not kept: that a reload may end one just when it is used again is HTTP's business.
  local function load(count, path, parallel)
    return assert(io.popen(("env -u LD_PRELOAD curl -s -Z --parallel-max %d -o /dev/null "
      .. "-H 'Connection: close' -w '%%{http_code}\\n' '%s%s&id=[1-%d]' 2>/dev/null")
      :format(parallel, nginx.url, path, count)))
  end

  --- Waits for its end: how many answers there were of each status.
  local function statuses(pipe)
    local counts = {}
    for line in pipe:lines() do counts[line] = (counts[line] or 0) + 1 end
    pipe:close()
    return counts
  end

  --- Memory that only these processes have, in MiB, and their open descriptors.
  local function size(pids)
    local memory, files = 0, 0
    for _, pid in ipairs(pids) do
      for line in io.lines(("/proc/%s/smaps_rollup"):format(pid)) do
        memory = memory + tonumber(line:match("^Private_%a+: *(%d+) kB") or 0) / 1024
      end
      local pipe = assert(io.popen(("ls /proc/%s/fd | wc -l"):format(pid)))
      files = files + tonumber(pipe:read("*l"))
      pipe:close()
    end
    return memory, files
  end

  --- Runs `work`, which may leave processes no larger than they were, give or take some.
  ---@param allowed { memory: number, files: integer }
  local function stays_flat(pids, allowed, work)
    local memory, files = size(pids)
    work()
    local memory_after, files_after = size(pids)
    assert.is_true(memory_after - memory <= allowed.memory,
      ("%.1f MiB have become %.1f"):format(memory, memory_after))
    assert.is_true(files_after - files <= allowed.files,
      ("%d descriptors have become %d"):format(files, files_after))
  end

  describe("nothing is lost or leaks with", function()
    it("2,000 requests without a code cache", function()
      start { workers = 2, main = "thread_pool waba threads=4;",
        http = "lua_code_cache off; lua_worker_thread_vm_pool_size 4;" }
      local workers = nginx:workers()
      assert.same({ ["200"] = 500 }, statuses(load(500, list(1), 8)))
      stays_flat(workers, { memory = 8, files = 8 }, function()
        assert.same({ ["200"] = 1500 }, statuses(load(1500, list(1), 8)))
      end)
      assert.same(workers, nginx:workers())
    end)

    it("20 reloads under load", function()
      start { workers = 2, main = "thread_pool waba threads=4;" }
      local master = nginx:master()
      local function reload()
        local before = nginx:workers()
        nginx.kill("HUP", master)
        assert.is_true(nginx.await(function()
          local now = nginx:workers()
          return #now == 2 and now[1] ~= before[1] and now[1] ~= before[2]
        end))
      end
      local answers = load(1500, list(20), 8)
      for _ = 1, 5 do reload() end
      stays_flat({ master }, { memory = 4, files = 0 }, function()
        for _ = 1, 15 do reload() end
      end)
      assert.same({ ["200"] = 1500 }, statuses(answers))
      assert.equal(master, nginx:master())
    end)

    it("clients that hang up: every call comes to its end, and its outcome is told", function()
      start { main = "thread_pool waba threads=4;", http = "lua_worker_thread_vm_pool_size 4;" }
      local worker = nginx:workers()[1]
      local function hang_up(first, last)
        for i = first, last do
          local client = assert(nginx:open(list(10, "&id=" .. i)))
          client:close()
        end
        assert.is_true(nginx.await(function()
          local _, told = nginx:log():gsub("outcome of %d+: done", "")
          return told == last
        end), "outcomes are missing")
      end
      hang_up(1, 100)
      stays_flat({ worker }, { memory = 4, files = 0 }, function() hang_up(101, 300) end)
    end)

    it("requests that are ended while their jobs run", function()
      start { main = "thread_pool waba threads=4;",
        http = "lua_worker_thread_vm_pool_size 4; lua_check_client_abort on;",
      }
      for _ = 1, 10 do
        for _ = 1, 4 do
          local client = assert(nginx:open(list(50)))
          client:close()
        end
        local status, body = nginx:get(list(1))
        assert.equal("1", body)
        assert.equal(200, status)
      end
    end)

    for _, way in ipairs { "threads", "capture" } do
      it("maps that are ended while their calls run or wait: " .. way, function()
        start { main = "thread_pool waba threads=2;", http = "lua_check_client_abort on;" }
        local code = ([[
          local options = { access_token = "EAATEST", base_url = "%s" }
          local client = require("spec.support.in_nginx").client("%s", options)
          local other = require("spec.support.in_nginx").client("%s", options)
          client:map({ "20", "30", "20", "30", "20" }, function(id)
            client:system_users(id)
            other.driver.sleep(0.05)
            return other:system_users(id)
          end, { batch = ... })
        ]]):format(graph.url, way, way)
        for i = 1, 12 do
          local arguments = json.encode { n = 1, args = { i % 2 == 0 } }
          local body = #arguments .. "\n" .. arguments .. code
          local client = assert(nginx:open("/run", body))
          socket.sleep(0.01 * i)
          client:close()
        end
        for _ = 1, 3 do
          local status, body = nginx:get(list(1))
          assert.equal("1", body)
          assert.equal(200, status)
        end
      end)
    end

    it("a map that is ended with its request: its client maps again", function()
      start { main = "thread_pool waba threads=2;", http = "lua_check_client_abort on;" }
      local code = ([[
        local clients = package.loaded -- it lives as long as the worker
        clients.kept = clients.kept or require("spec.support.in_nginx").client("threads",
          { access_token = "EAATEST", base_url = "%s" })
        local results, errors = clients.kept:map({ ..., ... }, function(id)
          return clients.kept:system_users(id)
        end)
        return #results
      ]]):format(graph.url)
      local arguments = json.encode { n = 1, args = { "500" } }
      for _ = 1, 3 do
        local client = assert(nginx:open("/run", #arguments .. "\n" .. arguments .. code))
        socket.sleep(0.1)
        client:close()
        socket.sleep(0.05)
        assert.equal(2, nginx:run(code, "1"))
      end
    end)

    it("a full thread pool: calls wait, and those that waited too long say so", function()
      start { main = "thread_pool waba threads=1;", http = "lua_worker_thread_vm_pool_size 2;" }
      assert.same({ ["200"] = 30 }, statuses(load(30, list(20), 30)))
      local clients, done, waited = {}, 0, 0
      for i = 1, 10 do
        clients[i] = assert(nginx:open(list(100, "&attempt_timeout=0.35&max_attempts=1")))
      end
      for _, client in ipairs(clients) do
        local status, body = nginx.receive(client)
        if status == 200 then done = done + 1 else assert.matches("^timeout: ", body) end
        if body:find("no worker thread was free", 1, true) then waited = waited + 1 end
      end
      assert.is_true(done >= 1 and waited >= 4)
    end)

    it("a worker killed: who waited sees the connection end, and the next one works", function()
      start { workers = 1, main = "thread_pool waba threads=4;" }
      local killed = nginx:workers()[1]
      local client = assert(nginx:open(list(500)))
      socket.sleep(0.1)
      nginx.kill("KILL", killed)
      assert.is_nil((nginx.receive(client)))
      assert.is_true(nginx.await(function() return nginx:get("/ping") == 200 end))
      local status, body = nginx:get(list(1))
      assert.equal("1", body)
      assert.equal(200, status)
      assert.matches(killed .. " exited on signal 9", nginx:crashes()[1])
      assert.equal(1, #nginx:crashes())
      nginx:stop()
      nginx = nil
    end)
  end)
end)
