--- How far it is: a bar on a terminal, a quiet line now and then elsewhere.

local M = {}

local BAR_EVERY, LINE_EVERY = 0.1, 10 -- seconds
local BAR = 24                        -- columns

---@class waba.cli.Progress
local Progress = {}
Progress.__index = Progress

--- A time for people: "8s", "3m05s", "2h07m".
---@param seconds number
---@return string
function M.duration(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds < 60 then return seconds .. "s" end
  if seconds < 3600 then return ("%dm%02ds"):format(math.floor(seconds / 60), seconds % 60) end
  return ("%dh%02dm"):format(math.floor(seconds / 3600), math.floor(seconds % 3600 / 60))
end

---@param ctx waba.cli.Context
---@param total integer
---@param now fun(): number
---@return waba.cli.Progress
function M.new(ctx, total, now)
  local options, posix = ctx.options, require "waba.posix"
  local shown = not options.quiet and total > 1
  local bar = shown and not options.verbose and posix.isatty(2) and os.getenv "TERM" ~= "dumb"
  local self = setmetatable({ say = ctx.say, total = total, now = now, began = now(), bar = bar,
    lines = shown and not bar, done = 0, failed = 0, shown_at = now() }, Progress)
  if bar then
    self.columns = posix.columns(2) or 80
    ctx.say.before = function() self:clear() end
  end
  return self
end

function Progress:words()
  local seconds = self.now() - self.began
  local rate = seconds > 0 and self.done / seconds or 0
  local words = { ("%d of %d"):format(self.done, self.total), ("%d failed"):format(self.failed) }
  if rate > 0 then
    words[#words + 1] = (rate < 10 and "%.1f/s" or "%.0f/s"):format(rate)
    words[#words + 1] = M.duration((self.total - self.done) / rate) .. " left"
  end
  return table.concat(words, ", ")
end

function Progress:draw()
  local full = math.floor(BAR * self.done / self.total)
  local bar = "[" .. ("#"):rep(full) .. ("-"):rep(BAR - full) .. "] "
  io.stderr:write("\r", (bar .. self:words()):sub(1, self.columns - 1), "\27[K")
  io.stderr:flush()
  self.drawn = true
end

function Progress:clear()
  if not self.drawn then return end
  io.stderr:write("\r\27[K")
  io.stderr:flush()
  self.drawn = false
end

--- So many are done, of so many that are known of by now.
---@param done integer
---@param total integer
function Progress:at(done, total)
  self.done, self.total = done, total
  if not (self.bar or self.lines) then return end
  local now = self.now()
  if now - self.shown_at < (self.bar and BAR_EVERY or LINE_EVERY) then return end
  self.shown_at = now
  if self.bar then self:draw() else self.say:note(self:words()) end
end

--- One more is done.
---@param failed boolean
function Progress:step(failed)
  self.failed = self.failed + (failed and 1 or 0)
  self:at(self.done + 1, self.total)
end

--- The end: the bar goes, one line says what came of it.
function Progress:finish()
  self:clear()
  if not (self.bar or self.lines) then return end
  self.say:note(("%d of %d done, %d failed, in %s"):format(self.done - self.failed, self.total,
    self.failed, M.duration(self.now() - self.began)))
end

return M
