//go:build !js

package main

import (
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
)

const fitHelp = `usage: trialbox fit -formula F [options] in.csv|in.xlsx|in.sav

Fits one mixed model and writes it as JSON to standard output.

  -formula F            as in R: 'odi ~ arm*factor(visit) + delay_days + (1|unit_id/patient_id)'
  -family gaussian|binary|ordinal
  -method ml|reml       gaussian; ml is the default
  -method agq|laplace   binary, ordinal; agq, nested adaptive quadrature, is the default
  -nodes N              its points at each level; without it 7, checked at 15 and raised as far as needed
  -levels low,medium,high   the categories of an outcome that is text, lowest first
  -df none|satterthwaite|kr   gaussian: P values from the normal or a t distribution; kr needs -method reml
  -robust cr0|cr1|cr2   gaussian: cluster-robust standard errors, clusters = upper groups; Satterthwaite df unless -df none
  -profile              gaussian: profile likelihood intervals of SDs, correlations and ICCs
  -lrt F0               gaussian: likelihood ratio test against a smaller model of the same rows
  -diagnostics          gaussian: predicted random effects and residuals
  -boot B               B replicates of the bootstrap, or of a test
  -seed S               of its random numbers; 1 is the default
  -resample units       draws whole units of the upper grouping; also: patients (each stays in its unit), two-stage (units, then
                        patients within them), parametric (outcomes drawn from the fitted model); gaussian, tests: wild (the
                        wild cluster bootstrap with the null imposed), permutation (of the arm of -by between units)
  -by arm               draws within the values of a column that is constant within units; permutation: the arm as randomised
  -strata s             draws, or permutes, within the values of this column too
  -invert               permutation: intervals of the contrasts by inversion
  -weights w.csv        replays given draws: a row a replicate, a column named after each unit
  -contrast 'name: 1*term + 1*term'   a linear combination; may be repeated
  -where 'visit > 0 & sector == "public"'   rows to use
  -sheet NAME           of a workbook: the sheet to read, else the first with cells
  -missing -99,999      codes that mean a missing value, beside those recognised
`

type fitOptions struct {
	formula, family, method, resample, by, strata, where, weights, missing, levels string

	linear    linearOptions
	boot      int
	invert    bool
	nodes     int
	seed      uint64
	contrasts []string
	file      string
	sheet     string
	given     map[string]bool
}

// fitCommand fits one model to a CSV and writes it as JSON.
func fitCommand(args []string, stdout, stderr io.Writer) int {
	err := fit(args, stdout)
	var usage badUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, fitHelp)
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "trialbox fit: %v\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "trialbox fit: %v\n", err)
	return 1
}

func fit(args []string, stdout io.Writer) error {
	o, err := fitFlags(args)
	if err != nil {
		return err
	}
	f, err := formula.Parse(o.formula)
	if err != nil {
		return err
	}
	t, err := readFitTable(o)
	if err != nil {
		return err
	}
	for _, name := range f.Variables() {
		if cell := t.infinite[name]; cell != "" {
			return fmt.Errorf("%s: a model cannot use an infinite value; correct it, or name it with -missing", cell)
		}
	}
	job, err := t.job(f, o)
	if err != nil {
		return err
	}
	runner, err := boot.NewRunner(job)
	if err != nil {
		return t.explain(err, f)
	}
	out := newFitResult(f, job, runner)
	for _, name := range f.Variables() {
		if note := t.notes[name]; note != "" {
			out.Warnings = append(out.Warnings, note+".")
		}
		out.Warnings = append(out.Warnings, t.codes(name, o)...)
	}
	out.Warnings = append(out.Warnings, t.torn(f)...)
	null := func() (*mixed.Fit, error) { return t.nullFit(o, job) }
	if err := out.infer(&o.linear, job, runner, null); err != nil {
		return err
	}
	switch {
	case o.weights != "":
		err = out.replay(o.weights, job, runner)
	case o.boot > 0:
		err = out.resample(t, o, job, runner)
	}
	if err != nil {
		return err
	}
	return out.write(stdout)
}

func fitFlags(args []string) (*fitOptions, error) {
	o := &fitOptions{given: map[string]bool{}}
	flags := flag.NewFlagSet("fit", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.StringVar(&o.formula, "formula", "", "")
	flags.StringVar(&o.family, "family", "gaussian", "")
	flags.StringVar(&o.method, "method", "", "")
	flags.IntVar(&o.nodes, "nodes", 0, "")
	flags.StringVar(&o.levels, "levels", "", "")
	flags.StringVar(&o.linear.df, "df", "none", "")
	flags.StringVar(&o.linear.robust, "robust", "", "")
	flags.BoolVar(&o.linear.profile, "profile", false, "")
	flags.StringVar(&o.linear.null, "lrt", "", "")
	flags.BoolVar(&o.linear.diagnostics, "diagnostics", false, "")
	flags.IntVar(&o.boot, "boot", 0, "")
	flags.Uint64Var(&o.seed, "seed", 1, "")
	flags.StringVar(&o.resample, "resample", "units", "")
	flags.StringVar(&o.by, "by", "", "")
	flags.StringVar(&o.strata, "strata", "", "")
	flags.BoolVar(&o.invert, "invert", false, "")
	flags.StringVar(&o.where, "where", "", "")
	flags.StringVar(&o.weights, "weights", "", "")
	flags.StringVar(&o.missing, "missing", "", "")
	flags.StringVar(&o.sheet, "sheet", "", "")
	flags.Func("contrast", "", func(s string) error { o.contrasts = append(o.contrasts, s); return nil })
	var files []string
	for rest := args; ; { // flags may follow the file
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, badUsage{fmt.Errorf("%w; trialbox fit -h shows the options", err)}
		}
		if flags.NArg() == 0 {
			break
		}
		files, rest = append(files, flags.Arg(0)), flags.Args()[1:]
	}
	flags.Visit(func(f *flag.Flag) { o.given[f.Name] = true })
	if err := o.check(files); err != nil {
		return nil, badUsage{err}
	}
	o.file = files[0]
	return o, nil
}

