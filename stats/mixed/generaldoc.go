package mixed

/*
The general criterion, for anything but random intercepts of one or two groups.

	y_ij = X_ij β + Zu_ij b_i + Zp_ij c_ij + e_ij      rows of patient j of unit i
	b_i ~ N(0, Φσ²), Φ = EΨ_uE' + φ·diag(mask)         in the unit's space, of dimension du
	c_ij ~ N(0, Ψ_pσ²), e_ij ~ N(0, Iσ²)               or, in an MMRM, c = 0 and e_ij ~ N(0, Σσ²) over visits

Ψ_u and Ψ_p are block-diagonal, a block ΛΛ' with Λ lower triangular; the parameters are the elements of Λ, the SD of the
middle groups √φ (a unit at a visit), and those of Σ (residual.go). The columns of Zu and Zp are scaled to mean square 1
over the rows and made orthonormal within a block, so that a slope on years and one on minutes search alike. Where there
are middle groups, the unit's space is that of their indicators and E maps the unit's own columns into it, if these
depend on the middle group only (visit, yes; a covariate of the patient, no); otherwise both stand side by side.

Each patient enters by k features F of its rows: Zp, or the indicators of its visits. Patients with equal N = F'F and
A = Zu'F share a pattern π; per unit and pattern, once:

	T_iπ = Σ_j F_j'W_j                 k×P        m_iπ the number of patients
	C_iπ,ab = Σ_j sym (F_a'W)(F_b'W)'  P×P
	S_i = W'W, U0_i = Zu'W, H0_i = Zu'Zu          (in an MMRM these are zero: all is in the patterns)

A pattern of a single patient is "loose": its C is formed from T when needed.

	(G1) B_π = −Λ(I + Λ'NΛ)⁻¹Λ', log|V_π| = log|I + Λ'NΛ|          MMRM: B_π = Σ_ππ⁻¹, log|V_π| = log|Σ_ππ|
	(G2) U_i = U0_i + Σ_π A B T_iπ,  H_i = H0_i + Σ_π m_iπ A B A',  Γ_i = Φ(I + H_iΦ)⁻¹ = QQ', Q = FC⁻ᵀ, FF' = Φ
	(G3) M = S* + Σ_π B_π∘C*_π − Σ_i ω_i U_i'Γ_iU_i
	(G4) ld = Σ_π m*_π log|V_π| + Σ_i ω_i log|I + H_iΦ|

and D as in (3) to (5). Nothing is inverted that could be singular: every variance may be exactly zero. With
X = (df/r) zz' + [REML] M_xx⁻¹, W_i = U_iXU_i', Y_iπ = U_iXT_iπ':

	(G5) dD/dB_π = X∘C*_π − Σ_i ω_i (A'Γ_iY_iπ + Y_iπ'Γ_iA) + A'[Σ_i ω_i m_iπ (Γ_i + Γ_iW_iΓ_i)]A
	(G6) dD/dΦ = Σ_i ω_i [H_i − H_iΓ_iH_i − (I − H_iΓ_i)W_i(I − Γ_iH_i)]
	(G7) dD/dΨ_p = Σ_π m*_π (N − NGN) − J (dD/dB_π) J',  G = −B, J = I − NG;   dD/dΣ = Σ_π m*_π B − B (dD/dB_π) B
	     dD/dΛ = 2 (dD/dΨ) Λ

The search is BFGS from several starts on all rows; in replicates one bounded search from the fit (gsearch.go). By symmetry the
gradient vanishes where a column of Λ is zero, so a zero is accepted only if dD/dΨ is positive semidefinite in the
directions without variance; otherwise the search goes on from beyond. Columns that the criterion does not miss are set
to zero exactly. On all rows Newton steps with differences of the gradient end it.

Agreement: all 84 reference fits of the simulated trial and 76 public ones of lme4 and nlme (lmm_test.go, public_r_test.go);
gradients against differences at random points; replicates against fits of the rows written out (general_test.go).
*/
