/*
Package formula reads model formulas in R's form and turns columns into a mixed.Design:

	odi ~ arm*factor(visit) + delay_days + (1|unit_id/patient_id)

It knows columns of numbers and of text only, no trial. It follows R where R's users would notice: operators + - * : /
^ and parentheses, I(), factor(), relevel(), treatment contrasts, the order of terms, the rule for when a factor is
coded by contrasts and when by all its levels, and the names of model.matrix with R's spacing; held against R on 216
formulas (r_test.go). Random effects are written as for lme4: (1|unit), (1|unit/patient), (1|unit) + (1|patient),
(1 + t|patient), (t||patient), (1|patient) + (0 + t|patient), (1|unit:visit) beside (1|unit) and (1|patient). The
covariance of a patient's rows is written us(visit|patient), ar1h(), cs(), csh(), ar1() or diag(), with (1|unit) or
alone. Anything else is refused in a sentence that says what is supported.

Two things differ from R, on purpose: the levels of a factor are those that occur in the rows used (R keeps empty
levels of factor(x) and then drops their columns), and text levels sort by Unicode code point, not by locale.

The same expressions serve as conditions on rows (ParseCondition). The files: lex.go and parse.go read, expr.go prints
and evaluates expressions, terms.go expands the right side, random.go reads the groupings, build.go makes the design.
*/
package formula
