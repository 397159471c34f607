//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// handmade is a recipe as somebody writes it by hand, for the trial of
// handmadeTrial.
const handmade = `{
 "schema": 2, "product": "trialbox", "name": "by hand", "data": {"file": "", "sha256": "", "columns": []}, "reading": {},
 "mapping": {"shape": "long", "unit": "klinikka\\", "patient": "potilas", "arm": "if", "visit": "käynti",
  "control": "\"verrokki\"", "intervention": "=koe", "visits": [{"code": "pre", "label": "before", "months": 0}, {"code": "post", "label": "after", "months": 6}]},
 "outcomes": [{"variable": "a/b", "label": "<b>", "kind": "continuous", "decimals": 1, "chosen": true},
  {"variable": "A:b", "label": "=b", "kind": "continuous", "decimals": 1, "chosen": true}],
 "options": {"method": "ml", "model": "unit/patient", "resample": "units by arm", "interval": "normal", "replicates": 20, "logit_replicates": 10, "seed": 1}
}`

// handmadeTrial has eight clinics of three patients at two visits, its last row
// twice, and names that a formula, a folder and a spreadsheet would take for
// something else.
func handmadeTrial() string {
	var b strings.Builder
	b.WriteString("klinikka\\,potilas,if,käynti,a/b,A:b\n")
	for p := range 24 {
		u := p / 3
		for v, visit := range []string{"pre", "post"} {
			row := fmt.Sprintf("K%d,P%d,%s,%s,%d,%d\n", u, p, []string{`"""verrokki"""`, "=koe"}[u%2], visit, 10+p*7%13+u+(p*5+v*3)%7, 20+p*5%11+(p*3+v*5)%4)
			b.WriteString(row)
			if p == 23 && v == 1 {
				b.WriteString(row)
			}
		}
	}
	return b.String()
}

// runHandmade runs the recipe after some text in it was replaced.
func runHandmade(t *testing.T, old, new string) (dir string, status int, stderr string) {
	t.Helper()
	if !strings.Contains(handmade, old) {
		t.Fatalf("the recipe has no %s", old)
	}
	dir = t.TempDir()
	recipe, data := filepath.Join(dir, "r.json"), filepath.Join(dir, "d.csv")
	for file, text := range map[string]string{recipe: strings.Replace(handmade, old, new, 1), data: handmadeTrial()} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status, stderr = runInto(t, filepath.Join(dir, "out"), recipe, data)
	return filepath.Join(dir, "out"), status, stderr
}

// TestRunHandmade: columns whose names would name another folder, be one file
// where capitals do not matter, or end a quotation are analysed all the same,
// and a row that was left out is told.
func TestRunHandmade(t *testing.T) {
	dir, status, stderr := runHandmade(t, `"name"`, `"name"`)
	if status != 0 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "d.csv, line 50, column potilas: patient P23 has a second row") {
		t.Fatalf("status %d, %s", status, stderr)
	}
	body, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	var result struct {
		Outcomes []struct{ Variable, Status, Reason string }
	}
	if err := json.Unmarshal(body, &result); err != nil {
		t.Fatal(err)
	}
	for _, o := range result.Outcomes {
		if o.Status != "settled" {
			t.Errorf("%s: %s, %s", o.Variable, o.Status, o.Reason)
		}
	}
	for _, name := range []string{"trajectory-a-b.svg", "trajectory-A-b-2.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if name := safeName(strings.Repeat("ä", 300)); len(name) > 120 || !strings.HasSuffix(name, "ä") {
		t.Errorf("a long name is cut to %d bytes: %s", len(name), name)
	}
}

// TestRunRecipeFaults: what is wrong in a recipe written by hand is named by its
// path, and nothing is written.
func TestRunRecipeFaults(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"options"`, `"opinions"`, "opinions: there is no such field"},
		{`"method"`, `"metod"`, "options.metod: there is no such field"},
		{`"months": 6`, `"month": 6`, "mapping.visits[1].month: there is no such field"},
		{`"seed": 1`, `"seed": "one"`, `options.seed must be a whole number, 0 or more, not "one"`},
		{`"replicates": 20`, `"replicates": 2.5`, "options.replicates must be a whole number, not 2.5"},
		{`"code": "pre"`, `"code": 0`, "mapping.visits[0].code must be a text in quotes, not 0"},
		{`"chosen": true`, `"chosen": "yes"`, `outcomes[0].chosen must be true or false, not "yes"`},
		{`"unit":`, `"unit": "x", "wide": {}, "stratum":`, "mapping.wide must be a list […], not {}"},
		{`"months": 6`, `"months": -6`, "mapping.visits[1].months is -6, before the visit above it"},
		{`"post"`, `"pre"`, `mapping.visits[1].code is "pre", as that of visits[0]`},
		{`"A:b"`, `"a/b"`, `outcomes[1].variable is "a/b", as that of outcomes[0]`},
		{`"A:b"`, `"c"`, `outcomes[1].variable is "c", and the data have no such column or score`},
		{`"A:b"`, `"potilas"`, `outcomes[1].variable is "potilas", `},
		{`"reading": {}`, `"few_clusters": {"visits": ["pre", "9"]}, "reading": {}`, `few_clusters.visits[1] is "9", which is no code of mapping.visits`},
		{`"reading": {}`, `"sensitivity": {"variants": [], "shift": {"outcomes": ["c"]}}, "reading": {}`, `sensitivity.shift.outcomes[0] is "c", which is no variable of outcomes`},
		{`"reading": {}`, `"reading": {"decimal": "comma"}`, `reading.decimal is "comma"`},
		{`"reading": {}`, `"reading": {"columns": {"a/b": {"kind": "numeric"}}}`, `reading.columns.a/b.kind is "numeric"`},
		{`"by hand",`, `"by hand"`, "this is not a recipe: it is no JSON: line 2"},
	} {
		dir, status, stderr := runHandmade(t, c.old, c.new)
		if status != 1 || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %s", c.new, status, stderr)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: something was written", c.new)
		}
	}
}

// TestShippedRecipesHaveTheirFields: the check of fields knows every field that
// the page writes.
func TestShippedRecipesHaveTheirFields(t *testing.T) {
	for _, name := range []string{"example", "reference"} {
		b, err := os.ReadFile("../app/analysis/" + name + ".recipe.json")
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseRecipe(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseRecipe(append([]byte("\ufeff"), r.JSON()...)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