func (o *fitOptions) check(files []string) error {
	oneOf := func(name, value string, now []string) error {
		if slices.Contains(now, value) {
			return nil
		}
		return fmt.Errorf("-%s %s is not known; available: %s", name, value, strings.Join(now, ", "))
	}
	familyMethod := o.checkLogit() // fills in the method
	err := errors.Join(
		familyMethod,
		oneOf("family", o.family, []string{"gaussian", "binary", "ordinal"}),
		oneOf("method", o.method, []string{"", "ml", "reml", "agq", "laplace"}),
		o.linear.belong(o.family),
		oneOf("df", o.linear.df, []string{"none", "satterthwaite", "kr"}),
		oneOf("robust", o.linear.robust, []string{"", "cr0", "cr1", "cr2"}),
		o.linear.check(o.method, o.given["df"]),
		oneOf("resample", o.resample, schemes),
	)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return errors.New(first)
	}
	switch {
	case o.formula == "":
		return errors.New("-formula is missing; trialbox fit -h shows the options")
	case len(files) == 0:
		return errors.New("the CSV file is missing")
	case len(files) > 1:
		return fmt.Errorf("one CSV file, not %d: %s", len(files), strings.Join(files, " "))
	}
	return o.checkResample()
}

// fitTable is a data set as the columns a formula sees.
type fitTable struct {
	data  *dataset.Dataset
	frame formula.Frame
	notes map[string]string // why a column with numbers in it is text

	infinite map[string]string // where one that is otherwise of numbers holds Inf
}

func readFitTable(o *fitOptions) (*fitTable, error) {
	file, err := os.Open(o.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := int64(-1)
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	opt := dataset.Options{Sheet: o.sheet}
	if o.missing != "" {
		for _, code := range strings.Split(o.missing, ",") {
			opt.MissingCodes = append(opt.MissingCodes, strings.TrimSpace(code))
		}
	}
	data, err := dataset.Read(filepath.Base(o.file), file, size, opt)
	if err != nil {
		return nil, err
	}
	t := &fitTable{data: data, frame: formula.Frame{Rows: data.Rows}, notes: map[string]string{}, infinite: map[string]string{}}
	for _, c := range data.Columns {
		t.frame.Columns = append(t.frame.Columns, t.column(c))
	}
	return t, nil
}

// column is numeric when every cell that is not missing is a number, otherwise text, with a note where one cell made it so.
func (t *fitTable) column(c *dataset.Column) formula.Column {
	number, text, odd := c.Plain()
	if odd >= 0 {
		row := c.Codes.First(int32(odd))
		t.notes[c.Name] = fmt.Sprintf("%s is text because line %d holds %q", c.Name, t.data.Line[row], c.Raw[odd])
		if v, _ := strconv.ParseFloat(strings.TrimSpace(c.Raw[odd]), 64); math.IsInf(v, 0) { // Inf, or 1e999
			t.infinite[c.Name] = fmt.Sprintf("%s holds %q in line %d", c.Name, c.Raw[odd], t.data.Line[row])
		}
	}
	return formula.Column{Name: c.Name, IsText: text != nil, Num: number, Text: text}
}

// explain adds, where a column of the formula is text by an odd cell, which cell that is.
func (t *fitTable) explain(err error, f *formula.Formula) error {
	for _, name := range f.Variables() {
		if note := t.notes[name]; note != "" && strings.Contains(err.Error(), name) {
			return fmt.Errorf("%w (%s)", err, note)
		}
	}
	return err
}

// torn says where the rows of the file do not fit its header, and which columns of the formula share their name.
func (t *fitTable) torn(f *formula.Formula) (out []string) {
	const most = 5
	more := 0
	for _, p := range t.data.Problems {
		switch p.Kind {
		case "duplicate name":
			if !slices.Contains(f.Variables(), p.Value) {
				continue
			}
		case "long row", "short row", "unclosed quote":
		default:
			continue
		}
		if len(out) == most {
			more++
			continue
		}
		out = append(out, p.String()+".")
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("%d more rows of the file are of this kind; trialbox read lists them.", more))
	}
	return out
}

