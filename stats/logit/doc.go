/*
Package logit fits binary and ordinal mixed models by maximum likelihood: yes/no answers and ordered categories of
visits within patients within units, or with one of the two groupings alone.

It turns numbers into numbers. It reads no files, knows no trial and draws no random numbers; package boot resamples
units and calls [Scratch.Refit] for each replicate, package formula makes the design from columns.

# Model

	(1)  logit P(Y_ijk = 1) = x_ijk'β + σ_u b_i + σ_p b_ij                      binary
	(2)  logit P(Y_ijk <= c) = α_c − (x_ijk'β + σ_u b_i + σ_p b_ij)             ordinal, c = 1 ... K−1

with b_i, b_ij independent standard normal, i the unit, j the patient, k the row. Higher β means the event, or a
higher category, as in Stata's melogit and meologit and in R's glmer and clmm. With a single grouping factor there is no
b_i and every group is a patient. There is one kernel: with A = α_c − η and B = α_{c−1} − η

	(3)  P(Y = c) = F(A) − F(B) = F(A) (1 − F(B)) (1 − e^{B−A}),    F(x) = 1/(1+e^{−x})

so an answer in an interior category is a logistic success at its upper threshold, a logistic failure at its lower one,
and a term free of covariates and effects; an answer in an end category is one logistic row. Everything below is
written for logistic rows.

# Symbols

	γ          thresholds and coefficients; ψ = (γ, σ_u, σ_p)
	z          covariates of a logistic row; lp = z'γ + σ_u b_i + σ_p b_ij (the sign of the effects is immaterial)
	μ = F(lp), e = y − μ, w = μ(1−μ), w' = w(1−2μ)
	S_j, W_j   Σ e and Σ w over the rows of patient j
	ω_i        weight of unit i: how often it was drawn (1 in the fit on all rows; copies are distinct units)

# Criterion by nested adaptive Gauss-Hermite quadrature

	(4)  ℓ(ψ) = Σ_i ω_i log ∫ φ(u) Π_j ∫ φ(v) Π_r F(±lp_r(u, v)) dv du

The mode of a unit's effects and the Hessian there, which is an arrowhead:

	(5)  max over (b_i, b_ij):  Σ log F − ½ b_i² − ½ Σ_j b_ij²
	(6)  D_j = 1 + σ_p² W_j,  c_j = σ_u σ_p W_j,  Schur_i = 1 + σ_u² Σ_j W_j/D_j

Nodes x_k with λ_k = (weight) e^{x_k²}; the unit's around the mode of its posterior with the patients integrated out, which
(6) moves from the joint mode, and the patient's around their mode given the unit's node:

	(7)  u_k  = û_i + √2 x_k/√Schur_i,        log weight  log(λ_k √2/√Schur_i) + log φ(u_k)
	(8)  v_kl = v̂_j(u_k) + √2 x_l/√D_j(u_k),  weight      λ_l √2/√D_j(u_k) φ(v_kl)

	(9)  G_jk = Σ_l weight_kl Π_r F,   L_k = log weight_k + Σ_j log G_jk
	(10) ℓ_i = log Σ_k e^{L_k},  Π_k = e^{L_k}/Σ e^{L},  π_kl = weight_kl Π_r F / G_jk

Given the nodes this is a mixture of logistic regressions on z̃ = (z, u_k, v_kl), so with the nodes frozen the derivatives
are posterior means (Louis 1982):

	(11) ∂ℓ_i  = Σ_k Π_k Σ_j Σ_l π_kl Σ_r e z̃
	(12) ∂²ℓ_i = Σ_k Π_k Σ_j [ −Σ_l π_kl Σ_r w z̃z̃'
	(13)         + Cov_l( Σ_r e z̃ ) ]
	(14)         + Cov_k( Σ_j E_l Σ_r e z̃ )

Standard errors are from the inverse of −(12..14), the observed information, over γ and the standard deviations that
are not zero.

# Laplace

With one node (4) is Laplace's approximation of the joint integral, for |H| = Schur Π D_j:

	(15) ℓ_i = Σ log F − ½ b_i² − ½ Σ_j b_ij² − ½ log Schur − ½ Σ_j log D_j    at the mode
	(16) H^uu = 1/Schur,  H^uj = −c_j/(D_j Schur),  H^jj = 1/D_j + c_j²/(D_j² Schur)
	(17) q_j = σ_u² H^uu + 2σ_u σ_p H^uj + σ_p² H^jj,  h_j = ½ q_j Σ_r w',  e_j = σ_p h_j,  e_u = σ_u Σ_j h_j
	(18) a_u = (e_u − Σ_j c_j e_j/D_j)/Schur,  a_j = (e_j − c_j a_u)/D_j,  ζ_j = σ_u a_u + σ_p a_j
	(19) ∂ℓ/∂γ   = Σ_r z [ e − ½ q_j w' + w ζ_j ]
	     ∂ℓ/∂σ_p = Σ_j [ S_j b_j − h_j b_j − W_j(σ_p H^jj + σ_u H^uj) − a_j S_j + W_j b_j ζ_j ]
	     ∂ℓ/∂σ_u = Σ_j [ S_j b_u − h_j b_u − W_j(σ_u H^uu + σ_p H^uj) − a_u S_j + W_j b_u ζ_j ]

It is offered for parity with glmer and clmm, which have nothing else for two nested groupings. With three yes/no answers
a patient it understates the patient's standard deviation by a fifth.

# Replicates

A resample of units has ℓ = Σ_i ω_i ℓ_i. The derivatives of every ℓ_i at the fit, to the third order, are taken once; their
weighted sum gives the maximum of a resample and its information closely without a look at a row. There the nodes are
placed and frozen, and BFGS, which begins with that information, needs three or four evaluations of (9) to (11) until its
last step leaves a Newton decrement of 1e-7: a few ten-thousandths of a standard error.

# Number of points

Seven at each level, as Stata. The fit is then checked with fifteen by one Newton step; when that moves a fixed effect by
more than 1 % of its standard error the fit is repeated with more, until nothing moves. Under a patient variance of 16
that is 41 or 61.

Sources: Pinheiro and Bates 1995, Journal of Computational and Graphical Statistics 4, 12-35, and Rabe-Hesketh, Skrondal
and Pickles 2005, Journal of Econometrics 128, 301-323, for (7) to (10). Estimates, standard errors, variances and
likelihood agree with glmer, glmmTMB, clmm and with dense quadrature as testdata/README.md says.
*/
package logit
