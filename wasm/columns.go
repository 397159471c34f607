//go:build !js

package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// chosen is a table as fit reads it and the rows that a condition chooses.
type chosen struct {
	*fitTable
	missing string
	rows    []int
}

// choose reads a file and the rows for which a condition holds; "" is all of them.
func choose(file, missing, where string) (*chosen, error) {
	t, err := readFitTable(&fitOptions{file: file, missing: missing})
	if err != nil {
		return nil, err
	}
	c := &chosen{fitTable: t, missing: missing}
	var holds []bool
	if where != "" {
		condition, err := formula.ParseCondition(where)
		if err != nil {
			return nil, err
		}
		if holds, err = condition.Rows(&t.frame); err != nil {
			return nil, err
		}
	}
	for row := range t.frame.Rows {
		if holds == nil || holds[row] {
			c.rows = append(c.rows, row)
		}
	}
	switch {
	case len(c.rows) == 0 && where != "":
		return nil, fmt.Errorf("no row fulfils the condition %s", where)
	case len(c.rows) == 0:
		return nil, fmt.Errorf("%s has no rows", t.data.Name)
	}
	return c, nil
}

func (c *chosen) column(name string) (*formula.Column, error) {
	k := slices.IndexFunc(c.frame.Columns, func(c formula.Column) bool { return c.Name == name })
	if k >= 0 {
		return &c.frame.Columns[k], nil
	}
	names := make([]string, 0, len(c.frame.Columns))
	for _, x := range c.frame.Columns {
		names = append(names, x.Name)
	}
	if len(names) > 40 {
		names = append(names[:40], "…")
	}
	return nil, fmt.Errorf("there is no column %s; the file has %s", name, strings.Join(names, ", "))
}

// numbers are the values of a column in the chosen rows, NaN being missing.
func (c *chosen) numbers(name string) ([]float64, error) {
	column, err := c.column(name)
	if err != nil {
		return nil, err
	}
	if column.IsText {
		why := "it holds text"
		if note := c.notes[name]; note != "" {
			why = strings.TrimPrefix(note, name+" is ")
		}
		return nil, fmt.Errorf("%s cannot be counted in numbers: %s", name, why)
	}
	out := make([]float64, len(c.rows))
	for k, row := range c.rows {
		out[k] = column.Num[row]
	}
	return out, nil
}

// levels are the values of a column in the chosen rows as categories: their names by number or code point, and the level
// of each row, -1 being missing.
func (c *chosen) levels(name string) (levels []string, of []int, err error) {
	column, err := c.column(name)
	if err != nil {
		return nil, nil, err
	}
	text := make([]string, len(c.rows))
	for k, row := range c.rows {
		if column.IsText {
			text[k] = column.Text[row]
		} else if v := column.Num[row]; !math.IsNaN(v) {
			text[k] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	levels = slices.Clone(text)
	slices.Sort(levels)
	levels = slices.DeleteFunc(slices.Compact(levels), func(s string) bool { return s == "" })
	if !column.IsText {
		slices.SortFunc(levels, func(a, b string) int {
			x, _ := strconv.ParseFloat(a, 64)
			y, _ := strconv.ParseFloat(b, 64)
			if x < y {
				return -1
			}
			return 1
		})
	}
	place := make(map[string]int, len(levels))
	for k, l := range levels {
		place[l] = k
	}
	of = make([]int, len(text))
	for k, s := range text {
		of[k] = -1
		if s != "" {
			of[k] = place[s]
		}
	}
	return levels, of, nil
}

// keep leaves the chosen rows for which a test on their place among them holds.
func (c *chosen) keep(holds func(k int) bool) {
	var rows []int
	for k, row := range c.rows {
		if holds(k) {
			rows = append(rows, row)
		}
	}
	c.rows = rows
}

// warnings are what is to be known of how a column was read.
func (c *chosen) warnings(name string) []string {
	out := c.codes(name, &fitOptions{missing: c.missing})
	if note := c.notes[name]; note != "" {
		out = append(out, note+".")
	}
	return out
}

// repeated looks for patients with several of the chosen rows: the column that names the patient, given or guessed, and
// how many rows and patients there are; "" when no patient has two rows or no column is known to name them.
func (c *chosen) repeated(patient, unit string, counts func(k int) bool) (column string, rows, patients int, err error) {
	if patient == "" {
		m, reasons := trial.Guess(c.data)
		sure := slices.ContainsFunc(reasons, func(r trial.Reason) bool { return r.Field == "patient" && r.Sure })
		if patient = m.Patient; !sure || patient == unit {
			return "", 0, 0, nil
		}
	}
	_, of, err := c.levels(patient)
	if err != nil {
		return "", 0, 0, err
	}
	seen := map[int]bool{} // counted only
	for k, p := range of {
		if p >= 0 && counts(k) {
			rows++
			seen[p] = true
		}
	}
	if rows == len(seen) {
		return "", rows, rows, nil
	}
	return patient, rows, len(seen), nil
}
