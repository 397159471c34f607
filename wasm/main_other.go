//go:build !js

// Command trialbox is the one program: compiled for the browser it is the
// page, natively it builds the page, serves it, and does the page's work
// without it.
package main

import (
	"fmt"
	"io"
	"os"
)

// commands are what the program does natively. Each prints its own help at -h.
var commands = map[string]func(args []string, stdout, stderr io.Writer) int{
	"build": buildCommand,
	"serve": serveCommand,
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: trialbox COMMAND; `trialbox help` lists them")
		os.Exit(2)
	}
	command, known := commands[os.Args[1]]
	if !known {
		fmt.Fprintf(os.Stderr, "trialbox: no command %q; `trialbox help` lists them\n", os.Args[1])
		os.Exit(2)
	}
	os.Exit(command(os.Args[2:], os.Stdout, os.Stderr))
}
