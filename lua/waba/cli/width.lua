--- How many columns of a terminal a text takes.
---@param text string
---@return integer
return function(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end
