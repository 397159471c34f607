//go:build !js

package main

import (
	"flag"
	"fmt"
	"io"

	"trialbox/static"
)

const exampleHelp = `usage: trialbox example [-long|-wide|-units]

Writes the example trial as CSV to standard output: 315 patients of 27 units
in two arms at 0, 3 and 12 months. The data are simulated.

  -long   one row a patient and visit (the default)
  -wide   one row a patient, visits in the column names
  -units  the 27 units that were randomised, five of which recruited nobody
`

// exampleCommand writes the example trial, the same bytes the page opens.
func exampleCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	long := flags.Bool("long", false, "")
	wide := flags.Bool("wide", false, "")
	units := flags.Bool("units", false, "")
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		fmt.Fprint(stdout, exampleHelp)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "trialbox example: %v\n%s", err, exampleHelp)
		return 2
	case flags.NArg() > 0 || *long && *wide || *units && (*long || *wide):
		fmt.Fprintf(stderr, "trialbox example: takes -long, -wide or -units and nothing else\n")
		return 2
	}
	name := "example/trial_long.csv"
	switch {
	case *wide:
		name = "example/trial_wide.csv"
	case *units:
		name = "example/units.csv"
	}
	data, err := static.FS.ReadFile(name)
	if err == nil {
		_, err = stdout.Write(data)
	}
	if err != nil {
		fmt.Fprintf(stderr, "trialbox example: %v\n", err)
		return 1
	}
	return 0
}
