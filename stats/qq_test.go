package stats

import (
	"math"
	"testing"
)

// Quartile line by hand; the band of one order statistic of n = 5 by its
// closed forms: the least of five uniforms has the quantile 1 − (1−p)^(1/5),
// the greatest p^(1/5).
func TestNormalQQ(t *testing.T) {
	q := NormalQQ([]float64{4, math.NaN(), 1, 2, math.Inf(1), 3, 10}, 0.95)
	if len(q.Value) != 5 || q.Value[0] != 1 || q.Index[0] != 2 || q.Index[4] != 6 {
		t.Fatalf("%+v", q)
	}
	per := (4.0 - 2.0) / (2 * 0.6744897501960817)
	check := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %.12g, want %.12g", name, got, want)
		}
	}
	check("slope", q.Per, per)
	check("centre", q.Centre, 3)
	check("first expected", q.Normal[0], normalQuantile(0.1))
	check("low of the least", q.Low[0], 3+per*normalQuantile(1-math.Pow(0.975, 0.2)))
	check("high of the least", q.High[0], 3+per*normalQuantile(1-math.Pow(0.025, 0.2)))
	check("high of the greatest", q.High[4], 3+per*normalQuantile(math.Pow(0.975, 0.2)))
	if q.Beyond != 1 { // the 10 alone
		t.Errorf("beyond %d", q.Beyond)
	}
}

func TestNormalQQWithoutLine(t *testing.T) {
	for name, x := range map[string][]float64{"empty": nil, "two": {1, 2}, "equal": {3, 3, 3, 3}, "nothing": {math.NaN()}} {
		q := NormalQQ(x, 0.95)
		if !math.IsNaN(q.Per) || q.Beyond != 0 {
			t.Errorf("%s: %+v", name, q)
		}
	}
}
