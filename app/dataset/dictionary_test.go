package dataset

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func dictionary(t *testing.T) *Dictionary {
	t.Helper()
	k, err := ReadDictionary(open(t, "redcap_dictionary.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestReadDictionary holds the fields of a dictionary of REDCap's 18 columns,
// and what is wrong in it.
func TestReadDictionary(t *testing.T) {
	k := dictionary(t)
	if len(k.Fields) != 15 {
		t.Fatalf("%d fields", len(k.Fields))
	}
	field := func(name string) Field {
		return k.Fields[slices.IndexFunc(k.Fields, func(f Field) bool { return f.Name == name })]
	}
	if f := field("age"); f.Label != "Age in years" || f.Min != 18 || f.Max != 65 || f.Note != "years" || !f.Required || f.Form != "enrolment" {
		t.Errorf("age %+v", f)
	}
	if f := field("bmi"); f.Min != 12.5 || f.Max != 70 || f.Required {
		t.Errorf("bmi %+v", f)
	}
	if f := field("site"); !reflect.DeepEqual(f.Choices, []Choice{{"1", "Mäntykoski"}, {"2", "Ylöjoki, east"}, {"9", "Not known"}}) {
		t.Errorf("site %+v", f)
	}
	if f := field("initials"); !f.Identifier || !math.IsNaN(f.Min) {
		t.Errorf("initials %+v", f)
	}
	if f := field("pain"); f.Choices != nil || f.Max != 100 {
		t.Errorf("pain %+v", f)
	}
	var got []string
	for _, p := range k.Problems {
		got = append(got, p.Kind+" "+p.Value)
		if p.Line == 0 || p.Column == "" || p.File == "" {
			t.Errorf("no place: %+v", p)
		}
	}
	if want := []string{"choice oops", "choice 1, B", "bound low", "field twice age"}; !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
	api := "field_name,form_name,section_header,field_type,field_label,select_choices_or_calculations\nx,f,,radio,X,\"1, a | 2, b\"\n"
	if k, err := ReadDictionary(table(t, api)); err != nil || len(k.Fields) != 1 || len(k.Fields[0].Choices) != 2 {
		t.Errorf("as programs get it: %+v, %v", k, err)
	}
	if _, err := ReadDictionary(table(t, "a,b\n1,2\n")); err == nil || !strings.Contains(err.Error(), "no REDCap data dictionary") {
		t.Errorf("another table: %v", err)
	}
}

const redcapExport = "record_id;redcap_event_name;site;consent_date;age;bmi;frequency;med___1;med___nsaid;med____9;working;pain;story\n" +
	"1;baseline_arm_1;1;3/4/2018;40;1,234;0;1;0;0;1;55;ok\n" +
	"2;baseline_arm_1;9;5/6/2018;17;24,5;-99;0;1;0;0;101;ok\n" +
	"3;baseline_arm_1;3;7/8/2018;66;30,125;2;0;0;1;1;0;ok\n" +
	"4;baseline_arm_1;2;7/8/2018;old;30,125;1;0;0;1;1;0;ok\n"

// TestDictionaryRules holds what a dictionary makes of an export: labels,
// missing codes, kinds, the order of dates, the decimal mark, answers that are
// no choice and numbers out of range. Without it the same columns are in doubt.
func TestDictionaryRules(t *testing.T) {
	d := table(t, redcapExport)
	if d.Column("consent_date").Kind == Date || d.Column("bmi").Why == "" {
		t.Fatalf("dates are read without a dictionary: %s", d.Column("consent_date").Why)
	}
	opt, absent, unknown := dictionary(t).With(Options{Columns: map[string]ColumnRule{"age": {Label: "own label"}}}, d)
	if !slices.Equal(unknown, []string{"redcap_event_name"}) || !slices.Equal(absent, []string{"broken", "initials", "limit", "total"}) {
		t.Errorf("unknown %q, absent %q", unknown, absent)
	}
	text, err := json.Marshal(opt)
	if err != nil {
		t.Fatal(err)
	}
	var again Options
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	d.Interpret(again) // as a recipe replays it
	for name, want := range map[string]string{"site": "Health centre", "age": "own label", "med___nsaid": "Medicines: NSAID", "med____9": "Medicines: None", "redcap_event_name": ""} {
		if got := d.Column(name).Label; got != want {
			t.Errorf("label of %s: %q, want %q", name, got, want)
		}
	}
	if c := d.Column("consent_date"); c.Kind != Date || c.Text(0) != "2018-04-03" {
		t.Errorf("consent_date %v %s", c.Kind, c.Text(0))
	}
	if c := d.Column("record_id"); c.Kind != Label {
		t.Errorf("record_id %v", c.Kind)
	}
	if c := d.Column("bmi"); c.Num(0) != 1.234 || c.Num(2) != 30.125 || c.Doubt != "" {
		t.Errorf("bmi %v %v, doubt %q", c.Num(0), c.Num(2), c.Doubt)
	}
	if c := d.Column("frequency"); !c.IsMissing(1) || c.Num(2) != 2 || len(c.MissingCodes) != 1 || c.MissingCodes[0].Why != "the dictionary calls it “Prefer not to answer”" {
		t.Errorf("frequency %+v", c.MissingCodes)
	}
	if c := d.Column("site"); !c.IsMissing(1) || c.IsMissing(0) {
		t.Errorf("site %+v", c.MissingCodes)
	}
	for _, want := range []Problem{{Kind: "no choice", Line: 4, Column: "site", Value: "3"}, {Kind: "out of range", Line: 3, Column: "age", Value: "17"}, {Kind: "out of range", Line: 4, Column: "age", Value: "66"},
		{Kind: "out of range", Line: 3, Column: "pain", Value: "101"}, {Kind: "out of range", Line: 2, Column: "bmi", Value: "1,234"}, {Kind: "text in a number", Line: 5, Column: "age", Value: "old"}} {
		if !slices.ContainsFunc(d.Problems, func(p Problem) bool {
			return p.Kind == want.Kind && p.Line == want.Line && p.Column == want.Column && p.Value == want.Value
		}) {
			t.Errorf("no %+v", want)
		}
	}
	for _, p := range d.Problems {
		if slices.Contains([]string{"frequency", "working", "med___1", "story", "consent_date"}, p.Column) {
			t.Errorf("of a column in order: %v", p)
		}
	}
	before, _ := table(t, redcapExport).MarshalBinary()
	d.Interpret(Options{})
	if after, _ := d.MarshalBinary(); !bytes.Equal(before, after) {
		t.Error("taking the rules back does not give the first understanding")
	}
}

// TestDictionaryLabels holds an export with labels instead of codes.
func TestDictionaryLabels(t *testing.T) {
	d := table(t, "record_id,frequency,site\n1,Often,Mäntykoski\n2,Never,Not known\n3,Rarely,Mäntykoski\n4,Never,Mäntykoski\n5,Often,Mäntykoski\n6,Rarely,Mäntykoski\n7,Prefer not to answer,Mäntykoski\n8,Sometimes,Mäntykoski\n")
	opt, _, _ := dictionary(t).With(Options{}, d)
	d.Interpret(opt)
	if c := d.Column("site"); !c.IsMissing(1) {
		t.Errorf("site %+v", c.MissingCodes)
	}
	if c := d.Column("frequency"); !c.IsMissing(6) {
		t.Errorf("frequency %+v", c.MissingCodes)
	}
	hasProblem(t, d, "no choice", 9, "frequency")
	d = table(t, "record_id,frequency,site\n1,Often,Mäntykoski\n2,Never,Not known\n3,Rarely,Mäntykoski\n4,Never,Mäntykoski\n5,Often,Mäntykoski\n6,Rarely,Mäntykoski\n")
	d.Interpret(opt)
	if c := d.Column("frequency"); !slices.Equal(c.Order, []string{"Never", "Rarely", "Often"}) {
		t.Errorf("order %q", c.Order)
	}
}

// TestDictionaryForms holds the headers of other versions and writings, and the
// fields of every type as an export has them.
func TestDictionaryForms(t *testing.T) {
	for _, in := range []string{
		"Variable / Field Name;Form Name;Section Header;Field Type;Field Label;Choices OR Calculations;Field Note;Text Validation Type;Text Validation Min;Text Validation Max;Identifier?\r\n" +
			"pain;f;;slider;Pain;0 | 50 | 100;;number;0;100;\r\nflag;f;;truefalse;Flag;;;;;;\r\nw;f;;text;Weight;;;number_1dp_comma_decimal;30,5;200;\r\n" +
			"med;f;;checkbox;Med;\"1, A | B2, B | -9, None | c d, C\";;;;;\r\nday;f;;text;Day;;;datetime_mdy;;;\r\nq;f;;radio;Q;\"0, No\r\n1, Yes, often\r\n99, Not asked\";;;;;\r\nsum;f;;calc;Sum;[a]+[b];;;;;\r\ntime;f;;text;Time;;;time;08:00;;\r\n",
		"\uFEFF\"field_name\",\"form_name\",\"section_header\",\"field_type\",\"field_label\",\"select_choices_or_calculations\",\"field_note\",\"text_validation_type_or_show_slider_number\",\"text_validation_min\",\"text_validation_max\",\"identifier\"\n" +
			"pain,f,,slider,Pain,0 | 50 | 100,,number,0,100,\nflag,f,,truefalse,Flag,,,,,,\nw,f,,text,Weight,,,number_1dp_comma_decimal,\"30,5\",200,\n" +
			"med,f,,checkbox,Med,\"1, A | B2, B | -9, None | c d, C\",,,,,\nday,f,,text,Day,,,datetime_mdy,,,\nq,f,,radio,Q,\"0, No | 1, Yes, often | 99, Not asked\",,,,,\nsum,f,,calc,Sum,[a]+[b],,,,,\ntime,f,,text,Time,,,time,08:00,,\n",
	} {
		k, err := ReadDictionary(table(t, in))
		if err != nil {
			t.Fatal(err)
		}
		if len(k.Problems) > 0 || len(k.Fields) != 8 {
			t.Fatalf("%d fields, problems %v", len(k.Fields), k.Problems)
		}
		d := table(t, "pain,flag,w,med___1,med___b2,med____9,med___c_d,day,q,sum,time\n55,True,\"80,5\",1,0,0,0,3/4/2018 10:30,0,5,09:30\n101,False,\"20,5\",0,1,0,1,12/31/2018 11:00,1,6,10:00\n0,True,\"90,5\",0,0,1,0,1/2/2018 12:00,99,7,11:00\n")
		opt, absent, unknown := k.With(Options{}, d)
		if len(absent) > 0 || len(unknown) > 0 {
			t.Errorf("absent %q, unknown %q", absent, unknown)
		}
		d.Interpret(opt)
		if c := d.Column("flag"); c.Kind != YesNo || c.Num(0) != 1 || c.Num(1) != 0 {
			t.Errorf("flag %v %v", c.Kind, c.Num(0))
		}
		if c := d.Column("w"); c.Kind != Number || c.Num(1) != 20.5 {
			t.Errorf("w %v %v", c.Kind, c.Num(1))
		}
		if c := d.Column("day"); c.Kind != Date || c.Text(0) != "2018-03-04 10:30" || c.Doubt != "" {
			t.Errorf("day %v %s", c.Kind, c.Text(0))
		}
		if c := d.Column("q"); !c.IsMissing(2) || c.Num(1) != 1 {
			t.Errorf("q %+v", c.MissingCodes)
		}
		if c := d.Column("med___c_d"); c.Label != "Med: C" {
			t.Errorf("med___c_d %q", c.Label)
		}
		var kinds []string
		for _, p := range d.Problems {
			if p.Severity > Note {
				kinds = append(kinds, p.Kind+" "+p.Column)
			}
		}
		if !slices.Equal(kinds, []string{"out of range pain", "out of range w"}) {
			t.Errorf("problems %q", kinds)
		}
	}
}
