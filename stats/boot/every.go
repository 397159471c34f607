//go:build !intercepts

package boot

// everyModel says that binary and ordinal models are part of the build. It is a constant, so that the compiler leaves
// stats/logit out of a build where it is false (intercepts.go).
const everyModel = true
