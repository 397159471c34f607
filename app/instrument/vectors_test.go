package instrument

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestVectors scores every line of testdata/<id>.csv and compares each
// expected cell: numbers within 0.0001, words exactly. A definition without
// vectors, and vectors without a definition, fail.
func TestVectors(t *testing.T) {
	for _, d := range All() {
		t.Run(d.ID, func(t *testing.T) { checkVectors(t, d) })
	}
	files, err := filepath.Glob("testdata/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".csv")
		if _, ok := Lookup(id); !ok {
			t.Errorf("%s has no definition", file)
		}
	}
}

func readCSV(t *testing.T, name string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func checkVectors(t *testing.T, d *Definition) {
	header, rows := readCSV(t, filepath.Join("testdata", d.ID+".csv"))
	scorer, err := d.NewScorer(Settings{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int {
		i := slices.Index(header, name)
		if i < 0 {
			t.Fatalf("the vectors have no column %s", name)
		}
		return i
	}
	columns := scorer.Columns()
	last, compared := -1, 0
	expected := map[int]int{} // column of the vectors: column of the result
	for i, name := range header {
		want, ok := strings.CutPrefix(name, "expected_")
		if !ok {
			continue
		}
		j := slices.Index(columns, want)
		if j < 0 {
			t.Fatalf("no result column %s among %v", want, columns)
		}
		if _, sets := d.Sets(); slices.Contains(sets, want) {
			expected[i] = j // the vectors show some of the sets, in an order of their own
			continue
		}
		if j < last {
			t.Errorf("result column %s is out of order", want)
		}
		last, expected[i] = j, j
	}
	for n, row := range rows {
		var cells []string
		for _, it := range d.Items {
			cells = append(cells, row[at(it.Column)])
		}
		result := scorer.Score(cells)
		for i, j := range expected {
			compared++
			if got := result.Values[j].String(); !sameCell(got, row[i]) {
				t.Errorf("case %s (%s): %s = %q, want %q", rows[n][0], row[len(row)-1], columns[j], got, row[i])
			}
		}
	}
	if compared < 5*len(expected) {
		t.Errorf("only %d cells compared", compared)
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
