// Package house holds the rules of the house and nothing else: which room may
// import what, and that every room says what it is for. Its test reads the
// sources of all packages for both targets. It knows no package's inside.
package house
