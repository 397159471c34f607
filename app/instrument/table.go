package instrument

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// TableUse is how a definition gives a lookup table: either First, the lowest
// raw score, and Scores, the score of it and of each next one; or the CSV in
// tables/, the column holding the raw score, the column holding the score, and
// the column and text that pick the rows of this scale from a table shared by
// several.
type TableUse struct {
	First  *int      `json:"first,omitempty"`
	Scores []float64 `json:"scores,omitempty"`
	File   string    `json:"file,omitempty"`
	Key    string    `json:"key,omitempty"`
	Value  string    `json:"value,omitempty"`
	Where  string    `json:"where,omitempty"`
	Is     string    `json:"is,omitempty"`
}

// lookup is a table of raw scores, without gaps.
type lookup struct {
	file    string // "" when it stands in the definition
	columns []string
	first   int         // lowest raw score
	score   []float64   // by raw score minus first
	fields  [][]float64 // all columns as numbers, NaN where empty, by raw score minus first
}

func readTable(fsys fs.FS, file string) (columns []string, rows [][]string, err error) {
	f, err := fsys.Open("tables/" + file)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot open tables/%s: %w", file, err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("tables/%s: %w", file, err)
	}
	if len(all) < 2 {
		return nil, nil, fmt.Errorf("tables/%s has no rows", file)
	}
	return all[0], all[1:], nil
}

func (u *TableUse) load(fsys fs.FS) (*lookup, error) {
	if u.File == "" {
		return u.given()
	}
	if u.First != nil || u.Scores != nil {
		return nil, errors.New("give file, or first and scores, not both")
	}
	columns, rows, err := readTable(fsys, u.File)
	if err != nil {
		return nil, err
	}
	t := &lookup{file: u.File, columns: columns}
	key, value, where := slices.Index(columns, u.Key), slices.Index(columns, u.Value), -1
	if key < 0 || value < 0 {
		return nil, fmt.Errorf("tables/%s has no columns %q and %q", u.File, u.Key, u.Value)
	}
	if u.Where != "" {
		if where = slices.Index(columns, u.Where); where < 0 {
			return nil, fmt.Errorf("tables/%s has no column %q", u.File, u.Where)
		}
	}
	for i, row := range rows {
		if where >= 0 && row[where] != u.Is {
			continue
		}
		raw, err := strconv.Atoi(row[key])
		if err != nil {
			return nil, fmt.Errorf("tables/%s line %d: %s %q is not a whole number", u.File, i+2, u.Key, row[key])
		}
		if len(t.score) == 0 {
			t.first = raw
		}
		if raw != t.first+len(t.score) {
			return nil, fmt.Errorf("tables/%s line %d: %s %d is out of turn; raw scores must rise by 1", u.File, i+2, u.Key, raw)
		}
		numbers := make([]float64, len(row))
		for j, cell := range row {
			if numbers[j], err = strconv.ParseFloat(cell, 64); err != nil {
				numbers[j] = none
			}
		}
		if isNone(numbers[value]) {
			return nil, fmt.Errorf("tables/%s line %d: %s %q is not a number", u.File, i+2, u.Value, row[value])
		}
		t.fields = append(t.fields, numbers)
		t.score = append(t.score, numbers[value])
	}
	if len(t.score) == 0 {
		return nil, fmt.Errorf("tables/%s has no row where %s is %q", u.File, u.Where, u.Is)
	}
	return t, nil
}

// given is a table that stands in the definition.
func (u *TableUse) given() (*lookup, error) {
	if u.First == nil || len(u.Scores) == 0 {
		return nil, errors.New("give first, the lowest raw score, and scores, one for it and for each next raw score")
	}
	if u.Key != "" || u.Value != "" || u.Where != "" || u.Is != "" {
		return nil, errors.New("key, value, where and is belong to a table in a file")
	}
	t := &lookup{columns: []string{"raw", "score"}, first: *u.First, score: slices.Clone(u.Scores)}
	for i, x := range u.Scores {
		t.fields = append(t.fields, []float64{float64(t.first + i), x})
	}
	return t, nil
}

func (t *lookup) last() int { return t.first + len(t.score) - 1 }

// name is the table in messages and receipts.
func (t *lookup) name() string {
	if t.file == "" {
		return "its table"
	}
	return "tables/" + t.file
}
