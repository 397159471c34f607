package instrument

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

const small = `{
  "id": "mood",
  "version": "1",
  "order": 900,
  "name": "Mood, three items",
  "short": "Mood",
  "licence": "None needed.",
  "sources": [{"for": "score", "basis": "convention", "cite": "made for this test"}],
  "prefixes": ["mood"],
  "items": [{"columns": "mood_1..mood_3", "min": 0, "max": 4}],
  "scales": [
    {"name": "score", "variable": "mood", "label": "Mood (0–12)", "rule": "sum", "reversed": "2",
     "missing": {"rule": "prorate", "min_answered": 2},
     "min": 0, "max": 12, "decimals": 1, "better": "higher",
     "bands": [{"label": "poor", "from": 0}, {"label": "fair", "above": 6}]}
  ],
  "results": [
    {"column": "n_answered", "show": "answered", "scale": "score"},
    {"column": "score", "show": "value", "scale": "score"},
    {"column": "category", "show": "band", "scale": "score"}
  ]
}`

func TestLoadSmall(t *testing.T) {
	list, err := Load(fstest.MapFS{"mood.json": {Data: []byte(small)}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := list[0].NewScorer(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Score([]string{"3", "1", ""})
	if r.Scores[0] != (Score{9, "fair"}) {
		t.Errorf("score %+v", r.Scores[0])
	}
	if m := RecogniseAmong(list, []string{"Mood 1", "Mood 2", "Mood 3"}); len(m) != 1 || m[0].Items[2] != "Mood 3" {
		t.Errorf("recognised %+v", m)
	}
}

// TestLoadRefuses changes one thing of a sound definition and reads the complaint.
func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"rule not in the list", `"rule": "sum"`, `"rule": "summ"`, `mood.json: scales[0].rule: "summ" is not a rule; the rules are any, band_of, body_mass_index`},
		{"expression as rule", `"rule": "sum"`, `"rule": "x1 + x2"`, "is not a rule"},
		{"unknown field", `"order": 900`, `"ordre": 900`, `mood.json: line 4: no such field as "ordre"`},
		{"wrong type", `"order": 900`, `"order": "last"`, "mood.json: line 4: order must not be a string"},
		{"not JSON", `"order": 900,`, `"order": 900`, "mood.json: line 5: not valid JSON"},
		{"not the file's name", `"id": "mood"`, `"id": "temper"`, `mood.json: id: "temper" must be the name of the file`},
		{"no licence", `"licence": "None needed."`, `"licence": ""`, "mood.json: licence: must not be empty"},
		{"basis", `"basis": "convention"`, `"basis": "hearsay"`, `sources[0].basis: "hearsay" is not one of published`},
		{"range of columns", `mood_1..mood_3`, `mood_3..mood_1`, `items[0].columns: "mood_3..mood_1" is not a range`},
		{"no range of answers", `"min": 0, "max": 4}],
  "scales"`, `"min": 0}],
  "scales"`, "items[0]: min and max are needed"},
		{"empty range of answers", `"max": 4`, `"max": 0`, "items[0].max: must be above min"},
		{"no such item", `"reversed": "2"`, `"reversed": "4"`, "scales[0].reversed: there is no item 4"},
		{"not item numbers", `"reversed": "2"`, `"reversed": "two"`, "scales[0].reversed"},
		{"reversed but not scored", `"reversed": "2"`, `"items": "1, 3", "reversed": "2"`, "scales[0].reversed: item 2 is not scored here"},
		{"recode with a gap", `"reversed": "2"`, `"recode": {"2": {"0": 0, "1": 1}}`, "scales[0].recode item 2: answer 2 has no points"},
		{"recode of no item", `"reversed": "2"`, `"recode": {"9": {"0": 0}}`, "scales[0].recode: names an item that is not scored"},
		{"missing rule", `"rule": "prorate"`, `"rule": "guess"`, `scales[0].missing: "guess" is not one of complete`},
		{"missing number", `"min_answered": 2`, `"min_answered": 1`, "scales[0].missing: prorate needs between 2 and 3"},
		{"direction", `"better": "higher"`, `"better": "more"`, `scales[0].better: "more" is not one of lower`},
		{"kind", `"rule": "sum"`, `"rule": "sum", "kind": "nominal"`, `scales[0].kind: "nominal" is not one of`},
		{"levels", `"rule": "sum"`, `"rule": "sum", "kind": "ordinal"`, "scales[0].levels: an ordinal scale names its levels"},
		{"bands fall", `"above": 6`, `"above": -1`, "scales[0].bands[1]: bounds must rise"},
		{"band without bound", `{"label": "fair", "above": 6}`, `{"label": "fair"}`, "scales[0].bands[1]: needs a label and either from"},
		{"needs a table", `"rule": "sum"`, `"rule": "lookup"`, "scales[0].table: rule lookup needs it"},
		{"table missing", `"rule": "sum"`, `"rule": "lookup", "table": {"file": "mood.csv", "key": "raw", "value": "t"}`, "cannot open tables/mood.csv"},
		{"takes no table", `"rule": "sum"`, `"rule": "sum", "table": {"file": "gap.csv", "key": "raw", "value": "t"}`, "scales[0].table"},
		{"table with a gap", `"rule": "sum"`, `"rule": "lookup", "table": {"file": "gap.csv", "key": "raw", "value": "t"}`, "tables/gap.csv line 3: raw 2 is out of turn"},
		{"table starts late", `"rule": "sum"`, `"rule": "lookup", "table": {"file": "late.csv", "key": "raw", "value": "t"}`, "the lowest sum is 0 but tables/late.csv starts at 1"},
		{"scale of a later one", `"rule": "sum"`, `"rule": "sum_of_scales", "of": ["total"]`, `scales[0].of: there is no scale "total" before this one`},
		{"items a rule cannot use", `"rule": "sum", "reversed": "2",
     "missing": {"rule": "prorate", "min_answered": 2},`, `"rule": "any",`, "needs items answered 0 or 1"},
		{"pro-rating a rule that cannot", `"rule": "sum"`, `"rule": "body_mass_index"`, "rule body_mass_index needs every item"},
		{"decimals", `"decimals": 1`, `"decimals": 99`, "scales[0].decimals: must lie between 0 and 6"},
		{"range of the score", `"max": 12`, `"max": 15`, "scales[0].min: the answers give 0 to 12, not 0 to 15"},
		{"table too short", `"rule": "sum"`, `"rule": "lookup", "table": {"first": 0, "scores": [1, 2]}`, "the highest sum is 12 but its table ends at 1"},
		{"table starts above", `"rule": "sum"`, `"rule": "lookup", "table": {"first": 1, "scores": [1, 2]}`, "the lowest sum is 0 but its table starts at 1"},
		{"table without scores", `"rule": "sum"`, `"rule": "lookup", "table": {"first": 0}`, "scales[0].table: give first, the lowest raw score, and scores"},
		{"table twice", `"rule": "sum"`, `"rule": "lookup", "table": {"file": "gap.csv", "first": 0, "scores": [1]}`, "not both"},
		{"half a range of the score", `"min": 0, "max": 12`, `"min": 0`, "scales[0].min: give min and max"},
		{"too many items", `mood_1..mood_3`, `mood_1..mood_900000000`, "more than 500 items"},
		{"answers beyond reason", `"max": 4}],
  "scales"`, `"max": 4e15}],
  "scales"`, "answers lie between"},
		{"identifier", `"id": "mood"`, `"id": "My Mood"`, "may hold small letters, digits and _ only"},
		{"no scale", `"scales": [`, `"scales": [], "note": "", "profile": [], "results": [], "licences": [`, "no such field"},
		{"column of no scale", `"scale": "score"},
    {"column": "category"`, `"scale": "total"},
    {"column": "category"`, `results[1].scale: there is no scale "total"`},
		{"column shows nothing known", `"show": "band"`, `"show": "colour"`, `results[2].show: "colour" is not one of value`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(small, tt.old, tt.new, 1)
			if text == small {
				t.Fatal("the change did not take")
			}
			_, err := Load(fstest.MapFS{"mood.json": {Data: []byte(text)},
				"tables/gap.csv":  {Data: []byte("raw,t\n0,20\n2,30\n")},
				"tables/late.csv": {Data: []byte("raw,t\n1,20\n2,30\n")}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant …%s…", err, tt.want)
			}
		})
	}
}

