package stats

import (
	"fmt"
	"math"
	"strconv"
)

// Table counts: a row for each category, a column for each group. All rows have the same length.
type Table [][]int

// TableRule says which test compares the categories of groups.
type TableRule int

// The zero rule is the one of SPSS's footnote: Fisher where more than a quarter of the cells expect fewer than 5 or any
// expects fewer than 1, Pearson otherwise.
const (
	FisherWhenSparse TableRule = iota
	FisherWhenAnyBelow5
	AlwaysPearson
	AlwaysYates
	AlwaysFisher
)

// Categories compares the columns of a table by the rule. Categories nobody is in and groups without anybody are left
// out when enough remains; when not there is no test, and the Status says what is missing. A Fisher test that would take
// too long is replaced by Pearson's, and the Note says so.
func Categories(t Table, rule TableRule) Test {
	full, note := t, ""
	if t = t.occupied(); len(t) < 2 || len(t[0]) < 2 {
		return noTest("", "%s", full.whyNoTest())
	}
	if len(t) < len(full) || len(t[0]) < len(full[0]) {
		note = "categories and groups without anybody are left out"
	}
	low, share := t.sparse()
	fisher := rule == AlwaysFisher || rule == FisherWhenSparse && (low < 1 || share > 0.25) || rule == FisherWhenAnyBelow5 && low < 5
	var test Test
	switch {
	case fisher:
		if test = Fisher(t); test.Status == OK {
			break
		}
		note = join(note, string(test.Status))
		fallthrough
	case rule != AlwaysYates || len(t) != 2 || len(t[0]) != 2:
		test = Pearson(t)
	default:
		test = Yates(t)
	}
	if low < 5 && test.Name != fisherName {
		note = join(note, "smallest expected count "+strconv.FormatFloat(low, 'f', 1, 64))
	}
	if rule == AlwaysYates && test.Name != yatesName {
		note = join(note, "the continuity correction is for tables of two rows and two columns only")
	}
	test.Note = join(test.Note, note)
	return test
}

const (
	fisherName = "Fisher exact"
	yatesName  = "chi-square with continuity correction"
)

// whyNoTest says what a table lacks.
func (t Table) whyNoTest() string {
	rows, columns, n := t.margins()
	switch filled := 0; {
	case n == 0:
		return "There are no answers, so there is nothing to test."
	case len(columns) < 2:
		return "There is one group only: nothing to compare."
	default:
		for _, c := range columns {
			if c > 0 {
				filled++
			}
		}
		if filled < 2 {
			return "Only one group has answers: nothing to compare."
		}
	}
	if len(rows) == 2 && rows[1] == 0 {
		return "There are no events in any group, so there is nothing to test."
	}
	if len(rows) == 2 && rows[0] == 0 {
		return "Everybody has the event in every group, so there is nothing to test."
	}
	return "Everybody is in the same category, so there is nothing to test."
}

// Pearson is the chi-square test of a table without continuity correction. Rows and columns must not be empty.
func Pearson(t Table) Test { return t.chiSquare("Pearson chi-square", 0) }

// Yates is the chi-square test of a table of 2×2 with continuity correction, which stops at the expected count (Yates
// 1934; R's chisq.test).
func Yates(t Table) Test {
	if len(t) != 2 || len(t[0]) != 2 {
		return noTest(yatesName, "The continuity correction is for tables of two rows and two columns.")
	}
	return t.chiSquare(yatesName, 0.5)
}

func (t Table) chiSquare(name string, correction float64) Test {
	if bad := t.empty(name); bad.Status != OK {
		return bad
	}
	x := 0.0
	if correction > 0 {
		correction = min(correction, math.Abs(float64(t[0][0])-t.expected()[0][0]))
	}
	for i, row := range t.expected() {
		for j, e := range row {
			d := math.Abs(float64(t[i][j])-e) - correction
			x += d * d / e
		}
	}
	return chiTest(name, x, t.df())
}

