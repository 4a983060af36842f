--- waba.posix: what the command needs of the system. Begins with what goes wrong.

local posix = require "waba.posix"

local function with_file(content, mode, use)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(content)
  file:close()
  os.execute(("chmod %s '%s'"):format(mode, path))
  local sound, message = pcall(use, path)
  os.execute(("rm -f '%s' '%s.link'"):format(path, path))
  if not sound then error(message, 0) end
end

describe("posix.run", function()
  local function fails(message, words, seconds)
    local output, why = posix.run(words, seconds or 60)
    assert.is_nil(output)
    assert.equal(message, why)
  end

  it("says why nothing came", function()
    fails("No such file or directory", { "waba-no-such-program" })
    fails("Permission denied", { "/etc/passwd" })
    fails("it ended with status 3", { "sh", "-c", "echo half; exit 3" })
    fails("it ended with signal 9", { "sh", "-c", "kill -9 $$" })
    fails("it printed more than 64 KiB", { "yes" })
  end)

  it("ends what takes too long, also where its output has ended before", function()
    fails("it took too long, and was ended", { "sleep", "60" }, 0.05)
    fails("it took too long, and was ended", { "sh", "-c", "exec >&-; exec sleep 60" }, 0.05)
  end)

  it("raises on no words, and on too many", function()
    assert.has_error(function() posix.run({}, 1) end)
    local words = {}
    for i = 1, 65 do words[i] = "echo" end
    assert.has_error(function() posix.run(words, 1) end)
    assert.has_error(function() posix.run({ {} }, 1) end)
  end)

  it("takes words as they are: no shell reads them", function()
    assert.equal("$HOME; `id` * 'x'\n", posix.run({ "echo", "$HOME; `id` * 'x'" }, 60))
  end)

  it("gives an empty standard input", function()
    assert.equal("", posix.run({ "cat" }, 60))
  end)

  it("keeps the secrets of the environment back, and nothing else", function()
    local seen = assert(posix.run({ "env" }, 60))
    assert.is_nil(seen:find("WABA_ACCESS_TOKEN", 1, true))
    assert.truthy(seen:find("LUA_PATH=", 1, true))
  end)

  it("takes a lot of output", function()
    local output = posix.run({ "head", "-c", "60000", "/dev/zero" }, 60)
    assert.equal(60000, #output)
  end)
end)

describe("posix.read_private", function()
  local function refused(message, path)
    local content, why = posix.read_private(path)
    assert.is_nil(content)
    assert.equal(message, why)
  end

  it("refuses what is not there, no file, or too long", function()
    refused("No such file or directory", "/nonesuch/file")
    refused("it is not a regular file", "/tmp")
    refused("it is not a regular file", "/dev/null")
    with_file(("x"):rep(65537), "600", function(path)
      refused("it is longer than 64 KiB", path)
    end)
  end)

  it("does not hang on a pipe that nobody writes to", function()
    local path = os.tmpname()
    os.execute(("rm '%s' && mkfifo -m 600 '%s'"):format(path, path))
    local _, why = posix.read_private(path)
    os.remove(path)
    assert.equal("it is not a regular file", why)
  end)

  it("refuses what others may read or write", function()
    for _, mode in ipairs { "644", "640", "604", "620", "602" } do
      with_file("T", mode, function(path)
        refused("others than its owner have access to it", path)
      end)
    end
  end)

  it("refuses what belongs to somebody else", function()
    with_file("T", "600", function(path)
      os.execute(("chown nobody '%s' 2>/dev/null"):format(path))
      if posix.read_private(path) then pending "only root can give a file away" end
      refused("it belongs to another user", path)
    end)
  end)

  it("looks at what a symbolic link leads to, and reads what it looked at", function()
    with_file("T\n", "600", function(path)
      os.execute(("ln -s '%s' '%s.link'"):format(path, path))
      assert.equal("T\n", posix.read_private(path .. ".link"))
      os.execute(("chmod 644 '%s'"):format(path))
      refused("others than its owner have access to it", path .. ".link")
    end)
  end)

  it("reads a file of one's own, whatever bytes are in it", function()
    with_file("a\0b", "400", function(path) assert.equal("a\0b", posix.read_private(path)) end)
  end)
end)

describe("posix.make_folder", function()
  it("makes one that is this user's only, and says where it cannot", function()
    local path = os.tmpname()
    assert.is_false(posix.make_folder(path)) -- a file has the name
    os.remove(path)
    assert.is_true(posix.make_folder(path))
    local pipe = assert(io.popen(("stat -c %%a '%s'; rmdir '%s'"):format(path, path)))
    assert.equal("700\n", pipe:read("*a"))
    pipe:close()
    assert.is_false(posix.make_folder("/nonesuch/folder"))
  end)
end)

describe("posix.is_special", function()
  it("is what a folder and a device are, and no file, nor what is not there", function()
    with_file("", "000", function(path)
      os.execute(("ln -s '%s' '%s.link'"):format(path, path))
      local paths = { ["/tmp"] = true, ["/dev/null"] = true, [path] = false,
        [path .. ".link"] = false, ["/nonesuch"] = false }
      for name, special in pairs(paths) do assert.equal(special, posix.is_special(name), name) end
    end)
  end)
end)

describe("a terminal", function()
  it("is not what a pipe or a closed descriptor is", function()
    assert.is_false(posix.isatty(99))
    assert.is_nil(posix.columns(99))
    assert.is_false(posix.wait(99, 0) and posix.isatty(99))
  end)
end)
