//go:build !js

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

const readHelp = `usage: trialbox read [options] in.csv|in.xlsx|in.sav

Says how a file is understood, as JSON: encoding, delimiter and decimal mark
with the evidence, every column with its kind, its missing codes and what is
in doubt, the problems with line and column, and which column is guessed to be
what in the trial. Where a trial can be built its checks are among the problems.

  -encoding NAME     UTF-8, UTF-16LE, UTF-16BE, Windows-1252, ISO-8859-1 or ISO-8859-15
  -delimiter C       the character between cells, or comma, semicolon, tab, bar
  -decimal C         point or comma
  -sheet NAME        of a workbook: the sheet to read, else the first with cells
  -missing NA,-99    texts that are missing in every column
  -units units.csv   the units that were randomised, held against the data
  -dictionary d.csv  REDCap's data dictionary: labels, choices, ranges, missing codes
`

// understanding is what read prints.
type understanding struct {
	File      string         `json:"file"`
	Size      int64          `json:"size"`
	SHA256    string         `json:"sha256"`
	Format    string         `json:"format"` // "csv", "xlsx" or "sav"
	Sheet     string         `json:"sheet,omitempty"`
	Sheets    []string       `json:"sheets,omitempty"` // those with cells
	Encoding  string         `json:"encoding"`
	BOM       bool           `json:"bom"`
	Delimiter string         `json:"delimiter"`
	Decimal   string         `json:"decimal"`
	Evidence  []string       `json:"evidence"`
	Rows      int            `json:"rows"`
	Columns   []readColumn   `json:"columns"`
	Problems  []readProblem  `json:"problems"`
	Mapping   trial.Mapping  `json:"mapping"`
	Reasons   []trial.Reason `json:"reasons"`
	Trial     *readTrial     `json:"trial"`              // null when none came of it
	NoTrial   string         `json:"no_trial,omitempty"` // why
	// Of the dictionary: fields that the file lacks, columns that it lacks.
	AbsentFields   []string `json:"absent_fields,omitempty"`
	UnknownColumns []string `json:"unknown_columns,omitempty"`
}

type readColumn struct {
	Name     string        `json:"name"`
	Label    string        `json:"label,omitempty"`
	Kind     string        `json:"kind"`
	Why      string        `json:"why"`
	Doubt    string        `json:"doubt"`
	Decimal  string        `json:"decimal"`
	Order    []string      `json:"order,omitempty"` // of an ordered category, lowest first
	N        int           `json:"n"`
	Missing  int           `json:"missing"`
	Distinct int           `json:"distinct"`
	Codes    []readCode    `json:"missing_codes"`
	Merged   []readMerge   `json:"merged"`
	Examples []readExample `json:"examples"`
}

type readCode struct {
	Code    string `json:"code"`
	Count   int    `json:"count"`
	Applied bool   `json:"applied"`
	Why     string `json:"why"`
}

type readMerge struct {
	To   string   `json:"to"`
	From []string `json:"from"`
}

type readExample struct {
	Before  string `json:"before"`
	After   string `json:"after"`
	Missing bool   `json:"missing"`
}

// readProblem is a Problem with every key, so that a filter need not ask
// whether it is there. Line 0 is the whole file or column.
type readProblem struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   string   `json:"column"`
	Value    string   `json:"value"`
	Kind     string   `json:"kind"`
	Severity string   `json:"severity"`
	Text     string   `json:"text"`
	Also     []string `json:"also"` // what follows from it
}

type readTrial struct {
	Rows     int       `json:"rows"`
	Patients int       `json:"patients"`
	Units    int       `json:"units"`
	Arms     [2]string `json:"arms"`
	Visits   []string  `json:"visits"`
	// Of the units file; null without one.
	UnitsFile *readUnits `json:"units_file"`
}

type readUnits struct {
	Mapping trial.UnitsMapping `json:"mapping"`
	Units   int                `json:"units"`
	Empty   []string           `json:"empty"` // recruited nobody
	Moved   []string           `json:"moved"` // received another arm than they were randomised to
}

