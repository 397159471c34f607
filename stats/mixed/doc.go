/*
Package mixed fits linear mixed models by maximum likelihood (ML) or restricted maximum likelihood (REML): outcomes of
visits within patients within units, or with one of the two groupings alone.

Models of random intercepts, below, have a criterion of their own, whose exact derivatives make a bootstrap replicate
cost microseconds. Random slopes, units by visit and residual covariances over visits (MMRM) share the general criterion
of generaldoc.go. Degrees of freedom, robust covariances, predictions, residuals and profiles are those of [Inference].

It turns numbers into numbers. It reads no files, knows no trial and draws no random numbers; package boot resamples
units and calls [Scratch.Refit] for each replicate, package formula makes a [Design] from columns.

# Model

	y_ijk = x_ijk'β + u_i + v_ij + e_ijk
	u_i ~ N(0, bσ²)    unit i           (upper grouping factor)
	v_ij ~ N(0, aσ²)   patient j of i   (lower grouping factor)
	e_ijk ~ N(0, σ²)   row k

With a single grouping factor there is no u and every group is a patient v.

# Symbols

	p          fixed effects kept
	w          row (z', y) of length P = p+1: z the covariates in an orthonormal basis (Z'Z = I over all rows),
	           y the outcome less its ordinary regression on x, in units of its residual SD
	R          upper triangle with X'X = R'R; x = R'z, β_x = R⁻¹β_z
	s_j        Σ w over the rows of patient j
	n          number of rows of a patient; the distinct values are the "counts"
	ω_i        weight of unit i: how often it was drawn (1 in the fit on all rows; copies are distinct units)
	S_i        Σ w w' over the rows of unit i                      P×P
	Q_in       Σ s_j s_j' over the patients of i with n rows       P×P
	T_in       Σ s_j over the same patients                        P
	m_in       their number
	S*, Q*_n, m*_n, N   the same summed over units with weights ω
	a, b       variance ratios, at least 0; a = 0 or b = 0 is the boundary
	k_n        1/(1+an);  c_n = a k_n
	t_i        Σ_n k_n T_in;  h_i = Σ_n n k_n m_in;  g_i = b/(1+b h_i)

# Criterion

	(1)  M   = S* − Σ_n c_n Q*_n − Σ_i ω_i g_i t_i t_i'                     = W'V⁻¹W, V the covariance over σ²
	(2)  ld  = Σ_n m*_n log(1+an) + Σ_i ω_i log(1+b h_i)                    = log|V|
	(3)  r   = (last pivot of the Cholesky factor of M)²                    = residual sum of squares
	(4)  ML:   D = N [log(2πr/N) + 1] + ld                                  σ² = r/N
	(5)  REML: D = (N−p)[log(2πr/(N−p)) + 1] + ld + log|M_xx| + 2 log|R|    σ² = r/(N−p)
	(6)  Cov(β_z) = σ² M_xx⁻¹, Cov(β_x) = R⁻¹ Cov(β_z) R⁻ᵀ

With z = (−β, 1) and subscripts for derivatives by a and b, v_j = (M_j z)_x:

	(7)  r_j  = z'M_j z
	(8)  r_jk = z'M_jk z − 2 v_j' M_xx⁻¹ v_k
	(9)  D_j  = N r_j/r + ld_j,   D_jk = N (r_jk/r − r_j r_k/r²) + ld_jk    (REML: N−p for N, and)
	(10) (log|M_xx|)_j  = tr(M_xx⁻¹M_j)
	(11) (log|M_xx|)_jk = tr(M_xx⁻¹M_jk) − tr(M_xx⁻¹M_j M_xx⁻¹M_k)

The unit terms of (7) and (8), with e = z't_i and primes for derivatives by a:

	(12) f = −ω g e²;  f_a = −ω(g_a e² + 2g e e'),  f_b = −ω g_b e²
	(13) f_aa = −ω(g_aa e² + 4g_a e e' + 2g(e'² + e e'')),  f_ab = −ω(g_ab e² + 2g_b e e'),  f_bb = −ω g_bb e²

Every row enters through S, Q, T and m only, so a replicate costs the same for a thousand rows and for a million.
The minimum is found by Newton steps in φ_a = log(1+n̄a), φ_b = log(1+h̄b), bounded at zero (newton.go): about four
evaluations a replicate.

The criterion is that of lme4 (Bates, Mächler, Bolker and Walker 2015, Fitting linear mixed-effects models using
lme4, Journal of Statistical Software 67(1), equations 34 to 43), written with per-unit sums in place of a sparse
factor; its logLik, coefficients and standard errors agree with lme4 to the digits lme4 is sure of. Standard errors
are (6), as in lme4 and in Stata's mixed.
*/
package mixed
