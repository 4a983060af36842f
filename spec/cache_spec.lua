--- The caches that ship: what the file survives, and who may read it.

local command = require "spec.support.command"
local waba = require "waba"

local folder

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function sh(line)
  local output, status = command.run(line, { D = folder })
  assert.equal(0, status, output)
  return output
end

local function at(time)
  return { now = function() return time.now end }
end

describe("a cache", function()
  setup(function() folder = command.run("mktemp -d"):gsub("%s+$", "") end)
  before_each(function() sh 'rm -rf "$D"/*' end)
  teardown(function() sh 'rm -rf "$D"' end)

  local makers = {
    memory = function(options) return waba.cache.memory(options) end,
    file = function(options) return waba.cache.file(folder .. "/cache", options) end,
  }

  it("raises on what is no option, in the caller's line", function()
    local function raises(words, f)
      local _, message = pcall(f)
      assert.matches("^[^:]*cache_spec%.lua:%d+: ", message)
      assert.matches(words, message, 1, true)
    end
    raises("cache.memory: options must be a table, got a number", function()
      local _ = waba.cache.memory(5)
    end)
    raises("cache.memory: unknown option 'most'; there is: now", function()
      local _ = waba.cache.memory { most = 5 }
    end)
    raises("cache.file: unknown option 'bogus'", function()
      local _ = waba.cache.file("x", { bogus = 1 })
    end)
    raises("cache.file: option 'now' must be a function, got a number", function()
      local _ = waba.cache.file("x", { now = 1 })
    end)
  end)

  for name, make in pairs(makers) do
    it(("in a %s has nothing of what was not put there"):format(name), function()
      assert.is_nil(make():get("a"))
    end)

    it(("in a %s keeps what is set until its time has come"):format(name), function()
      local time = { now = 1000 }
      local cache = make(at(time))
      assert.is_true(cache:set("a", "text", 60))
      assert.is_true(cache:set("b", "more", 3600))
      assert.equal("text", cache:get("a"))
      cache:set("a", "other", 60)
      time.now = 1059
      assert.equal("other", cache:get("a"))
      time.now = 1060
      assert.is_nil(cache:get("a"))
      assert.equal("more", cache:get("b"))
    end)
  end

  describe("in a file", function()
    local path, cache

    before_each(function()
      path = folder .. "/cache"
      cache = waba.cache.file(path)
    end)

    it("raises where the path is none", function()
      assert.error_matches(function() waba.cache.file() end, "path must be a string, got a nil")
    end)

    it("survives garbage, and what is no cache", function()
      for _, text in ipairs { "", "{", "null", "[]", "5", "\0\255", '{"a":1}', '{"a":{"value":1}}',
        '{"a":{"value":"x","set":"1","ends":"2"}}', '{"a":[]}' } do
        write(path, text)
        assert.is_nil(cache:get("a"), text)
        assert.is_true(cache:set("b", "good", 60))
        assert.equal("good", cache:get("b"))
      end
    end)

    it("is for its user only, whatever it was before and whatever the umask says", function()
      write(path, "{}")
      sh 'chmod 644 "$D/cache"'
      cache:set("a", "text", 60)
      assert.equal("600\n", sh 'stat -c %a "$D/cache"')
      assert.equal("cache\n", sh 'ls -A "$D"')
    end)

    it("believes nothing that others can write", function()
      cache:set("a", "text", 60)
      assert.equal("text", cache:get("a"))
      sh 'chmod 620 "$D/cache"'
      assert.is_nil(cache:get("a"))
    end)

    it("follows no symbolic link, and replaces it", function()
      write(folder .. "/elsewhere", "precious")
      sh 'ln -s elsewhere "$D/cache"'
      assert.is_nil(cache:get("a"))
      cache:set("a", "text", 60)
      assert.equal("text", cache:get("a"))
      assert.equal("precious", read(folder .. "/elsewhere"))
    end)

    it("does not wait for what is no file", function()
      sh 'mkfifo "$D/cache"'
      assert.is_nil(cache:get("a"))
    end)

    it("that cannot be written says why, and leaves nothing behind", function()
      cache = waba.cache.file(folder .. "/missing/cache")
      local done, message = cache:set("a", "text", 60)
      assert.is_nil(done)
      assert.matches("/missing/cache: No such file or directory", message, 1, true)
      sh 'mkdir "$D/cache"'
      done, message = waba.cache.file(path):set("a", "text", 60)
      assert.is_nil(done)
      assert.matches("cache: ", message, 1, true)
      assert.equal("cache\n", sh 'ls -A "$D"')
    end)

    it("on a full disk keeps what it had, whole, and leaves nothing behind", function()
      assert.is_true(cache:set("a", "text", 60))
      local output = command.run([[
        trap '' XFSZ; ulimit -f 1
        export GCOV_PREFIX=/dev/null # or half a file would be left of what ./dev coverage counts
        "$LUA" -e 'print(require("waba").cache.file(os.getenv "F"):set("b", ("x"):rep(4096), 60))'
      ]], { F = path })
      assert.matches("nil\t" .. path .. ": File too large", output, 1, true)
      assert.equal("text", cache:get("a"))
      assert.equal("cache\n", sh 'ls -A "$D"')
    end)

    it("too large to be ours is not read", function()
      sh 'truncate -s 5M "$D/cache"; chmod 600 "$D/cache"'
      assert.is_nil(cache:get("a"))
      assert.is_true(cache:set("a", "text", 60))
    end)

    it("takes no more than can be read again", function()
      assert.is_true(cache:set("a", ("x"):rep(3 * 1024 * 1024), 60))
      assert.is_true(cache:set("b", ("y"):rep(2 * 1024 * 1024), 60))
      assert.is_nil(cache:get("a"))
      assert.equal(2 * 1024 * 1024, #cache:get("b"))
      assert.is_nil((cache:set("c", ("z"):rep(4 * 1024 * 1024), 60)))
      assert.equal(2 * 1024 * 1024, #cache:get("b"))
    end)

    it("drops what is dead, also where the time of day was set back", function()
      local time = { now = 1000 }
      cache = waba.cache.file(path, at(time))
      cache:set("a", "text", 60)
      time.now = 900
      assert.is_nil(cache:get("a"))
      cache:set("b", "text", 60)
      assert.is_nil(read(path):find('"a"', 1, true))
    end)

    it("is whole at any time for several processes that write it", function()
      local script = [[
        local waba = require "waba"
        local cache = waba.cache.file(arg[1])
        for i = 1, 150 do
          assert(cache:set(arg[2], ("v"):rep(i * 20), 60))
          for _, key in ipairs { "one", "two", "three" } do
            local value = cache:get(key)
            assert(value == nil or value:find("^v+$"))
          end
        end
        assert(require("waba.core").json.decode(assert(io.open(arg[1])):read("*a")))
      ]]
      command.with_file(script, function(file)
        local output = command.run([[
          for key in one two three; do "$LUA" "$FILE" "$D/cache" $key & done; wait]],
          { FILE = file, D = folder })
        assert.equal("", output)
      end)
      assert.equal("cache\n", sh 'ls -A "$D"')
    end)
  end)
end)
