return {
  name = "version",
  summary = "Say which version this is",
  columns = { "name", "version" },
  examples = { "waba version" },
  run = function(ctx)
    local rows = ctx:rows()
    rows:add { name = "waba", version = require("waba.core").version }
    rows:finish()
  end,
}
