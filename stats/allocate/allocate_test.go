package allocate

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// paper has 27 units in the strata of the paper, private providers one by one and the public ones together, with made-up
// sizes and sectors.
func paper(method Method, seed uint64) Request {
	r := Request{Method: method, Seed: seed, Arms: []string{"intervention", "control"}, Ratio: []int{1, 1}}
	size, sector := []float64{}, []string{}
	for s, n := range []int{5, 5, 4, 5, 8} {
		for k := range n {
			r.Units = append(r.Units, fmt.Sprintf("U%02d", len(r.Units)+1))
			r.Strata = append(r.Strata, fmt.Sprintf("S%d", s+1))
			size = append(size, float64(3+(7*k+5*s)%11))
			sector = append(sector, map[bool]string{true: "public", false: "private"}[s == 4 || k == 3])
		}
	}
	r.Covariates = []Covariate{{Name: "size", Numbers: size}, {Name: "sector", Words: sector}}
	return r
}

func run(t *testing.T, r Request) *Result {
	t.Helper()
	out, err := Run(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// letters writes a list, i and c.
func letters(arm []int) string {
	var b strings.Builder
	for _, a := range arm {
		b.WriteByte("ic"[a])
	}
	return b.String()
}

// lists are what seed 20170901 gave for the units of paper() when the package was written.
var lists = map[Method]string{
	Simple:      "ciiiiiiiiciiciiccciciiiicci",
	Blocked:     "cicicciiccciiciciccciiccici",
	Constrained: "iciciiccicciciciicciiciccci",
	Minimise:    "ciiccciiiicciiciicciccicici",
}

// A seed gives the same list for ever.
func TestSameList(t *testing.T) {
	for _, method := range Methods {
		r := paper(method, 20170901)
		a, b := run(t, r), run(t, r)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: two lists from one seed", method)
		}
		if got := letters(a.Arm); got != lists[method] {
			t.Errorf("%s: %s, was %s", method, got, lists[method])
		}
		r.Seed++
		if letters(run(t, r).Arm) == letters(a.Arm) {
			t.Errorf("%s: the seed does not matter", method)
		}
	}
}

// Over 10,000 seeds every unit comes to both arms equally often (within 4.5 standard errors), and the strata are as equal
// as the method promises.
func TestBalanceOverSeeds(t *testing.T) {
	for _, method := range []Method{Simple, Blocked, Minimise} {
		treated := make([]int, 27)
		apart := map[int]int{}
		const seeds = 10_000
		r := paper(method, 0)
		for r.Seed = range seeds {
			n := map[string]int{}
			for k, a := range run(t, r).Arm {
				if a == 0 {
					treated[k]++
				}
				n[r.Strata[k]] += 1 - 2*a
			}
			for _, d := range n {
				apart[max(d, -d)]++
			}
		}
		for k, n := range treated {
			if z := (float64(n) - seeds/2) / math.Sqrt(seeds/4); math.Abs(z) > 4.5 {
				t.Errorf("%s: unit %d treated %d times of %d", method, k+1, n, seeds)
			}
		}
		if method == Blocked && len(apart) != 2 || method == Simple && apart[5] == 0 {
			t.Errorf("%s: differences within strata %v", method, apart)
		}
	}
}

func imbalanceOf(r *Request, arm []int) float64 {
	small := make([]uint8, len(arm))
	for k, a := range arm {
		small[k] = uint8(a)
	}
	x, _ := r.imbalance(r.columns(), small, make([]float64, len(r.Arms)), make([]float64, len(r.Arms)))
	return x
}

// Constrained: fewer seeds, as each looks at 50,000 allocations.
func TestConstrained(t *testing.T) {
	best := 0.0
	for seed := range uint64(4) {
		out := run(t, paper(Constrained, seed))
		s := out.Space
		if s.All || s.Size != most || s.Kept != most/10 || s.Chosen > s.Cutoff || len(out.Why) != 27 {
			t.Errorf("seed %d: %+v", seed, s)
		}
		looked, kept := 0, 0
		for _, b := range s.Histogram {
			looked, kept = looked+b.Count, kept+b.Kept
		}
		if looked != s.Size || kept != s.Kept {
			t.Errorf("the histogram holds %d and %d", looked, kept)
		}
		r := paper(Blocked, seed)
		blocked := run(t, r)
		x := imbalanceOf(&r, out.Arm)
		if math.Abs(x-s.Chosen) > 1e-12 {
			t.Errorf("imbalance %v, said to be %v", x, s.Chosen)
		}
		y := imbalanceOf(&r, blocked.Arm)
		best += y - x
		count := out.Balance[0].Arms
		if math.Abs(count[0]-count[1]) != 1 {
			t.Errorf("arms of %v units", count)
		}
		for _, b := range out.Balance[1:6] {
			if b.Name != "stratum" || math.Abs(b.Arms[0]-b.Arms[1]) > 1 {
				t.Errorf("%+v", b)
			}
		}
	}
	if best <= 0 {
		t.Error("no better balanced than without a constraint")
	}
}

// Where all allocations can be listed they are: 8 units in strata of 3 and 5, each 1:2 or 2:1 and 2:3 or 3:2, four an arm.
func TestConstrainedAll(t *testing.T) {
	r := Request{Method: Constrained, Arms: []string{"i", "c"}, Ratio: []int{1, 1}, Keep: 1,
		Units: strings.Split("abcdefgh", ""), Strata: strings.Split("pppqqqqq", ""), Covariates: []Covariate{{Name: "n", Numbers: []float64{1, 2, 3, 4, 5, 6, 7, 8}}}}
	if s := run(t, r).Space; !s.All || s.Size != 3*10+3*10 || s.Kept != 60 || s.Together != 0 || s.Apart != 0 {
		t.Errorf("%+v", s)
	}
	seen := map[string]int{}
	for r.Seed = range 3000 {
		seen[letters(run(t, r).Arm)]++
	}
	for list, n := range seen {
		if n < 20 || n > 90 {
			t.Errorf("%s %d times of 3000, 50 expected", list, n)
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d different lists", len(seen))
	}
	r.Keep = 0.05
	out := run(t, r)
	if out.Space.Kept != 3 || !strings.Contains(strings.Join(out.Warnings, " "), "Only 3 allocations") || out.Space.Together+out.Space.Apart == 0 || !strings.Contains(strings.Join(out.Warnings, " "), "not independent") {
		t.Errorf("%+v %q", out.Space, out.Warnings)
	}
	r.Keep, r.Covariates[0].Within = 1, 1
	if s := run(t, r).Space; s.Kept >= 60 || s.Kept == 0 {
		t.Errorf("%+v", s)
	}
	if got := run(t, r).Balance; math.Abs(got[3].Arms[0]-got[3].Arms[1]) > 1 || !got[3].Mean {
		t.Errorf("%+v", got)
	}
	r.Covariates[0].Within = 1e-6
	r.Covariates[0].Numbers[7] = 8.5
	if _, err := Run(r); err == nil || !strings.Contains(err.Error(), "none of 60 allocations") {
		t.Errorf("an impossible constraint: %v", err)
	}
}

// Ratios of more than two arms, and blocks of several sizes.
func TestRatio(t *testing.T) {
	r := Request{Method: Blocked, Seed: 5, Arms: []string{"a", "b", "c"}, Ratio: []int{2, 1, 1}, Blocks: []int{4, 8}}
	for k := range 64 {
		r.Units = append(r.Units, fmt.Sprint(k))
	}
	out := run(t, r)
	if n := out.Balance[0].Arms; n[0] < 30 || n[0] > 34 || n[1] < 14 || n[2] < 14 {
		t.Errorf("%v", n)
	}
	if out.Why[0] != "block 1 (4), place 1" && out.Why[0] != "block 1 (8), place 1" {
		t.Errorf("%q", out.Why[0])
	}
	r.Method, r.Covariates = Constrained, []Covariate{{Name: "n", Numbers: make([]float64, 64)}}
	for k := range r.Covariates[0].Numbers {
		r.Covariates[0].Numbers[k] = float64(k)
	}
	if n := run(t, r).Balance[0].Arms; !slices.Equal(n, []float64{32, 16, 16}) {
		t.Errorf("%v", n)
	}
	r.Method = Minimise
	if n := run(t, r).Balance[0].Arms; n[0] < 29 || n[0] > 35 {
		t.Errorf("%v", n)
	}
}

// Pausing has no influence on a list.
func TestPause(t *testing.T) {
	r := paper(Constrained, 7)
	want := run(t, r)
	paused := 0
	r.Pause = func() { paused++ }
	if got := run(t, r); !slices.Equal(got.Arm, want.Arm) || paused < 20 {
		t.Errorf("%d pauses, %v, want %v", paused, got.Arm, want.Arm)
	}
}

// The mean difference of sizes after minimisation is well below that of simple randomisation.
func TestMinimiseBalances(t *testing.T) {
	spread := func(method Method) float64 {
		sum := 0.0
		for seed := range uint64(400) {
			r := paper(method, seed)
			sum += imbalanceOf(&r, run(t, r).Arm)
		}
		return sum
	}
	if simple, minimised := spread(Simple), spread(Minimise); minimised > 0.6*simple {
		t.Errorf("imbalance %v, simple %v", minimised, simple)
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *Request)
		says   string
	}{
		"a unit twice":            {func(r *Request) { r.Units[3] = r.Units[8] }, "two units are called U09"},
		"a unit without a name":   {func(r *Request) { r.Units[3] = "" }, "unit 4 has no name"},
		"one arm":                 {func(r *Request) { r.Arms, r.Ratio = []string{"x"}, []int{1} }, "two arms"},
		"arms alike":              {func(r *Request) { r.Arms[1] = "intervention" }, "two arms are called"},
		"a ratio of 0":            {func(r *Request) { r.Ratio[0] = 0 }, "from 1 to 100"},
		"a block of 3":            {func(r *Request) { r.Blocks = []int{2, 3} }, "multiple of 2"},
		"as many strata as units": {func(r *Request) { r.Strata = r.Units }, "stratum of its own"},
		"one unit":                {func(r *Request) { *r = Request{Method: Simple, Arms: r.Arms, Ratio: r.Ratio, Units: []string{"a"}} }, "cannot fill 2 arms"},
		"no covariates":           {func(r *Request) { r.Method, r.Covariates = Constrained, nil }, "needs covariates"},
		"nothing to minimise":     {func(r *Request) { r.Method, r.Covariates, r.Strata = Minimise, nil, nil }, "needs strata or covariates"},
		"a covariate missing":     {func(r *Request) { r.Covariates[0].Numbers[2] = math.NaN() }, "unit U03 has no size"},
		"a category missing":      {func(r *Request) { r.Covariates[1].Words[2] = "" }, "unit U03 has no sector"},
		"certain minimisation":    {func(r *Request) { r.Probability = 1 }, "foretold"},
		"nothing kept":            {func(r *Request) { r.Keep = -1 }, "share of allocations"},
		"a limit elsewhere":       {func(r *Request) { r.Covariates[0].Within = 1 }, "constrained randomisation only"},
		"an unknown method":       {func(r *Request) { r.Method = "coin" }, "not known"},
		"impossible":              {func(r *Request) { r.Method, r.Covariates[0].Within = Constrained, 1e-9 }, "closest"},
	} {
		r := paper(Blocked, 1)
		c.change(&r)
		if out, err := Run(r); err == nil || !strings.Contains(err.Error(), c.says) || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := paper(Simple, 1)
	for k := range r.Strata {
		r.Strata[k] = fmt.Sprint("P", min(k, 20))
	}
	if out := run(t, r); !strings.Contains(strings.Join(out.Warnings, " "), "21 strata for 27 units, 20 of them with a single unit") {
		t.Errorf("%q", out.Warnings)
	}
}
