//go:build !js

package journey

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// long is a small trial of a row per patient and visit with two outcomes,
// spoilt by change where it is given.
func long(units, perUnit int, change func(row map[string]string)) []byte {
	columns := []string{"patient_id", "unit_id", "arm", "visit", "pain", "mood"}
	var b strings.Builder
	b.WriteString(strings.Join(columns, ",") + "\n")
	for u := range units {
		for i := range perUnit {
			for v, visit := range []string{"0", "3", "12"} {
				row := map[string]string{
					"patient_id": fmt.Sprintf("P%02d-%02d", u+1, i+1), "unit_id": fmt.Sprintf("U%02d", u+1),
					"arm": []string{"control", "intervention"}[u%2], "visit": visit,
					"pain": fmt.Sprint((u*7+i*13+v*5+u*i*v)%11 + u%3),
					"mood": fmt.Sprint((u*5+i*11+v*3+u*i)%9 + u%4),
				}
				if change != nil {
					change(row)
				}
				cells := make([]string, len(columns))
				for k, name := range columns {
					cells[k] = row[name]
				}
				b.WriteString(strings.Join(cells, ",") + "\n")
			}
		}
	}
	return []byte(b.String())
}

// withKept opens and keeps a good project, and gives what must never change:
// the list of kept projects.
func withKept(t *testing.T) *Page {
	t.Helper()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	p.Click("Keep…")
	p.Click("Keep in this browser")
	p.WaitSaved()
	return p
}

// alive checks that the page is neither blank nor frozen: it turns to a screen
// and back within a moment.
func (p *Page) alive() {
	p.t.Helper()
	start := time.Now()
	p.Screen("scores")
	p.Screen("data")
	if took := time.Since(start); took > 3*time.Second {
		p.t.Errorf("the page took %v to turn to another screen and back", took)
	}
	if eval[bool](p, `!document.querySelector("h1") || document.body.innerText.includes("Something broke")`) {
		p.t.Error("the page is blank or broken")
	}
}

// A file of which nothing usable comes is refused in a sentence that says
// what, where and what to do; what was open stays open and kept.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	p := withKept(t)
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		body []byte
		size int64 // the file is made this long, without its bytes
		say  string
	}{
		{name: "empty.csv", say: "is empty"},
		{name: "header only.csv", body: []byte("patient_id,unit_id,arm,visit,pain\n"), say: "no rows"},
		{name: "picture.csv", body: append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03\x00\x00\x00\x02"), bytes.Repeat([]byte("\x00\xff\x10\x80\r\n\x9d,"), 3000)...), say: "a picture, which cannot be read as a table"},
		{name: "bytes.csv", body: bytes.Repeat([]byte("\x00\x01\xfe\x02\xff\x03\x80"), 5000), say: "not"},
		{name: "large.csv", size: 300 << 20, say: "300 MB"},
		{name: "large.trialbox", size: 300 << 20, say: "100 MB"},
		{name: "broken.trialbox", body: []byte("PK\x03\x04 nothing of the kind"), say: "not a Trialbox project"},
	} {
		p.Part(c.name, func(t *testing.T) {
			file := filepath.Join(dir, c.name)
			writeAll(t, file, c.body)
			if c.size > 0 {
				if err := os.Truncate(file, c.size); err != nil {
					t.Skipf("this disk holds no file of 300 MB: %v", err)
				}
			}
			p.Upload("data", file)
			words := p.Trouble()
			if !strings.Contains(words, c.say) || !strings.Contains(strings.ToLower(words), "not opened: "+c.name) {
				t.Errorf("the page says %q", words)
			}
			p.alive()
			if name, saved := p.Text(".project"), p.Text("#saved"); name != "scored_long" || saved != "Saved in this browser" {
				t.Errorf("now %q is open and %q", name, saved)
			}
			p.Click("Close")
			p.Wait("the sentence to go", `!document.getElementById("trouble")`)
			p.Screen("start")
			p.WaitNames("scored_long")
			p.Screen("data")
		})
	}
	if words := p.TrialWords(); !strings.Contains(words, "315 patients") {
		t.Errorf("the project open before is now: %s", words)
	}
	p.OnlyOwn()
}

