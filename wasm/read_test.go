//go:build !js

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const trialFiles = "../app/dataset/testdata/"

func runRead(t *testing.T, args ...string) (u understanding, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = readCommand(args, &out, &errs)
	if status == 0 {
		if err := json.Unmarshal(out.Bytes(), &u); err != nil {
			t.Fatalf("%v in %s", err, out.Bytes())
		}
	} else if out.Len() > 0 {
		t.Errorf("status %d and yet printed %q", status, out.Bytes())
	}
	return u, errs.String(), status
}

func writeCSV(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.csv")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func columnNamed(t *testing.T, u understanding, name string) readColumn {
	t.Helper()
	i := slices.IndexFunc(u.Columns, func(c readColumn) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no column %s", name)
	}
	return u.Columns[i]
}

// TestReadMessy holds what is said of the export with most oddities.
func TestReadMessy(t *testing.T) {
	path := trialFiles + "messy_long_codes_excel.tsv"
	u, stderr, status := runRead(t, path)
	if status != 0 {
		t.Fatal(stderr)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b)
	if u.File != "messy_long_codes_excel.tsv" || u.Size != int64(len(b)) || u.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("file %s, %d bytes, %s", u.File, u.Size, u.SHA256)
	}
	if u.Encoding != "UTF-8" || !u.BOM || u.Delimiter != "\t" || u.Decimal != "," || u.Rows != 683 || len(u.Columns) != 166 {
		t.Errorf("read as %s %v %q %q, %d rows of %d", u.Encoding, u.BOM, u.Delimiter, u.Decimal, u.Rows, len(u.Columns))
	}
	odi := columnNamed(t, u, "odi1")
	if odi.Kind != "integer" || len(odi.Codes) == 0 || odi.Codes[0].Code != "-99" || !odi.Codes[0].Applied || odi.N+odi.Missing != 683 || odi.Why == "" {
		t.Errorf("odi1 %+v", odi)
	}
	if c := columnNamed(t, u, "visit_date"); c.Kind != "date" || len(c.Examples) == 0 || c.Examples[0].Before == c.Examples[0].After {
		t.Errorf("visit_date %+v", c)
	}
	if c := columnNamed(t, u, "arm"); c.Kind != "category" || c.Distinct != 2 {
		t.Errorf("arm %+v", c)
	}
	if u.Mapping.Unit != "unit_id" || u.Mapping.Shape != "long" || len(u.Reasons) < 8 || u.Trial == nil || u.Trial.Rows != 683 || u.Trial.Units != 22 || u.Trial.Patients != 315 {
		t.Errorf("mapping %+v, trial %+v", u.Mapping, u.Trial)
	}
}

// TestReadBroken holds that the checks of the trial are among the problems,
// with line and column.
func TestReadBroken(t *testing.T) {
	u, stderr, status := runRead(t, trialFiles+"broken_long.csv")
	if status != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []readProblem{
		{Column: "nrs_back", Value: "3-4", Kind: "text in a number", Severity: "error"},
		{Column: "patient_id", Value: "U03-002", Kind: "duplicate patient-visit", Severity: "error"},
	} {
		if !slices.ContainsFunc(u.Problems, func(p readProblem) bool {
			return p.Line > 1 && p.Text != "" && p.Column == want.Column && p.Value == want.Value && p.Kind == want.Kind && p.Severity == want.Severity
		}) {
			t.Errorf("no %+v", want)
		}
	}
}

// TestReadNoTrial holds that a table without a trial is read all the same.
func TestReadNoTrial(t *testing.T) {
	u, stderr, status := runRead(t, writeCSV(t, "a,b\n1,x\n2,y\n"))
	if status != 0 || u.Trial != nil || !strings.Contains(u.NoTrial, "choose") || len(u.Columns) != 2 || u.Problems == nil {
		t.Errorf("status %d, %s: %+v", status, stderr, u)
	}
}

// TestReadOptions holds that what is chosen overrules what would be found, with
// the flags before or after the file.
func TestReadOptions(t *testing.T) {
	path := writeCSV(t, "a;b\n1,5;k\xE4y\nx;z\n2;w\n")
	for _, args := range [][]string{
		{"-delimiter", "semicolon", "-decimal", "comma", "-encoding", "iso-8859-15", "-missing", "x,z", path},
		{path, "-delimiter=;", "-missing", "x,z", "-decimal", ",", "-encoding", "ISO-8859-15"},
	} {
		u, stderr, status := runRead(t, args...)
		if status != 0 {
			t.Fatal(stderr)
		}
		a, b := columnNamed(t, u, "a"), columnNamed(t, u, "b")
		if u.Encoding != "ISO-8859-15" || u.Decimal != "," || a.Kind != "number" || a.Missing != 1 || a.Codes[0].Code != "x" || b.Missing != 1 || b.Examples[0].Before != "käy" {
			t.Errorf("%v: %s %q %+v %+v", args, u.Encoding, u.Decimal, a, b)
		}
	}
}

