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
	Groups    []Group   // one to three grouping factors; the first (unit) holds the others, groups of it are independent
	SourceRow []int32   // n: the input row each model row came from
	Dropped   int       // input rows left out because a model variable is missing

	// Random lists the random effects, one entry a covariance block; nil is an intercept for each of Groups.
	Random   []Effects
	Residual Residual
}

// Effects is one block of random effects of a grouping factor: correlated among themselves, independent of every
// other block. (1+t|g) is one block of two, (1|g) + (0+t|g) two blocks of one.
type Effects struct {
	Group int       // index into Design.Groups
	Terms []string  // names of the q columns, "(Intercept)" for the constant
	Z     []float64 // n×q, row-major
}

// Residual says how the rows of one group of the lowest grouping factor covary; the zero value: independent, with one
// variance. Otherwise the model is an MMRM.
type Residual struct {
	Structure Structure
	Group     int   // index into Design.Groups: the patient
	Visit     Group // the occasion of each row; every patient has each at most once
}

// Variances is how many variances a replicate of the fit reports: the random effects', then the residual's, one a visit
// in an MMRM.
func (f *Fit) Variances() int {
	if f.ResidualCov != nil {
		return len(f.Random) + len(f.ResidualCov.Visits)
	}
	return len(f.Random) + 1
}

// Structure is a covariance structure over visits.
type Structure string

const (
	Independent       Structure = ""
	Unstructured      Structure = "us"   // every variance and correlation free
	HeterogeneousAR1  Structure = "ar1h" // a variance a visit, correlation ρ^|s−t| between the s-th and t-th visit
	CompoundSymmetry  Structure = "cs"   // one variance, one correlation, which may be negative
	HeterogeneousCS   Structure = "csh"  // a variance a visit, one correlation
	AutoregressiveAR1 Structure = "ar1"  // one variance, correlation ρ^|s−t|
	HeterogeneousDiag Structure = "diag" // a variance a visit, no correlation
)

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
	Corr         []float64 // correlations with the earlier effects of the same block; nil for the first
}

// ResidualCovariance is the fitted covariance of the rows of one patient (MMRM), on the outcome's scale.
type ResidualCovariance struct {
	Structure Structure
	Group     string
	Visits    []string
	Cov       []float64 // visits², row-major
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
	Parameters   int          // fixed effects and variance parameters
	Terms        []string     // kept terms
	Beta, SE     []float64
	Cov          []float64   // len(Terms)², row-major: σ²(X'V⁻¹X)⁻¹
	Random       []Component // upper group first
	Residual     float64     // residual variance; NaN when it differs between visits
	ResidualCov  *ResidualCovariance
	ICC          []GroupValue // variances of this and all upper levels over the total; nil with slopes or an MMRM
	Converged    bool
	Singular     bool // a variance component is estimated as zero
	Evaluations  int  // evaluations of the criterion
	DroppedTerms []string
	Warnings     []string
	Null         [][]float64 // logit models: directions in the terms without a finite estimate; nil = none

	// Where the general criterion ended and its inverse Hessian there (generaldoc.go); nil for random intercepts.
	Theta, Inverse []float64
}

// Coefficient is one parameter with its standard error.
type Coefficient struct {
	Name         string
	Estimate, SE float64
}
