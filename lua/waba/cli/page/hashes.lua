--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "YekDOBaDjJQTNvXNjr8DJBtPZO7rXvT+zrlYW7X5ZIg=",
  style = "CgN9LXoLYaIqlsb0mLe37nbkaBIyVzv3tXLOoC2Mt08=",
}
