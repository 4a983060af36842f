--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "Nq5JM38qqKjXarvMxitGiOn/nXsafGgy+cunHiBI10Q=",
  style = "CgN9LXoLYaIqlsb0mLe37nbkaBIyVzv3tXLOoC2Mt08=",
}
