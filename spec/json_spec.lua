--- waba.core.json: JSON as the rest of the library wants it.

local cjson = require "cjson"
local core = require "waba.core"

local decode, encode = core.json.decode, core.json.encode

local function is_integer(value)
  return not math.type or math.type(value) == "integer" -- luacheck: ignore
end

describe("json.decode", function()
  describe("refuses", function()
    local cases = {
      { "an empty text", "" },
      { "blanks only", " \n\t" },
      { "a cut object", '{"a":1' },
      { "a cut string", '"abc' },
      { "two values", "1 2" },
      { "a comma at the end of an array", "[1,]" },
      { "a comma at the end of an object", '{"a":1,}' },
      { "single quotes", "{'a':1}" },
      { "HTML", "<html></html>" },
      { "plain words", "Service Unavailable" },
      { "NaN", "NaN" },
      { "Infinity", "[Infinity]" },
      { "a hexadecimal number", "[0x10]" },
      { "a NUL behind the value", "1\0" },
      { "a key without quotes", "{a:1}" },
      { "33 levels of arrays", ("["):rep(33) .. ("]"):rep(33) },
      { "a million levels", ("["):rep(1000000) },
      { "more than 4 MiB", '"' .. ("x"):rep(4 * 1024 * 1024) .. '"' },
      { "an id too large to be exact", '{"id":12345678901234567890}' },
      { "a negative id too large to be exact", '{"id":-9007199254740993}' },
      { "an id with a fraction", '{"user_id":1.5}' },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local value, message = decode(case[2])
        assert.is_nil(value)
        assert.is_string(message)
      end)
    end
  end)

  it("raises on what is no text", function()
    assert.has_error(function() decode({}) end)
    assert.has_error(function() decode() end)
  end)

  it("reads 32 levels", function()
    assert.is_table(decode(("["):rep(32) .. ("]"):rep(32)))
  end)

  it("makes integers of whole numbers", function()
    local value = decode('{"code":190,"list":[0,-1,2e3]}')
    assert.equal("190", tostring(value.code))
    assert.is_true(is_integer(value.code))
    assert.same({ 0, -1, 2000 }, value.list)
    for _, number in ipairs(value.list) do assert.is_true(is_integer(number)) end
  end)

  it("leaves fractions", function() assert.equal(9.67, decode("[9.67]")[1]) end)

  it("makes a string of an id that is a number", function()
    local value = decode('{"id":1972555232742222,"app_id":5,"list":[{"user_id":7}]}')
    assert.equal("1972555232742222", value.id)
    assert.equal("5", value.app_id)
    assert.equal("7", value.list[1].user_id)
  end)

  it("takes only a key that is id, or ends in _id, for one of an id", function()
    local value = decode('{"valid":1,"ids":2,"_id":3,"idea":4,"ID":5}')
    for _, key in ipairs { "valid", "ids", "idea", "ID" } do assert.is_number(value[key], key) end
  end)

  it("leaves null out of an object", function()
    local value = decode('{"a":null,"b":{"c":null},"d":1}')
    assert.is_nil(value.a)
    assert.same({ b = {}, d = 1 }, value)
  end)

  it("closes the gap null leaves in an array", function()
    assert.same({ 1, 2, 3 }, decode("[null,1,null,2,3,null]"))
    assert.same({}, decode("[null,null]"))
  end)

  it("reads null alone as nil, without a message", function()
    local value, message = decode("null")
    assert.is_nil(value)
    assert.is_nil(message)
  end)

  it("reads bare words and numbers", function()
    assert.is_true(decode("true"))
    assert.is_false(decode(" false "))
    assert.equal("x", decode('"x"'))
    assert.equal(1, decode("1"))
  end)

  it("reads Graph's escapes", function()
    assert.equal("https://a/%7C", decode([["https:\/\/a\/\u00257C"]]))
    assert.equal("é😀", decode([["\u00e9\ud83d\ude00"]]))
  end)

  it("takes the last of two equal keys", function()
    assert.equal(2, decode('{"a":1,"a":2}').a)
  end)

  it("keeps a key that is a number a string", function()
    assert.equal("x", decode('{"1":"x"}')["1"])
  end)

  it("leaves nothing of lua-cjson's null anywhere", function()
    local function walk(value)
      assert.not_equal("userdata", type(value))
      if type(value) ~= "table" then return end
      for key, item in pairs(value) do walk(key) walk(item) end
    end
    walk(decode('{"a":[null,[null],{"b":null}],"c":{"d":{"e":null}}}'))
  end)
end)

describe("json.items", function()
  it("refuses what is no list, and what stands behind a NUL", function()
    for _, text in ipairs { "", "5", "null", "{", "[1]\0", "[1]\0[2]", "\0" } do
      assert.is_nil((core.json.items(text)), text)
    end
  end)

  it("keeps the place of a null", function()
    assert.same({ 1, false, "x" }, core.json.items('[1,null,"x"]'))
  end)
end)

describe("json.encode", function()
  it("refuses what JSON cannot hold, without raising", function()
    for _, value in ipairs { 0 / 0, 1 / 0, print, coroutine.create(print) } do
      local text, message = encode(value)
      assert.is_nil(text)
      assert.is_string(message)
    end
  end)

  it("refuses a table that holds itself", function()
    local loop = {}
    loop.loop = loop
    assert.is_nil((encode(loop)))
  end)

  it("writes what decode reads", function()
    local value = { list = { 1, 2, "x" }, text = 'a"\\\n', flag = true }
    assert.same(value, decode(encode(value)))
  end)
end)

describe("json's instance of lua-cjson", function()
  it("is private: what others set does not reach it", function()
    local depth, invalid = cjson.decode_max_depth(), cjson.decode_invalid_numbers()
    finally(function()
      cjson.decode_max_depth(depth)
      cjson.decode_invalid_numbers(invalid)
    end)
    cjson.decode_max_depth(2)
    cjson.decode_invalid_numbers(true)
    assert.is_table(decode("[[[1]]]"))
    assert.is_nil((decode("NaN")))
  end)

  it("leaves the settings of others alone", function()
    assert.equal(1000, cjson.new().decode_max_depth())
    assert.equal(cjson.null, cjson.decode("null"))
  end)
end)

describe("a reply", function()
  local stub = require "spec.support.stub"

  it("is not what stands before a NUL", function()
    local err = stub.failure("assign", stub.reply(200, 'true\0{"error":{"code":1}}'))
    assert.equal("indeterminate", err.kind)
  end)

  it("with an error keeps it, whatever ids are in there", function()
    local err = stub.failure("assign", stub.reply(400,
      '{"error":{"code":190,"message":"m","error_data":{"some_id":12345678901234567890}}}'))
    assert.equal("auth", err.kind)
    assert.equal(190, err.code)
  end)

  it("with an item whose id has lost digits is no list", function()
    local err = stub.failure("system_users", stub.reply(200,
      '{"data":[{"id":12345678901234567890}]}'))
    assert.equal("protocol", err.kind)
  end)
end)
