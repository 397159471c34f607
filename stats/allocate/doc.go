/*
Package allocate randomises the units of a trial to its arms. A [Request] holds everything the list depends on; the same
request gives the same list on any machine, so a log of the request is enough to check a list years later.

	Simple       every unit by itself, with the probabilities of the ratio
	Blocked      permuted blocks within strata, their sizes drawn from a list; blocks of the least size hold the arms of a
	             stratum within one unit of the ratio
	Constrained  among all allocations that hold the ratio within strata and over all (to the next whole unit), one of the
	             best balanced on covariates: Raab and Butcher 2001, Statistics in Medicine 20:351–365; Moulton 2004,
	             Clinical Trials 1:297–305
	Minimise     one unit after the other to the arm that leaves the margins of strata and covariates least unequal, with a
	             probability below 1: Pocock and Simon 1975, Biometrics 31:103–115

Random numbers are PCG(seed, 0), turned into whole numbers and orders by this package itself (random.go), so that no
library's change of mind changes a list.

It knows no files: names come in, numbers of arms go out.
*/
package allocate
