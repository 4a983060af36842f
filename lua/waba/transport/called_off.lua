--- The kind, between batch.lua and callback.lua only, of a request that was called off: nothing was
-- sent, nor will be. No transport can say so by chance.

return {}
