--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "p7DWD6RATMK8Fj0g4izZP/ewTIMQIbjkGKz1QS8hU1w=",
  style = "yFhlpNVAiuZkXq0hq0L9KOW5OXHVMGlBYsQAVRsuzD8=",
}
