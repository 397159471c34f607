//go:build intercepts

package boot

// everyModel is false in the program of the page's workers: no screen asks for binary or ordinal models yet.
const everyModel = false