// codes says which numbers of a column were taken for missing without being asked to.
func (t *fitTable) codes(name string, o *fitOptions) []string {
	var out []string
	for _, c := range t.data.Columns {
		if c.Name != name {
			continue
		}
		for _, m := range c.MissingCodes {
			if _, err := strconv.ParseFloat(strings.Replace(m.Code, ",", ".", 1), 64); err != nil || slices.Contains(strings.Split(o.missing, ","), m.Code) {
				continue
			}
			if m.Applied {
				out = append(out, fmt.Sprintf("%s: %s is taken as missing (%d cells).", name, m.Code, m.Count))
			} else {
				out = append(out, fmt.Sprintf("%s: %s (%d cells) is used as a value but looks like a code for missing; if it is one, name it with -missing.", name, m.Code, m.Count))
			}
		}
	}
	return out
}

func (t *fitTable) job(f *formula.Formula, o *fitOptions) (*boot.Job, error) {
	var chosen []bool
	if o.where != "" {
		c, err := formula.ParseCondition(o.where)
		if err != nil {
			return nil, err
		}
		if chosen, err = c.Rows(&t.frame); err != nil {
			return nil, err
		}
		if !slices.Contains(chosen, true) {
			return nil, fmt.Errorf("no row fulfils the condition %s", o.where)
		}
	}
	var design *mixed.Design
	var options *logit.Options
	var err error
	if slices.Contains(logitFamilies, o.family) {
		design, options, err = t.logitDesign(f, o, chosen)
	} else {
		design, err = f.BuildWhere(&t.frame, chosen)
	}
	if err != nil {
		return nil, t.explain(err, f)
	}
	job := &boot.Job{Design: *design, Logit: options, Marginal: options != nil, Seed: o.seed}
	if o.method == "reml" {
		job.Method = mixed.REML
	}
	for _, s := range o.contrasts {
		c, err := formula.ParseContrast(s, design.Terms)
		if err != nil {
			return nil, err
		}
		job.Contrasts = append(job.Contrasts, c)
	}
	return job, t.addScheme(job, f, o, chosen)
}

// replay refits the draws of a file.
func (r *fitResult) replay(name string, job *boot.Job, runner *boot.Runner) error {
	labels, weights, err := readWeights(name, job.Design.Groups[0])
	if err != nil {
		return err
	}
	b := runner.Replay(weights)
	r.Replicates = &[]fitReplicate{}
	v := runner.Fit().Variances()
	for k, label := range labels {
		x := fitReplicate{Replicate: label, Converged: b.Status[k] != boot.Failed, LogLik: num(b.LogLik[k]),
			Fixed: nums(runner.FixedValues(b, k)), Variances: nums(b.Variances[k*v : (k+1)*v]), Contrasts: []num{}}
		if b.Reason[k] >= 0 {
			x.Reason = b.Reasons[b.Reason[k]]
		}
		for _, c := range runner.ContrastValues(b, k) {
			x.Contrasts = append(x.Contrasts, num(c))
		}
		*r.Replicates = append(*r.Replicates, x)
	}
	r.summarize(job, runner, []*boot.Batch{b, runner.Jackknife()}, "given draws", nil)
	return nil
}

// readWeights reads the draws: the first column names the replicate, a column named after each unit says how often it
// was drawn, other columns are ignored.
func readWeights(name string, units mixed.Group) (labels []string, weights [][]float64, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	r := csv.NewReader(file)
	header, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s has no header: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	column := make([]int, len(units.Levels))
	for i, level := range units.Levels {
		column[i] = slices.IndexFunc(header[1:], func(name string) bool { return sameLabel(name, level) }) + 1
		if column[i] == 0 {
			return nil, nil, fmt.Errorf("%s has no column for %s %s, which is in the model", name, units.Name, level)
		}
		if slices.ContainsFunc(header[column[i]+1:], func(name string) bool { return sameLabel(name, level) }) {
			return nil, nil, fmt.Errorf("%s has two columns named %s", name, level)
		}
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		w, total := make([]float64, len(column)), 0.0
		for i, k := range column {
			cell := strings.TrimSpace(row[k])
			w[i], err = strconv.ParseFloat(cell, 64)
			if err != nil || !(w[i] >= 0) || w[i] != math.Trunc(w[i]) || math.IsInf(w[i], 0) {
				return nil, nil, fmt.Errorf("%s line %d, column %s: %q is not a non-negative whole number", name, line, header[k], cell)
			}
			total += w[i]
		}
		if total == 0 {
			return nil, nil, fmt.Errorf("%s line %d: replicate %s draws no %s at all", name, line, row[0], units.Name)
		}
		labels, weights = append(labels, row[0]), append(weights, w)
	}
	if len(weights) == 0 {
		return nil, nil, fmt.Errorf("%s holds no replicate", name)
	}
	return labels, weights, nil
}

// sameLabel compares a header with a group's label; 01 and 1 are the same unit where units are numbers.
func sameLabel(name, level string) bool {
	if name == level {
		return true
	}
	x, err := strconv.ParseFloat(name, 64)
	y, err2 := strconv.ParseFloat(level, 64)
	return err == nil && err2 == nil && x == y
}
