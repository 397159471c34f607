package analysis

import (
	"fmt"
	"strconv"
	"strings"

	"trialbox/app/trial"
	"trialbox/stats/formula"
)

// RScript is analysis.R: every outcome of the tables with lme4 (nlme for an
// MMRM) and ordinal, reading the long form from the file named, printing the
// difference between the arms at each visit as a CSV to standard output.
// Binary and ordinal models are fitted by Laplace's approximation, since R has
// no nested adaptive quadrature; the head of the script says so.
func RScript(t *trial.Trial, jobs []*Job, o Options, data string) string {
	n := namesOf(t.Mapping())
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# The analysis of the outcome tables, written by Trialbox for R 4 with lme4, nlme and ordinal.")
	line("# It reads the trial in long form: on the page, \"Long form as CSV\" saves it. That file holds")
	line("# patients' values; this script holds none. Run it in the folder of that file:")
	line("#   Rscript analysis.R > contrasts.csv        or   Rscript analysis.R \"other name.csv\"")
	line("# Binary and ordinal models: R has no adaptive quadrature for patients within units, so they are")
	line("# fitted by Laplace's approximation here. It understates the patient variance where patients have few")
	line("# answers; Stata's melogit and meologit (analysis.do) and Trialbox use quadrature.")
	line("")
	line("# Names and texts below are UTF-8, which R reads in a locale of that encoding only.")
	line("if (!isTRUE(l10n_info()[[\"UTF-8\"]])) for (l in c(\"C.UTF-8\", \"en_US.UTF-8\"))")
	line("  if (suppressWarnings(nzchar(Sys.setlocale(\"LC_CTYPE\", l)))) break")
	line("file <- commandArgs(trailingOnly = TRUE)[1]")
	line("if (is.na(file)) file <- %s", rText(data))
	line("B <- 0       # cluster bootstrap replicates; Trialbox used %d (binary and ordinal: %d)", o.Replicates, o.LogitReplicates)
	line("seed <- %d", o.Seed)
	line("invisible(Sys.setlocale(\"LC_COLLATE\", \"C\"))  # levels in the order of their code points")
	line("options(contrasts = c(\"contr.treatment\", \"contr.poly\"))")
	b.WriteString(rRead)
	line("")
	line("UNIT <- %s; PATIENT <- %s; ARM <- %s; VISIT <- %s", rText(n.unit), rText(n.patient), rText(n.arm), rText(n.visit))
	var codes, months []string
	for _, v := range t.Visits {
		codes, months = append(codes, rText(v.Code)), append(months, literal(v.Months))
	}
	line("d[[VISIT]] <- c(%s)[match(d[[VISIT]], c(%s))]  # months since baseline", strings.Join(months, ", "), strings.Join(codes, ", "))
	line("d[[ARM]] <- factor(d[[ARM]], levels = c(%s, %s))", rText(t.Arms[0]), rText(t.Arms[1]))
	line("first <- %s", literal(t.Visits[0].Months))
	for _, v := range variablesOf(jobs) {
		switch {
		case v.of != "":
			line("d[[%s]] <- at_first(%s)", rText(v.name), rText(v.of))
		case v.levels != nil:
			line("d[[%s]] <- score(d[[%s]], c(%s))", rText(v.name), rText(v.name), rTexts(v.levels))
		case !v.text:
			line("d[[%s]] <- as.numeric(d[[%s]])", rText(v.name), rText(v.name))
		}
	}
	b.WriteString(rFit)
	for _, j := range jobs {
		line("")
		line("# %s", comment(j.Outcome.Label))
		if why := j.writable(); why != "" {
			line("# left out: %s", comment(why))
			continue
		}
		j.syntax().writeR(line)
	}
	line("")
	line("write.csv(do.call(rbind, results), row.names = FALSE, na = \"\")")
	return b.String()
}

