package dataset

import (
	"fmt"
	"strings"
	"testing"
)

// lines makes rows of a format with the row's number, below a head.
func lines(head, format string, n int) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestMoreHeader: the further lines of names that survey services write are no
// data; a patient's line with texts only is.
func TestMoreHeader(t *testing.T) {
	const (
		qualtrics = "StartDate,Finished,Q1_1,Q1_2\nStart Date,Finished,Pain - Back,Pain - Leg\n" +
			`"{""ImportId"":""startDate""}","{""ImportId"":""finished""}","{""ImportId"":""QID1_1""}","{""ImportId"":""QID1_2""}"` + "\n"
		monkey = "Respondent ID,IP Address,How bad is it?,\n,,Back,Leg\n"
		units  = "id,height,weight\n,cm,kg\n"
	)
	for _, c := range []struct {
		name, text, names, label string
		rows, firstLine          int
	}{
		{"two further lines", lines(qualtrics, "2024-01-05 10:11:%02[1]d,True,%[1]d,%[1]d\n", 8), "StartDate,Finished,Q1_1,Q1_2", "Pain - Leg", 8, 4},
		{"a name below a blank", lines(monkey, "1140%02[1]d,10.0.0.%[1]d,%[1]d,%[1]d\n", 8), "Respondent ID,IP Address,How bad is it?,Leg", "", 8, 3},
		{"units", lines(units, "P%[1]d,15%[1]d,6%[1]d\n", 8), "id,height,weight", "kg", 8, 3},
		{"a patient of one known arm", lines("id,arm,height,weight\nP99,control,tall,heavy\n", "P%[1]d,control,15%[1]d,6%[1]d\n", 8), "id,arm,height,weight", "", 9, 2},
		{"a patient without answers", lines("id,height,weight\nP99,NA,NA\n", "P%[1]d,15%[1]d,6%[1]d\n", 8), "id,height,weight", "", 9, 2},
		{"texts in every line", lines("id,a,b\nx,red,blue\n", "P%[1]d,green,%[1]dx\n", 8), "id,a,b", "", 9, 2},
	} {
		d := table(t, c.text)
		var names []string
		for _, column := range d.Columns {
			names = append(names, column.Name)
		}
		last := d.Columns[len(d.Columns)-1]
		if d.Rows != c.rows || int(d.Line[0]) != c.firstLine || strings.Join(names, ",") != c.names || last.Label != c.label {
			t.Errorf("%s: %d rows from line %d, names %q, label %q", c.name, d.Rows, d.Line[0], names, last.Label)
		}
		told := 0
		for _, p := range d.Problems {
			if p.Kind == "header" {
				told++
			}
		}
		if told != c.firstLine-2 {
			t.Errorf("%s: %d lines told: %v", c.name, told, d.Problems)
		}
	}
}

// TestSigns: numbers with a sign or unit are asked about, and read where the
// column is chosen to be numbers.
func TestSigns(t *testing.T) {
	for _, c := range []struct {
		name  string
		cells []string
		want  string // of the column as numbers; "" not asked
		asked bool
	}{
		{"per cent", []string{"12 %", "33,5%", "7"}, "12 33.5 7", true},
		{"euro", []string{"12,50 €", "€30", "1 200,00 €"}, "12.50 30 1200.00", true},
		{"kilogram", []string{"75 kg", "80,5kg", "90 KG"}, "75 80.5 90", true},
		{"in brackets", []string{"(12,5)", "30,1", "(1)"}, "-12.5 30.1 -1", true},
		{"minus behind", []string{"12,5-", "30,1", "1-"}, "-12.5 30.1 -1", true},
		{"two units", []string{"75 kg", "80 cm", "90 kg"}, "  ", true},
		{"visits", []string{"0 months", "3 months", "12 months"}, "0 3 12", false},
		{"identifiers", []string{"12A", "13A", "14A"}, "  ", false},
		{"from to", []string{"3-4", "4-5", "5-6"}, "  ", false},
	} {
		text := "k;v\n"
		for range 3 {
			text += "a;" + strings.Join(c.cells, "\na;") + "\n"
		}
		d := table(t, text)
		if got := d.Columns[1]; (got.Doubt != "") != c.asked || got.Clean[0] != c.cells[0] {
			t.Errorf("%s: read as %s %q, doubt %q", c.name, got.Kind, got.Clean, got.Doubt)
		}
		d.Interpret(Options{Columns: map[string]ColumnRule{"v": {Kind: "number"}}})
		if got := strings.Join(d.Columns[1].Clean[:3], " "); got != c.want {
			t.Errorf("%s: as numbers %q, want %q", c.name, got, c.want)
		}
	}
}

