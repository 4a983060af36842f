--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "p7DWD6RATMK8Fj0g4izZP/ewTIMQIbjkGKz1QS8hU1w=",
  style = "ZQ1dYbjw9UjTYJpQi/hW764AXdAB11KwKZm821A6PVU=",
}
