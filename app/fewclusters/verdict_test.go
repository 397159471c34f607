package fewclusters

import (
	"math"
	"strings"
	"testing"
)

// lines are a table in which the methods made for few units have the P values
// and widths given, and the model's P is its own.
func lines(model float64, p, width [5]float64) []Line {
	nan := math.NaN()
	out := []Line{{Method: ModelZ, P: model, Low: -1, High: 1}, {Method: BootNormal, P: model, Low: -1, High: 1}}
	for k, m := range []Method{Satterthwaite, KenwardRoger, CR2, Wild, Permutation} {
		l := Line{Method: m, P: p[k], Low: -width[k] / 2, High: width[k] / 2}
		if m == Permutation {
			l.Low, l.High = nan, nan
		}
		out = append(out, l)
	}
	return out
}

// The rule of the package comment at its bounds.
func TestVerdictAtItsBounds(t *testing.T) {
	same := [5]float64{1, 1, 1, 1, 0}
	below, above := [5]float64{.01, .02, .03, .04, .0499}, [5]float64{.05, .06, .07, .08, .09}
	cases := []struct {
		name        string
		lines       []Line
		units       [2]int
		allocations float64
		says        []string
		not         string
		report      Method
	}{
		{"20 units an arm are enough", lines(.01, below, same), [2]int{20, 25}, 1e9, []string{"enough", "all below 0.05", "20 and 25"}, "optimistic", ModelZ},
		{"19 are few", lines(.01, below, same), [2]int{25, 19}, 1e9, []string{"a little optimistic", "P from 0.010 to 0.050"}, "enough", KenwardRoger},
		{"6 are few", lines(.2, above, same), [2]int{6, 6}, 924, []string{"none below 0.05", "Kenward–Roger"}, "permutation test needs none", KenwardRoger},
		{"5 are very few", lines(.2, above, same), [2]int{5, 9}, 2002, []string{"permutation test needs none", "agree"}, "Only methods", Permutation},
		{"very few that disagree", lines(.01, [5]float64{.01, .2, .2, .2, .2}, same), [2]int{4, 4}, 70, []string{"do not agree", "permutation"}, "", Permutation},
		{"19 allocations cannot tell", lines(.01, below, same), [2]int{2, 5}, 19, []string{"only 19 ways", "No test can conclude"}, "", CR2},
		{"20 allocations can", lines(.01, below, same), [2]int{3, 3}, 20, []string{"permutation test needs none"}, "ways to allocate", Permutation},
		{"widths of 1.25 are close", lines(.01, below, [5]float64{1, 1.25, 1, 1, 0}), [2]int{9, 9}, 1e5, []string{"Report Kenward–Roger."}, "beside it", KenwardRoger},
		{"wider are not", lines(.01, below, [5]float64{1, 1.26, 1, 1, 0}), [2]int{9, 9}, 1e5, []string{"more than a quarter", "CR2 beside it"}, "", KenwardRoger},
		{"few that disagree", lines(.01, [5]float64{.049, .051, .06, .06, .06}, same), [2]int{9, 12}, 1e5, []string{"depends on the method", "both sides"}, "Report Kenward", ""},
		{"enough, at the border", lines(.04, [5]float64{.049, .05, .05, .05, .05}, same), [2]int{30, 30}, 1e9, []string{"at the border"}, "", KenwardRoger},
		{"only the optimists", lines(.049, above, same), [2]int{12, 10}, 1e5, []string{"Only methods that take the units for many"}, "", KenwardRoger},
		{"one P", lines(.2, [5]float64{.3, .3, .3, .3, .3}, same), [2]int{12, 10}, 1e5, []string{"(P 0.300, none below 0.05)"}, "", KenwardRoger},
		{"nothing yet", []Line{{Method: ModelZ, P: .2}}, [2]int{12, 10}, 0, []string{"none of the methods"}, "", ""},
	}
	for _, c := range cases {
		text, report := Verdict(c.lines, c.units, c.allocations)
		if report != c.report {
			t.Errorf("%s: report %q, not %q: %s", c.name, report, c.report, text)
		}
		for _, s := range c.says {
			if !strings.Contains(text, s) {
				t.Errorf("%s: %q lacks %q", c.name, text, s)
			}
		}
		if c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s: %q should not say %q", c.name, text, c.not)
		}
		if !strings.HasSuffix(text, ".") {
			t.Errorf("%s: not a sentence: %q", c.name, text)
		}
	}
}
