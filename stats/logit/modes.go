package logit

import "math"

// GroupModes are the effects of the upper (or only) grouping's levels, in the design's order, on the scale of the linear
// predictor: the joint conditional modes given the answers and the estimated parameters (equation 5), with the square
// root of their variance by the Hessian there, the patients' effects integrated along: what lme4's and ordinal's ranef
// give with condVar. A level none of whose rows is used, or whose standard deviation is estimated as zero, has mode 0
// and the standard deviation itself.
func (m *Model) GroupModes(f *Fit) (mode, se []float64) {
	c := newCriterion(m, grid{1, 1}, f.Held, true)
	su, sp := c.sigmas(f.Psi)
	su, sp = math.Abs(su), math.Abs(sp)
	sign := 1.0
	if m.opt.Ordinal { // a logistic row of an ordinal answer holds threshold − η
		sign = -1
	}
	if len(f.Psi) != m.q+2 {
		panic("logit: the fit does not belong to the model")
	}
	mode, se = make([]float64, m.levels[0]), make([]float64, m.levels[0])
	for i := range mode {
		from, to := int(m.members[i]), int(m.members[i+1])
		sd := su
		if !m.nested {
			sd = sp
		}
		if se[i] = sd; from == to || sd == 0 {
			continue
		}
		c.predict(i, f.Psi)
		c.modes(i, su, sp, 1e-10)
		if m.nested {
			mode[i], se[i] = sign*su*c.bu[i], su/math.Sqrt(c.schur[i])
		} else {
			mode[i], se[i] = sign*sp*c.bp[from], sp/math.Sqrt(c.dp[from])
		}
	}
	return mode, se
}

// ICCInterval is the 95 % interval of the intraclass correlation of level k of Fit.ICC, by the delta method on its logit
// (Stata's estat icc): latent scale, residual π²/3. NaN where the correlation is zero.
func (f *Fit) ICCInterval(k int) (low, high float64) {
	n := len(f.Psi)
	su, sp := math.Abs(f.Psi[n-2]), math.Abs(f.Psi[n-1])
	for h, s := range []*float64{&su, &sp} {
		if f.Held[h] {
			*s = 0
		}
	}
	total := su*su + sp*sp + math.Pi*math.Pi/3
	part := su * su
	if k == len(f.ICC)-1 { // the lowest level has all variances
		part += sp * sp
	}
	rho := part / total
	if !(rho > 0) {
		return math.NaN(), math.NaN()
	}
	gu, gp := 2*su*(1-rho)/total, -2*sp*rho/total
	if k == len(f.ICC)-1 {
		gp = 2 * sp * (1 - rho) / total
	}
	g := [2]float64{gu, gp}
	v := 0.0
	for a := range g {
		for b := range g {
			v += g[a] * g[b] * f.PsiCov[(n-2+a)*n+n-2+b]
		}
	}
	se := math.Sqrt(v) / (rho * (1 - rho))
	at := math.Log(rho / (1 - rho))
	inverse := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	return inverse(at - 1.959963984540054*se), inverse(at + 1.959963984540054*se)
}
