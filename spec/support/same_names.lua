--- A sandbox where names are not unique.

local sandbox = require "waba.sandbox"

local seed, business = sandbox.seed(), sandbox.world.business
table.insert(seed.users, { id = "8001", name = "Twin", business = business })
table.insert(seed.users, { id = "8002", name = "Twin", business = business })
table.insert(seed.wabas, { id = "9001", name = "Same name", business = business })
table.insert(seed.wabas, { id = "9002", name = "Same name", business = sandbox.world.client,
  shared_with = { { business = business } } })
table.insert(seed.wabas, { id = "9003", name = "Comma, Ltd", business = business })

return sandbox.new(seed)
