//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/report"
	"trialbox/app/trial"
)

const runUsage = `usage: trialbox run recipe.json data.csv [-units units.csv] [-corrections c.csv] -o DIR

Runs the whole analysis of a recipe on a CSV file and writes into DIR (made
when absent): result.json with every number; the flow chart, the forest of all
outcomes and each outcome's figures as svg; analysis.R and analysis.do, the same
models for R and Stata; the baseline tables, the units, who answered, what is
missing and the outcome tables (Table 4 also with the interval of every scale)
as html, csv and md; where the recipe has sensitivity analyses, their tables, a
forest figure of every outcome and visit, and the curves over shifted missing
outcomes; where it asks for few_clusters, the methods for few units side by side
with a verdict, a table for each outcome and visit. The same input gives the same bytes.

-corrections takes the decisions about single rows that the page saves; the
file must belong to these data. -units takes the list of randomised units.
`

// runCommand is the page's analysis without the page: the same packages in the
// same order.
func runCommand(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, runUsage) }
	var with besideFiles
	out := fs.String("o", "", "folder to write into")
	fs.StringVar(&with.units, "units", "", "`file` that lists the randomised units")
	fs.StringVar(&with.corrections, "corrections", "", "`file` of decisions about single rows")
	rest, err := parseMixed(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case len(rest) != 2 || *out == "":
		fmt.Fprint(stderr, runUsage)
		return 2
	}
	files, notes, err := runRecipe(rest[0], rest[1], with)
	if err == nil {
		err = writeAll(*out, files)
	}
	if err != nil {
		fmt.Fprintf(stderr, "trialbox run: %v\n", err)
		return 1
	}
	for _, note := range notes {
		fmt.Fprintln(stderr, "trialbox run: "+note)
	}
	for _, f := range files {
		fmt.Fprintln(stdout, filepath.Join(*out, f.name))
	}
	return 0
}

type outFile struct {
	name string
	body []byte
}

// besideFiles belong to the data of a run; "" for none.
type besideFiles struct{ units, corrections string }

// runRecipe also returns what was found in the data.
func runRecipe(recipePath, dataPath string, with besideFiles) (files []outFile, notes []string, err error) {
	text, err := os.ReadFile(recipePath)
	if err != nil {
		return nil, nil, err
	}
	recipe, err := parseRecipe(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", recipePath, err)
	}
	t, units, err := openTrial(&recipe, dataPath, with)
	if err != nil {
		return nil, nil, err
	}
	recipe.ClaimOutcomes(t)
	chosen := recipe.Outcomes
	recipe.Outcomes = analysis.ProposeOutcomes(t, recipe.Mapping, chosen)
	if err := absentOutcome(chosen, recipe.Outcomes, t); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", recipePath, err)
	}
	jobs := analysis.Plan(t, recipe.Mapping, recipe.Outcomes, recipe.Options)
	if len(jobs) == 0 {
		return nil, nil, fmt.Errorf("%s chooses no outcome that the data hold", recipePath)
	}
	all := analysis.RunAll(jobs, recipe.Options)
	result := analysis.Assemble(t, recipe.Options, all)
	var allocated []int32
	if units.joined != nil {
		allocated = units.joined.Allocated
	}
	if s := recipe.Sensitivity; s != nil && len(s.Looked(recipe.Outcomes)) > 0 {
		result.Sensitivity = analysis.RunSensitivity(analysis.PlanSensitivity(t, recipe.Mapping, recipe.Outcomes, recipe.Options, s, allocated))
	}
	result.Few = analysis.RunFew(t, recipe, all, allocated)
	files = filesOf(result, recipe, analysis.CountBefore(t, recipe, units.dataset, units.joined))
	files = append(append(files, figuresOf(t, result, all)...), scriptsOf(t, jobs, recipe.Options)...)
	return distinct(files), findingNotes(t), nil
}

// openTrial reads the data as the recipe says and names what does not fit.
func openTrial(recipe *analysis.Recipe, path string, with besideFiles) (*trial.Trial, joinedUnits, error) {
	opt := recipe.Reading.DatasetOptions()
	d, err := readDataset(path, opt)
	if err != nil {
		return nil, joinedUnits{}, err
	}
	if d, err = decided(d, opt, recipe, with.corrections); err != nil {
		return nil, joinedUnits{}, err
	}
	if missing := recipe.MissingColumns(d); len(missing) > 0 {
		return nil, joinedUnits{}, fmt.Errorf("%s lacks columns the recipe names: %s", path, strings.Join(missing, ", "))
	}
	recipe.Data = analysis.NameData(d)
	t, err := trial.Build(d, recipe.Mapping)
	if err != nil || with.units == "" {
		return t, joinedUnits{}, err
	}
	units, err := joinUnits(t, recipe, with.units)
	return t, units, err
}

// joinedUnits is a units file held against the trial; empty without one.
type joinedUnits struct {
	dataset *dataset.Dataset
	joined  *trial.AsUnits
}

