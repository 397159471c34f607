package logit

import "math"

// criterion evaluates the log-likelihood of one Model for one worker: it owns the quadrature nodes and all working
// memory. Parameters are ψ = (γ, σ_u, σ_p); with one grouping factor σ_u is held at zero and its groups are the
// patients. Equation numbers are those of doc.go.
type criterion struct {
	m          *Model
	nu, nv     int  // points in use at each level; 1 where the standard deviation is held at zero
	unit, pat  rule // the rules with nu and nv points
	held       [2]bool
	laplace    bool
	moving     bool    // so few nodes that the derivatives are differenced, the nodes moving
	sharp      float64 // Laplace: how sharp the modes are
	dim        int     // q+2
	ll         float64
	grad, hess []float64 // dim, dim×dim, with room for three more; entries of held parameters are zero
	gamma      []float64 // γ padded to stride

	// Modes of the spherical effects, by unit and patient: the last found, and the start of the next search.
	bu, bp []float64
	dp     []float64 // 1 + σ_p² W_j at the mode
	cp     []float64 // σ_u σ_p W_j at the mode
	schur  []float64 // by unit

	// Frozen nodes: of unit i at i·nu, of patient j given unit node k at (j·nu+k)·nv.
	u, lwu []float64 // node and log weight
	v, wv  []float64 // node and weight
	vm, vt []float64 // by patient and unit node: v_kl = vm + vt x_l

	// Of the unit under evaluation.
	offset   []float64   // by logistic row of the model: added to the linear predictor; nil = none
	flat     [][]float64 // directions in which the likelihood is level; the Hessian is bent along them
	lp, a    []float64   // by logistic row: z'γ and its exponential
	t, w     []float64   // by patient, unit node, patient node: e^{shift}, and weight × t^successes
	mean     []float64   // by row and unit node: E_l[1−μ of a failure's complement], see inner.go
	logL     []float64   // by unit node
	prod     []float64
	post     []float64 // Π_k
	sumE     []float64 // Σ_j E_l[Σ_r e_r] by unit node
	sumVE    []float64
	score    []float64 // dim × nu, for the Hessian
	half     []float64 // by patient and unit node: exponentials of which t is made
	sum      []float64 // by unit node: what the inner loops leave
	inv      []float64 // up to maxShort rows × nv
	tmp      []float64
	longRows []float64
	pi       []float64    // nv
	work     [6][]float64 // by patient
}

// sharpest is the length of a Newton step after which Laplace's modes are as sharp as differences of the gradient need.
const sharpest = 1e-8

// maxShort is the number of logistic rows of a patient up to which products of 1+e^lp are kept as they are: three
// visits of an ordinal outcome. Beyond it the logarithms are summed.
const maxShort = 6

// newCriterion allocates for nu × nv points. Standard deviations that are held are zero, and their level has one node.
func newCriterion(m *Model, nodes grid, held [2]bool, laplace bool) *criterion {
	nu, nv := nodes[0], nodes[1]
	if !m.nested {
		held[0] = true
	}
	if held[0] {
		nu = 1
	}
	if held[1] {
		nv = 1
	}
	patients, dim := m.patients(), m.q+2
	moving := !laplace && (!held[0] && nu < fewNodes || !held[1] && nv < fewNodes)
	c := &criterion{m: m, nu: nu, nv: nv, unit: hermite(nu), pat: hermite(nv), held: held, laplace: laplace, moving: moving, sharp: sharpest, dim: dim,
		grad: make([]float64, dim+4)[:dim], gamma: make([]float64, m.stride), hess: make([]float64, dim*dim+4)[:dim*dim],
		bu: make([]float64, m.levels[0]), bp: make([]float64, patients), dp: make([]float64, patients),
		cp: make([]float64, patients), schur: make([]float64, m.levels[0])}
	rows, most, mostOne := 0, 0, 0
	for i := range m.levels[0] {
		from, to := m.members[i], m.members[i+1]
		if from == to {
			continue
		}
		rows, most = max(rows, int(m.first[to]-m.first[from])), max(most, int(to-from))
	}
	for j := range patients {
		mostOne = max(mostOne, int(m.first[j+1]-m.first[j]))
	}
	c.lp, c.a = make([]float64, rows), make([]float64, rows)
	c.tmp = make([]float64, max(most, nv))
	for k := range c.work {
		c.work[k] = make([]float64, most)
	}
	if !laplace {
		c.u, c.lwu = make([]float64, m.levels[0]*nu), make([]float64, m.levels[0]*nu)
		c.v, c.wv = make([]float64, patients*nu*nv), make([]float64, patients*nu*nv)
		c.vm, c.vt = make([]float64, patients*nu), make([]float64, patients*nu)
		c.t, c.w = make([]float64, most*nu*nv), make([]float64, most*nu*nv)
		c.half = make([]float64, most*nu*(nv/2+1))
		c.sum = make([]float64, nu*(maxShort+2))
		c.mean = make([]float64, rows*nu)
		c.inv = make([]float64, max(mostOne, maxShort)*nv)
	}
	for _, s := range []*[]float64{&c.logL, &c.prod, &c.post, &c.sumE, &c.sumVE} {
		*s = make([]float64, nu)
	}
	c.score = make([]float64, dim*nu)
	c.pi = make([]float64, nv)
	return c
}