// A file that is odd but can be read opens, and every oddity has its sentence
// in the findings, above the data, or under the table.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	p := withKept(t)
	good := string(long(6, 4, nil))
	lines := strings.SplitAfter(good, "\n")
	spoil := func(column, value string, where func(row map[string]string) bool) func(row map[string]string) {
		return func(row map[string]string) {
			if where == nil || where(row) {
				row[column] = value
			}
		}
	}
	for _, c := range []struct {
		name     string
		body     []byte
		findings []string // sentences of the Findings view
		trial    []string // of the banner that no trial can be made
		outcomes []string // of the Outcomes screen
	}{
		{name: "ragged", body: []byte(strings.Join(lines[:5], "") + "P99-01,U01,control\n" + "P99-02,U01,control,0,5,extra,more\n" + strings.Join(lines[5:], "")),
			findings: []string{"this row has 3 cells and the header 6", "this row has 7 cells and the header 6"}},
		{name: "duplicate headers", body: []byte(strings.Replace(good, "visit,pain,mood", "visit,pain,pain", 1)),
			findings: []string{"two columns are called “pain”"}},
		{name: "unclosed quote", body: []byte(strings.Replace(good, "P03-02,", `"P03-02,`, 1)),
			findings: []string{"quot"}},
		{name: "one arm", body: long(6, 4, spoil("arm", "control", nil)), trial: []string{"all rows are in one arm"}},
		{name: "one unit an arm", body: long(2, 20, nil), findings: []string{"has one unit only"},
			outcomes: []string{"each arm has one unit"}},
		{name: "constant outcome", body: long(6, 4, spoil("pain", "5", nil)),
			outcomes: []string{"pain: not estimated", "is 5 in all"}},
		{name: "all missing", body: long(6, 4, spoil("pain", "", nil)),
			outcomes: []string{"pain: not estimated", "every value of pain is missing"}},
		{name: "visit of one arm", body: long(6, 4, spoil("pain", "", func(r map[string]string) bool { return r["visit"] == "12" && r["arm"] == "control" })),
			outcomes: []string{"At 12 months the control arm has no answer"}},
		{name: "visit without data", body: long(6, 4, spoil("pain", "", func(r map[string]string) bool { return r["visit"] == "12" })),
			outcomes: []string{"At 12 months there is no answer"}},
	} {
		p.Part(c.name, func(t *testing.T) {
			p.openOdd(filepath.Join(t.TempDir(), c.name+".csv"), c.body)
			p.Tab("Findings")
			found := p.mainText()
			for _, want := range c.findings {
				if !strings.Contains(found, want) {
					t.Errorf("the findings lack %q: %s", want, found)
				}
			}
			for _, want := range c.trial {
				if words := p.Text("#trial-error"); !strings.Contains(words, want) {
					t.Errorf("above the data stands %q", words)
				}
			}
			p.Tab("Columns")
			if len(c.outcomes) > 0 && eval[string](p, `document.getElementById("role-pain").selectedOptions[0].textContent`) != "Outcome" {
				p.Pick("#role-pain", "Outcome")
			}
			p.Screen("outcomes")
			for _, want := range append(c.outcomes, c.trial...) {
				p.Wait("the words "+want, `document.querySelector("main").innerText.includes(`+quote(want)+`)`)
			}
			p.alive()
			p.Screen("start")
			p.WaitNames("scored_long")
		})
	}
	p.Click("Open scored_long")
	p.Wait("the kept project", `document.querySelector(".project").textContent === "scored_long"`)
	if words := p.TrialWords(); !strings.Contains(words, "315 patients") {
		t.Errorf("the kept project is now: %s", words)
	}
	p.OnlyOwn()
}

