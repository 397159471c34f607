/*
Package fewclusters sets one contrast by every method side by side and says what follows for a trial with few units.

The rule. Units are those with data, K the number in the smaller arm. Methods made for few units are Satterthwaite,
Kenward–Roger, CR2, the wild bootstrap and the permutation test; a method agrees with another when both P values are
below 0.05 or neither is. Widths are those of the 95 % intervals of Satterthwaite, Kenward–Roger, CR2 and the wild
bootstrap; they are close when the widest is at most 1.25 times the narrowest.

	K ≥ 20        enough units: the model's own interval holds when the methods agree (Leyrat et al. 2018 found
	              uncorrected mixed models liberal below 40 units in all; McNeish and Stapleton 2016)
	6 ≤ K < 20    few: report Kenward–Roger when the methods made for few units agree; beside it CR2 when the widths
	              are not close; the range of P when they do not agree
	K < 6         very few: the permutation test, which needs no approximation, decides; CR2 and the bootstraps are
	              themselves unsafe (Cameron, Gelbach and Miller 2008; Webb 2014). With fewer than 20 allocations its P
	              cannot fall below 0.05, and no test can conclude.

In each case it is said when only the methods that take the units for many give P < 0.05.

Sources: Leyrat, Morgan, Leurent and Kahan 2018, Int J Epidemiol 47:321-331; Kahan et al. 2016, Trials 17:438; McNeish and
Stapleton 2016, Multivariate Behav Res 51:495-518; Kenward and Roger 1997, Biometrics 53:983-997; Pustejovsky and Tipton
2018, J Bus Econ Stat 36:672-683; Cameron, Gelbach and Miller 2008, Rev Econ Stat 90:414-427; Webb 2014, Queen's Economics
Department working paper 1315; Gail et al. 1996, Stat Med 15:1069-1092 (permutation tests of cluster trials).
*/
package fewclusters
