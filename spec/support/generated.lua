--- The files that are made from the sources, and committed: spec/generated_spec.lua compares them,
--- `./dev docs` writes them.

local manual = require "spec.support.manual"

local M = {}

local function sha256(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local pipe = assert(io.popen(("openssl dgst -sha256 -binary %s | openssl base64"):format(path)))
  local hash = pipe:read("*l")
  pipe:close()
  os.remove(path)
  return assert(hash, "openssl is missing")
end

local HASHES = [[
--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "%s",
  style = "%s",
}
]]

--- Each file by its path, as a function that makes it.
M.files = {
  ["docs/command.md"] = manual.markdown,
  ["docs/waba.1"] = manual.man,
  ["lua/waba/cli/page/hashes.lua"] = function()
    return HASHES:format(sha256((require "waba.cli.page.script")),
      sha256((require "waba.cli.page.style")))
  end,
}

function M.write()
  for path, make in pairs(M.files) do
    local file = assert(io.open(path, "wb"))
    file:write(make())
    file:close()
    print(path)
  end
end

return M
