// Package same holds the promise that results are the same bits in every WebAssembly engine and for any number of
// workers: its test hashes fits, replicates, contrasts and P values of a linear, a binary and an ordinal model, and runs
// natively, under Node and in Chromium. It needs no files, which a browser does not have, and exports nothing.
package same
