package dataset

import (
	"fmt"
	"math"
	"slices"
)

// settle1904 decides between Excel's two ways of counting days where the file
// has other dates to hold the day numbers against: a trial's dates lie within a
// year or so of each other, and the two systems are four years apart. What it
// decides is asked, for it moves every date of the column.
func (d *Dataset) settle1904(opt Options) {
	for _, c := range d.Columns {
		if c.Kind != Date || !c.serial || opt.Columns[c.Name].Order != "" {
			continue
		}
		for _, other := range d.Columns {
			if other.Kind != Date || other.serial {
				continue
			}
			apart, n := d.apart(c, other)
			if n == 0 || math.Abs(apart+excel1904) > 366 {
				continue
			}
			d.count1904(c, other, apart)
			break
		}
	}
	for _, c := range d.Columns {
		c.serial = false // it has served
	}
}

// apart is the median number of days from b to a over up to 5,000 rows that
// have both.
func (d *Dataset) apart(a, b *Column) (days float64, n int) {
	var list []float64
	for row := 0; row < d.Rows && len(list) < 5000; row++ {
		if v := a.Num(row) - b.Num(row); !math.IsNaN(v) {
			list = append(list, v)
		}
	}
	if len(list) == 0 {
		return 0, 0
	}
	slices.Sort(list)
	return list[len(list)/2], len(list)
}

// count1904 reads a column of day numbers anew.
func (d *Dataset) count1904(c, other *Column, apart float64) {
	s := &study{d: d, c: c}
	first := int32(-1)
	for i, v := range c.Number {
		if c.Missing[i] || c.Count[i] == 0 || math.IsNaN(v) {
			continue
		}
		if first < 0 {
			first = int32(i)
		}
		c.Number[i] = v + excel1904
		s.clean(i, FormatDate(c.Number[i]))
	}
	c.Why = fmt.Sprintf("Numbers, by the name dates: %s, since the dates of “%s” are near them so.", formNames[serial1904Form], shorten(other.Name))
	s.ask("day numbers", c.Raw[first], s.line(first), "day numbers such as “%s” were counted from 1904, as %s: counted from 1900 they would be %s, %.0f days from “%s”; choose from which year they count",
		c.Raw[first], c.Clean[first], FormatDate(c.Number[first]-excel1904), math.Abs(apart), shorten(other.Name))
	c.pickExamples()
	d.Problems = append(d.Problems, s.found.all(d.Name)...)
}
