package dataset

import "testing"

// TestDelimiters holds the delimiter found where another character divides the
// lines as evenly.
func TestDelimiters(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     rune
		columns  int
	}{
		{"decimal commas, commas in names", "Age, years;BMI, kg/m2\n45,5;21,6\n46,5;22,6\n47,1;19,8\n", ';', 2},
		{"the same in quotes", "\"Age, years\";\"BMI, kg/m2\"\n45,5;21,6\n46,5;22,6\n47,1;19,8\n", ';', 2},
		{"every cell in quotes", "\"a,b\";\"c,d\"\n\"1,5\";\"2,5\"\n\"3,5\";\"4,5\"\n", ';', 2},
		{"decimal commas and tabs", "a, b\tc, d\n1,5\t2,5\n3,5\t4,5\n", '\t', 2},
		{"decimal commas and bars", "a, b|c, d\n1,5|2,5\n3,5|4,5\n", '|', 2},
		{"lists in one cell", "id,x;y,z,w\n1,2;3,4,5\n2,3;4,5,6\n", ',', 4},
		{"semicolons in quoted texts", "id,note;s,x\n1,\"a;b\",2\n2,\"c;d\",3\n", ',', 3},
		{"profile with bars", "id;eq5d|x;y\n1;1|2|1;3\n2;1|1|1;4\n", ';', 3},
		{"one row", "a;b;c\n1,5;2,5;3,5\n", ';', 3},
		{"short rows at the end", "a;b;c;d\n1,5;2;3\n1,5;2;3\n1,5;2;3;4\n", ';', 4},
		{"thousands by comma", "a;b\n1,234;2,345\n3,456;4,567\n", ';', 2},
		{"semicolon in the preamble", "Study; phase 2\n\na,b,c\n1,2,3\n4,5,6\n", ',', 3},
	} {
		d := table(t, c.in)
		if d.Delimiter != c.want || len(d.Columns) != c.columns {
			t.Errorf("%s: delimiter %q, %d columns: %s", c.name, d.Delimiter, len(d.Columns), cells(d))
		}
	}
}
