package stats

import "math"

// Baseline says how the rows of a baseline table are made. The zero value is the paper's: Welch's t test, quartiles as
// SPSS's, ranks by the normal approximation, Fisher's test where a table is sparse.
type Baseline struct {
	Pooled   bool
	Quantile QuantileType // 0 is Type6
	Ranks    RankOptions
	Rule     TableRule
}

// Cell describes one group in one row; what its row does not show is NaN or 0.
type Cell struct {
	N, Missing int
	Value      float64 // the mean, the median, or the per cent
	SD         float64 // of a mean
	Low, High  float64 // quartiles of a median
	Count      int     // of the level, beside a per cent
}

// Row is one line of a baseline table: all groups together, each of them, and what compares them.
type Row struct {
	All       Cell
	Groups    []Cell
	Test      Test      // of the variable: on its first row, empty on others
	Imbalance Imbalance // standardised difference, the second group less the first; two groups only
}

// MeanRow is a row of means and standard deviations of groups of values, NaN being missing.
func (b Baseline) MeanRow(groups [][]float64) Row {
	return row(groups, Means(groups, b.Pooled), func(x []float64) Cell {
		s := Describe(x)
		c := cell(x)
		c.Value, c.SD = s.Mean, s.SD
		return c
	})
}

// MedianRow is a row of medians and quartiles.
func (b Baseline) MedianRow(groups [][]float64) Row {
	kind := b.Quantile
	if kind == 0 {
		kind = Type6
	}
	return row(groups, RankGroups(groups, b.Ranks), func(x []float64) Cell {
		c := cell(x)
		c.Low, c.Value, c.High = kind.Quartiles(x)
		return c
	})
}

// PercentRows are the rows of a variable in categories, one for each row of the table, the columns being the groups;
// missing counts the patients of each group without an answer. Per cent are of those with one.
func (b Baseline) PercentRows(t Table, missing []int) []Row {
	_, columns, all := t.margins()
	if len(columns) == 0 {
		columns = make([]int, len(missing))
	}
	lost := 0
	for _, n := range missing {
		lost += n
	}
	rows := make([]Row, len(t))
	for i, counts := range t {
		total := 0
		for j, n := range counts {
			rows[i].Groups = append(rows[i].Groups, percent(n, columns[j], missing[j]))
			total += n
		}
		rows[i].All = percent(total, all, lost)
	}
	if len(rows) > 0 {
		rows[0].Test = Categories(t, b.Rule)
		if len(columns) == 2 {
			rows[0].Imbalance = ImbalanceOfShares(t.exchanged())
		}
	}
	return rows
}

func row(groups [][]float64, test Test, describe func(x []float64) Cell) Row {
	out := Row{Test: test}
	var all []float64
	for _, g := range groups {
		out.Groups = append(out.Groups, describe(g))
		all = append(all, g...)
	}
	out.All = describe(all)
	if len(groups) == 2 {
		out.Imbalance = ImbalanceOfMeans(groups[1], groups[0])
	}
	return out
}

func cell(x []float64) Cell {
	nan := math.NaN()
	c := Cell{N: len(present(x)), Value: nan, SD: nan, Low: nan, High: nan}
	c.Missing = len(x) - c.N
	return c
}

func percent(count, n, missing int) Cell {
	nan := math.NaN()
	c := Cell{N: n, Missing: missing, Value: nan, SD: nan, Low: nan, High: nan, Count: count}
	if n > 0 {
		c.Value = 100 * float64(count) / float64(n)
	}
	return c
}

// exchanged has the two columns of a table in the other order.
func (t Table) exchanged() Table {
	out := make(Table, len(t))
	for i, row := range t {
		out[i] = []int{row[1], row[0]}
	}
	return out
}
