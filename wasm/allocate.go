//go:build !js

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/allocate"
)

const allocateHelp = `usage: trialbox allocate -seed S [options] units.csv
       trialbox allocate -replay log.json

Randomises units to arms: writes the units as CSV with the column arm at the
end. The same seed and file give the same list, and the log alone gives it again.

  -seed S               a whole number; write it down before you draw
  -unit unit_id         the column with the units' names
  -method blocked       permuted blocks within strata (the default);
          simple        every unit by itself;
          constrained   drawn among the allocations best balanced on -balance;
          minimise      one after the other, to the arm that balances best with probability 0.8
  -strata provider      columns to stratify by
  -block 2,4            blocks of these sizes, drawn at random
  -arms intervention,control   the arms; -ratio 1:1  their units in proportion
  -balance size,sector  columns to balance: numbers, or categories
  -keep 0.1             constrained: the share of allocations to draw from
  -within size=2,sector=0.2   constrained: the largest difference between arms of means or shares
  -probability 0.8      minimise: how often the arm that balances best is taken
  -concealed            codes in place of the arms' names; the log has the key
  -log log.json         everything the list rests on, with the balance of the arms
`

type allocateOptions struct {
	request allocate.Request

	unit, replay, log, file string
	strata, balance         []string
	within                  map[string]float64
	concealed               bool
}

// allocateLog is what reproduces a list.
type allocateLog struct {
	Format  string            `json:"format"`
	Input   allocateInput     `json:"input"`
	Strata  []string          `json:"strata_columns"`
	Balance []string          `json:"balance_columns"`
	Request allocate.Request  `json:"request"`
	Codes   map[string]string `json:"codes,omitempty"` // the arm behind each code of a concealed list
	Columns []string          `json:"columns"`
	Rows    [][]string        `json:"rows"`
	List    string            `json:"list_sha256"`
	Result  allocateResult    `json:"result"`
}

type allocateInput struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

type allocateResult struct {
	Units    []allocateUnit    `json:"units"`
	Balance  []allocateBalance `json:"balance"`
	Space    *allocateSpace    `json:"space,omitempty"`
	Warnings []string          `json:"warnings"`
}

// UnmarshalJSON skips the result of a log: it is drawn again.
func (*allocateResult) UnmarshalJSON([]byte) error { return nil }

type allocateUnit struct {
	Unit string `json:"unit"`
	Arm  string `json:"arm"`
	Why  string `json:"why"`
}

type allocateBalance struct {
	Name  string `json:"name"`
	Level string `json:"level,omitempty"`
	What  string `json:"what"`
	Arms  object `json:"arms"`
}

type allocateSpace struct {
	Size      int           `json:"size"`
	All       bool          `json:"all"`
	Kept      int           `json:"kept"`
	Cutoff    num           `json:"cutoff"`
	Chosen    num           `json:"chosen"`
	Together  int           `json:"pairs_always_together"`
	Apart     int           `json:"pairs_never_together"`
	Histogram []allocateBin `json:"histogram"`
}

type allocateBin struct {
	Low   num `json:"low"`
	High  num `json:"high"`
	Count int `json:"count"`
	Kept  int `json:"kept"`
}

const allocateFormat = "trialbox allocation 1"

// allocateCommand randomises units.
func allocateCommand(args []string, stdout, stderr io.Writer) int {
	return exitStatus("allocate", allocateHelp, allocateUnits(args, stdout, stderr), stdout, stderr)
}

func allocateUnits(args []string, stdout, stderr io.Writer) error {
	o, err := allocateFlags(args)
	if err != nil {
		return err
	}
	if o.replay != "" {
		return replayAllocation(o.replay, stdout)
	}
	log, err := o.read(stderr)
	if err != nil {
		return err
	}
	list, err := log.draw(o.concealed)
	if err != nil {
		return err
	}
	if o.log != "" {
		if err := log.write(o.log); err != nil {
			return err
		}
	}
	for _, w := range log.Result.Warnings {
		fmt.Fprintf(stderr, "trialbox allocate: %s\n", w)
	}
	_, err = stdout.Write(list)
	return err
}

func allocateFlags(args []string) (*allocateOptions, error) {
	o := &allocateOptions{within: map[string]float64{}}
	r := &o.request
	r.Arms, r.Ratio = []string{"intervention", "control"}, []int{1, 1}
	fs := flag.NewFlagSet("allocate", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Uint64Var(&r.Seed, "seed", 0, "")
	fs.StringVar(&o.unit, "unit", "", "")
	fs.StringVar(&o.replay, "replay", "", "")
	fs.StringVar(&o.log, "log", "", "")
	fs.StringVar((*string)(&r.Method), "method", string(allocate.Blocked), "")
	fs.Float64Var(&r.Keep, "keep", 0, "")
	fs.Float64Var(&r.Probability, "probability", 0, "")
	fs.BoolVar(&o.concealed, "concealed", false, "")
	fs.Func("strata", "", func(s string) error { return names(&o.strata, s) })
	fs.Func("balance", "", func(s string) error { return names(&o.balance, s) })
	fs.Func("arms", "", func(s string) error { r.Arms = nil; return names(&r.Arms, s) })
	fs.Func("ratio", "", func(s string) (err error) { r.Ratio, err = wholes(s, ":"); return err })
	fs.Func("block", "", func(s string) (err error) { r.Blocks, err = wholes(s, ","); return err })
	fs.Func("within", "", o.readWithin)
	files, err := parseMixed(fs, args)
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err == nil:
		err = o.check(given, files)
	}
	if err != nil {
		return nil, badUsage{err}
	}
	if o.replay == "" {
		o.file = files[0]
	}
	return o, nil
}

