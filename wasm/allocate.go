//go:build !js

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/design"
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
	d, err := readDataset(o.file, dataset.Options{})
	if err != nil {
		return err
	}
	log, notes, err := design.NewLog(d, o.request, design.Columns{Unit: o.unit, Strata: o.strata, Balance: o.balance, Within: o.within})
	if err != nil {
		return err
	}
	list, err := log.Draw(o.concealed, nil)
	if err != nil {
		return err
	}
	if o.log != "" {
		if err := writeLog(o.log, log.JSON()); err != nil {
			return err
		}
	}
	for _, w := range append(notes, log.Result.Warnings...) {
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

// writeLog saves the log whole or not at all. A log that says something else is never replaced: a list is drawn once.
func writeLog(path string, body []byte) error {
	switch old, err := os.ReadFile(path); {
	case err == nil && bytes.Equal(old, body):
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
	_, err = temporary.Write(body)
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
	_, list, err := design.ReadLog(path, b)
	if err != nil {
		return err
	}
	_, err = stdout.Write(list)
	return err
}
