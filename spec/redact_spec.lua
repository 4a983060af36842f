--- No secret survives in the text of an error. Seen through the message of a Graph error.

local stub = require "spec.support.stub"

local TOKEN, SECRET = "CANARY-token|abc.DEF_123", "canarysecret-0123456789"

local function redact(text, options)
  options = options or {}
  options.access_token, options.app_secret = options.access_token or TOKEN, SECRET
  local err = stub.failure("assign", stub.graph_error(400, { code = 100, message = text }), options)
  return err.message
end

local EAA = "EAAGm0PX4ZCpsBO0ZBqWZC8ZB1ZCxyz0123456789"
local PROOF = ("0123456789abcdef"):rep(4)

describe("redaction", function()
  local cases = {
    { "the token", "token " .. TOKEN .. " is bad", "token [redacted] is bad" },
    { "the token twice", TOKEN .. " " .. TOKEN, "[redacted] [redacted]" },
    { "the token at the end", "bad " .. TOKEN, "bad [redacted]" },
    { "the token inside a word", "x" .. TOKEN .. "y", "x[redacted]y" },
    { "the token twice in a row", TOKEN .. TOKEN, "[redacted][redacted]" },
    { "the token with its bar escaped", "t=" .. TOKEN:gsub("|", "%%7C"), "t=[redacted]" },
    { "the token with its bar escaped small", "t=" .. TOKEN:gsub("|", "%%7c"), "t=[redacted]" },
    { "the app secret", "secret " .. SECRET, "secret [redacted]" },
    { "a query's access_token", "?access_token=abc&limit=25", "?access_token=[redacted]&limit=25" },
    { "an access_token in capitals", "ACCESS_TOKEN=abc", "ACCESS_TOKEN=[redacted]" },
    { "an access_token in JSON", '{"access_token":"abc"}', '{"access_token":"[redacted]"}' },
    { "an access_token in spaced JSON", '{"access_token": "abc"}',
      '{"access_token": "[redacted]"}' },
    { "an access_token in JSON within JSON", '\\"access_token\\":\\"abc\\"',
      '\\"access_token\\":\\"[redacted]\\"' },
    { "an access_token with blanks about the colon", '"access_token" : "abc"',
      '"access_token" : "[redacted]"' },
    { "an access_token in quotes", "access_token='abc'", "access_token='[redacted]'" },
    { "an escaped query", "access_token%3Dabc", "access_token%3D[redacted]" },
    { "an input_token", "input_token=abc.d&x", "input_token=[redacted]&x" },
    { "an fb_exchange_token", "fb_exchange_token=abc", "fb_exchange_token=[redacted]" },
    { "a client_secret", "client_secret=abc&y", "client_secret=[redacted]&y" },
    { "a proof", "appsecret_proof=" .. PROOF, "appsecret_proof=[redacted]" },
    { "a Bearer header", "Authorization: Bearer abcdefghijklmnop",
      "Authorization: Bearer [redacted]" },
    { "an OAuth header", "authorization: OAuth abcdefghijklmnop",
      "authorization: OAuth [redacted]" },
    { "somebody else's EAA token", "got " .. EAA .. ".", "got [redacted]" },
    { "an EAA token at the start", EAA .. " got", "[redacted] got" },
    { "an EAA token behind letters", "x" .. EAA, "x[redacted]" },
  }
  for _, case in ipairs(cases) do
    it("takes away " .. case[1], function() assert.equal(case[3], redact(case[2])) end)
  end

  it("takes away the proof it made itself", function()
    local proof
    local client = stub.client(function(request)
      proof = request.url:match("appsecret_proof=(%x+)")
      return stub.graph_error(400, { code = 100, message = "bad proof " .. proof })
    end, { access_token = TOKEN, app_secret = SECRET })
    local _, err = stub.call(client, "assign")
    assert.equal(64, #proof)
    assert.equal("bad proof [redacted]", err.message)
  end)

  it("takes away a token that came from a function", function()
    assert.equal("[redacted]", redact(TOKEN, { access_token = function() return TOKEN end }))
  end)

  it("takes away an earlier token of a call whose token changes", function()
    local tokens, count = { "FIRST-token-of-the-call", "SECOND-token-of-the-call" }, 0
    local client = stub.client({
      stub.reply(200, '{"data":[],"paging":{"cursors":{"after":"a"},"next":"x"}}'),
      stub.graph_error(400, { code = 100, message = "was FIRST-token-of-the-call" }),
    }, { access_token = function()
      count = count + 1
      return tokens[count]
    end })
    local _, err = client:system_users("1")
    assert.equal("was [redacted]", err.message)
  end)

  it("leaves no half of a token at the place where a long text is cut", function()
    for before = 1980, 2001 do
      local message = redact(("x"):rep(before) .. TOKEN .. ("y"):rep(3000))
      assert.is_true(#message <= 2000)
      assert.not_matches("CANARY", message)
    end
  end)

  it("leaves prose alone", function()
    local prose = {
      "Invalid OAuth access token.",
      "Error validating access token: Session has expired on Monday, 23-Nov-15 14:00:00 PST.",
      "An access token is required to request this resource",
      "Bearer of bad news", "EAA is short", "OAuth 2.0", "access_token= is empty",
      "(#100) Tried accessing nonexisting field (system_users) on node type (X)",
      "Größe: 5 %", "Ünïcödé 😀",
    }
    for _, text in ipairs(prose) do assert.equal(text, redact(text)) end
  end)

  it("reaches every text of an error", function()
    local err = stub.failure("assign", stub.graph_error(400, {
      code = 100, message = TOKEN, type = TOKEN, error_user_title = TOKEN, error_user_msg = TOKEN,
      fbtrace_id = TOKEN,
    }), { access_token = TOKEN })
    for _, key in ipairs { "message", "type", "title", "user_message", "fbtrace_id" } do
      assert.equal("[redacted]", err[key], key)
    end
  end)

  it("reaches error_data", function()
    for _, data in ipairs { TOKEN, { details = TOKEN }, ('{"details":"%s"}'):format(TOKEN) } do
      local err = stub.failure("assign", stub.graph_error(400, { code = 100, error_data = data }),
        { access_token = TOKEN })
      assert.equal("[redacted]", err.user_message)
    end
  end)

  it("reaches the header that a trace is taken from", function()
    local err = stub.failure("assign", stub.graph_error(400, { code = 100 },
      { ["x-fb-trace-id"] = TOKEN }), { access_token = TOKEN })
    assert.equal("[redacted]", err.fbtrace_id)
  end)

  it("reaches the message of a transport", function()
    local err = stub.failure("assign", stub.lost("could not send Bearer " .. TOKEN, "network"),
      { access_token = TOKEN })
    assert.equal("could not send Bearer [redacted]", err.message)
  end)

  it("reaches the message of a token function", function()
    local err = stub.failure("assign", stub.reply(200, "true"),
      { access_token = function() return nil, "no use for " .. EAA end })
    assert.not_matches(EAA, tostring(err), 1, true)
    assert.matches("no use for %[redacted%]", err.message)
  end)

  it("takes a token of one letter too", function()
    assert.equal("b[redacted]nc", redact("banc", { access_token = "a" }))
  end)

  it("is quick with text made to be slow", function()
    local message = redact(("access_token"):rep(100000))
    assert.is_true(#message <= 2000)
  end)

  -- An oracle: whatever stands around it, the secret is gone.
  it("holds for texts at random", function()
    local pieces = { TOKEN, SECRET, EAA, "access_token=", "Bearer ", "%7C", "|", "CANARY", "EAA",
      "&", " ", "\\", "\"", "x", "token", "%", "é" }
    local seed = 42
    local function random(n)
      seed = (seed * 16807) % 2147483647
      return seed % n + 1
    end
    for _ = 1, 500 do
      local parts = {}
      for i = 1, 12 do parts[i] = pieces[random(#pieces)] end
      local message = redact(table.concat(parts))
      for _, secret in ipairs { TOKEN, SECRET, EAA } do
        assert.is_nil(message:find(secret, 1, true), table.concat(parts))
      end
    end
  end)
end)

describe("redaction", function()
  it("knows every token that a call has gone under", function()
    local tokens = { "first-token-of-all", "second-token-of-all", "third-token-of-all" }
    local asked = 0
    local client = stub.client(stub.reply(503, '{"error":{"message":"' .. table.concat(tokens, " ")
      .. '","code":2}}'), {
      access_token = function()
        asked = asked + 1
        return tokens[asked]
      end,
      max_attempts = 3,
    })
    local _, err = client:system_users("1")
    assert.equal(3, asked)
    assert.equal("[redacted] [redacted] [redacted]", err.message)
  end)
end)
