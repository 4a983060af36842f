--- SHA-256 of the page's script and style, for its policy. Written by `./dev docs`.

return {
  script = "E+4Mz0fVJph1icoT1MXSRQ8N2t33LVhA6yGskl5/thM=",
  style = "XBlVao2OAd2kF4mqRQ0fDuW0iZ+oRZdSflKSIHX4MRU=",
}
