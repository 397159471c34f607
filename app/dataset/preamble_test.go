package dataset

import (
	"strings"
	"testing"
)

// TestPreamble holds which lines above the header are left out, and that
// tables without them lose nothing.
func TestPreamble(t *testing.T) {
	for _, c := range []struct {
		name, in, cells string
		header          int // line; 0: nothing left out
	}{
		{"title", "Study of backs\nid,x,y\n1,2,3\n4,5,6\n", "[id][x][y]\n[1][2][3]\n[4][5][6]", 2},
		{"several, and a blank line", "Trial;Backs\nExported 1.2.2020, by NN\n\nid;x;y;z;w;v\n1;2,5;3;4;5;6\n4;5,5;6;4;5;6\n", "[id][x][y][z][w][v]\n[1][2,5][3][4][5][6]\n[4][5,5][6][4][5][6]", 4},
		{"padded by a spreadsheet", "Study of backs,,,\n,,,\nid,x,y,z\n1,2,3,4\n4,5,6,7\n", "[id][x][y][z]\n[1][2][3][4]\n[4][5][6][7]", 3},
		{"CRLF and quotes", "\"Study, of\r\nbacks\"\r\nid,x,y\r\n1,2,3\r\n", "[id][x][y]\n[1][2][3]", 3},
		{"after sep", "sep=;\nStudy\nid;x;y\n1;2;3\n", "[id][x][y]\n[1][2][3]", 3},
		{"row names are none", "a,b\nx,1,2\ny,3,4\n", "[row name][a][b]\n[x][1][2]\n[y][3][4]", 0},
		{"a short header is none", "a\nx,1\ny,2\n", "[row name][a]\n[x][1]\n[y][2]", 0},
		{"blank names are none", "a,,,\n1,2,3,4\n5,6,7,8\n", "[a][column 2][column 3][column 4]\n[1][2][3][4]\n[5][6][7][8]", 0},
		{"one column", "a\nb\nc\n", "[a]\n[b]\n[c]", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := table(t, c.in)
			if got := cells(d); got != c.cells {
				t.Errorf("read\n%s\nwant\n%s", got, c.cells)
			}
			told := false
			for _, p := range d.Problems {
				told = told || p.Kind == "lines above the header" && p.Severity == Note && p.Value != ""
			}
			evidence := strings.Contains(strings.Join(d.Evidence, " "), "Header on line")
			if told != (c.header > 0) || evidence != told {
				t.Errorf("told %v: %v %v", told, d.Problems, d.Evidence)
			}
			if first := c.header + 1; told && int(d.Line[0]) != first {
				t.Errorf("the first row is on line %d, want %d", d.Line[0], first)
			}
		})
	}
}