func TestLoadKeepsTheSound(t *testing.T) {
	list, err := Load(fstest.MapFS{"mood.json": {Data: []byte(small)}, "torn.json": {Data: []byte("{")}})
	if len(list) != 1 || err == nil || !strings.Contains(err.Error(), "torn.json") {
		t.Errorf("%d definitions, error %v", len(list), err)
	}
}

// TestLibrary: own definitions join the built-in ones in a new value; none may
// take what is there.
func TestLibrary(t *testing.T) {
	own, err := ParseDefinition("mood.json", []byte(small))
	if err != nil {
		t.Fatal(err)
	}
	lib, err := Builtin().With(own)
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := lib.Get("mood"); !ok || d != own || !lib.Own("mood") || lib.Own("odi") || len(lib.All()) != len(All())+1 {
		t.Error("the own definition is not found beside the others")
	}
	if _, ok := Builtin().Get("mood"); ok || len(Builtin().All()) != len(All()) {
		t.Error("a library was changed by making another")
	}
	if _, ok := Lookup("mood"); ok {
		t.Error("the built-in list was changed")
	}
	if m := lib.Recognise([]string{"mood1", "mood2", "mood3", "odi1", "odi2", "odi3", "odi4", "odi5", "odi6", "odi7", "odi8", "odi9", "odi10"}); len(m) != 2 {
		t.Errorf("recognised %+v", m)
	}
	for _, tt := range [][2]string{{`"id": "mood"`, `"id": "odi"`}, {`"variable": "mood"`, `"variable": "fabq_pa"`}} {
		d, err := ParseDefinition("own.json", []byte(strings.Replace(small, tt[0], tt[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lib.With(d); err == nil || !strings.Contains(err.Error(), "already; choose another") {
			t.Errorf("%s: error %v", tt[1], err)
		}
	}
	if _, err := lib.With(own); err == nil {
		t.Error("the same definition was taken twice")
	}
}

// TestFilesOfAll: every built-in definition, written and read back, is the same.
func TestFilesOfAll(t *testing.T) {
	for _, d := range All() {
		f := d.File()
		back, err := ParseFile(d.ID, f.JSON())
		if err != nil || string(back.JSON()) != string(f.JSON()) {
			t.Errorf("%s: %v", d.ID, err)
		}
	}
}

// FuzzDefinition: no text makes reading a definition panic, or a definition
// that loads make its scorer panic.
func FuzzDefinition(f *testing.F) {
	f.Add(small)
	f.Add("{}")
	f.Add(strings.Replace(small, `"rule": "sum"`, `"rule": "profile"`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDefinition("own.json", []byte(text))
		if err != nil {
			return
		}
		s, err := d.NewScorer(Settings{})
		if err != nil {
			t.Fatalf("loads but does not score: %v", err)
		}
		for _, cell := range []string{"", "0", "1", "3", "x"} {
			cells := make([]string, len(d.Items))
			for i := range cells {
				cells[i] = cell
			}
			s.Receipt(cells)
		}
		if _, err := ParseDefinition("back.json", d.File().JSON()); err != nil {
			t.Errorf("written and read back: %v", err)
		}
	})
}

// TestManual: the page on how to write a definition names every rule and every
// field, and its worked example loads.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("definitions/README.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, name := range ruleNames() {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("the page does not explain rule %s", name)
		}
	}
	for _, show := range shows {
		if !strings.Contains(page, "`"+show+"`") {
			t.Errorf("the page does not explain show %s", show)
		}
	}
	examples := strings.Split(page, "```json\n")[1:]
	if len(examples) != 2 {
		t.Fatalf("the page has %d examples", len(examples))
	}
	for i, worked := range []struct{ cells, want string }{
		{"1 2 4 2 1", "5 10 ok "},           // 1 + 2 + 4 + 2 + 1
		{"1 2 4 1 1", "4 10 high 51.4 ok "}, // 1 + (4 − 2) + 4 + (4 − 1); raw 1 + 4 of the table
	} {
		text, _, _ := strings.Cut(examples[i], "```")
		d, err := ParseDefinition("own.json", []byte(text))
		if err != nil {
			t.Fatalf("example %d does not load: %v", i, err)
		}
		s, err := d.NewScorer(Settings{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range s.Score(strings.Fields(worked.cells)).Values {
			got = append(got, v.String())
		}
		if strings.Join(got, " ") != worked.want {
			t.Errorf("example %d scores %q, want %q", i, strings.Join(got, " "), worked.want)
		}
		if lib, err := Builtin().With(d); err != nil || !lib.Own(d.ID) {
			t.Errorf("example %d does not join the library: %v", i, err)
		}
		back, err := ParseDefinition("back.json", d.File().JSON())
		if err != nil || string(back.File().JSON()) != string(d.File().JSON()) {
			t.Errorf("example %d, written and read back, is another: %v", i, err)
		}
	}
}
