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

What the methods are worth (simulate_test.go, `make simulate`): 1,000 simulated trials a column, without a difference between
the arms; linear model, three visits, 5 % of the variance between units, units of 6 to 22 patients (* the paper's: 10 and
12 units of 1 to 41); 999 replicates; of the contrast at the last visit the mean standard error over the true one and the
per cent of trials rejected at 5 %, which is also 100 less the coverage of the 95 % interval (Monte Carlo error 0.7).

	units                          6          10          20         22*          40          70
	model, z               0.88  9.2   0.92  8.1   0.95  7.3   0.94  7.2   0.98  6.0   0.98  5.1
	Satterthwaite          0.98  4.8   0.98  5.4   0.99  5.9   0.97  5.6   0.99  5.2   0.99  4.9
	Kenward-Roger          1.01  3.5   0.99  5.1   0.99  5.7   0.98  5.5   1.00  5.2   0.99  4.9
	CR2, Satterthw.        0.91  4.1   0.95  5.2   0.98  5.3   0.96  5.9   0.99  5.8   0.99  4.9
	bootstrap normal       0.82 15.4   0.87 11.2   0.94  8.4   0.93  9.1   0.97  6.8   0.98  5.5
	bootstrap percentile   0.82 17.3   0.87 11.5   0.94  8.4   0.93  9.1   0.97  6.6   0.98  5.6
	bootstrap BCa          0.82 19.3   0.87 12.0   0.94  8.5   0.93  8.9   0.97  6.5   0.98  5.6
	wild                   0.77  8.7   0.87  6.3   0.94  5.3   0.92  6.6   0.98  5.7   0.98  4.9
	permutation               –  0.0      –  5.2      –  5.3      –  5.5      –  5.8      –  5.3
	bias / its error             0.1        -1.2         1.0         0.5        -0.5         1.4

With few units the bootstraps of units reject too often (of 6 units, three times too often); Satterthwaite,
Kenward-Roger and CR2 (REML) and the permutation keep their level; of 6 units the permutation has 20 allocations and cannot reject.
Binary outcome, the paper's units, 1,000 trials (one without an estimate), 199 replicates: model z 0.95 5.9, bootstrap normal
0.97 7.2, percentile 8.5, BCa 8.1; ordinal outcome, the same 0.93 7.0, 0.93 7.7, 8.6, 8.6. Bias is nowhere more than its
Monte Carlo error makes likely.
*/
package boot
