std = "max"
max_line_length = 100
exclude_files = { "build", "build.luarocks" }
files["spec"] = { std = "+busted" }
files[".luacheckrc"] = { std = "+luacheckrc" }
