//go:build !js

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// budgets are what the forms may weigh, in bytes: the programs as a web host
// sends them (Brotli), the single file as it lies.
var budgets = []struct {
	file  string
	bytes int64
}{
	{"site/app.wasm.br", 2_200_000},
	{"site/worker.wasm.br", 900_000},
	{"trialbox.html", 6_000_000},
}

// printSizes lists the sizes beside their budgets; a broken one is an error.
func printSizes(w io.Writer, dist string) error {
	broken := false
	for _, b := range budgets {
		info, err := os.Stat(filepath.Join(dist, filepath.FromSlash(b.file)))
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is not there: run `make build` first", filepath.Join(dist, b.file))
		}
		if err != nil {
			return err
		}
		verdict := "ok"
		if info.Size() > b.bytes {
			verdict, broken = "TOO BIG", true
		}
		fmt.Fprintf(w, "%-20s %9d bytes of %9d  %3d %%  %s\n", b.file, info.Size(), b.bytes, info.Size()*100/b.bytes, verdict)
	}
	if broken {
		return errors.New("a size budget is broken")
	}
	return nil
}
