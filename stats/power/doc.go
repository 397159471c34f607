/*
Package power estimates the power of a cluster-randomised trial by simulating it: trials are drawn from the plan, each is fitted
with the model that will be used, and the share in which the difference is significant is counted.

A [Job] is everything the numbers depend on. Trial r depends on the job and r only, through the random stream PCG(seed, r), so any
split into batches, in any order, on any number of workers, gives the same numbers, and "1,000 more" continues the same
sequence. A [Simulator] draws and fits trials, [Summarize] puts batches together at any time.

# How a trial is drawn

Clusters of random size: gamma with mean Size and coefficient of variation CV, rounded up or down at random so that the mean
stays, at least 1. Each person is seen at Visits visits, the first before the intervention (with one visit: only after); the
difference is there at every visit after it and tested at the last. A share Dropout is lost, each from a visit after the start
that is drawn with equal chances, so the share missing grows from visit to visit and is Dropout at the last.

	linear   y = μ + effect + u + v + e,  Var u = ICC SD², Var v = (r − ICC) SD², Var e = (1 − r) SD²
	binary   logit P(y = 1) = α + β + u + v, where α, β and the variances are such that the shares over all clusters are those
	         planned, and ICC and r the correlations of two persons and of two visits in the control arm on the scale of 0 and 1
	ordinal  logit P(y ≤ k) = α_k − β − u − v, α_k such that the shares of the control arm are those planned, β the log odds
	         ratio, ICC and r on the latent scale with variance π²/3

with u of the cluster, v of the person, r the correlation of two visits of a person. With one visit there is no v.

# How it is fitted

y ~ arm + (1|cluster), or arm*visit + (1|cluster/person) with the contrast arm + arm:visit at the last visit, as the page fits
outcomes; Constrained leaves the arm out at the first visit (cLDA), which adjusts for it. Standard errors are those of the model
or of the cluster bootstrap within arms. A trial that cannot be fitted, or in which the difference has no finite estimate,
detects nothing; both are counted. Logit models take the usual quadrature, or 15 points at each level where the random effects are
strong (see nodes in draw.go).

Burton, Altman, Royston and Holder 2006, Statistics in Medicine 25:4279–4292; Arnold, Hogan, Colford and Hubbard 2011, BMC
Medical Research Methodology 11:94, for power of cluster trials by simulation.
*/
package power
