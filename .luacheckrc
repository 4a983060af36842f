std = "max"
max_line_length = 100
exclude_files = { "build", "build.luarocks" }
files["examples/own_spec.lua"] = { std = "+busted" }
files["spec"] = { std = "+busted" }
files[".luacheckrc"] = { std = "+luacheckrc" }
files["spec/support/in_nginx.lua"] = { std = "+ngx_lua" }
files["spec/support/watch_policy.lua"] = { std = "+ngx_lua" }
files["examples/openresty"] = { std = "+ngx_lua" }
