//go:build !js

// Command trialbox is the one program: compiled for the browser it is the
// page, natively it builds the page, serves it, and does the page's work
// without it.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// command is one thing the program does natively. Each prints its own help at
// -h, errors as one sentence on stderr with exit status 1, usage errors with 2.
type command struct {
	name string
	what string
	run  func(args []string, stdout, stderr io.Writer) int
}

var commands = []command{
	{"build", "write the site, the single file and the program into dist/", buildCommand},
	{"serve", "serve the site on this machine", serveCommand},
	{"example", "write the simulated example trial as CSV", exampleCommand},
	{"run", "run a recipe on a CSV and write tables, figures and result.json", runCommand},
	{"read", "say how a CSV is understood, as JSON", readCommand},
	{"fit", "fit one mixed model to a CSV, as JSON", fitCommand},
	{"describe", "describe variables by arm and compare the arms, as JSON", describeCommand},
	{"icc", "estimate an intraclass correlation from a CSV, as JSON", iccCommand},
	{"size", "say how many clusters a trial needs, as JSON", sizeCommand},
	{"allocate", "randomise units to arms; the log gives the list again", allocateCommand},
	{"score", "score a questionnaire in a CSV", func(a []string, o, e io.Writer) int { return scoreCommand(a, os.Stdin, o, e) }},
}

func main() { os.Exit(dispatch(os.Args[1:], os.Stdout, os.Stderr)) }

func dispatch(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr)
		return 2
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		help(stdout)
		return 0
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "trialbox: there is no command %q; trialbox help lists them\n", args[0])
	return 2
}

func help(w io.Writer) {
	fmt.Fprint(w, "trialbox: a cluster-randomised trial goes in as a CSV and comes out as the tables of the paper\n\nusage: trialbox COMMAND [flags] [files]; each command has -h\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.what)
	}
}

// exitStatus says how a command ended: 0 and its help when that was asked for,
// 2 for a usage error, 1 for any other, each as one sentence on stderr.
func exitStatus(name, help string, err error, stdout, stderr io.Writer) int {
	var usage badUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, help)
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "trialbox %s: %v\n", name, err)
		return 2
	}
	fmt.Fprintf(stderr, "trialbox %s: %v\n", name, err)
	return 1
}