func (s syntax) writeR(line func(string, ...any)) {
	for _, w := range s.noEvents() {
		line("# %s", comment(w))
	}
	y := rText(s.Outcome.Variable)
	v := s.trial.Variable(s.Outcome.Variable)
	made := s.kindOf() != "linear"
	if made { // in a copy: the same column may be a covariate elsewhere
		line("local({")
	}
	switch {
	case s.ResponderOf != "":
		sign := ""
		if s.betterOf() == "lower" {
			sign = "-"
		}
		line("d[[%s]] <- responder(%s(d[[%s]] - at_first(%s)), %s)", y, sign, rText(s.ResponderOf), rText(s.ResponderOf), literal(s.Outcome.Important))
	case s.kindOf() == "binary" && v.Words:
		line("d[[%s]] <- as.numeric(d[[%s]] == %s)  # the event", y, y, rText(s.Categories[1]))
	case s.kindOf() == "binary":
		line("d[[%s]] <- as.numeric(d[[%s]] == %s)  # the event", y, y, s.Categories[1])
	case s.kindOf() == "ordinal" && v.Words:
		line("d[[%s]] <- factor(d[[%s]], levels = c(%s), ordered = TRUE)", y, y, rTexts(s.Categories))
	case s.kindOf() == "ordinal":
		line("d[[%s]] <- factor(d[[%s]], ordered = TRUE)", y, y)
	}
	model := s.Formula
	if s.kindOf() == "ordinal" { // clmm has no nesting sign
		model, _, _ = strings.Cut(model, " + (1|")
		model += " + (1|" + formula.Name(s.names.unit) + ")"
		if s.model != "unit" {
			model += " + (1|.patient)"
		}
	}
	kind := s.kindOf()
	if s.model == "mmrm" {
		model, _, _ = strings.Cut(model, " + (1|")
		kind = "mmrm"
	}
	var visits []string
	for _, at := range s.at {
		visits = append(visits, literal(s.Visits[at].Visit.Months))
	}
	line("analyse(%s, %s, %s,\n  visits = c(%s), reml = %s, contrasts = list(", y, rText(kind), model, strings.Join(visits, ", "), strings.ToUpper(strconv.FormatBool(s.Options.Method == "reml")))
	for k, c := range s.Boot.Contrasts {
		var terms []string
		for i, l := range c.L {
			if l != 0 {
				terms = append(terms, rText(s.Boot.Design.Terms[i]))
			}
		}
		end := ","
		if k == len(s.Boot.Contrasts)-1 {
			end = "), d)"
			if made {
				end += "\n})"
			}
		}
		line("    %s = c(%s)%s", rText(c.Name), strings.Join(terms, ", "), end)
	}
}

// betterOf is the direction by which a responder was told.
func (j *Job) betterOf() string {
	if j.Outcome.Better != "" {
		return j.Outcome.Better
	}
	if v := j.trial.Variable(j.ResponderOf); v != nil && v.Scale != nil {
		return string(v.Scale.Better)
	}
	return ""
}

// rText is a string of R.
func rText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func rTexts(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, rText(s))
	}
	return strings.Join(out, ", ")
}

const rRead = `
d <- read.csv(file, check.names = FALSE, colClasses = "character", na.strings = "", encoding = "UTF-8")
d[] <- lapply(d, function(x) sub("^'(?=[=+@\t\r-])", "", x, perl = TRUE))  # put there against spreadsheets
# A score by the names of its levels, or as a number.
score <- function(x, levels) { k <- match(x, levels); ifelse(is.na(k), suppressWarnings(as.numeric(x)), k) }
# A variable's value at the first visit, on every row of the patient.
at_first <- function(name) {
  who <- paste(d[[UNIT]], d[[PATIENT]], sep = "\r"); base <- which(d[[VISIT]] == first)
  d[[name]][base][match(who, who[base])]
}
# Improved by the important change: 1, else 0; missing at the first visit.
responder <- function(change, important) {
  y <- as.numeric(change >= important - 1e-9 * max(1, important)); y[d[[VISIT]] == first] <- NA; y
}
`