// allocateOnly are the options of a single method.
var allocateOnly = map[string][]allocate.Method{
	"block": {allocate.Blocked}, "keep": {allocate.Constrained}, "within": {allocate.Constrained}, "probability": {allocate.Minimise},
	"strata": {allocate.Blocked, allocate.Constrained, allocate.Minimise},
}

func (o *allocateOptions) check(given map[string]bool, files []string) error {
	r := &o.request
	if o.replay != "" {
		if len(given) > 1 || len(files) > 0 {
			return errors.New("-replay needs nothing but the log, which holds everything")
		}
		return nil
	}
	if !given["seed"] {
		return errors.New("-seed is missing: a whole number, written down before the list is drawn")
	}
	if !slices.Contains(allocate.Methods, r.Method) {
		return fmt.Errorf("-method %s is not known; available: simple, blocked, constrained, minimise", r.Method)
	}
	for _, name := range []string{"block", "keep", "within", "probability", "strata"} {
		if given[name] && !slices.Contains(allocateOnly[name], r.Method) {
			return fmt.Errorf("-%s does not go with -method %s", name, r.Method)
		}
	}
	if given["keep"] && r.Keep == 0 || given["probability"] && r.Probability == 0 {
		return errors.New("-keep and -probability must be above 0")
	}
	for _, name := range sortedKeys(o.within) {
		if !slices.Contains(o.balance, name) {
			return fmt.Errorf("-within names %s, which is not among the columns of -balance", name)
		}
	}
	if len(files) != 1 {
		return fmt.Errorf("one file of units is needed, not %d", len(files))
	}
	return nil
}

func names(to *[]string, s string) error {
	for _, name := range strings.Split(s, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return errors.New("an empty name")
		}
		*to = append(*to, name)
	}
	return nil
}

func wholes(s, separator string) (out []int, err error) {
	for _, part := range strings.Split(s, separator) {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", part)
		}
		out = append(out, n)
	}
	return out, nil
}

func (o *allocateOptions) readWithin(s string) error {
	for _, part := range strings.Split(s, ",") {
		name, value, ok := strings.Cut(part, "=")
		limit, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil || !(limit > 0) {
			return fmt.Errorf("%q is not a column and a number above 0, such as size=2", part)
		}
		o.within[strings.TrimSpace(name)] = limit
	}
	return nil
}

// read makes the log's first part, what the list is drawn from.
func (o *allocateOptions) read(stderr io.Writer) (*allocateLog, error) {
	t, err := choose(o.file, "", "")
	if err != nil {
		return nil, err
	}
	if o.unit == "" {
		m, _ := trial.GuessUnits(t.data)
		if o.unit = m.Unit; o.unit == "" {
			o.unit = t.data.Columns[0].Name
		}
	}
	if o.request.Units, err = t.words(o.unit); err != nil {
		return nil, err
	}
	for k, name := range o.request.Units {
		if first := slices.Index(o.request.Units, name); first < k {
			return nil, fmt.Errorf("%s, lines %d and %d: two units are called %q in %s; give each its own name, so that the list says which is which",
				t.data.Name, t.data.Line[first], t.data.Line[k], name, o.unit)
		}
	}
	log := &allocateLog{Format: allocateFormat, Input: allocateInput{t.data.Name, t.data.SHA256},
		Strata: append([]string{}, o.strata...), Balance: append([]string{}, o.balance...)}
	if err := o.stratify(t); err != nil {
		return nil, err
	}
	if err := o.balanceOn(t); err != nil {
		return nil, err
	}
	log.Request = o.request
	log.table(t, stderr)
	return log, nil
}

// words are the texts of a column; a number is written plainly, a missing value is "".
func (c *chosen) words(name string) ([]string, error) {
	levels, of, err := c.levels(name)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(of))
	for k, l := range of {
		if l >= 0 {
			out[k] = levels[l]
		}
	}
	return out, nil
}

func (o *allocateOptions) stratify(t *chosen) error {
	for _, name := range o.strata {
		words, err := t.words(name)
		if err != nil {
			return err
		}
		if k := slices.Index(words, ""); k >= 0 {
			return fmt.Errorf("%s, line %d: unit %s has no %s, so it has no stratum", t.data.Name, t.data.Line[t.rows[k]], o.request.Units[k], name)
		}
		if o.request.Strata == nil {
			o.request.Strata = words
			continue
		}
		for k, w := range words {
			o.request.Strata[k] += " / " + w
		}
	}
	return nil
}

