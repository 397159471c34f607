package dataset

import (
	"reflect"
	"strings"
	"testing"
)

const smallTrial = "id,arm,age\n1,control,40\n2,Kontroll,4.1\n3,control,42\n4, control ,43\n"

func readSmall(t *testing.T, opt Options) *Dataset {
	t.Helper()
	d, err := Read("small.csv", strings.NewReader(smallTrial), int64(len(smallTrial)), opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func textsOf(c *Column) []string {
	var out []string
	for row := range c.Codes.Len() {
		out = append(out, c.Text(row))
	}
	return out
}

func TestWithCorrectsOneCell(t *testing.T) {
	d := readSmall(t, Options{})
	next := d.With(Options{}, []Correction{{Decision: CorrectCell, Line: 3, Column: "age", Before: "4.1", After: "41"}})
	if got := textsOf(next.Column("age")); !reflect.DeepEqual(got, []string{"40", "41", "42", "43"}) {
		t.Errorf("ages %q", got)
	}
	if next.Column("age").Kind != Integer {
		t.Errorf("age is %v after the only decimal was corrected", next.Column("age").Kind)
	}
	if got := textsOf(d.Column("age")); got[1] != "4.1" {
		t.Errorf("the table as it was holds %q now", got[1])
	}
	if got := next.FileText(2, 1); got != "4.1" {
		t.Errorf("the file's own text is %q", got)
	}
	if again := next.With(Options{}, nil); textsOf(again.Column("age"))[1] != "4.1" {
		t.Error("taking the decision back does not give the file's value")
	}
}

func TestWithNamesWhatDoesNotFit(t *testing.T) {
	d := readSmall(t, Options{})
	for name, x := range map[string]Correction{
		"another text":   {Decision: CorrectCell, Line: 3, Column: "age", Before: "9", After: "41"},
		"no such line":   {Decision: ExcludeRow, Line: 99, Reason: "x"},
		"no such column": {Decision: CorrectCell, Line: 3, Column: "height", Before: "", After: "1"},
		"no decision":    {Decision: "burn", Line: 3},
	} {
		next := d.With(Options{}, []Correction{x})
		found := 0
		for _, p := range next.Problems {
			if p.Kind == "decision does not fit" {
				found++
			}
		}
		if found != 1 || !reflect.DeepEqual(textsOf(next.Column("age")), textsOf(d.Column("age"))) {
			t.Errorf("%s: %d problems, ages %q", name, found, textsOf(next.Column("age")))
		}
	}
}

func TestWithExcludesRows(t *testing.T) {
	d := readSmall(t, Options{}).With(Options{}, []Correction{{Decision: ExcludeRow, Line: 5, Reason: "consent withdrawn"}})
	if reason, out := d.Excluded(3); !out || reason != "consent withdrawn" {
		t.Errorf("row 3: %q %v", reason, out)
	}
	if _, out := d.Excluded(0); out {
		t.Error("row 0 is out too")
	}
}

func TestRecode(t *testing.T) {
	rule := map[string]ColumnRule{"arm": {Recode: map[string]string{"Kontroll": "control"}}}
	for name, d := range map[string]*Dataset{"read": readSmall(t, Options{Columns: rule}), "with": readSmall(t, Options{}).With(Options{Columns: rule}, nil)} {
		arm := d.Column("arm")
		if got := textsOf(arm); !reflect.DeepEqual(got, []string{"control", "control", "control", "control"}) || arm.Distinct != 1 {
			t.Errorf("%s: %q, %d distinct", name, got, arm.Distinct)
		}
		if len(arm.Recoded) != 1 || arm.Recoded[0].To != "control" || !reflect.DeepEqual(arm.Recoded[0].From, []string{"Kontroll"}) {
			t.Errorf("%s: recoded %+v", name, arm.Recoded)
		}
		if d.FileText(1, 1) != "Kontroll" {
			t.Errorf("%s: the file's text is %q", name, d.FileText(1, 1))
		}
	}
	blank := readSmall(t, Options{Columns: map[string]ColumnRule{"arm": {Recode: map[string]string{"Kontroll": ""}}}})
	if c := blank.Column("arm"); !c.IsMissing(1) || c.MissingCount != 1 {
		t.Errorf("a text recoded to nothing is not missing: %+v", c)
	}
}

func TestDecisionsFile(t *testing.T) {
	list := []Correction{
		{Decision: CorrectCell, Line: 3, Column: "age, years", Before: "4\"1", After: "41\nx", Finding: "implausible number", Reason: "=typed"},
		{Decision: ExcludeRow, Line: 5, Reason: "consent withdrawn"},
		{Decision: AcceptAsIs, Line: 0, Column: "arm", Finding: "one unit in an arm"},
	}
	body := DecisionsCSV("small.csv", "abc", list)
	if !strings.HasPrefix(string(body), "Contains patient data") {
		t.Errorf("the file begins %.40q", body)
	}
	got, err := ReadDecisions("c.csv", body, "abc")
	if err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("read back %+v, %v", got, err)
	}
	if _, err := ReadDecisions("c.csv", body, "abd"); err == nil || !strings.Contains(err.Error(), "small.csv with other bytes") {
		t.Errorf("another file's decisions: %v", err)
	}
	for _, bad := range []string{"", "a,b\n", string(body) + "burn,1,,,,,\n", string(body) + "cell,x,,,,,\n", string(body) + "cell\n"} {
		if _, err := ReadDecisions("c.csv", []byte(bad), "abc"); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
