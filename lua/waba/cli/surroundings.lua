--- What the command reads beside its command line: for `waba --help`, the man page and the docs.

local profile = require "waba.cli.profile"

local M = {}

M.environment = {
  { "WABA_ACCESS_TOKEN", "the access token, where no option and no profile says where it is" },
  { "WABA_APP_ID", "of the app that issued the token" },
  { "WABA_APP_SECRET", "secret of the app that issued the token; every request then carries its "
    .. "proof" },
  { "WABA_API_VERSION", "of Graph, such as v26.0" },
  { "WABA_GRAPH_URL", "where Graph is, such as the URL that `waba sandbox` prints" },
  { "XDG_CONFIG_HOME", "the folder of the config file; default ~/.config" },
  { "XDG_CACHE_HOME", "the folder of the names' cache; default ~/.cache" },
  { "NO_COLOR", "no colours, where it is not empty" },
}

M.files = {
  { "$XDG_CONFIG_HOME/waba/config", "sections of `key = value`, one for each profile; [default] "
    .. "holds where no --profile is given. It names where a token is, and never holds one." },
  { "$XDG_CACHE_HOME/waba/names.json", "names and ids that were looked up, for an hour; no "
    .. "secrets. It may be deleted at any time." },
}

--- The keys of a profile: name, meaning.
M.keys = profile.keys

return M