const (
	mixedBook = "../app/dataset/testdata/sheets/mixed_libreoffice.xlsx"
	trialBook = "../app/dataset/testdata/sheets/trial_long.xlsx"
	trialSPSS = "../app/dataset/testdata/sheets/trial_long.zsav"
)

// TestReadOtherFormats: workbooks and SPSS files are understood like a CSV.
func TestReadOtherFormats(t *testing.T) {
	want, _, _ := runRead(t, "../app/dataset/testdata/trial_long.csv")
	for path, format := range map[string]string{trialBook: "xlsx", trialSPSS: "sav"} {
		u, stderr, status := runRead(t, path)
		if status != 0 || u.Format != format || u.Delimiter != "" || u.Rows != want.Rows || len(u.Columns) != len(want.Columns) {
			t.Errorf("%s: status %d, %s; format %q, delimiter %q, %d rows of %d", path, status, stderr, u.Format, u.Delimiter, u.Rows, len(u.Columns))
		}
		if !reflect.DeepEqual(u.Mapping, want.Mapping) || !reflect.DeepEqual(u.Trial, want.Trial) {
			t.Errorf("%s: mapping %+v, want %+v", path, u.Mapping, want.Mapping)
		}
	}
	u, stderr, status := runRead(t, mixedBook, "-sheet", "ANSWERS & MORE")
	if status != 0 || u.Sheet != "Answers & more" || !slices.Equal(u.Sheets, []string{"Notes", "Answers & more", "Codes"}) {
		t.Errorf("status %d, %s; sheet %q of %q", status, stderr, u.Sheet, u.Sheets)
	}
}

// TestFitOtherFormats: the same model from the three files is the same to the
// last digit.
func TestFitOtherFormats(t *testing.T) {
	const formula = "odi1 ~ arm*factor(visit) + (1|unit_id/patient_id)"
	_, want := runFit(t, "-formula", formula, "../app/dataset/testdata/trial_long.csv")
	for _, path := range []string{trialBook, trialSPSS} {
		if _, got := runFit(t, "-formula", formula, path); got != want {
			t.Errorf("%s gives\n%.500s\nwant\n%.500s", path, got, want)
		}
	}
}

// TestReadRefused holds exit status and sentence of what cannot be read.
func TestReadRefused(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, 2, "one input file is needed, not 0"},
		{[]string{"a.csv", "b.csv"}, 2, "not 2"},
		{[]string{"-nonsense", "a.csv"}, 2, "nonsense"},
		{[]string{"-decimal", "x", "a.csv"}, 2, "-decimal"},
		{[]string{"-encoding", "latin", "a.csv"}, 2, "Windows-1252"},
		{[]string{filepath.Join(t.TempDir(), "none.csv")}, 1, "none.csv"},
		{[]string{writeCSV(t, "")}, 1, "the file is empty"},
		{[]string{writeCSV(t, "PK\x03\x04 xl/")}, 1, "the end of the file is missing"},
		{[]string{mixedBook, "-sheet", "Data"}, 1, "no sheet “Data”"},
	} {
		_, stderr, status := runRead(t, c.args...)
		if status != c.status || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: status %d, %q", c.args, status, stderr)
		}
	}
	var out, errs bytes.Buffer
	if status := dispatch([]string{"read", "-h"}, &out, &errs); status != 0 || !strings.Contains(out.String(), "usage: trialbox read") {
		t.Errorf("help: status %d, %q", status, out.String())
	}
}

// TestReadBeside holds the units file and the dictionary that go with a table.
func TestReadBeside(t *testing.T) {
	u, stderr, status := runRead(t, trialFiles+"trial_long.csv", "-units", "../app/trial/testdata/units.csv")
	if status != 0 || len(u.Problems) > 0 {
		t.Fatal(stderr, u.Problems)
	}
	if f := u.Trial.UnitsFile; f == nil || f.Units != 27 || len(f.Empty) != 5 || !slices.Equal(f.Moved, []string{"U09", "U23"}) {
		t.Errorf("units %+v", f)
	}
	export := writeCSV(t, "record_id;age;bmi;x\n1;40;1,234;1\n2;70;24,5;1\n")
	u, stderr, status = runRead(t, "-dictionary", trialFiles+"redcap_dictionary.csv", export)
	if status != 0 {
		t.Fatal(stderr)
	}
	if c := columnNamed(t, u, "age"); c.Label != "Age in years" || !slices.Equal(u.UnknownColumns, []string{"x"}) || !slices.Contains(u.AbsentFields, "frequency") {
		t.Errorf("%+v, unknown %v, absent %v", c, u.UnknownColumns, u.AbsentFields)
	}
	for _, want := range []struct{ file, kind, value string }{{"in.csv", "out of range", "70"}, {"redcap_dictionary.csv", "choice", "oops"}} {
		if !slices.ContainsFunc(u.Problems, func(p readProblem) bool { return p.File == want.file && p.Kind == want.kind && p.Value == want.value }) {
			t.Errorf("no %v among %v", want, u.Problems)
		}
	}
	if _, stderr, status := runRead(t, "-dictionary", export, export); status != 1 || !strings.Contains(stderr, "no REDCap data dictionary") {
		t.Errorf("status %d: %s", status, stderr)
	}
}
