package allocate

import (
	"math"
	"slices"
)

// Balance is a line of the balance table: the units of each arm in all, in a stratum or a category, or their mean.
type Balance struct {
	Name  string // "units", "stratum", or the covariate
	Level string // the stratum or category; "" for a mean
	Arms  []float64
	Mean  bool
}

// balance is the table for a list.
func (r *Request) balance(arm []int) []Balance {
	counts := func(name, level string, of []string) Balance {
		b := Balance{Name: name, Level: level, Arms: make([]float64, len(r.Arms))}
		for k, a := range arm {
			if of == nil || of[k] == level {
				b.Arms[a]++
			}
		}
		return b
	}
	out := []Balance{counts("units", "", nil)}
	if strata := r.strata(); len(strata) > 1 {
		for _, s := range strata {
			out = append(out, counts("stratum", s, r.Strata))
		}
	}
	for _, c := range r.Covariates {
		if c.Numbers != nil {
			out = append(out, r.means(c, arm, out[0].Arms))
			continue
		}
		words := slices.Clone(c.Words)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			out = append(out, counts(c.Name, w, c.Words))
		}
	}
	return out
}

func (r *Request) means(c Covariate, arm []int, n []float64) Balance {
	b := Balance{Name: c.Name, Mean: true, Arms: make([]float64, len(r.Arms))}
	for k, a := range arm {
		b.Arms[a] += c.Numbers[k]
	}
	for a := range b.Arms {
		if b.Arms[a] /= n[a]; n[a] == 0 {
			b.Arms[a] = math.NaN()
		}
	}
	return b
}
