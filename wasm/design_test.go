//go:build !js

package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trialbox/app/dataset"
	"trialbox/app/design"
	"trialbox/app/trial"
	"trialbox/stats/boot"
)

// The page's fields and the command give the same list and the same log, byte for byte.
func TestAllocatePageAndCommand(t *testing.T) {
	dir := t.TempDir()
	units := unitsFile(t, dir)
	d, err := readDataset(units, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		change func(*design.Allocation)
	}{
		"simple":  {[]string{"-method", "simple"}, func(a *design.Allocation) { a.Method = "simple" }},
		"blocked": {[]string{"-strata", "provider", "-block", "2,4"}, func(a *design.Allocation) { a.Strata = []string{"provider"} }},
		"constrained": {[]string{"-method", "constrained", "-strata", "provider", "-balance", "size,sector", "-keep", "0.2", "-within", "size=2,sector=0.5"}, func(a *design.Allocation) {
			a.Method, a.Strata, a.Balance, a.Keep = "constrained", []string{"provider"}, []string{"size", "sector"}, "20 %"
			*a = a.WithLimit("size", "2").WithLimit("sector", "0,5")
		}},
		"minimise, concealed": {[]string{"-method", "minimise", "-balance", "size,sector", "-probability", "0.8", "-concealed"}, func(a *design.Allocation) {
			a.Method, a.Balance, a.Concealed = "minimise", []string{"size", "sector"}, true
		}},
		"ratio": {[]string{"-ratio", "2:1", "-arms", "new,usual", "-block", "3,6"}, func(a *design.Allocation) { a.Ratio, a.Arms, a.Blocks = "2:1", "new, usual", "3, 6" }},
	} {
		path := filepath.Join(dir, name+".json")
		status, list, stderr := runAllocate(append(c.args, "-seed", "42", "-log", path, units)...)
		if status != 0 {
			t.Fatalf("%s: %s", name, stderr)
		}
		log, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := design.DefaultAllocation()
		a.Seed = "42"
		c.change(&a)
		l, page, _, problems := a.Draw(d, nil)
		if len(problems) > 0 || string(page) != list || !bytes.Equal(l.JSON(), log) {
			t.Errorf("%s: the page has another list or log: %v", name, problems)
		}
	}
}

// The page's ICC is the command's: same model, arms taken out, same interval.
func TestICCPageAndCommand(t *testing.T) {
	const file = "../static/example/trial_long.csv"
	d, err := readDataset(file, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := trial.Guess(d)
	tr, err := trial.Build(d, m)
	if err != nil {
		t.Fatal(err)
	}
	const outcome = "nrs_back"
	for visit, where := range []string{"visit == 0", "visit == 3", "visit == 12"} {
		want := runICC(t, "-outcome", outcome, "-cluster", m.Unit, "-arm", m.Arm, "-where", where, file)
		c, job := design.ObserveICC(tr, outcome, outcome, visit)
		if job == nil {
			t.Fatal(c.Err)
		}
		r, err := boot.NewRunner(job)
		if err != nil {
			t.Fatal(err)
		}
		got := c.With(r.Fit())
		for what, pair := range map[string][2]float64{"icc": {got.Value, *want.ICC}, "low": {got.Low, *want.CI[0]}, "high": {got.High, *want.CI[1]}, "n": {float64(got.N), float64(want.N)}, "size": {got.MeanSize, want.MeanSize}} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("%s %s: %v, the command has %v", strings.TrimSpace(where), what, pair[0], pair[1])
			}
		}
	}
}
