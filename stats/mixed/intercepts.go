//go:build intercepts

package mixed

// everyModel is false in the program of the page's workers: no screen asks for random slopes or visit covariances, and
// their criterion is a twentieth of what the page has to load.
const everyModel = false
