// Package instrument scores questionnaires.
//
// An instrument is a JSON file in definitions/: its items and their ranges,
// its scales and the named rule each is computed by, what happens to
// unanswered items, bands, direction, sources. definitions/README.md tells
// how to write one; no Go is needed unless the rule itself is new.
//
//	definition.go  what a definition is
//	file.go        its JSON, read and written
//	library.go     the built-in definitions and a project's own, looked up together
//	check.go checkscale.go  the JSON held against every rule of a definition
//	rule.go        the closed list of rules
//	odd.go         the rules of a single instrument
//	valueset.go    health states to values
//	scorer.go      one row of cells to one row of results
//	reader.go      the text of a cell to an answer: codings, answers in words
//	coded.go       rows of columns whose few different texts are read once
//	cuts.go        other bounds of categories
//	receipt.go     how a score came about, in words
//	spelling.go    the names of columns taken apart
//	recognise.go   instruments found by the names of columns
//	find.go        and by their answers, where the names do not tell
//	ask.go words.go  what a file's answers prove, and what must be asked
//
// The way through it:
//
//	odi, _ := instrument.Builtin().Get("odi")
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
