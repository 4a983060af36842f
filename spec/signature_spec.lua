--- The signature of Meta's webhooks: what is no proof, and what is.

local waba = require "waba"

local verify, sign = waba.signature.verify, waba.signature.sign

-- RFC 4231, test case 2.
local SECRET, BODY = "Jefe", "what do ya want for nothing?"
local DIGEST = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
local HEADER = "sha256=" .. DIGEST

describe("signature.verify", function()
  it("raises without a secret: anybody could sign with an empty one", function()
    for _, secret in ipairs { "", false, {} } do
      assert.error_matches(function() verify(secret, BODY, HEADER) end, "bad argument #1")
    end
    assert.error_matches(function() verify(SECRET, nil, HEADER) end, "bad argument #2")
    assert.error_matches(function() verify(SECRET, BODY, { HEADER }) end, "bad argument #3")
  end)

  it("is false without a header", function()
    assert.is_false(verify(SECRET, BODY))
    assert.is_false(verify(SECRET, BODY, ""))
  end)

  it("is false for what is not the whole signature, and no more", function()
    for i = 0, #HEADER - 1 do assert.is_false(verify(SECRET, BODY, HEADER:sub(1, i))) end
    for _, wrong in ipairs { DIGEST, HEADER .. "0", HEADER .. "\0", " " .. HEADER,
      HEADER:upper(), "sha1=" .. DIGEST, "sha256=" .. DIGEST:upper(), HEADER:gsub("3$", "4"),
      "sha256=" .. ("0"):rep(64), ("sha256="):rep(10) .. "a" } do
      assert.is_false(verify(SECRET, BODY, wrong), wrong)
    end
  end)

  it("is false where a byte of it, of the body or of the secret differs", function()
    for i = 1, #HEADER do
      local other = HEADER:byte(i) == 0x30 and "1" or "0"
      assert.is_false(verify(SECRET, BODY, HEADER:sub(1, i - 1) .. other .. HEADER:sub(i + 1)))
    end
    assert.is_false(verify(SECRET, BODY .. "\n", HEADER))
    assert.is_false(verify(SECRET, BODY .. "\0", HEADER))
    assert.is_false(verify(SECRET .. "\0", BODY .. "!", HEADER))
  end)

  it("is true for the signature over the raw bytes", function()
    assert.is_true(verify(SECRET, BODY, HEADER))
    assert.equal(HEADER, sign(SECRET, BODY))
    for _, body in ipairs { "", "\0\255\r\n", ("x"):rep(1024 * 1024) } do
      assert.is_true(verify(SECRET, body, sign(SECRET, body)))
    end
  end)
end)