func (o *allocateOptions) balanceOn(t *chosen) error {
	for _, name := range o.balance {
		column, err := t.column(name)
		if err != nil {
			return err
		}
		c := allocate.Covariate{Name: name, Within: o.within[name]}
		if !column.IsText {
			c.Numbers, err = t.numbers(name)
		} else {
			c.Words, err = t.words(name)
		}
		if err != nil {
			return err
		}
		o.request.Covariates = append(o.request.Covariates, c)
	}
	return nil
}

// table keeps the cells as they are in the file. A column that is called arm already gives way to the new one.
func (l *allocateLog) table(t *chosen, stderr io.Writer) {
	l.Rows = make([][]string, len(t.rows))
	for _, c := range t.data.Columns {
		if c.Name == "arm" {
			fmt.Fprintf(stderr, "trialbox allocate: %s has a column arm already; it is left out, and arm is the new allocation.\n", t.data.Name)
			continue
		}
		l.Columns = append(l.Columns, c.Name)
		for k, row := range t.rows {
			l.Rows[k] = append(l.Rows[k], c.Raw[c.Codes.At(row)])
		}
	}
}

// draw runs the request, fills the rest of the log and gives the list.
func (l *allocateLog) draw(concealed bool) ([]byte, error) {
	result, err := allocate.Run(l.Request)
	if err != nil {
		return nil, err
	}
	shown := slices.Clone(l.Request.Arms)
	if concealed {
		shown, l.Codes = l.Request.Codes(), map[string]string{}
		for a, code := range shown {
			l.Codes[code] = l.Request.Arms[a]
		}
	}
	list, err := l.list(result.Arm, shown)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(list)
	l.List = hex.EncodeToString(sum[:])
	l.Result = allocateResultOf(&l.Request, result)
	return list, nil
}

// list is the CSV.
func (l *allocateLog) list(arm []int, shown []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(append(slices.Clone(l.Columns), "arm")); err != nil {
		return nil, err
	}
	for k, row := range l.Rows {
		if err := w.Write(append(slices.Clone(row), shown[arm[k]])); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func allocateResultOf(r *allocate.Request, result *allocate.Result) allocateResult {
	out := allocateResult{Warnings: append([]string{}, result.Warnings...)}
	for k, unit := range r.Units {
		out.Units = append(out.Units, allocateUnit{unit, r.Arms[result.Arm[k]], result.Why[k]})
	}
	for _, b := range result.Balance {
		line := allocateBalance{Name: b.Name, Level: b.Level, What: "units"}
		if b.Mean {
			line.What = "mean"
		}
		for a, x := range b.Arms {
			line.Arms = append(line.Arms, member{r.Arms[a], num(x)})
		}
		out.Balance = append(out.Balance, line)
	}
	if s := result.Space; s != nil {
		out.Space = &allocateSpace{Size: s.Size, All: s.All, Kept: s.Kept, Cutoff: num(s.Cutoff), Chosen: num(s.Chosen), Together: s.Together, Apart: s.Apart}
		for _, b := range s.Histogram {
			out.Space.Histogram = append(out.Space.Histogram, allocateBin{num(b.Low), num(b.High), b.Count, b.Kept})
		}
	}
	return out
}

// write saves the log whole or not at all. A log that says something else is never replaced: a list is drawn once.
func (l *allocateLog) write(path string) error {
	var b bytes.Buffer
	if err := writeJSON(&b, l); err != nil {
		return err
	}
	switch old, err := os.ReadFile(path); {
	case err == nil && bytes.Equal(old, b.Bytes()):
		return nil
	case err == nil:
		return fmt.Errorf("%s exists already and is of another list: choose another name, or move it away if that list was never used", path)
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".allocate-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(b.Bytes())
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(temporary.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}

// replayAllocation draws the list of a log again and compares it with the one the log was written for.
func replayAllocation(path string, stdout io.Writer) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var l allocateLog
	if err := json.Unmarshal(b, &l); err != nil {
		return fmt.Errorf("%s is not a log of an allocation: %w", path, err)
	}
	if l.Format != allocateFormat {
		return fmt.Errorf("%s is not a log of an allocation: its format is %q, not %q", path, l.Format, allocateFormat)
	}
	r := &l.Request
	if len(l.Rows) != len(r.Units) || r.Strata != nil && len(r.Strata) != len(r.Units) || slices.ContainsFunc(l.Rows, func(row []string) bool { return len(row) != len(l.Columns) }) {
		return fmt.Errorf("%s was changed: its units and its rows do not go together", path)
	}
	for _, c := range r.Covariates {
		if len(c.Numbers)+len(c.Words) != len(r.Units) || c.Numbers != nil && c.Words != nil {
			return fmt.Errorf("%s was changed: %s has not a value for each unit", path, c.Name)
		}
	}
	before := l.List
	list, err := l.draw(l.Codes != nil)
	if err != nil {
		return err
	}
	if l.List != before {
		return fmt.Errorf("%s does not give the list it was written for: the log was changed", path)
	}
	_, err = stdout.Write(list)
	return err
}