// readCommand prints how a file is understood.
func readCommand(args []string, stdout, stderr io.Writer) int {
	err := readFile(args, stdout)
	return exitStatus("read", readHelp, err, stdout, stderr)
}

func readFile(args []string, stdout io.Writer) error {
	path, beside, opt, err := readFlags(args)
	if err != nil {
		return err
	}
	d, err := readDataset(path, opt)
	if err != nil {
		return err
	}
	u := understanding{Problems: []readProblem{}}
	if beside.dictionary != "" {
		k, err := readDictionary(beside.dictionary)
		if err != nil {
			return err
		}
		opt, u.AbsentFields, u.UnknownColumns = k.With(opt, d)
		d.Interpret(opt)
		u.Problems = problemsJSON(k.Problems)
	}
	if err := u.understand(d, beside.units); err != nil {
		return err
	}
	b, err := json.MarshalIndent(u, "", "  ")
	if err != nil {
		return err
	}
	_, err = stdout.Write(append(b, '\n'))
	return err
}

// markWords are what a character of the command line may be called.
var markWords = map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", `\t`: "\t", "bar": "|", "point": "."}

// encodings are those that can be chosen.
var encodings = []string{dataset.UTF8, dataset.UTF16LE, dataset.UTF16BE, dataset.Windows1252, dataset.Latin1, dataset.Latin9}

// besides are the files that may go with a table.
type besides struct{ units, dictionary string }

