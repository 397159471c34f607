//go:build !intercepts

package mixed

// everyModel says that models beyond random intercepts are part of the build. It is a constant, so that the compiler
// leaves their criterion out of a build where it is false (intercepts.go).
const everyModel = true
