// Package instrument scores questionnaires.
//
// An instrument is a JSON file in definitions/: its items and their ranges,
// its scales and the named rule each is computed by, what happens to
// unanswered items, bands, direction, sources. definitions/README.md tells
// how to write one; no Go is needed unless the rule itself is new.
//
//	definition.go  what a definition is, and how the files are found and read
//	check.go       the JSON held against every rule of a definition
//	rule.go        the closed list of rules
//	odd.go         the rules of a single instrument
//	valueset.go    health states to values
//	scorer.go      one row of cells to one row of results
//	receipt.go     how a score came about, in words
//	recognise.go   instruments found by the names of columns
//
// The way through it:
//
//	odi, _ := instrument.Lookup("odi")
//	scorer, err := odi.NewScorer(instrument.Settings{})
//	result := scorer.Score(cells) // the text of one row's item cells
//
// Cells arrive as the text of the file. An unreadable or impossible answer is
// an error with the name of its column; it never turns into a missing answer.
//
// The package holds structure and scoring only. The wording of items belongs
// to its owners and is not kept here, in no language. It knows nothing of
// visits, arms or patients: package trial does.
package instrument
