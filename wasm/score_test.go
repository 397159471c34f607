//go:build !js

package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const vectors = "../app/instrument/testdata"

func runScore(t *testing.T, stdin string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	status = scoreCommand(args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), status
}

// TestScoreVectors compares what the command writes with the expected_ columns
// of the vector files, all of which pass through it.
func TestScoreVectors(t *testing.T) {
	files, err := filepath.Glob(vectors + "/*.csv")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d vector files, %v", len(files), err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".csv")
		t.Run(id, func(t *testing.T) {
			stdout, stderr, status := runScore(t, "", "-instrument", id, file)
			asked := id == "sbt" || id == "pain_duration" // the coding the page would ask for is named
			if status != 0 || (stderr != "") != asked || (asked && !strings.Contains(stderr, "-coding")) {
				t.Fatalf("status %d: %s", status, stderr)
			}
			rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			header, compared := rows[0], 0
			for want, name := range header {
				name, ok := strings.CutPrefix(name, "expected_")
				if !ok {
					continue
				}
				got := slices.Index(header, name)
				if got < 0 {
					t.Fatalf("no column %s in %v", name, header)
				}
				for _, row := range rows[1:] {
					compared++
					if !sameCell(row[got], row[want]) {
						t.Errorf("case %s: %s = %q, want %q", row[0], name, row[got], row[want])
					}
				}
			}
			if compared < 50 {
				t.Errorf("only %d cells compared", compared)
			}
		})
	}
}

func sameCell(got, want string) bool {
	a, err1 := strconv.ParseFloat(got, 64)
	b, err2 := strconv.ParseFloat(want, 64)
	if err1 != nil || err2 != nil {
		return got == want
	}
	return math.Abs(a-b) <= 0.0001
}

func TestScoreOptions(t *testing.T) {
	in := "id,a,b,c,d,e,f,g,h,i\nx,1,1,0,0,1,0,0,0,4\n"
	items := "sbt_1=a,sbt_2=b,sbt_3=c,sbt_4=d,sbt_5=e,sbt_6=f,sbt_7=g,sbt_8=h,sbt_9=i"
	out, errs, status := runScore(t, in, "-instrument", "sbt", "-", "-items", items, "-coding", "sbt_9=1-5")
	if want := "id,n_answered,score,psych,category,status,error_item\nx,9,4,2,medium,ok,\n"; out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
	in = "fabq_2,fabq_3,fabq_4,fabq_5,fabq_6,fabq_7,fabq_9,fabq_10,fabq_11,fabq_12,fabq_15\n1,2,3,,1,1,1,1,1,1,1\n"
	out, errs, status = runScore(t, in, "-instrument", "fabq", "-policy", "fabq_pa=prorate:3", "-policy", "fabq_w=complete", "-")
	if want := "n_pa,n_w,pa,work,pa_category,work_category,pa_prorate80,work_prorate80,status,error_item\n3,7,8,7,low,low,,7,ok,\n"; out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
	in = "eq5d3l_mo,eq5d3l_sc,eq5d3l_ua,eq5d3l_pd,eq5d3l_ad\n1,1,2,2,1\n"
	out, _, _ = runScore(t, in, "-instrument", "eq5d3l", "-set", "UK_TTO", "-")
	if want := "n_answered,state,UK_TTO,status,error_item\n5,11221,0.76,ok,\n"; out != want {
		t.Errorf("got  %swant %s", out, want)
	}
	if again, errs, _ := runScore(t, "eq\n11221\n", "-instrument", "eq5d3l", "-set", "UK_TTO", "-items", "eq5d3l=eq", "-"); again != out {
		t.Errorf("one column: %s%s", again, errs)
	}
	out, errs, _ = runScore(t, "status,nrs_back\nin work,3\n", "-instrument", "nrs_back", "-")
	if want := "status,n_answered,score,category,nrs_back_status,error_item\nin work,1,3,mild,ok,\n"; out != want || !strings.Contains(errs, "nrs_back_status") {
		t.Errorf("%s\ngot  %swant %s", errs, out, want)
	}
}

const own = `{"id": "mood", "version": "1", "name": "Mood, three items", "short": "Mood", "licence": "none", "sources": [{"for": "score", "basis": "convention", "cite": "this test"}],
"items": [{"columns": "mood_1..mood_3", "min": 0, "max": 4}],
"scales": [{"name": "score", "variable": "mood", "rule": "sum", "reversed": "2", "missing": {"rule": "prorate", "min_answered": 2}, "better": "higher", "bands": [{"label": "poor", "from": 0}, {"label": "fair", "above": 6}]}]}`

