package wire

// Version names the build: a hash of everything it was made from, set by
// `trialbox build`. The page and its workers refuse to work together when
// theirs differ; the service worker's cache is named for it.
var Version = "dev"
