/*
Package impute answers how far a conclusion rests on the assumption that outcomes are missing at random: missing
outcomes of a linear mixed model are drawn from the fitted model, a number delta is added to them, the completed data
are analysed, and the results are pooled. The delta at which the conclusion turns is the tipping point.

	draw k     parameters and effects from package mixed's Posterior by PCG(seed, k); for every missing outcome
	           x'β + u + v + N(0, σ²): the draws are the same for every delta, so a curve over delta is smooth
	complete   y, and draw + delta where the row is marked to be shifted
	analyse    the same model, model-based standard error
	pool       Q̄ the mean, W the mean squared standard error, B the variance between draws;
	           T = W + (1 + 1/m)B, and degrees of freedom of Barnard and Rubin 1999:
	           ν = (m − 1)/λ², λ = (1 + 1/m)B/T, ν_obs = (ν_com + 1)/(ν_com + 3) ν_com (1 − λ), 1/ν_BR = 1/ν + 1/ν_obs,
	           ν_com the rows of the completed data less the fixed effects

Rubin 1987, Multiple imputation for nonresponse in surveys, chapter 3; Barnard and Rubin 1999, Biometrika 86:948-955;
Carpenter and Kenward 2013, Multiple imputation and its application, chapters 9 and 10. Pooling is held against the
mice package of R (pool.scalar).
*/
package impute