func TestScoreOwnDefinition(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mood.json")
	if err := os.WriteFile(file, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	in := "id,a,mood_2,mood_3\n1,3,1,\n2,0,4,0\n3,5,1,1\n"
	out, errs, status := runScore(t, in, "-definition", file, "-items", "mood_1=a", "-")
	if want := "id,n_answered,score,category,status,error_item\n1,2,9,fair,ok,\n2,3,0,poor,ok,\n3,,,,error: out of range,a\n"; out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
	if out, _, status := runScore(t, "", "-definition", file, "-list"); status != 0 || !strings.Contains(out, "3: mood_1 … mood_3") || !strings.Contains(out, "odi_1 … odi_10") {
		t.Errorf("list: status %d\n%s", status, out)
	}
	for _, tt := range [][3]string{
		{`"rule": "sum"`, `"rule": "x1 + x2"`, `scales[0].rule: "x1 + x2" is not a rule`},
		{`"id": "mood"`, `"id": "odi"`, `id: there is an instrument "odi" already`},
		{`"max": 4`, `"max": "four"`, `line 2: items.max must not be a string`},
		{`"items": [`, `"item": [`, `line 2: no such field as "item"`},
	} {
		if err := os.WriteFile(file, []byte(strings.Replace(own, tt[0], tt[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, status := runScore(t, in, "-definition", file, "-"); status != 1 || out != "" || !strings.Contains(errs, "mood.json: "+tt[2]) {
			t.Errorf("%s: status %d, %s", tt[1], status, errs)
		}
	}
}

func TestScoreWordsAndCuts(t *testing.T) {
	words := filepath.Join(t.TempDir(), "words.json")
	if err := os.WriteFile(words, []byte(`{"deps": {"Never": "0", "a little": "1", "often": "2", "very often": "3", "cannot say": ""}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	in := "deps_1,deps_2,deps_3,deps_4,deps_5,deps_6,deps_7,deps_8,deps_9,deps_10\n" +
		"never,often,VERY OFTEN,a  little,never,often,never,a little,never,never\nnever,cannot say,1,1,1,1,1,1,1,1\nnever,rarely,1,1,1,1,1,1,1,1\n"
	out, errs, status := runScore(t, in, "-instrument", "deps", "-texts", words, "-cut", "deps=10/12", "-")
	want := "n_answered,score,category,score_prorate80,status,error_item\n10,9,none,9,ok,\n9,,,8.88888888888889,missing,\n,,,,error: not a number,deps_2\n"
	if out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
}

// TestScoreOtherNames: names that leave no doubt need no -items.
func TestScoreOtherNames(t *testing.T) {
	ids := "PFA11,PFA12,PFA16r1,PFA34,PFA38,PFA51,PFA55,PFA56,PFB19r1,PFB22,PFB24,PFB26,PFC45r1,PFC46,PFA1,PFA3,PFA5,PFC12,PFC36r1,PFC37"
	out, errs, status := runScore(t, ids+"\n"+strings.Repeat("3,", 19)+"3\n", "-instrument", "pf20a", "-")
	if want := "n_answered,raw,score,se,category,raw_as_entered,t_as_entered,se_as_entered,status,error_item\n20,59,32.4,"; !strings.HasPrefix(out, want) || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
	out, errs, status = runScore(t, "id,eq5d_profile\n1,11221\n2,\n3,11241\n", "-instrument", "eq5d3l", "-set", "UK_TTO", "-")
	if want := "id,n_answered,state,UK_TTO,status,error_item\n1,5,11221,0.76,ok,\n2,0,,,missing,\n3,,,,error: out of range,eq5d_profile\n"; out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
}

// TestScoreOtherForms: capitals, semicolons with decimal commas, tabs and
// UTF-16 change nothing in a score.
func TestScoreOtherForms(t *testing.T) {
	in := "id,Height_CM, weight_kg \n1,160,89.6\n2,\"1,6\",70\n"
	semicolon := strings.NewReplacer(",", ";", ".", ",", "\"1,6\"", "1,6").Replace(in)
	little, big := "\xff\xfe", "\xfe\xff"
	for _, c := range semicolon {
		little += string([]byte{byte(c), 0})
		big += string([]byte{0, byte(c)})
	}
	wide := "id,n_answered,score,category,status,error_item\n1,2,34.99999999999999,obesity class II,ok,\n2,,,,error: "
	for name, tt := range map[string]struct{ in, want string }{
		"commas":     {in, wide + "not a number,Height_CM\n"},
		"semicolons": {semicolon, wide + "out of range,Height_CM\n"},
		"sep=":       {"sep=;\r\n" + semicolon, wide + "out of range,Height_CM\n"},
		"tabs":       {strings.ReplaceAll(semicolon, ";", "\t"), wide + "out of range,Height_CM\n"},
		"UTF-16LE":   {little, wide + "out of range,Height_CM\n"},
		"UTF-16BE":   {big, wide + "out of range,Height_CM\n"},
	} {
		if out, errs, status := runScore(t, tt.in, "-instrument", "bmi", "-"); out != tt.want || status != 0 {
			t.Errorf("%s: status %d, %s\ngot  %q\nwant %q", name, status, errs, out, tt.want)
		}
	}
}

// TestScoreBlankRows: in a file of one column an empty line is a row without an answer.
func TestScoreBlankRows(t *testing.T) {
	out, _, _ := runScore(t, "nrs_back\n3\n\n\n7\n", "-instrument", "nrs_back", "-")
	if want := "n_answered,score,category,status,error_item\n1,3,mild,ok,\n0,,,missing,\n0,,,missing,\n1,7,severe,ok,\n"; out != want {
		t.Errorf("got  %swant %s", out, want)
	}
}

// TestScoreReturned: few ticks on a form known to be returned count, on one
// known not to be they do not, and a form without any is missing always.
func TestScoreReturned(t *testing.T) {
	header, blank := "back", ""
	for n := range 24 {
		header += fmt.Sprintf(",rmdq_%d", n+1)
	}
	blank = strings.Repeat(",", 22)
	in := header + "\nyes,1" + blank + ",\nno,1" + blank + ",\n1," + blank + ",\n,1" + blank + ",1\n"
	out, errs, status := runScore(t, in, "-instrument", "rmdq", "-policy", "rmdq=blank_as_no:20", "-returned", "back", "-")
	want := "back,n_answered,score,score_prorate80,score_blank_as_no,status,error_item\nyes,1,1,,1,ok,\nno,1,,,,missing,\n1,0,,,,missing,\n,2,,,,missing,\n"
	if out != want || status != 0 {
		t.Errorf("status %d, %s\ngot  %swant %s", status, errs, out, want)
	}
}

func TestScoreRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		args     []string
		status   int
		want     string
	}{
		{"no instrument", "", []string{"-"}, 2, "-instrument ID is needed"},
		{"unknown instrument", "", []string{"-instrument", "sf36", "-"}, 2, `no instrument "sf36"`},
		{"no file", "", []string{"-instrument", "odi"}, 2, "one input file"},
		{"unknown option", "", []string{"-instrument", "odi", "-weird", "-"}, 2, "weird"},
		{"file absent", "", []string{"-instrument", "odi", "absent.csv"}, 1, "absent.csv cannot be read"},
		{"empty", " \n", []string{"-instrument", "odi", "-"}, 1, "standard input is empty"},
		{"one name in two spellings", "Nrs_Back,NRS_back\n1,2\n", []string{"-instrument", "nrs_back", "-"}, 1, "has no column nrs_back"},
		{"column twice", "nrs_back,nrs_back\n1,2\n", []string{"-instrument", "nrs_back", "-"}, 1, "line 1: column \"nrs_back\" is there twice"},
		{"ragged", "a,nrs_back\n1,2\n3\n", []string{"-instrument", "nrs_back", "-"}, 1, "line 3 has 1 cells but the header has 2"},
		{"unclosed quote", "a,nrs_back\n1,\"2\n3,4\n", []string{"-instrument", "nrs_back", "-"}, 1, "line 2"},
		{"item absent", "a,b\n1,2\n", []string{"-instrument", "nrs_back", "-"}, 1, "has no column nrs_back (Back pain, item 1); name the file's columns"},
		{"item under another name", "oswestry1,oswestry2,oswestry3,oswestry4,oswestry5,oswestry6,oswestry7,oswestry8,oswestry9,oswestry10\n", []string{"-instrument", "odi", "-"}, 1, "try -items odi_1=oswestry1,odi_2=oswestry2"},
		{"named column absent", "a\n1\n", []string{"-instrument", "nrs_back", "-items", "nrs_back=b", "-"}, 1, `has no column "b", which -items names for nrs_back`},
		{"no such item", "a\n1\n", []string{"-instrument", "nrs_back", "-items", "odi_1=a", "-"}, 2, "has no item odi_1"},
		{"not a pair", "a\n1\n", []string{"-instrument", "nrs_back", "-items", "a", "-"}, 2, "write name=value"},
		{"coding", "nrs_back\n1\n", []string{"-instrument", "nrs_back", "-coding", "nrs_back=1-5", "-"}, 2, "cannot be coded"},
		{"policy", "nrs_back\n1\n", []string{"-instrument", "nrs_back", "-policy", "odi=complete", "-"}, 2, "no scale"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, status := runScore(t, tt.in, tt.args...)
			if status != tt.status || !strings.Contains(errs, tt.want) || strings.Count(errs, "\n") != 1 {
				t.Errorf("status %d, %s; want %d, …%s…", status, errs, tt.status, tt.want)
			}
			if out != "" {
				t.Errorf("half-written: %q", out)
			}
		})
	}
}

func TestScoreList(t *testing.T) {
	out, _, status := runScore(t, "", "-list")
	if status != 0 || !strings.Contains(out, "odi_1 … odi_10") || !strings.Contains(out, "UK_TTO") || !strings.Contains(out, "lower is better") {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestExample(t *testing.T) {
	for flag, file := range map[string]string{"": "trial_long.csv", "-long": "trial_long.csv", "-wide": "trial_wide.csv"} {
		want, err := os.ReadFile("../static/example/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var args []string
		if flag != "" {
			args = []string{flag}
		}
		var out, errs bytes.Buffer
		if status := exampleCommand(args, &out, &errs); status != 0 || !bytes.Equal(out.Bytes(), want) {
			t.Errorf("example %s: status %d, %d bytes, %s", flag, status, out.Len(), errs.String())
		}
	}
	var out, errs bytes.Buffer
	if status := exampleCommand([]string{"-long", "-wide"}, &out, &errs); status != 2 || out.Len() > 0 {
		t.Errorf("both: status %d", status)
	}
}
