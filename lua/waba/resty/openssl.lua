--- Which OpenSSL nginx has, which libcurl, and whether they are the same: two in one process share
-- their names, and whose function is called is then a matter of luck.

local M = {}

--- Files that are mapped into this process, and where: { path, first, last }, addresses as numbers.
local function mappings()
  local list, file = {}, io.open "/proc/self/maps"
  if not file then return list end
  for line in file:lines() do
    local first, last, path = line:match("^(%x+)%-(%x+) %S+ %x+ %S+ %d+%s+(/%S+)")
    if path then
      list[#list + 1] = { path = path, first = tonumber(first, 16), last = tonumber(last, 16) }
    end
  end
  file:close()
  return list
end

--- The OpenSSL that nginx itself calls: what a name of it stands for in this process.
---@return string|nil version
---@return number|nil address
local function of_nginx()
  local loads, ffi = pcall(require, "ffi")
  if not loads then return nil end
  pcall(ffi.cdef, "const char *OpenSSL_version(int type);")
  local known, version, address = pcall(function()
    local symbol = ffi.C.OpenSSL_version
    return ffi.string(symbol(0)), tonumber(ffi.cast("uintptr_t", ffi.cast("void *", symbol)))
  end)
  if known then return version, address end
end

--- `version` and `file`: of the OpenSSL that nginx calls; `libraries`: every libssl and libcrypto
--- that is mapped.
---@return { version: string|nil, file: string|nil, libraries: string[] }
function M.look()
  local version, address = of_nginx()
  local found, seen = { version = version, libraries = {} }, {}
  for _, mapping in ipairs(mappings()) do
    local path = mapping.path
    if address and address >= mapping.first and address < mapping.last then found.file = path end
    local name = path:match("/(lib[%a]+)[^/]*%.so[^/]*$")
    if (name == "libssl" or name == "libcrypto") and not seen[path] then
      seen[path] = true
      table.insert(found.libraries, path)
    end
  end
  return found
end

--- What is wrong with it, if anything is.
---@param found table of `look`
---@param tls string|nil of libcurl: "OpenSSL/3.0.19"
---@return string|nil
function M.clash(found, tls)
  local count = { libssl = 0, libcrypto = 0 }
  for _, path in ipairs(found.libraries) do
    local name = path:match("/(lib[%a]+)[^/]*$")
    count[name] = count[name] + 1
  end
  if count.libssl > 1 or count.libcrypto > 1 then
    return "two OpenSSL are loaded: " .. table.concat(found.libraries, ", ")
  end
  if found.file and count.libcrypto > 0 and not found.file:find("libcrypto", 1, true) then
    return ("nginx has an OpenSSL of its own in %s, beside %s"):format(found.file,
      table.concat(found.libraries, ", "))
  end
  local ours = (tls or ""):match("^OpenSSL/(%S+)")
  local theirs = (found.version or ""):match("^OpenSSL (%S+)")
  if ours and theirs and ours ~= theirs then
    return ("libcurl has found OpenSSL %s, nginx has %s"):format(ours, theirs)
  end
end

return M