const rFit = `
suppressMessages({ library(lme4); library(nlme) })
results <- list()

# One fit: fixed effects and their covariance.
fit <- function(kind, formula, x, reml) {
  if (kind == "linear") {
    m <- lmer(formula, x, REML = reml, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5), check.conv.singular = "ignore", check.conv.grad = "ignore"))
    list(b = lme4::fixef(m), V = as.matrix(vcov(m)))
  } else if (kind == "binary") {
    m <- glmer(formula, x, family = binomial, nAGQ = 1, control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-8, maxfun = 1e6), tolPwrss = 1e-10, check.conv.singular = "ignore"))
    list(b = lme4::fixef(m), V = as.matrix(vcov(m)))
  } else if (kind == "ordinal") {
    m <- ordinal::clmm(formula, data = x, Hess = TRUE)
    V <- vcov(m)
    list(b = coef(m), V = V[names(coef(m)), names(coef(m))])
  } else {  # unstructured visits of a patient beside a random intercept for unit
    columns <- colnames(model.matrix(formula, x))
    plain <- all.vars(formula); names(plain) <- plain; plain[] <- paste0(".x", seq_along(plain))  # nlme knows no names in back-ticks
    x[plain] <- x[names(plain)]
    formula <- as.formula(do.call(substitute, list(formula, lapply(plain, as.name))))
    visits <- function(groups) corSymm(form = as.formula(paste("~ .visit |", groups)))
    spread <- varIdent(form = ~ 1 | .visit)
    m <- lme(formula, x, random = ~ 1 | .unit, correlation = visits(".unit/.patient"), weights = spread,
      method = if (reml) "REML" else "ML", control = lmeControl(opt = "optim", maxIter = 200, msMaxIter = 1000, tolerance = 1e-8, msTol = 1e-10))
    # where the unit variance is zero, lme stops before it gets there
    g <- gls(formula, x, correlation = visits(".patient"), weights = spread,
      method = if (reml) "REML" else "ML", control = glsControl(opt = "optim", maxIter = 200, msMaxIter = 1000, tolerance = 1e-8, msTol = 1e-10))
    b <- if (logLik(g) >= logLik(m)) coef(g) else nlme::fixef(m)
    V <- if (logLik(g) >= logLik(m)) vcov(g) else vcov(m)
    list(b = setNames(b, columns), V = matrix(V, length(columns), dimnames = list(columns, columns)))
  }
}

contrast <- function(f, terms) {
  if (!all(terms %in% names(f$b))) return(c(NA, NA))
  c(sum(f$b[terms]), sqrt(sum(f$V[terms, terms])))
}

# Units drawn whole within their arm; copies of a unit are units of their own.
redraw <- function(x) {
  units <- split(seq_len(nrow(x)), x[[UNIT]], drop = TRUE)
  arm <- vapply(units, function(i) as.character(x[[ARM]][i[1]]), "")
  drawn <- unlist(lapply(split(seq_along(units), arm), function(k) k[sample.int(length(k), replace = TRUE)]))
  prepare(do.call(rbind, lapply(seq_along(drawn), function(k) {
    y <- x[units[[drawn[k]]], ]
    y[[UNIT]] <- paste(k, y[[UNIT]]); y[[PATIENT]] <- paste(k, y[[PATIENT]]); y
  })))
}
prepare <- function(x) {
  x$.patient <- factor(paste(x[[UNIT]], x[[PATIENT]], sep = "/")); x$.unit <- x[[UNIT]] <- factor(x[[UNIT]])
  x[[PATIENT]] <- factor(x[[PATIENT]]); x$.visit <- as.integer(factor(x[[VISIT]])); x
}

analyse <- function(outcome, kind, formula, visits, reml, contrasts, d) {
  x <- d[d[[VISIT]] %in% visits, ]
  if (kind %in% c("binary", "ordinal"))  # covariates of one size help the search; differences between arms do not change
    for (v in setdiff(all.vars(formula)[-1], c(UNIT, PATIENT, ARM, VISIT))) if (is.numeric(x[[v]])) x[[v]] <- as.numeric(scale(x[[v]]))
  x <- prepare(x[complete.cases(x[all.vars(formula)[all.vars(formula) %in% names(x)]]), ])
  f <- tryCatch(suppressWarnings(suppressMessages(fit(kind, formula, x, reml))), error = function(e) { message(outcome, ": ", conditionMessage(e)); NULL })
  if (is.null(f)) return(invisible())
  est <- vapply(contrasts, function(terms) contrast(f, terms), c(0, 0))
  se <- rep(NA, length(contrasts))
  if (B > 0) {
    set.seed(seed)
    reps <- replicate(B, tryCatch(suppressWarnings(suppressMessages({
      g <- fit(kind, formula, redraw(x), reml); vapply(contrasts, function(terms) contrast(g, terms)[1], 0)
    })), error = function(e) rep(NA_real_, length(contrasts))))
    se <- apply(matrix(reps, nrow = length(contrasts)), 1, sd, na.rm = TRUE)
  }
  shown <- if (B > 0) se else est[2, ]
  results[[length(results) + 1]] <<- data.frame(outcome = outcome, model = kind, visit = names(contrasts), estimate = est[1, ], se = est[2, ],
    se_bootstrap = se, low = est[1, ] - qnorm(.975) * shown, high = est[1, ] + qnorm(.975) * shown, p = 2 * pnorm(-abs(est[1, ] / shown)), n = nrow(x))
}
`
