//go:build !js

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unitsFile are 27 units in five strata, as Windows writes them: semicolons, umlauts, a column arm of an older list.
func unitsFile(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("unit_id;name;provider;size;sector;arm\r\n")
	for k := range 27 {
		b.WriteString(strings.Join([]string{"U" + string(rune('A'+k/10)) + string(rune('0'+k%10)), "\"Kylä; " + string(rune('a'+k)) + "\"",
			"P" + string(rune('1'+k%5)), string(rune('1'+k*k%7)) + ",5", map[bool]string{true: "public", false: "private"}[k%3 == 0], "old"}, ";") + "\r\n")
	}
	path := filepath.Join(dir, "units.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func runAllocate(args ...string) (status int, stdout, stderr string) {
	return ran(func(a []string, o, e *bytes.Buffer) int { return allocateCommand(a, o, e) }, args...)
}

// Every method gives all columns and the arm, the same for a seed, and from the log alone the same bytes.
func TestAllocate(t *testing.T) {
	dir := t.TempDir()
	units := unitsFile(t, dir)
	for name, args := range map[string][]string{
		"simple":      {"-method", "simple"},
		"blocked":     {"-strata", "provider", "-block", "2,4"},
		"constrained": {"-method", "constrained", "-strata", "provider", "-balance", "size,sector", "-keep", "0.2", "-within", "size=2,sector=0.5"},
		"minimise":    {"-method", "minimise", "-balance", "size,sector", "-strata", "provider", "-concealed", "-probability", "0.9"},
		"ratio":       {"-ratio", "2:1", "-arms", "new,usual"},
	} {
		log := filepath.Join(dir, name+".json")
		args = append(args, "-seed", "42", "-log", log, units)
		status, list, stderr := runAllocate(args...)
		if status != 0 || !strings.Contains(stderr, "has a column arm already") {
			t.Fatalf("%s: status %d, %s", name, status, stderr)
		}
		if _, again, _ := runAllocate(args...); again != list {
			t.Errorf("%s: another list from the same seed", name)
		}
		rows, err := csv.NewReader(strings.NewReader(list)).ReadAll()
		if err != nil || len(rows) != 28 || !slices.Equal(rows[0], []string{"unit_id", "name", "provider", "size", "sector", "arm"}) || rows[1][1] != "Kylä; a" || rows[1][3] != "1,5" {
			t.Fatalf("%s: %v %v", name, err, rows[:2])
		}
		count := map[string]int{}
		for _, row := range rows[1:] {
			count[row[5]]++
		}
		switch {
		case name == "ratio" && (count["new"] != 18 || count["usual"] != 9),
			name == "minimise" && (count["A"] == 0 || count["A"]+count["B"] != 27),
			name == "constrained" && max(count["control"], count["intervention"]) != 14:
			t.Errorf("%s: %v", name, count)
		}
		if err := os.Rename(units, units+"x"); err != nil {
			t.Fatal(err)
		}
		status, again, stderr := runAllocate("-replay", log)
		if status != 0 || again != list {
			t.Errorf("%s: the log gives another list (%d, %s)", name, status, stderr)
		}
		if err := os.Rename(units+"x", units); err != nil {
			t.Fatal(err)
		}
		args[slices.Index(args, "42")] = "43"
		if status, stdout, stderr := runAllocate(args...); status != 1 || stdout != "" || !strings.Contains(stderr, "exists already") {
			t.Errorf("%s: a log was overwritten: %d %s", name, status, stderr)
		}
		forged(t, log)
	}
}

// forged changes a unit's stratum or arm names in a log; the list is then another, and the replay says so.
func forged(t *testing.T, log string) {
	t.Helper()
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(b, &keys); err != nil {
		t.Fatal(err)
	}
	keys["request"].(map[string]any)["seed"] = 44
	b, _ = json.Marshal(keys)
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, stdout, stderr := runAllocate("-replay", log); status != 1 || stdout != "" || !strings.Contains(stderr, "the log was changed") {
		t.Errorf("a forged log: %d %s", status, stderr)
	}
	keys["rows"] = []any{}
	b, _ = json.Marshal(keys)
	if err := os.WriteFile(log, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := runAllocate("-replay", log); status != 1 || !strings.Contains(stderr, "do not go together") {
		t.Errorf("a log without rows: %d %s", status, stderr)
	}
}

func TestAllocateRefuses(t *testing.T) {
	dir := t.TempDir()
	units := unitsFile(t, dir)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	twice := write("twice.csv", "unit,size\na,1\nb,2\na,3\n")
	hole := write("hole.csv", "unit,size,region\na,1,n\nb,,n\nc,3,\nd,2,s\n")
	few := write("few.csv", "unit,size\na,1\nb,1\nc,1\nd,9\n")
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{units, 2, "-seed is missing"},
		{"-seed 1", 2, "one file"},
		{"-seed -1 " + units, 2, "invalid value"},
		{"-seed 1 -method coin " + units, 2, "-method coin"},
		{"-seed 1 -method simple -strata provider " + units, 2, "does not go with"},
		{"-seed 1 -block 3 " + units, 1, "multiple of 2"},
		{"-seed 1 -ratio 1:1:1 " + units, 1, "not one of 2 arms"},
		{"-seed 1 -ratio 0:1 " + units, 1, "from 1 to 100"},
		{"-seed 1 -strata region " + units, 1, "no column region"},
		{"-seed 1 -strata unit_id " + units, 1, "stratum of its own"},
		{"-seed 1 -method constrained " + units, 1, "needs covariates"},
		{"-seed 1 -method constrained -balance size -within beds=2 " + units, 2, "not among the columns"},
		{"-seed 1 " + twice, 1, "lines 2 and 4: two units are called \"a\""},
		{"-seed 1 -method minimise -balance size " + hole, 1, "unit b has no size"},
		{"-seed 1 -strata region " + hole, 1, "line 4: unit c has no region"},
		{"-seed 1 -method constrained -balance size -within size=0.5 " + few, 1, "none of 6 allocations keeps the differences asked for"},
		{"-replay " + units, 1, "not a log"},
		{"-replay x.json -seed 1", 2, "nothing but the log"},
		{"-replay missing.json", 1, "missing.json"},
	} {
		status, stdout, stderr := runAllocate(strings.Fields(c.args)...)
		if status != c.status || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: status %d, %s%s", c.args, status, stdout, stderr)
		}
	}
	if _, err := os.Stat("log.json"); err == nil {
		t.Error("a log was left behind")
	}
}