// sigmas are the standard deviations in ψ, zero where held.
func (c *criterion) sigmas(psi []float64) (su, sp float64) {
	su, sp = psi[c.m.q], psi[c.m.q+1]
	if c.held[0] {
		su = 0
	}
	if c.held[1] {
		sp = 0
	}
	return su, sp
}

// reset forgets the modes.
func (c *criterion) reset() {
	clear(c.bu)
	clear(c.bp)
}

// predict sets lp = z'γ and a = e^lp for the rows of unit i.
func (c *criterion) predict(i int, psi []float64) {
	m := c.m
	from, to := m.rowsOf(i)
	lp := c.lp[:to-from]
	g := c.gamma
	copy(g, psi[:m.q])
	for r := range lp {
		z := m.z[(from+r)*len(g):][:len(g)]
		s := 0.0
		for j := 0; j+4 <= len(g); j += 4 {
			x, y := z[j:j+4:j+4], g[j:j+4:j+4]
			s += x[0]*y[0] + x[1]*y[1] + x[2]*y[2] + x[3]*y[3]
		}
		if c.offset != nil {
			s += c.offset[from+r]
		}
		if s > maxLP {
			s = maxLP
		} else if s < -maxLP {
			s = -maxLP
		}
		lp[r] = s
	}
	copy(c.a, lp)
	expAll(c.a[:len(lp)])
}

// maxLP bounds a linear predictor without random effects, so that no product of six overflows; a probability of
// e^{-60} is zero to any data.
const maxLP = 60.0

// rowsOf are the logistic rows of unit i.
func (m *Model) rowsOf(i int) (from, to int) {
	return int(m.first[m.members[i]]), int(m.first[m.members[i+1]])
}

// modes finds the joint mode (5) of the effects of unit i by Newton's method with the arrowhead Hessian of (6), from
// where they were, and leaves the blocks of the Hessian in dp, cp and schur. predict(i) comes before.
//
// The logistic function's third derivative is bounded by its second, so a step that moves a linear predictor by s is
// downhill when shortened to log(1+s)/s of its length (Bach 2010, Electronic Journal of Statistics 4, 384-414).
func (c *criterion) modes(i int, su, sp, tolerance float64) {
	m := c.m
	from, to := int(m.members[i]), int(m.members[i+1])
	base := int(m.first[from])
	bu := c.bu[i]
	if su == 0 {
		bu = 0
	}
	shift := c.tmp[:to-from]
	for pass := 0; pass < 60; pass++ {
		for j := range shift {
			shift[j] = su*bu + sp*c.bp[from+j]
		}
		expAll(shift)
		gu, schur, along := -bu, 1.0, 0.0
		for j := range shift {
			r0, r1 := m.first[from+j], m.first[from+j+1]
			S, W := sums(c.a[int(r0)-base:int(r1)-base], m.up[r0:r1], shift[j])
			d := 1 + sp*sp*W
			cc := su * sp * W
			g := sp*S - c.bp[from+j]
			c.dp[from+j], c.cp[from+j] = d, cc
			gu += su * S
			schur += su * su * W / d
			along += cc * g / d
			shift[j] = g
		}
		c.schur[i] = schur
		du := 0.0
		if su != 0 {
			du = (gu - along) / schur
		}
		longest := 0.0
		for j := range shift {
			shift[j] = (shift[j] - c.cp[from+j]*du) / c.dp[from+j]
			if move := math.Abs(su*du + sp*shift[j]); move > longest {
				longest = move
			}
		}
		scale := 1.0
		if longest > 0.5 {
			scale = math.Log1p(longest) / longest
		}
		bu += scale * du
		for j := range shift {
			c.bp[from+j] += scale * shift[j]
		}
		if longest < tolerance {
			break
		}
	}
	c.bu[i] = bu
}