// LikelihoodRatio is the test 2 Σ O log(O/E), an empty cell counting 0.
func LikelihoodRatio(t Table) Test {
	const name = "likelihood-ratio chi-square"
	if bad := t.empty(name); bad.Status != OK {
		return bad
	}
	x := 0.0
	for i, row := range t.expected() {
		for j, e := range row {
			if o := float64(t[i][j]); o > 0 {
				x += 2 * o * math.Log(o/e)
			}
		}
	}
	return chiTest(name, max(0, x), t.df())
}

// LinearByLinear is the trend test (N − 1) r², r the correlation of the scores of rows and columns (Mantel 1963; SPSS's
// linear-by-linear association). Nil scores are 1, 2, 3 …
func LinearByLinear(t Table, rowScores, columnScores []float64) Test {
	const name = "linear-by-linear"
	rows, columns, total := t.margins()
	rowScores, columnScores = scores(rowScores, len(rows)), scores(columnScores, len(columns))
	centred := func(s []float64, count []int) (d []float64, ss float64) {
		m := 0.0
		for i, n := range count {
			m += s[i] * float64(n) / float64(total)
		}
		d = make([]float64, len(s))
		for i, n := range count {
			d[i] = s[i] - m
			ss += float64(n) * d[i] * d[i]
		}
		return d, ss
	}
	x, xx := centred(rowScores, rows)
	y, yy := centred(columnScores, columns)
	if !(xx > 0 && yy > 0) {
		return noTest(name, "A trend needs two categories and two groups with somebody in them.")
	}
	xy := 0.0
	for i := range t {
		for j, n := range t[i] {
			xy += float64(n) * x[i] * y[j]
		}
	}
	return chiTest(name, float64(total-1)*xy*xy/(xx*yy), 1)
}

func scores(s []float64, n int) []float64 {
	if s == nil {
		for i := range n {
			s = append(s, float64(i+1))
		}
	}
	if len(s) != n {
		panic(fmt.Sprintf("stats: %d scores for %d categories", len(s), n))
	}
	return s
}

// margins are the totals of the rows, of the columns, and of all.
func (t Table) margins() (rows, columns []int, n int) {
	rows = make([]int, len(t))
	if len(t) > 0 {
		columns = make([]int, len(t[0]))
	}
	for i, row := range t {
		if len(row) != len(columns) {
			panic("stats: the rows of a table differ in length")
		}
		for j, x := range row {
			if x < 0 {
				panic("stats: a count is negative")
			}
			rows[i] += x
			columns[j] += x
			n += x
		}
	}
	return rows, columns, n
}

func (t Table) expected() [][]float64 {
	rows, columns, n := t.margins()
	e := make([][]float64, len(rows))
	for i, r := range rows {
		e[i] = make([]float64, len(columns))
		for j, c := range columns {
			e[i][j] = float64(r) * float64(c) / float64(n)
		}
	}
	return e
}

// sparse is the smallest expected count and the share of cells that expect fewer than 5.
func (t Table) sparse() (smallest, below5 float64) {
	smallest, cells := math.Inf(1), 0
	for _, row := range t.expected() {
		for _, e := range row {
			cells++
			smallest = min(smallest, e)
			if e < 5 {
				below5++
			}
		}
	}
	return smallest, below5 / float64(cells)
}

func (t Table) df() float64 { return float64((len(t) - 1) * (len(t[0]) - 1)) }

// occupied is the table without empty rows and columns.
func (t Table) occupied() Table {
	rows, columns, _ := t.margins()
	var out Table
	for i, r := range rows {
		if r == 0 {
			continue
		}
		var row []int
		for j, c := range columns {
			if c > 0 {
				row = append(row, t[i][j])
			}
		}
		out = append(out, row)
	}
	return out
}

// empty refuses a table with too few or with empty rows or columns.
func (t Table) empty(name string) Test {
	if o := t.occupied(); len(o) < 2 || len(o[0]) < 2 || len(o) < len(t) || len(o[0]) < len(t[0]) {
		return noTest(name, "%s", t.whyNoTest())
	}
	return Test{}
}