// TestDatesOfPrograms: dates as Stata, SPSS, Excel and Google Forms write them;
// of both orders in one column nothing is guessed.
func TestDatesOfPrograms(t *testing.T) {
	for _, c := range []struct {
		cells string
		want  string // first cell; "" left as text
		doubt string
	}{
		{"05jan2024 10:11:12|28feb2024 00:00:00", "2024-01-05 10:11", ""},
		{"05-JAN-2024 10:11:12.00|28-FEB-2024 00:00:00.00", "2024-01-05 10:11", ""},
		{"2024/01/05 2:03:12 PM GMT+2|2024/02/28 2:03:12 AM GMT+3", "2024-01-05 14:03", ""},
		{"2024-01-05 14:03:12 EET|2024-02-28 14:03:12 UTC", "2024-01-05 14:03", ""},
		{"05-Jan-24|28-Feb-24", "2024-01-05", "two digits"},
		{"01/25/2024|28/02/2024", "", "several ways"},
		{"2024-01-05|28.2.2024", "", "several ways"},
		{"Jan 2024 A|Feb 2024 B", "", ""},
	} {
		cells := strings.Split(c.cells, "|")
		_, column := quotedColumn(t, "d", append(cells, cells...))
		if got := column.Clean[0]; column.Kind == Date && got != c.want || (column.Kind == Date) != (c.want != "") {
			t.Errorf("%s: %s %q, want %q", c.cells, column.Kind, got, c.want)
		}
		if (column.Doubt == "") != (c.doubt == "") || !strings.Contains(column.Doubt, c.doubt) {
			t.Errorf("%s: doubt %q, want %q", c.cells, column.Doubt, c.doubt)
		}
	}
}

// TestDayNumbersByName: day numbers are dates where the name says date, also as
// the end of a word.
func TestDayNumbersByName(t *testing.T) {
	for name, want := range map[string]Kind{"visitdate": Date, "besöksdatum": Date, "vastauspvm": Date, "visit_date": Date, "candidate": Integer, "steps": Integer} {
		if _, c := quotedColumn(t, name, []string{"45296", "45350", "45400"}); c.Kind != want {
			t.Errorf("%s: %s, want %s", name, c.Kind, want)
		}
	}
}

// TestHeaderAgain: where exports were joined the names of the columns come
// again, with a byte order mark or not, and are no row.
func TestHeaderAgain(t *testing.T) {
	const body = "P1,control,0,3\r\nP2,treatment,0,4\r\n"
	for _, head := range []string{"id,arm,visit,pain\r\n", "\"id\",\"arm\",\"visit\",\"pain\"\r\n"} {
		d := table(t, "\ufeff"+head+body+head+body+"\ufeff"+head+body+strings.TrimSpace(head))
		told := 0
		for _, p := range d.Problems {
			if p.Kind == "header again" {
				told++
			}
		}
		if d.Rows != 6 || told != 3 || d.Column("visit").Kind != Integer || int(d.Line[2]) != 5 {
			t.Errorf("%d rows, %d times told, visit %s", d.Rows, told, d.Column("visit").Kind)
		}
	}
	if d := table(t, "id,arm\nid,arms\nid,ar\nid\n"); d.Rows != 3 {
		t.Errorf("%d rows of 3 that are nearly the header", d.Rows)
	}
}

// TestOddCells: what is no value and what would not be the same as a number.
func TestOddCells(t *testing.T) {
	_, c := quotedColumn(t, "x", []string{"12345678901234567890", "12345678901234567891", "12345678901234567892"})
	if c.Kind != Label || c.Distinct != 3 {
		t.Errorf("numbers of 20 digits: %s, %d different", c.Kind, c.Distinct)
	}
	_, c = quotedColumn(t, "x", []string{"1", "2", "3", "#DIV/0!", "#VALUE!", "4"})
	if c.Kind != Integer || strings.Join(applied(c), " ") != "#DIV/0! #VALUE!" {
		t.Errorf("errors of Excel: %s, missing %q", c.Kind, applied(c))
	}
	for cells, asked := range map[string]bool{"0 1 2 3 4 5 6 -1": true, "-1 0 1": false, "-1 0 -1 1 -2 5": false, "-3 -2 -1 0 1 2 3 -9": true, "-8 -2 0 5 20 -9": false} {
		list := strings.Split(cells, " ")
		_, c = quotedColumn(t, "x", append(list, list...))
		if (c.Doubt != "") != asked || c.N != 2*len(list) {
			t.Errorf("%s: %d values, doubt %q", cells, c.N, c.Doubt)
		}
	}
	d := table(t, "id,arm\nP1,a\n\ufeffP1,b\nP2,b\n")
	if c := d.Columns[0]; c.Text(1) != "P1" {
		t.Errorf("a byte order mark inside stays: %q", c.Text(1))
	}
	d = table(t, lines("Study;Trial X\nExported;5.1.2024\n\nid;arm;pain\n", "P%[1]d;control;%[1]d\n", 9))
	if d.Rows != 9 || d.Columns[0].Name != "id" {
		t.Errorf("lines above a narrow table: %d rows, first column %q", d.Rows, d.Columns[0].Name)
	}
}