// sums are S = Σ e and W = Σ μ(1−μ) over the rows of a patient where e^{shift} is t.
func sums(a, up []float64, t float64) (S, W float64) {
	for r, x := range a {
		f := 1 / (1 + x*t) // 1−μ
		S += up[r] - 1 + f
		W += f - f*f
	}
	return S, W
}

// place puts the nodes of the units listed where their effects are likely at ψ: equations (7) and (8). Modes start
// from where they were left.
func (c *criterion) place(psi []float64, units []int32) {
	su, sp := c.sigmas(psi)
	tolerance := 1e-4
	if c.moving {
		tolerance = 1e-9
	}
	for _, i := range units {
		if c.m.members[i] < c.m.members[i+1] {
			c.predict(int(i), psi)
			c.modes(int(i), su, sp, tolerance)
			center, sd := c.marginal(int(i), su, sp), 1/math.Sqrt(c.schur[i])
			c.placeUnit(int(i), su, sp, center, sd)
			if c.m.members[i+1]-c.m.members[i] > crowded && !c.held[0] {
				c.recenter(int(i), psi, center, sd)
			}
		}
	}
}

// marginal is where the posterior of a unit's effect has its mode once its patients are integrated out by Laplace's
// approximation: the joint mode moved by the slope of −½ Σ log D_j. The patients' skewness adds up, so that in a unit
// of a thousand patients the joint mode lies several posterior standard deviations away.
func (c *criterion) marginal(i int, su, sp float64) float64 {
	if c.held[0] || c.held[1] {
		return c.bu[i]
	}
	m := c.m
	from, to := int(m.members[i]), int(m.members[i+1])
	base := int(m.first[from])
	shift := c.tmp[:to-from]
	for j := range shift {
		shift[j] = su*c.bu[i] + sp*c.bp[from+j]
	}
	expAll(shift)
	slope := 0.0
	for j, t := range shift {
		V := 0.0
		for _, x := range c.a[int(m.first[from+j])-base : int(m.first[from+j+1])-base] {
			f := 1 / (1 + x*t)
			V += (f - f*f) * (2*f - 1)
		}
		slope -= 0.5 * V / (c.dp[from+j] * c.dp[from+j])
	}
	return c.bu[i] + su*sp*sp*slope/c.schur[i]
}

// recenter places a crowded unit's nodes by the mean and standard deviation of its posterior, until they stay.
func (c *criterion) recenter(i int, psi []float64, center, sd float64) {
	su, sp := c.sigmas(psi)
	for range 4 {
		c.evaluateUnit(i, psi, 0)
		mean, square := 0.0, 0.0
		for k, p := range c.post {
			mean += p * c.u[i*c.nu+k]
		}
		for k, p := range c.post {
			square += p * (c.u[i*c.nu+k] - mean) * (c.u[i*c.nu+k] - mean)
		}
		spread := min(max(math.Sqrt(square), sd/2), 2*sd)
		move := math.Abs(mean-center) / sd
		center, sd = mean, spread
		c.placeUnit(i, su, sp, center, sd)
		if move < 0.3 {
			return
		}
	}
}

