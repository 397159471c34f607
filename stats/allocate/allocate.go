package allocate

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Method is a way to randomise.
type Method string

// The methods; the package comment says what they do.
const (
	Simple      Method = "simple"
	Blocked     Method = "blocked"
	Constrained Method = "constrained"
	Minimise    Method = "minimise"
)

// Methods are all of them.
var Methods = []Method{Simple, Blocked, Constrained, Minimise}

// Request is everything a list depends on. Its JSON is what a log keeps.
type Request struct {
	Method     Method      `json:"method"`
	Seed       uint64      `json:"seed"`
	Arms       []string    `json:"arms"`             // two or more different names
	Ratio      []int       `json:"ratio"`            // units of each arm, in proportion; at least 1 each
	Units      []string    `json:"units"`            // their names, all different, in the order of the list
	Strata     []string    `json:"strata,omitempty"` // the stratum of each unit; nil is one stratum
	Covariates []Covariate `json:"covariates,omitempty"`

	Blocks      []int   `json:"blocks,omitempty"`      // Blocked: the sizes, multiples of the ratio's sum; nil is the least one
	Keep        float64 `json:"keep,omitempty"`        // Constrained: share of the allocations to draw from, best first; 0 is 0.1
	Probability float64 `json:"probability,omitempty"` // Minimise: of the arm that balances best; 0 is 0.8

	// Pause is called now and then during long work, for a program with one thread that has other things to do; nil for none. It has
	// no influence on the list.
	Pause func() `json:"-"`
}

// Covariate is a property of the units to balance: numbers, or categories as words. Neither may be missing.
type Covariate struct {
	Name    string    `json:"name"`
	Numbers []float64 `json:"numbers,omitempty"` // of each unit; nil for categories
	Words   []string  `json:"words,omitempty"`
	Within  float64   `json:"within,omitempty"` // Constrained: the largest difference between arms of means or of a category's share; 0 is none asked
}

// Refusal says what cannot be done, and which part of the request is to blame: "method", "arms", "ratio", "unit", "strata", "blocks",
// "balance", "within", "keep" or "probability".
type Refusal struct{ Part, Text string }

func (r *Refusal) Error() string { return r.Text }

func refuse(part, format string, args ...any) error {
	return &Refusal{part, fmt.Sprintf(format, args...)}
}

// Codes hide the names of the arms: a letter for each, in an order drawn from PCG(seed, 1).
func (r *Request) Codes() []string {
	order := make([]int, len(r.Arms))
	for k := range order {
		order[k] = k
	}
	newStream(r.Seed, 1).shuffle(order)
	codes := make([]string, len(order))
	for k, at := range order {
		codes[k] = string(rune('A' + at))
	}
	return codes
}

// Result is the list and what it rests on.
type Result struct {
	Arm      []int    // of each unit, its place in Arms
	Why      []string // of each unit, how it came to its arm: "S1, block 2 (4), place 3"
	Space    *Space   // Constrained
	Balance  []Balance
	Warnings []string
}

// Run allocates. What cannot be done is a *Refusal that says why in a sentence.
func Run(r Request) (*Result, error) {
	r = r.defaults()
	if err := r.check(); err != nil {
		return nil, err
	}
	out := &Result{Arm: make([]int, len(r.Units)), Why: make([]string, len(r.Units))}
	s := newStream(r.Seed, 0)
	var err error
	switch r.Method {
	case Simple:
		r.simple(s, out)
	case Blocked:
		r.blocked(s, out)
	case Constrained:
		err = r.constrained(s, out)
	case Minimise:
		r.minimise(s, out)
	}
	if err != nil {
		return nil, err
	}
	out.Balance = r.balance(out.Arm)
	out.Warnings = append(out.Warnings, r.doubts(out.Arm)...)
	return out, nil
}

func (r Request) defaults() Request {
	if r.Strata == nil {
		r.Strata = make([]string, len(r.Units))
	}
	if r.Blocks == nil {
		r.Blocks = []int{r.sum()}
	}
	if r.Keep == 0 {
		r.Keep = 0.1
	}
	if r.Probability == 0 {
		r.Probability = 0.8
	}
	if r.Pause == nil {
		r.Pause = func() {}
	}
	return r
}

// sum is the least number of units that holds the ratio.
func (r *Request) sum() int {
	total := 0
	for _, n := range r.Ratio {
		total += n
	}
	return total
}