func readFlags(args []string) (path string, beside besides, opt dataset.Options, err error) {
	fs := flag.NewFlagSet("read", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	encoding := fs.String("encoding", "", "")
	delimiter := fs.String("delimiter", "", "")
	decimal := fs.String("decimal", "", "")
	missing := fs.String("missing", "", "")
	fs.StringVar(&opt.Sheet, "sheet", "", "")
	fs.StringVar(&beside.units, "units", "", "")
	fs.StringVar(&beside.dictionary, "dictionary", "", "")
	files, err := parseMixed(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return "", beside, opt, err
	case err != nil:
		return "", beside, opt, badUsage{err}
	case len(files) != 1:
		return "", beside, opt, badUsage{fmt.Errorf("one input file is needed, not %d", len(files))}
	}
	i := slices.IndexFunc(encodings, func(name string) bool { return strings.EqualFold(name, *encoding) })
	switch {
	case i >= 0:
		opt.Encoding = encodings[i]
	case *encoding != "":
		return "", beside, opt, badUsage{fmt.Errorf("no encoding %q; it can be %s", *encoding, strings.Join(encodings, ", "))}
	}
	if opt.Delimiter, err = mark("-delimiter", *delimiter, ""); err != nil {
		return "", beside, opt, err
	}
	if opt.Decimal, err = mark("-decimal", *decimal, ".,"); err != nil {
		return "", beside, opt, err
	}
	if *missing != "" {
		opt.MissingCodes = strings.Split(*missing, ",")
	}
	return files[0], beside, opt, nil
}

// mark reads a character or its word; allowed "" means any.
func mark(name, s, allowed string) (rune, error) {
	if word, ok := markWords[s]; ok {
		s = word
	}
	if s == "" {
		return 0, nil
	}
	if r := []rune(s); len(r) == 1 && r[0] < 0x80 && (allowed == "" || strings.ContainsRune(allowed, r[0])) {
		return r[0], nil
	}
	return 0, badUsage{fmt.Errorf("%s %q is not one character that can stand there", name, s)}
}

func readDataset(path string, opt dataset.Options) (*dataset.Dataset, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() { // a pipe has no end to read from
		size = -1
	}
	return dataset.Read(filepath.Base(path), f, size, opt)
}

// readDictionary reads a REDCap data dictionary.
func readDictionary(path string) (*dataset.Dictionary, error) {
	d, err := readDataset(path, dataset.Options{})
	if err != nil {
		return nil, err
	}
	return dataset.ReadDictionary(d)
}

// understand gathers what is known of a table and of the trial in it, with the
// units file where there is one.
func (u *understanding) understand(d *dataset.Dataset, unitsPath string) error {
	u.File, u.Size, u.SHA256, u.Encoding, u.BOM = d.Name, d.Size, d.SHA256, d.Encoding, d.BOM
	u.Format, u.Sheet, u.Sheets = cmp.Or(d.Format, "csv"), d.Sheet, d.Sheets
	if d.Delimiter != 0 {
		u.Delimiter = string(d.Delimiter)
	}
	u.Decimal, u.Evidence, u.Rows = string(d.Decimal), d.Evidence, d.Rows
	for _, c := range d.Columns {
		u.Columns = append(u.Columns, columnJSON(c))
	}
	u.Mapping, u.Reasons = trial.Guess(d)
	t, err := trial.Build(d, sureInstruments(u.Mapping, u.Reasons))
	if err != nil {
		u.Problems = append(u.Problems, problemsJSON(d.Problems)...)
		u.NoTrial = err.Error()
		return nil
	}
	u.Problems = append(u.Problems, problemsJSON(t.Findings())...)
	u.Trial = &readTrial{Rows: t.Rows, Patients: len(t.Patients), Units: len(t.Units), Arms: t.Arms}
	for _, v := range t.Visits {
		u.Trial.Visits = append(u.Trial.Visits, v.Label)
	}
	if unitsPath == "" {
		return nil
	}
	return u.join(t, unitsPath)
}

// join holds the units file against the trial.
func (u *understanding) join(t *trial.Trial, path string) error {
	d, err := readDataset(path, dataset.Options{})
	if err != nil {
		return err
	}
	units, err := trial.ReadUnits(d)
	if err != nil {
		return err
	}
	j := t.Join(units)
	out := &readUnits{Mapping: units.Mapping, Units: len(j.Units), Empty: []string{}, Moved: []string{}}
	for _, x := range j.Units {
		if x.Patients == 0 {
			out.Empty = append(out.Empty, x.ID)
		}
		if x.Moved() {
			out.Moved = append(out.Moved, x.ID)
		}
	}
	u.Trial.UnitsFile = out
	u.Problems = append(u.Problems, problemsJSON(j.Problems)...)
	return nil
}

// sureInstruments leaves out the questionnaires about which something is to be
// asked first, as the page does: their answers cannot be checked yet.
func sureInstruments(m trial.Mapping, reasons []trial.Reason) trial.Mapping {
	m.Instruments = slices.DeleteFunc(slices.Clone(m.Instruments), func(use trial.Use) bool {
		return slices.ContainsFunc(reasons, func(r trial.Reason) bool {
			return r.Field == "instruments" && r.Column == use.Instrument && !r.Sure
		})
	})
	return m
}

func problemsJSON(list []dataset.Problem) []readProblem {
	out := make([]readProblem, 0, len(list))
	for _, p := range list {
		out = append(out, readProblem{p.File, p.Line, p.Column, p.Value, p.Kind, p.Severity.String(), p.Text, append([]string{}, p.Also...)})
	}
	return out
}

func columnJSON(c *dataset.Column) readColumn {
	out := readColumn{Name: c.Name, Label: c.Label, Kind: c.Kind.String(), Why: c.Why, Doubt: c.Doubt, Order: c.Order,
		N: c.N, Missing: c.MissingCount, Distinct: c.Distinct,
		Codes: []readCode{}, Merged: []readMerge{}, Examples: []readExample{}}
	if c.Decimal != 0 {
		out.Decimal = string(c.Decimal)
	}
	for _, m := range c.MissingCodes {
		out.Codes = append(out.Codes, readCode{m.Code, m.Count, m.Applied, m.Why})
	}
	for _, m := range c.Merged {
		out.Merged = append(out.Merged, readMerge{m.To, m.From})
	}
	for _, e := range c.Examples {
		out.Examples = append(out.Examples, readExample{e.Before, e.After, e.Missing})
	}
	return out
}
