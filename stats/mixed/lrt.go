package mixed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// LikelihoodRatio compares two nested fits of the same rows.
type LikelihoodRatio struct {
	Statistic float64 // twice the difference of the log-likelihoods, not below 0
	DF        int     // difference in the number of parameters
	P         float64 // by χ² with DF degrees of freedom

	// Where the smaller model sets variances to zero the hypothesis lies on the boundary: the statistic is a mixture of
	// χ² distributions and P too large. With one variance and its q−1 covariances the mixture is half of q−1 and half
	// of q degrees of freedom (Self and Liang 1987; Stram and Lee 1994). NaN where this is not the case.
	Boundary  bool
	PBoundary float64
	Note      string
}

// CompareFits tests the smaller of two fits against the larger. The error says why they cannot be compared.
func CompareFits(small, large *Fit) (*LikelihoodRatio, error) {
	if small.Parameters > large.Parameters {
		small, large = large, small
	}
	fixed := func(f *Fit) string { return strings.Join(f.Terms, "\x00") }
	switch {
	case small.N != large.N:
		return nil, fmt.Errorf("the models use different rows (%d and %d): fit both to the rows complete in all their variables", small.N, large.N)
	case small.Method != large.Method:
		return nil, errors.New("one model is fitted by ML, the other by REML")
	case small.Method == REML && fixed(small) != fixed(large):
		return nil, errors.New("the models differ in their fixed effects, which REML likelihoods cannot compare; use ml")
	case small.Parameters == large.Parameters:
		return nil, fmt.Errorf("the models have the same number of parameters (%d): one must be a special case of the other", small.Parameters)
	}
	for _, t := range small.Terms {
		if !slices.Contains(large.Terms, t) {
			return nil, fmt.Errorf("%s is in the smaller model only: one model must be a special case of the other", t)
		}
	}
	for _, c := range small.Random {
		if !slices.ContainsFunc(large.Random, func(d Component) bool { return d.Group == c.Group && d.Term == c.Term }) && large.ResidualCov == nil {
			return nil, fmt.Errorf("the random effect %s of %s is in the smaller model only: one model must be a special case of the other", c.Term, c.Group)
		}
	}
	out := &LikelihoodRatio{Statistic: max(0, 2*(large.LogLik-small.LogLik)), DF: large.Parameters - small.Parameters}
	out.P = chiSquareTail(out.Statistic, out.DF)
	out.boundary(small, large)
	return out, nil
}

func (r *LikelihoodRatio) boundary(small, large *Fit) {
	added := len(large.Random) - len(small.Random)
	if added <= 0 {
		return
	}
	r.Boundary = true
	r.Note = "The smaller model sets variances to zero, the edge of what is possible: P is too large."
	r.PBoundary = nan
	if small.ResidualCov == nil && large.ResidualCov == nil && added == 1 && len(small.Terms) == len(large.Terms) {
		r.PBoundary = 0.5*chiSquareTail(r.Statistic, r.DF-1) + 0.5*chiSquareTail(r.Statistic, r.DF)
		if r.Statistic == 0 {
			r.PBoundary = 1
		}
		r.Note = fmt.Sprintf("The smaller model sets a variance to zero, the edge of what is possible; p_boundary takes half of the χ² distributions with %d and %d degrees of freedom (Stram and Lee 1994).", r.DF-1, r.DF)
	}
}
