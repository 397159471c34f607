//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/numjson"
	"trialbox/stats"
)

const describeHelp = `usage: trialbox describe -by arm [options] in.csv

Describes variables by arm and compares the arms, as a list of rows in JSON, in
the order in which the variables are named.

  -by arm               the column with the arms
  -mean a,b             mean (SD), Welch's t test
  -median c,d           median (quartiles), Mann–Whitney without continuity correction
  -percent e,f          per cent (count), a row a level; of 0 and 1 the row of 1 only
  -quantile 6           type of the quartiles: 6 as SPSS, 2 as Stata, 7 as R
  -t welch|pooled       variances of the arms' own, or one for all
  -continuity           Mann–Whitney with continuity correction
  -exact                Mann–Whitney exact where there are no ties and under 50 values an arm
  -table auto           Fisher when more than a quarter of the cells expect fewer than 5 or any
                        fewer than 1, else Pearson; or any5, pearson, yates, fisher
  -smd                  adds the standardised difference, second arm less first
  -cluster unit         adds tests that allow for clusters, as "clustered"
  -where 'visit == 0'   rows to use
  -missing -99,999      codes that mean a missing value, beside those recognised

Arms and levels are ordered by number or code point; statistics are of the
second arm less the first: t and z. More than two arms are compared by analysis
of variance (df is the numerator's) and by Kruskal–Wallis.
`

// describeRow is one line of what describe prints.
type describeRow struct {
	Variable  string        `json:"variable"`
	Level     *string       `json:"level"`
	Statistic string        `json:"statistic"`
	All       describeCell  `json:"all"`
	Groups    object        `json:"groups"`
	Test      *string       `json:"test"`
	Value     num           `json:"statistic_value"`
	DF        num           `json:"df"`
	P         num           `json:"p"`
	Note      string        `json:"note"`
	SMD       *num          `json:"smd,omitempty"`
	Clustered *describeTest `json:"clustered,omitempty"`
}

type describeCell struct {
	N           int  `json:"n"`
	Missing     int  `json:"missing"`
	Value       num  `json:"value"`
	SD          num  `json:"sd"`
	Low         num  `json:"low"`
	High        num  `json:"high"`
	Count       *int `json:"count"`
	Denominator *int `json:"denominator"`
}

type describeTest struct {
	Test  *string `json:"test"`
	Value num     `json:"statistic_value"`
	DF    num     `json:"df"`
	P     num     `json:"p"`
	Note  string  `json:"note"`
}

// variable is a column and how to describe it.
type variable struct{ name, statistic string }

type describeOptions struct {
	by, where, missing, cluster, file string

	variables []variable
	baseline  stats.Baseline
	smd       bool
}

// describeCommand prints the rows of a baseline table.
func describeCommand(args []string, stdout, stderr io.Writer) int {
	return exitStatus("describe", describeHelp, describe(args, stdout), stdout, stderr)
}

