return {
  name = "completion",
  summary = "Write a completion script for a shell",
  text = "It is written from the table of commands. Load it in the shell's own start-up file: "
    .. "`eval \"$(waba completion bash)\"` in ~/.bashrc, `eval \"$(waba completion zsh)\"` in "
    .. "~/.zshrc after compinit, `waba completion fish | source` in config.fish.",
  arguments = { { "SHELL", "bash, zsh or fish" } },
  examples = { "waba completion bash" },
  run = function(ctx)
    local script = require("waba.cli.completion")[ctx.options.shell]
    if not script then
      require("waba.cli.exit").fail("usage", ("there is no completion for %q"):format(
        ctx.options.shell), "SHELL is bash, zsh or fish")
    end
    require("waba.cli.output").write(script(require("waba.cli.commands").all()))
  end,
}
