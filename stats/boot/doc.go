/*
Package boot estimates standard errors, intervals and P values of a linear or logit mixed model by resampling: the
cluster bootstrap (whole units are drawn with replacement, within strata such as the arms or not, and a unit drawn twice
counts as two distinct units, as Stata's bootstrap with cluster() and idcluster()), other bootstraps, and two tests for
few units. [Scheme] lists them; wild.go and permute.go hold the mathematics of the tests.

A [Job] is everything the numbers depend on. Replicate r depends on the job and r only, through the random stream
PCG(seed, r), so any split into batches, in any order, on any number of workers, gives the same numbers, and "1,000
more" continues the same sequence. A [Runner] fits replicates, [Summarize] puts batches together, at any time and in
any order of arrival. Negative numbers are what goes with the replicates, in tasks of their own: the jackknife for BCa
intervals, or the intervals of a permutation test ([Runner.Beside]). Replicates that cannot be fitted are counted with their reasons and left out of the statistics;
they are never replaced silently.

The package fits nothing itself (that is package mixed, and logit for binary and ordinal outcomes) and knows neither pages nor workers.

Intervals, with θ̂ the estimate, θ* the replicates, B their number, quantiles of type 6 (Hyndman and Fan 1996; SPSS and
Stata's default), z the normal quantile:

	normal      θ̂ ± z.975 SE
	percentile  quantiles .025 and .975 of θ*
	basic       2θ̂ − the percentile ends, reversed
	BC          percentiles at Φ(2z0 ± z.975), z0 = Φ⁻¹(share of θ* below θ̂, ties half)
	BCa         the same with the acceleration Σd³/6(Σd²)^1.5, d the jackknife mean less each unit's jackknife value
	            (each patient's where patients are drawn)
	MCSE        Monte Carlo standard error of SE: SE √((kurtosis − 1)/4B)

Efron and Tibshirani 1993, An introduction to the bootstrap, chapters 13 and 14; Stata's bootstrap for BC.
*/
package boot