func describe(args []string, stdout io.Writer) error {
	o, err := describeFlags(args)
	if err != nil {
		return err
	}
	t, err := choose(o.file, o.missing, o.where)
	if err != nil {
		return err
	}
	d, err := newDescription(o, t)
	if err != nil {
		return err
	}
	rows := []describeRow{}
	for _, v := range o.variables {
		more, err := d.rows(v)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	return writeJSON(stdout, rows)
}

func writeJSON(w io.Writer, v any) error { return numjson.Write(w, v) }

var tableRules = map[string]stats.TableRule{"auto": stats.FisherWhenSparse, "any5": stats.FisherWhenAnyBelow5,
	"pearson": stats.AlwaysPearson, "yates": stats.AlwaysYates, "fisher": stats.AlwaysFisher}

func describeFlags(args []string) (*describeOptions, error) {
	o := &describeOptions{}
	fs := flag.NewFlagSet("describe", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.by, "by", "", "")
	fs.StringVar(&o.where, "where", "", "")
	fs.StringVar(&o.missing, "missing", "", "")
	fs.StringVar(&o.cluster, "cluster", "", "")
	fs.BoolVar(&o.smd, "smd", false, "")
	fs.BoolVar(&o.baseline.Ranks.Continuity, "continuity", false, "")
	fs.BoolVar(&o.baseline.Ranks.Exact, "exact", false, "")
	for _, statistic := range []string{"mean", "median", "percent"} {
		fs.Func(statistic, "", func(s string) error {
			for _, name := range strings.Split(s, ",") {
				if name = strings.TrimSpace(name); name == "" {
					return errors.New("an empty name")
				}
				o.variables = append(o.variables, variable{name, statistic})
			}
			return nil
		})
	}
	fs.Func("quantile", "", func(s string) error {
		n, err := strconv.Atoi(s)
		if err == nil {
			o.baseline.Quantile, err = stats.ParseQuantileType(n)
		}
		return err
	})
	fs.Func("t", "", func(s string) error {
		if o.baseline.Pooled = s == "pooled"; !o.baseline.Pooled && s != "welch" {
			return errors.New("it is welch or pooled")
		}
		return nil
	})
	fs.Func("table", "", func(s string) error {
		rule, ok := tableRules[s]
		if o.baseline.Rule = rule; !ok {
			return errors.New("it is auto, any5, pearson, yates or fisher")
		}
		return nil
	})
	files, err := parseMixed(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil:
		return nil, badUsage{err}
	case o.by == "":
		return nil, badUsage{errors.New("-by is missing: the column with the arms")}
	case len(o.variables) == 0:
		return nil, badUsage{errors.New("nothing to describe: name variables with -mean, -median or -percent")}
	case len(files) != 1:
		return nil, badUsage{fmt.Errorf("one input file is needed, not %d", len(files))}
	}
	o.file = files[0]
	return o, nil
}

// description is a table divided into arms.
type description struct {
	*describeOptions
	table *chosen
	arms  []string
	arm   []int // of each chosen row
	unit  []int // likewise; nil without -cluster
	notes []string
}

func newDescription(o *describeOptions, t *chosen) (*description, error) {
	d := &description{describeOptions: o, table: t}
	arms, arm, err := t.levels(o.by)
	if err != nil {
		return nil, err
	}
	if len(arms) == 0 {
		return nil, fmt.Errorf("-by: %s is missing in all %d rows used", o.by, len(t.rows))
	}
	const most = 20
	if len(arms) > most {
		return nil, fmt.Errorf("-by: %s has %d different values in the rows used, too many for arms", o.by, len(arms))
	}
	all := len(t.rows)
	t.keep(func(k int) bool { return arm[k] >= 0 })
	if n := all - len(t.rows); n > 0 {
		d.notes = append(d.notes, fmt.Sprintf("rows without %s left out: %d", o.by, n))
	}
	if d.arms, d.arm, err = t.levels(o.by); err != nil {
		return nil, err
	}
	patient, rows, patients, err := t.repeated("", o.cluster, func(int) bool { return true })
	if err != nil {
		return nil, err
	}
	if patient != "" {
		d.notes = append(d.notes, fmt.Sprintf("these are %d rows of %d patients (%s); -where can choose one visit", rows, patients, patient))
	}
	if o.cluster == "" {
		return d, nil
	}
	_, unit, err := t.levels(o.cluster)
	if err != nil {
		return nil, err
	}
	if slices.Contains(unit, -1) {
		return nil, fmt.Errorf("-cluster: %s is missing in some of the rows used", o.cluster)
	}
	d.unit = unit
	return d, nil
}

// rows describes one variable.
func (d *description) rows(v variable) ([]describeRow, error) {
	if v.statistic == "percent" {
		return d.percent(v)
	}
	x, err := d.table.numbers(v.name)
	if err != nil {
		return nil, err
	}
	groups := make([][]float64, len(d.arms))
	for k, value := range x {
		groups[d.arm[k]] = append(groups[d.arm[k]], value)
	}
	row, clustered := d.baseline.MeanRow(groups), stats.ClusteredMeans
	if v.statistic == "median" {
		row, clustered = d.baseline.MedianRow(groups), stats.ClusteredRanks
	}
	out := []describeRow{d.row(v, row)}
	d.first(&out[0], row)
	if d.unit != nil {
		out[0].Clustered = testJSON(clustered(x, d.unit, d.arm))
	}
	return out, nil
}

func (d *description) percent(v variable) ([]describeRow, error) {
	levels, of, err := d.table.levels(v.name)
	if err != nil {
		return nil, err
	}
	const most = 100
	if len(levels) > most {
		return nil, fmt.Errorf("%s has %d different values, each of which would be a row; is it a number, or an identifier?", v.name, len(levels))
	}
	binary := len(levels) > 0 && !slices.ContainsFunc(levels, func(l string) bool { return l != "0" && l != "1" })
	if binary && len(levels) == 1 { // the other one is a category nobody is in
		for k := range of {
			if of[k] == 0 && levels[0] == "1" {
				of[k] = 1
			}
		}
		levels = []string{"0", "1"}
	}
	table, missing := make(stats.Table, len(levels)), make([]int, len(d.arms))
	for k := range table {
		table[k] = make([]int, len(d.arms))
	}
	for k, level := range of {
		if level < 0 {
			missing[d.arm[k]]++
		} else {
			table[level][d.arm[k]]++
		}
	}
	if len(levels) == 0 {
		table, levels = stats.Table{make([]int, len(d.arms))}, []string{""}
	}
	described := d.baseline.PercentRows(table, missing)
	var out []describeRow
	for k, row := range described {
		r := d.row(v, row)
		r.Level = &levels[k]
		out = append(out, r)
	}
	if binary {
		out = out[1:]
	}
	d.first(&out[0], described[0])
	if d.unit != nil {
		out[0].Clustered = testJSON(stats.ClusteredCategories(of, d.unit, d.arm))
	}
	return out, nil
}

// row is the part of a row that every level has.
func (d *description) row(v variable, r stats.Row) describeRow {
	nan := num(math.NaN())
	out := describeRow{Variable: v.name, Statistic: v.statistic, All: cellJSON(r.All, v.statistic), Value: nan, DF: nan, P: nan}
	for k, arm := range d.arms {
		out.Groups = append(out.Groups, member{Key: arm, Value: cellJSON(r.Groups[k], v.statistic)})
	}
	return out
}

// first adds what stands on a variable's first row.
func (d *description) first(out *describeRow, r stats.Row) {
	t := testJSON(r.Test)
	out.Test, out.Value, out.DF, out.P = t.Test, t.Value, t.DF, t.P
	notes := slices.Clone(d.notes)
	for _, w := range d.table.warnings(out.Variable) {
		notes = append(notes, strings.TrimSuffix(w, "."))
	}
	if t.Note != "" {
		notes = append([]string{t.Note}, notes...)
	}
	if d.smd {
		value := num(r.Imbalance.Value)
		if len(d.arms) != 2 {
			r.Imbalance.Status = "A standardised difference is of two arms."
		}
		if r.Imbalance.Status != stats.OK {
			value = num(math.NaN())
			notes = append(notes, string(r.Imbalance.Status))
		}
		out.SMD = &value
	}
	out.Note = strings.Join(notes, "; ")
}

func testJSON(t stats.Test) *describeTest {
	out := &describeTest{Value: num(t.Statistic), DF: num(t.DF), P: num(t.P), Note: t.Note}
	if t.Status != stats.OK {
		out.Note = string(t.Status)
		return out
	}
	out.Test = &t.Name
	if !math.IsNaN(t.DF2) {
		out.Note = strings.TrimPrefix(out.Note+"; denominator df "+strconv.FormatFloat(t.DF2, 'g', 6, 64), "; ")
	}
	return out
}

func cellJSON(c stats.Cell, statistic string) describeCell {
	out := describeCell{N: c.N, Missing: c.Missing, Value: num(c.Value), SD: num(c.SD), Low: num(c.Low), High: num(c.High)}
	if statistic == "percent" {
		out.Count, out.Denominator = &c.Count, &c.N
	}
	return out
}
