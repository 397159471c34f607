/*
Package stats holds the numbers that need no model: what describes a group, compares two or more of them, corrects
several P values for each other, measures an effect, a correlation within clusters or the size of a trial. One idea a
file:

	baseline.go      the rows of a baseline table, put together from the files below
	describe.go      mean, standard deviation, quantiles of types 2, 6 and 7, skewness
	compare.go       Welch's and the pooled t test, Levene's test
	ranks.go         Mann–Whitney's test, by the normal approximation and exact
	tables.go        Pearson's, Yates's and the likelihood-ratio chi-square, the trend test, the choice of a test
	fisher.go        Fisher's exact test of any table; oddsratio.go its odds ratio
	clustered.go     the same comparisons with an allowance for clusters
	multiplicity.go  Bonferroni, Holm, Hochberg, Hommel, Benjamini–Hochberg, Benjamini–Yekutieli
	effect.go        Cohen's d, Hedges' g, Hedges' d for clusters, standardised differences, odds ratios
	icc.go           the intraclass correlation by analysis of variance
	reliability.go   Cronbach's alpha
	size.go          sample size, power and detectable difference, with every rounding step in words

Rows are slices of numbers; NaN is a missing value and is left out. A result that cannot be had carries a Status other
than OK, a sentence that says why, and NaN in its numbers: the caller never has to guess what a NaN means. The models
are in the packages mixed and boot beside this one.
*/
package stats
