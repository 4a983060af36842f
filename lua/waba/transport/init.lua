--- Transports that are put on top of others. What a transport is, callback.lua says.

return {
  batch = require "waba.transport.batch",
  record = require "waba.transport.record",
  replay = require "waba.transport.replay",
}
