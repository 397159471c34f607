package stats

import (
	"math"
	"testing"
)

// R 4.2.2: x <- cbind(c(1,2,3), c(2,3,4), c(1,4,3)); 3/2 * (1 - sum(apply(x, 2, var))/var(rowSums(x))). The fourth
// respondent left out an item.
func TestCronbachAlpha(t *testing.T) {
	items := [][]float64{{1, 2, 3, math.NaN()}, {2, 3, 4, 5}, {1, 4, 3, 5}}
	alpha, n := CronbachAlpha(items)
	if n != 3 || math.Abs(alpha-0.87096774193548376) > 1e-14 {
		t.Errorf("alpha %v of %d, want 0.87096774193548376 of 3", alpha, n)
	}
}

func TestCronbachAlphaEdges(t *testing.T) {
	same := []float64{1, 2, 3, 4}
	opposite := []float64{4, 3, 2, 1}
	for _, c := range []struct {
		name  string
		items [][]float64
		want  float64
		n     int
	}{
		{"identical items", [][]float64{same, same, same}, 1, 4},
		{"no items", nil, math.NaN(), 0},
		{"one item", [][]float64{same}, math.NaN(), 4},
		{"nobody complete", [][]float64{{math.NaN(), 1}, {1, math.NaN()}}, math.NaN(), 0},
		{"a sum that never varies", [][]float64{same, opposite}, math.NaN(), 4},
	} {
		alpha, n := CronbachAlpha(c.items)
		if n != c.n || math.IsNaN(alpha) != math.IsNaN(c.want) || math.Abs(alpha-c.want) > 1e-14 {
			t.Errorf("%s: alpha %v of %d, want %v of %d", c.name, alpha, n, c.want, c.n)
		}
	}
}
