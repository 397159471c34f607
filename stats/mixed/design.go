package mixed

// Method is the criterion that the variance components minimise.
type Method uint8

const (
	// ML maximises the likelihood of all coefficients together (Stata's default).
	ML Method = iota
	// REML maximises the likelihood of the residual contrasts (lme4's default).
	REML
)

// String is the method as the headless command spells it.
func (m Method) String() string {
	if m == REML {
		return "reml"
	}
	return "ml"
}

// Design is one model as numbers: the rows with every value present.
type Design struct {
	Response  string
	Terms     []string  // names of the p fixed-effect columns, as R's model.matrix names them
	Y         []float64 // n outcomes
	X         []float64 // n×p, row-major
	Groups    []Group   // one or two grouping factors, the upper (unit) first; the lower is nested in it
	SourceRow []int32   // n: the input row each model row came from
	Dropped   int       // input rows left out because a model variable is missing
}

// Group is one grouping factor. Every level occurs in at least one row.
type Group struct {
	Name   string
	Levels []string
	Of     []int32 // n: the level of each row
}

// Component is one variance component on the outcome's scale.
type Component struct {
	Group, Term  string
	Variance, SD float64
}

// GroupCount is the number of levels of one grouping factor.
type GroupCount struct {
	Name  string
	Count int
}

// GroupValue is one number per grouping factor.
type GroupValue struct {
	Group string
	Value float64
}

// Fit is one fitted model. The slices over terms hold the kept terms only.
type Fit struct {
	Method       Method
	N            int
	GroupCounts  []GroupCount // upper first
	LogLik       float64      // restricted log-likelihood under REML
	Criterion    float64      // -2 LogLik
	AIC, BIC     float64      // all variance parameters counted; BIC uses the number of rows
	Terms        []string     // kept terms
	Beta, SE     []float64
	Cov          []float64    // len(Terms)², row-major: σ²(X'V⁻¹X)⁻¹
	Random       []Component  // upper group first
	Residual     float64      // residual variance
	ICC          []GroupValue // variances of this and all upper levels over the total
	Converged    bool
	Singular     bool // a variance component is estimated as zero
	Evaluations  int  // evaluations of the criterion
	DroppedTerms []string
	Warnings     []string
	Null         [][]float64 // logit models: directions in the terms without a finite estimate; nil = none
}

// Coefficient is one parameter with its standard error.
type Coefficient struct {
	Name         string
	Estimate, SE float64
}
