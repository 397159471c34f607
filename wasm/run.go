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

const runUsage = `usage: trialbox run recipe.json data.csv -o DIR

Runs the whole analysis of a recipe on a CSV file and writes into DIR (made
when absent): result.json with every number, the outcome table as html, csv
and md, and a trajectory figure of every outcome as svg. The same input gives
the same bytes.
`

// runCommand is the page's analysis without the page: the same packages in the
// same order.
func runCommand(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, runUsage) }
	out := fs.String("o", "", "folder to write into")
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
	files, err := runRecipe(rest[0], rest[1])
	if err == nil {
		err = writeAll(*out, files)
	}
	if err != nil {
		fmt.Fprintf(stderr, "trialbox run: %v\n", err)
		return 1
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

func runRecipe(recipePath, dataPath string) ([]outFile, error) {
	text, err := os.ReadFile(recipePath)
	if err != nil {
		return nil, err
	}
	recipe, err := analysis.ParseRecipe(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", recipePath, err)
	}
	t, err := openTrial(&recipe, dataPath)
	if err != nil {
		return nil, err
	}
	recipe.Outcomes = analysis.ProposeOutcomes(t, recipe.Mapping, recipe.Outcomes)
	jobs := analysis.Plan(t, recipe.Mapping, recipe.Outcomes, recipe.Options)
	if len(jobs) == 0 {
		return nil, fmt.Errorf("%s chooses no outcome that the data hold", recipePath)
	}
	result := analysis.Assemble(t, recipe.Options, analysis.RunAll(jobs, recipe.Options))
	return filesOf(result, recipe), nil
}

// openTrial reads the data as the recipe says and names what does not fit.
func openTrial(recipe *analysis.Recipe, path string) (*trial.Trial, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	d, err := dataset.Read(filepath.Base(path), f, info.Size(), recipe.Reading.DatasetOptions())
	if err != nil {
		return nil, err
	}
	if missing := recipe.MissingColumns(d); len(missing) > 0 {
		return nil, fmt.Errorf("%s lacks %d columns the recipe names: %s", path, len(missing), strings.Join(missing, ", "))
	}
	recipe.Data = analysis.NameData(d)
	return trial.Build(d, recipe.Mapping)
}

func filesOf(result *analysis.Result, recipe analysis.Recipe) []outFile {
	files := []outFile{{"result.json", analysis.ResultJSON(result, recipe)}, {"recipe.json", recipe.JSON()}}
	table := report.OutcomeTable(result)
	for _, format := range []string{"html", "csv", "md"} {
		_, _, body := report.TableFile(table, format)
		files = append(files, outFile{"table3." + format, body})
	}
	for _, o := range result.Outcomes {
		if svg := report.OutcomeFigure(result, o.Outcome.Variable); svg != "" {
			files = append(files, outFile{"trajectory-" + safeName(o.Outcome.Variable) + ".svg", []byte(svg)})
		}
	}
	return files
}

// safeName keeps a column's name from naming another folder.
func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '-'
		}
		return r
	}, s)
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
