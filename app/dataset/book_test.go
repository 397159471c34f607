package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func openFile(t *testing.T, name string, opt Options) *Dataset {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(filepath.Base(path), f, info.Size(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// differences are the cells whose values are not those of the other table, by
// name of column.
func differences(got, want *Dataset) (list []string) {
	if got.Rows != want.Rows {
		return []string{fmt.Sprintf("%d rows, want %d", got.Rows, want.Rows)}
	}
	for _, w := range want.Columns {
		g := got.Column(w.Name)
		if g == nil {
			list = append(list, "no column "+w.Name)
			continue
		}
		if g.Kind != w.Kind {
			list = append(list, fmt.Sprintf("%s is %s, want %s", w.Name, g.Kind, w.Kind))
		}
		for row := range want.Rows {
			a, b := g.Num(row), w.Num(row)
			if g.IsMissing(row) != w.IsMissing(row) || a != b && (a == a || b == b) || g.Text(row) != w.Text(row) && a != a {
				list = append(list, fmt.Sprintf("%s, row %d: %q, want %q", w.Name, row+1, g.RawText(row), w.RawText(row)))
			}
		}
	}
	return list
}

// The trial as openxlsx writes it holds the values of the CSV, cell by cell.
func TestBookOfTrial(t *testing.T) {
	want, got := openFile(t, "trial_long.csv", Options{}), openFile(t, "sheets/trial_long.xlsx", Options{})
	for i, s := range differences(got, want) {
		if t.Error(s); i > 20 {
			t.FailNow()
		}
	}
	if len(got.Columns) != len(want.Columns) || got.Format != "xlsx" || got.Line[0] != 2 {
		t.Errorf("%d columns, format %q, first row in line %d", len(got.Columns), got.Format, got.Line[0])
	}
	for _, p := range got.Problems {
		if p.Severity != Note {
			t.Log(p)
		}
	}
}
func TestX(t *testing.T) {
	for _, n := range []string{"mixed.xlsx", "mixed_libreoffice.xlsx", "inline.xlsx"} {
		d := openFile(t, "sheets/"+n, Options{})
		fmt.Println(d.Evidence, d.Sheets)
		for _, c := range d.Columns {
			fmt.Printf("%s|%s|", c.Name, c.Kind)
			for r := range d.Rows {
				fmt.Printf("%d %q,", d.Line[r], c.RawText(r))
			}
			fmt.Println()
		}
		for _, p := range d.Problems {
			fmt.Println(p)
		}
	}
}
func TestY(t *testing.T) {
	for _, n := range []string{"small.sav", "small_plain.sav", "small.zsav", "trial_long.zsav"} {
		d := openFile(t, "sheets/"+n, Options{})
		fmt.Println(n, d.Evidence, d.Sheets)
		if n == "trial_long.zsav" {
			want := openFile(t, "trial_long.csv", Options{})
			fmt.Println(differences(d, want))
			break
		}
		for _, c := range d.Columns {
			fmt.Printf("%s|%s|", c.Name, c.Kind)
			for r := range d.Rows {
				fmt.Printf("%d %q,", d.Line[r], c.RawText(r))
			}
			fmt.Printf("%+v %v\n", c.File, c.MissingCodes)
		}
		for _, p := range d.Problems {
			fmt.Println(p)
		}
	}
}