// decided applies a file of decisions to the data. A recipe that was made with
// decisions is not run silently without them.
func decided(d *dataset.Dataset, opt dataset.Options, recipe *analysis.Recipe, path string) (*dataset.Dataset, error) {
	note := recipe.Decisions
	if path == "" {
		if note != nil && recipe.Data.SHA256 == d.SHA256 {
			return nil, fmt.Errorf("the recipe was made with %d decisions about single rows of these data; give their file with -corrections", note.Count)
		}
		recipe.Decisions = nil
		return d, nil
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := dataset.ReadDecisions(path, body, d.SHA256)
	if err != nil {
		return nil, err
	}
	hash := dataset.HashDecisions(d.Name, d.SHA256, list)
	if note != nil && recipe.Data.SHA256 == d.SHA256 && note.SHA256 != hash {
		return nil, fmt.Errorf("%s holds other decisions than the recipe was made with (%d there, %d here); save the recipe and the decisions again", path, note.Count, len(list))
	}
	recipe.Decisions = &analysis.DecisionsNote{Count: len(list), SHA256: hash}
	d = d.With(opt, list)
	for _, p := range d.Problems {
		if p.Kind == "decision does not fit" {
			return nil, errors.New(p.String())
		}
	}
	return d, nil
}

// joinUnits holds a units file against the trial; an error in it ends the run.
func joinUnits(t *trial.Trial, recipe *analysis.Recipe, path string) (joinedUnits, error) {
	d, err := readDataset(path, dataset.Options{})
	if err != nil {
		return joinedUnits{}, err
	}
	var m trial.UnitsMapping
	if recipe.Units != nil {
		m = recipe.Units.Mapping
	} else {
		m, _ = trial.GuessUnits(d)
	}
	units, err := trial.BuildUnits(d, m)
	if err != nil {
		return joinedUnits{}, err
	}
	joined := t.Join(units)
	for _, p := range joined.Problems {
		if p.Severity == dataset.Error {
			return joinedUnits{}, errors.New(p.String())
		}
	}
	recipe.Units = &analysis.UnitsUse{File: d.Name, SHA256: d.SHA256, Mapping: m}
	return joinedUnits{d, joined}, nil
}

func filesOf(result *analysis.Result, recipe analysis.Recipe, before *analysis.Before) []outFile {
	files := []outFile{{"result.json", analysis.ResultJSON(result, recipe, before)}, {"recipe.json", recipe.JSON()}}
	add := func(name string, table *report.Table) {
		for _, format := range []string{"html", "csv", "md"} {
			_, _, body := report.NamedTableFile(table, name, format)
			files = append(files, outFile{name + "." + format, body})
		}
	}
	files = append(files, outFile{"flow.svg", []byte(report.FlowChart(before.Flow, recipe.Flow))})
	for k, table := range report.BaselineTables(before.Baseline) {
		add(fmt.Sprintf("baseline%d", k+1), table)
	}
	add("baseline-units", report.UnitTable(before.Units))
	add("answered", report.AnsweredWhen(before.Attrition))
	add("missing", report.MissingTable(before.Attrition))
	for _, c := range before.Attrition.Compared {
		for k, table := range report.AnsweredTable(&c) {
			add(fmt.Sprintf("answered-%s-%d", safeName(c.Visit.Code), k+1), table)
		}
	}
	for _, table := range report.Tables(result) {
		add(strings.ReplaceAll(strings.Replace(table.File, " ", "", 1), " ", "-"), table)
	}
	for _, few := range result.Few {
		if few.Plan != nil {
			add("few-clusters-"+safeName(few.Variable)+"-"+safeName(few.Visit.Code), report.FewTable(few.Plan, few.At, few.Lines, few.Verdict, few.Report))
		}
	}
	if s := result.Sensitivity; s != nil {
		for _, table := range report.SensitivityTables(s) {
			add(strings.ReplaceAll(table.File, " ", "-"), table)
		}
		files = append(files, sensitivityFigures(s)...)
	}
	return files
}

// sensitivityFigures are the forest of every outcome and the curve of every
// shift, at every follow-up.
func sensitivityFigures(s *analysis.SensitivityResult) []outFile {
	var files []outFile
	for _, o := range s.Outcomes {
		for _, v := range o.Visits {
			name := safeName(o.Outcome.Variable) + "-" + safeName(v.Code) + ".svg"
			if f, ok := report.SensitivityFigure(s, o.Outcome.Variable, v.Code, false, false); ok {
				files = append(files, outFile{"sensitivity-" + name, []byte(f.SVG)})
			}
			if f, ok := report.ShiftFigure(s, o.Outcome.Variable, v.Code, false, false); ok {
				files = append(files, outFile{"tipping-" + name, []byte(f.SVG)})
			}
		}
	}
	return files
}

// safeName keeps a column's name from naming another folder, and short enough
// for every file system (255 bytes).
func safeName(s string) string {
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "")
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, s)
}

// distinct numbers the names of files that would be one file, also where
// capitals do not matter: those of the columns a/b and A:b.
func distinct(files []outFile) []outFile {
	taken := map[string]bool{}
	for i, f := range files {
		ext := filepath.Ext(f.name)
		for n := 2; taken[strings.ToLower(files[i].name)]; n++ {
			files[i].name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(f.name, ext), n, ext)
		}
		taken[strings.ToLower(files[i].name)] = true
	}
	return files
}

// writeAll writes every file beside its final name first and renames at the
// end, so that nothing half-written is left behind.
func writeAll(dir string, files []outFile) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var made []string
	clean := func() {
		for _, name := range made {
			os.Remove(name)
		}
	}
	for _, f := range files {
		part := filepath.Join(dir, f.name+".part")
		made = append(made, part)
		if err := os.WriteFile(part, f.body, 0o644); err != nil {
			clean()
			return err
		}
	}
	for _, f := range files {
		name := filepath.Join(dir, f.name)
		if err := os.Rename(name+".part", name); err != nil {
			clean()
			return err
		}
		made = append(made, name)
	}
	return nil
}

// parseMixed lets flags stand before, between and after the file names.
func parseMixed(fs *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return names, nil
		}
		names = append(names, fs.Arg(0))
		args = fs.Args()[1:]
	}
}