func (r *Request) check() error {
	if len(r.Strata) != len(r.Units) {
		panic("allocate: strata and units differ in number")
	}
	if !slices.Contains(Methods, r.Method) {
		return refuse("method", "the method %s is not known; there are simple, blocked, constrained and minimise", r.Method)
	}
	if len(r.Arms) > 26 {
		return refuse("arms", "%d arms are more than there are letters", len(r.Arms))
	}
	if len(r.Arms) < 2 {
		return refuse("arms", "a trial needs two arms; there is %d", len(r.Arms))
	}
	if len(r.Ratio) != len(r.Arms) {
		return refuse("ratio", "the ratio %s is not one of %d arms", r.ratio(), len(r.Arms))
	}
	if a := repeated(r.Arms); a != "" {
		return refuse("arms", "two arms are called %s", a)
	}
	if u := repeated(r.Units); u != "" {
		return refuse("unit", "two units are called %s: give each its own name, so that the list says which is which", u)
	}
	if slices.Contains(r.Units, "") {
		return refuse("unit", "unit %d has no name", slices.Index(r.Units, "")+1)
	}
	if slices.Min(r.Ratio) < 1 || slices.Max(r.Ratio) > 100 {
		return refuse("ratio", "the ratio needs a whole number from 1 to 100 for each arm")
	}
	if len(r.Units) < len(r.Arms) {
		return refuse("unit", "%d units cannot fill %d arms", len(r.Units), len(r.Arms))
	}
	for _, b := range r.Blocks {
		if b < r.sum() || b%r.sum() != 0 || b > 10000 {
			return refuse("blocks", "a block of %d cannot hold the ratio %s: its size must be a multiple of %d", b, r.ratio(), r.sum())
		}
	}
	if n := len(r.strata()); n == len(r.Units) && n > 1 {
		return refuse("strata", "each of the %d units is a stratum of its own, so there is nothing to balance within: use fewer or broader strata", n)
	}
	if !(r.Keep > 0 && r.Keep <= 1) {
		return refuse("keep", "the share of allocations to keep must be above 0 and at most 1")
	}
	if !(r.Probability > 0.5 && r.Probability < 1) {
		return refuse("probability", "the probability of minimisation must be above 0.5 and below 1: at 1 the next unit's arm could be foretold")
	}
	return r.checkCovariates()
}

func (r *Request) checkCovariates() error {
	for _, c := range r.Covariates {
		if (c.Numbers == nil) == (c.Words == nil) || len(c.Numbers)+len(c.Words) != len(r.Units) {
			panic("allocate: a covariate needs numbers or words for each unit")
		}
		for k, unit := range r.Units {
			if c.Numbers != nil && (math.IsNaN(c.Numbers[k]) || math.IsInf(c.Numbers[k], 0)) || c.Words != nil && c.Words[k] == "" {
				return refuse("balance", "unit %s has no %s: it cannot be balanced on it", unit, c.Name)
			}
		}
		if c.Within < 0 || math.IsNaN(c.Within) {
			return refuse("within", "the largest difference of %s must be above 0", c.Name)
		}
		if c.Within > 0 && r.Method != Constrained {
			return refuse("within", "a largest difference of %s can be asked of constrained randomisation only", c.Name)
		}
	}
	if len(r.Covariates) == 0 && r.Method == Constrained {
		return refuse("balance", "constrained randomisation needs covariates to balance on")
	}
	if len(r.Covariates) == 0 && len(r.strata()) < 2 && r.Method == Minimise {
		return refuse("balance", "minimisation needs strata or covariates to balance on")
	}
	return nil
}

func (r *Request) ratio() string {
	parts := make([]string, len(r.Ratio))
	for k, n := range r.Ratio {
		parts[k] = fmt.Sprint(n)
	}
	return strings.Join(parts, ":")
}

// strata are their names, sorted, so that the order of the units does not matter to them.
func (r *Request) strata() []string {
	names := slices.Clone(r.Strata)
	slices.Sort(names)
	return slices.Compact(names)
}

// repeated is the first name that occurs twice.
func repeated(names []string) string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	for k := 1; k < len(sorted); k++ {
		if sorted[k] == sorted[k-1] {
			return sorted[k]
		}
	}
	return ""
}

// doubts are warnings that hold for every method.
func (r *Request) doubts(arm []int) []string {
	var out []string
	alone := 0
	for _, s := range r.strata() {
		n := 0
		for _, x := range r.Strata {
			if x == s {
				n++
			}
		}
		if n == 1 {
			alone++
		}
	}
	if n := len(r.strata()); n > 1 && 2*n > len(r.Units) {
		out = append(out, fmt.Sprintf("%d strata for %d units, %d of them with a single unit: the arms are held equal within strata only, and can differ over all.", n, len(r.Units), alone))
	}
	count := make([]int, len(r.Arms))
	for _, a := range arm {
		count[a]++
	}
	for a, n := range count {
		if n == 1 {
			out = append(out, fmt.Sprintf("One unit came to %s: what sets it apart from others cannot be told from what the arm does. No analysis repairs that; more units do.", r.Arms[a]))
		}
		if n == 0 {
			out = append(out, fmt.Sprintf("No unit came to %s: choose a method that holds the ratio, such as blocked.", r.Arms[a]))
		}
		if want := float64(len(arm)*r.Ratio[a]) / float64(r.sum()); a == 0 && math.Abs(float64(n)-want) >= 2 {
			out = append(out, fmt.Sprintf("%d of %d units came to %s where the ratio %s would have %.1f.", n, len(arm), r.Arms[a], r.ratio(), want))
		}
	}
	return out
}
