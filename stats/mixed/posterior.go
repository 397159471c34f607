package mixed

import (
	"errors"
	"math"
	"math/rand/v2"
)

// Posterior draws parameters and effects of a model of random intercepts given the data, for multiple imputation of
// missing outcomes (Schafer and Yucel 2002; Carpenter and Kenward 2013, chapter 9, by a normal approximation in place
// of a Markov chain).
//
//	(θ, log σ)  normal round the estimate with the inverse observed information, SDs reflected at zero;
//	            an SD estimated as zero stays zero
//	β           normal round its generalised least squares estimate at those variances, σ²(X'V⁻¹X)⁻¹
//	u, then v   the unit's effect given its rows, then each patient's given the unit's
//
// One stream of random numbers makes one draw: the same numbers on every machine.
type Posterior struct {
	inf  *Inference
	free []int     // parameters that vary
	root []float64 // square root of their covariance, (free+1)², the last for log σ
}

// Drawn is one draw, on the outcome's scale.
type Drawn struct {
	Beta    []float64   // of Fit.Terms
	SD      []float64   // of the groups, upper first
	Sigma   float64     // residual SD
	Effects [][]float64 // by group of the design and its level
}

// NewPosterior prepares draws. The model must be one of random intercepts of one group or of two, one within the
// other.
func (inf *Inference) NewPosterior() (*Posterior, error) {
	if !simple(inf.d) || len(inf.d.Groups) > 2 {
		return nil, errors.New("missing outcomes are drawn from models with random intercepts for one group or for two, one within the other; leave out slopes, visit covariances and further groups")
	}
	s, err := inf.satterthwaite()
	if err != nil {
		return nil, err
	}
	p := &Posterior{inf: inf}
	for k, free := range inf.c.free(inf.theta) {
		if free {
			p.free = append(p.free, k)
		}
	}
	n := len(p.free) + 1
	a := append([]float64{}, s.a...)
	for k := range n { // to log σ, and for its row
		a[k*n+n-1] /= inf.sigma
		a[(n-1)*n+k] /= inf.sigma
	}
	p.root = squareRoot(a, n)
	return p, nil
}

// squareRoot is a symmetric root of a covariance; directions without one get none.
func squareRoot(a []float64, n int) []float64 {
	w, v := eigen(a, n)
	out := make([]float64, n*n)
	for k, e := range w {
		for i := range n {
			for j := range n {
				out[i*n+j] += v[i*n+k] * math.Sqrt(max(e, 0)) * v[j*n+k]
			}
		}
	}
	return out
}

// Draw is one draw of everything.
func (p *Posterior) Draw(r *rand.Rand) Drawn {
	inf, m := p.inf, p.inf.m
	defer inf.settle()
	theta, sigma := p.variances(r)
	inf.c.sigma = 0
	if !inf.c.evaluate(theta, true) { // numerically out of reach: the estimate itself
		theta, sigma = append([]float64{}, inf.theta...), inf.sigma
		inf.settle()
	}
	size := len(m.basis.kept)
	a := make([]float64, size*size)
	inf.scaledCov(a)
	root := squareRoot(a, size)
	z := append([]float64{}, inf.c.z[m.pad:]...)
	for k := range size {
		e := r.NormFloat64()
		for i := range size {
			z[i] -= sigma * root[i*size+k] * e // z holds −β
		}
	}
	d := Drawn{Beta: make([]float64, size), Sigma: sigma * m.basis.scale}
	m.basis.coefficients(d.Beta, z)
	for _, t := range theta {
		d.SD = append(d.SD, math.Abs(t)*d.Sigma)
	}
	d.Effects = p.effects(d, r)
	return d
}

func (p *Posterior) variances(r *rand.Rand) (theta []float64, sigma float64) {
	n := len(p.free) + 1
	step := make([]float64, n)
	for k := range n {
		e := r.NormFloat64()
		for i := range n {
			step[i] += p.root[i*n+k] * e
		}
	}
	theta = append([]float64{}, p.inf.theta...)
	for i, k := range p.free {
		theta[k] = math.Abs(theta[k] + step[i])
	}
	return theta, p.inf.sigma * math.Exp(step[n-1])
}

// effects draws the random effects given the rows and the parameters.
func (p *Posterior) effects(d Drawn, r *rand.Rand) [][]float64 {
	inf := p.inf
	out := make([][]float64, len(inf.d.Groups))
	for k, g := range inf.d.Groups {
		out[k] = make([]float64, len(g.Levels))
	}
	residual := inf.residualsAt(d.Beta)
	lowest := len(inf.d.Groups) - 1
	between := 0.0 // variance between patients
	if lowest > 0 {
		between = d.SD[lowest] * d.SD[lowest]
	}
	within := d.Sigma * d.Sigma
	for u, rows := range inf.units {
		patients := groupsOf(inf.d.Groups[lowest].Of, rows, lowest > 0)
		precision, sum := 0.0, 0.0
		for _, mine := range patients {
			n, e := float64(len(mine)), sumOver(residual, mine)
			w := 1 / (within + n*between)
			precision += n * w
			sum += e * w
		}
		effect := 0.0
		if d.SD[0] > 0 {
			precision += 1 / (d.SD[0] * d.SD[0])
			effect = sum/precision + r.NormFloat64()/math.Sqrt(precision)
		}
		out[0][u] = effect
		if lowest == 0 {
			continue
		}
		for _, mine := range patients {
			n, e := float64(len(mine)), sumOver(residual, mine)-float64(len(mine))*effect
			v := 0.0
			if between > 0 {
				prec := 1/between + n/within
				v = e/within/prec + r.NormFloat64()/math.Sqrt(prec)
			}
			out[lowest][inf.d.Groups[lowest].Of[mine[0]]] = v
		}
	}
	return out
}

// residualsAt is y − Xβ for coefficients of the kept terms.
func (inf *Inference) residualsAt(beta []float64) []float64 {
	columns := inf.m.basis.kept
	width := len(inf.d.Terms)
	out := make([]float64, len(inf.d.Y))
	for i, y := range inf.d.Y {
		for k, c := range columns {
			y -= inf.d.X[i*width+c] * beta[k]
		}
		out[i] = y
	}
	return out
}

// groupsOf splits the rows of a unit by patient, in order of first appearance; without patients each row is its own.
func groupsOf(of []int32, rows []int32, patients bool) [][]int32 {
	var out [][]int32
	at := map[int32]int{}
	for _, row := range rows {
		k, known := at[of[row]]
		if !known || !patients {
			k = len(out)
			at[of[row]] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], row)
	}
	return out
}

func sumOver(v []float64, rows []int32) (sum float64) {
	for _, row := range rows {
		sum += v[row]
	}
	return sum
}