// openOdd opens a file that may well be refused; the page must say so then.
func (p *Page) openOdd(file string, body []byte) {
	p.t.Helper()
	writeAll(p.t, file, body)
	name := strings.TrimSuffix(filepath.Base(file), ".csv")
	p.Upload("data", file)
	opened := `document.querySelector(".project").textContent === ` + quote(name) + ` || !!document.getElementById("trouble")`
	p.Wait(name+" to open", opened+` || !!document.getElementById("dialog-title")`)
	if eval[bool](p, `!!document.getElementById("dialog-title")`) { // the odd file before it was given a role
		p.Click("Leave it")
		p.Wait(name+" to open", opened)
	}
	if eval[bool](p, `!!document.getElementById("trouble")`) {
		p.t.Fatalf("%s was refused: %s", name, p.Trouble())
	}
}

// mainText is what stands on the screen, in one line.
func (p *Page) mainText() string {
	p.t.Helper()
	p.drawn()
	return strings.Join(strings.Fields(eval[string](p, `document.querySelector("main").innerText`)), " ")
}

// What was detected can be overruled, and the overruling taken back.
func TestOverruledReading(t *testing.T) {
	t.Parallel()
	p, _ := home(t)
	p.OpenData("testdata/scored_long.csv")
	const detected = "UTF-8, comma between fields, decimal point"
	p.WaitText(detected)
	for _, c := range []struct{ field, label, words string }{
		{"#f-encoding", "Windows-1252", "Windows-1252, comma"},
		{"#f-delimiter", "semicolon", "semicolon between fields"},
		{"#f-decimal", "comma", "decimal comma"},
	} {
		p.Pick(c.field, c.label)
		p.WaitText(c.words)
		p.Pick(c.field, "as detected")
		p.WaitText(detected)
	}
	if words := p.TrialWords(); !strings.Contains(words, "315 patients in 22 units") {
		t.Errorf("after all was taken back: %s", words)
	}
	p.Pick("#role-of-stratum", "none")
	p.Wait("no stratum", `document.getElementById("role-of-stratum").selectedOptions[0]?.textContent === "none"`)
	if words := p.TrialWords(); !strings.Contains(words, "315 patients in 22 units") {
		t.Errorf("without a stratum: %s", words)
	}
	p.Pick("#role-of-unit", "none")
	if words := p.Text("#trial-error"); !strings.Contains(words, "unit") || strings.Contains(words, "“none”") {
		t.Errorf("without a unit the page says %q", words)
	}
	p.Pick("#role-of-unit", "unit_id")
	p.Wait("the trial", `!document.getElementById("trial-error")`)
}

// A long reading shows how far it is and can be called off; what was open
// stays open, and the next file opens as ever.
func TestCancelReading(t *testing.T) {
	t.Parallel()
	p := withKept(t)
	file := filepath.Join(t.TempDir(), "long.csv")
	head, rows, _ := bytes.Cut(long(40, 25, nil), []byte("\n"))
	writeAll(t, file, append(append(head, '\n'), bytes.Repeat(rows, 90<<20/len(rows))...))
	p.Upload("data", file)
	p.Wait("the progress of the reading", `document.querySelector("progress[aria-label='Bytes read']")?.value > 0`)
	p.ClickOn(`.work[role=status] button`)
	p.Wait("the reading to be over", `!document.querySelector("progress[aria-label='Bytes read']")`)
	p.alive()
	time.Sleep(500 * time.Millisecond)
	if name := p.Text(".project"); name != "scored_long" {
		t.Errorf("now %q is open", name)
	}
	p.Screen("start")
	p.OpenData("testdata/messy_wide_semicolon_cp1252.csv")
	p.Wait("the next file", `document.querySelector(".project").textContent === "messy_wide_semicolon_cp1252"`)
}