func (c *criterion) placeUnit(i int, su, sp, center, sd float64) {
	m := c.m
	from, to := int(m.members[i]), int(m.members[i+1])
	tau := math.Sqrt2 * sd
	for k := range c.nu {
		if c.held[0] {
			c.u[i*c.nu], c.lwu[i*c.nu] = 0, 0
		} else {
			u := center + tau*c.unit.x[k]
			c.u[i*c.nu+k] = u
			c.lwu[i*c.nu+k] = math.Log(c.unit.lam[k]*tau) - u*u/2 - 0.5*math.Log(2*math.Pi)
		}
	}
	if c.held[1] {
		for x := from * c.nu; x < to*c.nu; x++ {
			c.v[x], c.wv[x], c.vm[x], c.vt[x] = 0, 1, 0, 0
		}
		return
	}
	base := int(m.first[from])
	shift := c.tmp[:to-from]
	for k := range c.nu {
		off := c.u[i*c.nu+k] - c.bu[i]
		if c.held[0] {
			off = 0
		}
		c.conditional(from, to, su*c.u[i*c.nu+k], sp, off, base, k, shift)
	}
	w := c.wv[from*c.nu*c.nv : to*c.nu*c.nv]
	expAll(w)
	for j := from; j < to; j++ {
		for k := range c.nu {
			s := c.t[((j-from)*c.nu+k)*c.nv] // left there by conditional
			x, lam := w[((j-from)*c.nu+k)*c.nv:][:c.nv], c.pat.lam
			for len(x) >= 7 && len(lam) >= 7 {
				a, b := (*[7]float64)(x), (*[7]float64)(lam)
				a[0], a[1], a[2], a[3] = a[0]*(s*b[0]), a[1]*(s*b[1]), a[2]*(s*b[2]), a[3]*(s*b[3])
				a[4], a[5], a[6] = a[4]*(s*b[4]), a[5]*(s*b[5]), a[6]*(s*b[6])
				x, lam = x[7:], lam[7:]
			}
			for l, b := range lam {
				x[l] *= s * b
			}
		}
	}
}

// conditional places the patients' nodes given unit node k: the tangent of the mode's path, then two Newton steps;
// the curvature is that at the start of the second. The scale of the weights is left in t, their exponents in wv.
func (c *criterion) conditional(from, to int, shiftU, sp, off float64, base, k int, shift []float64) {
	m := c.m
	mode, curve := c.work[0][:len(shift)], c.work[1][:len(shift)]
	for j := range shift {
		mode[j] = c.bp[from+j] - c.cp[from+j]/c.dp[from+j]*off
	}
	copy(curve, c.dp[from:to])
	passes := 2
	if off == 0 {
		passes = 0 // already there
	}
	for range passes {
		for j, b := range mode {
			shift[j] = shiftU + sp*b
		}
		expAll(shift)
		for j, t := range shift {
			r0, r1 := m.first[from+j], m.first[from+j+1]
			S, W := sums(c.a[int(r0)-base:int(r1)-base], m.up[r0:r1], t)
			d := 1 + sp*sp*W
			step := (sp*S - mode[j]) / d
			if move := math.Abs(sp * step); move > 0.5 {
				step *= math.Log1p(move) / move
			}
			mode[j] += step
			curve[j] = d
		}
	}
	for j, b := range mode {
		tau := math.Sqrt2 / math.Sqrt(curve[j])
		at := (from+j)*c.nu + k
		c.vm[at], c.vt[at] = b, tau
		v, w, x := c.v[at*c.nv:][:c.nv], c.wv[at*c.nv:][:c.nv], c.pat.x
		for len(x) >= 7 && len(v) >= 7 && len(w) >= 7 {
			p, q, r := (*[7]float64)(v), (*[7]float64)(w), (*[7]float64)(x)
			y0, y1, y2, y3 := b+tau*r[0], b+tau*r[1], b+tau*r[2], b+tau*r[3]
			y4, y5, y6 := b+tau*r[4], b+tau*r[5], b+tau*r[6]
			p[0], p[1], p[2], p[3], p[4], p[5], p[6] = y0, y1, y2, y3, y4, y5, y6
			q[0], q[1], q[2], q[3] = -0.5*y0*y0, -0.5*y1*y1, -0.5*y2*y2, -0.5*y3*y3
			q[4], q[5], q[6] = -0.5*y4*y4, -0.5*y5*y5, -0.5*y6*y6
			v, w, x = v[7:], w[7:], x[7:]
		}
		for l, x := range x {
			y := b + tau*x
			v[l], w[l] = y, -0.5*y*y
		}
		c.t[(j*c.nu+k)*c.nv] = tau / math.Sqrt(2*math.Pi)
	}
}
