# Public data sets of R's lme4 and nlme packages, and their answers: Rscript public.R writes the .csv files and public.json.
suppressMessages({ library(lme4); library(nlme); library(jsonlite) })
lmer <- lme4::lmer; options(digits = 15)
for (n in c("sleepstudy", "Pastes", "Machines", "Orthodont", "Oats", "ChickWeight", "cake", "Oxboys", "Pixel", "Glucose", "Gasoline", "Dyestuff", "ergoStool", "BodyWeight"))
  write.csv(as.data.frame(get(n)), paste0(n, ".csv"), row.names = FALSE)
read <- function(n) read.csv(paste0(n, ".csv"), stringsAsFactors = TRUE)

# The best of three optimisers run tightly; the difference of the two best is how far their answer can be trusted.
best <- function(f, d, reml) {
  runs <- lapply(c("bobyqa", "nloptwrap", "Nelder_Mead"), function(o) {
    opt <- switch(o, nloptwrap = list(xtol_abs = 1e-11, ftol_abs = 1e-11, maxeval = 1e5), bobyqa = list(rhoend = 1e-10, maxfun = 2e5), list(maxfun = 2e5, FtolAbs = 1e-13, FtolRel = 1e-15, XtolRel = 1e-11))
    tryCatch(suppressWarnings(suppressMessages(lmer(f, d, REML = reml, control = lmerControl(optimizer = o, calc.derivs = FALSE, optCtrl = opt)))), error = function(e) NULL) })
  runs <- Filter(Negate(is.null), runs)
  runs[[which.max(sapply(runs, logLik))]]
}
sets <- list(
  c("sleepstudy", "Reaction ~ Days + (Days|Subject)"), c("sleepstudy", "Reaction ~ Days + (Days||Subject)"), c("sleepstudy", "Reaction ~ Days + I(Days^2) + (Days + I(Days^2)|Subject)"),
  c("Pastes", "strength ~ 1 + (1|batch/cask)"), c("Pastes", "strength ~ 1 + (1|batch) + (1|sample)"), c("Dyestuff", "Yield ~ 1 + (1|Batch)"),
  c("Orthodont", "distance ~ age*Sex + (age|Subject)"), c("Orthodont", "distance ~ I(age - 11)*Sex + (I(age - 11)||Subject)"),
  c("Oats", "yield ~ nitro*Variety + (1|Block/Variety)"), c("Oats", "yield ~ factor(nitro) + Variety + (1|Block) + (1|Block:Variety)"),
  c("ChickWeight", "weight ~ Time*factor(Diet) + (Time|Chick)"), c("ChickWeight", "weight ~ Time + I(Time^2) + factor(Diet) + (Time + I(Time^2)|Chick)"),
  c("Machines", "score ~ Machine + (1|Worker/Machine)"), c("Machines", "score ~ Machine + (Machine|Worker)"), c("Machines", "score ~ Machine + (0 + Machine|Worker)"),
  c("cake", "angle ~ recipe*temperature + (1|recipe:replicate)"), c("cake", "angle ~ recipe + temp + (1|replicate/recipe)"), c("cake", "angle ~ recipe*temp + (temp|replicate) + (1|replicate:recipe)"),
  c("Oxboys", "height ~ age + I(age^2) + (age + I(age^2)|Subject)"), c("Pixel", "pixel ~ day + I(day^2) + (day|Dog) + (1|Dog:Side)"), c("Pixel", "pixel ~ day + I(day^2) + (day|Dog/Side)"),
  c("Glucose", "conc ~ Time + I(Time^2) + (Time|Subject) + (1|Subject:Meal)"), c("Glucose", "conc ~ Time + (1|Subject) + (1|Subject:Time) + (1|Subject:Meal)"),
  c("Gasoline", "yield ~ endpoint + vapor + (endpoint|Sample)"), c("ergoStool", "effort ~ Type + (1|Subject)"), c("BodyWeight", "weight ~ Time*factor(Diet) + (Time|Rat)"))
fits <- list()
for (s in sets) for (reml in c(FALSE, TRUE)) {
  m <- best(as.formula(s[2]), read(s[1]), reml); v <- as.data.frame(VarCorr(m))
  fits[[length(fits) + 1]] <- list(data = s[1], formula = s[2], method = if (reml) "reml" else "ml", logLik = as.numeric(logLik(m)), AIC = AIC(m), BIC = BIC(m), singular = isSingular(m, 1e-4),
    terms = I(names(fixef(m))), beta = I(unname(fixef(m))), se = I(unname(sqrt(diag(as.matrix(vcov(m)))))), varcomp = lapply(seq_len(nrow(v)), function(i) list(group = v$grp[i], var1 = v$var1[i], var2 = v$var2[i], sdcor = v$sdcor[i])))
  cat(s, reml, as.numeric(logLik(m)), "\n")
}
# Profile intervals: lme4 profiles the ML deviance.
profiles <- lapply(list(c("sleepstudy", "Reaction ~ Days + (Days|Subject)"), c("Pastes", "strength ~ 1 + (1|batch/cask)"), c("Dyestuff", "Yield ~ 1 + (1|Batch)"), c("ergoStool", "effort ~ Type + (1|Subject)")), function(s) {
  d <- read(s[1]); m <- best(as.formula(s[2]), d, FALSE); ci <- suppressWarnings(confint(profile(m, signames = FALSE, which = "theta_", delta.cutoff = 1/20), signames = FALSE))
  list(data = s[1], formula = s[2], names = I(rownames(ci)), low = I(unname(ci[, 1])), high = I(unname(ci[, 2]))) })
# Predicted random effects with their conditional SDs; residuals.
blups <- lapply(list(c("sleepstudy", "Reaction ~ Days + (Days|Subject)"), c("Pastes", "strength ~ 1 + (1|batch/cask)"), c("Pixel", "pixel ~ day + I(day^2) + (day|Dog) + (1|Dog:Side)"), c("Glucose", "conc ~ Time + (1|Subject) + (1|Subject:Time) + (1|Subject:Meal)")), function(s) {
  m <- best(as.formula(s[2]), read(s[1]), TRUE); r <- as.data.frame(ranef(m, condVar = TRUE))
  list(data = s[1], formula = s[2], group = I(as.character(r$grpvar)), term = I(as.character(r$term)), level = I(as.character(r$grp)), value = I(r$condval), sd = I(r$condsd), fitted = I(unname(fitted(m))), scaled = I(unname(residuals(m, scaled = TRUE)))) })
# MMRM without a unit: nlme::gls. us = corSymm + varIdent, ar1h = corAR1 + varIdent, cs = corCompSymm.
mmrm <- list()
for (n in c("Orthodont", "BodyWeight")) { d <- read(n); d$t <- if (n == "Orthodont") d$age else d$Time; if (n == "BodyWeight") d <- d[d$t %in% c(1, 15, 29, 43, 64) & !(d$Rat %in% c(3, 9) & d$t > 30), ]
  d$g <- if (n == "Orthodont") d$Subject else d$Rat; d$f <- if (n == "Orthodont") d$Sex else factor(d$Diet); d$y <- if (n == "Orthodont") d$distance else d$weight; d <- d[order(d$g, d$t), ]; d$i <- as.integer(factor(d$t))
  for (reml in c(FALSE, TRUE)) for (k in c("us", "ar1h", "cs", "csh", "ar1", "diag")) {
    cor <- switch(k, us = corSymm(form = ~i | g), ar1h = , ar1 = corAR1(0.5, form = ~i | g), cs = , csh = corCompSymm(0.5, form = ~i | g), diag = NULL)
    w <- if (k %in% c("us", "ar1h", "csh", "diag")) varIdent(form = ~1 | i)
    m <- tryCatch(gls(y ~ f*factor(t), d, correlation = cor, weights = w, method = if (reml) "REML" else "ML", control = glsControl(tolerance = 1e-10, msTol = 1e-12, maxIter = 500, msMaxIter = 500, opt = "nlminb")), error = function(e) { cat(n, k, conditionMessage(e), "\n"); NULL })
    if (is.null(m)) next
    mmrm[[length(mmrm) + 1]] <- list(data = n, structure = k, method = if (reml) "reml" else "ml", logLik = as.numeric(logLik(m)), terms = I(names(coef(m))), beta = I(unname(coef(m))), se = I(unname(sqrt(diag(m$varBeta)))), sigma = m$sigma) } }
a <- function(d, f0, f1) { x <- anova(best(as.formula(f0), read(d), FALSE), best(as.formula(f1), read(d), FALSE)); list(data = d, small = f0, large = f1, chisq = x$Chisq[2], df = x$Df[2], p = x[["Pr(>Chisq)"]][2]) }
lrt <- list(a("sleepstudy", "Reaction ~ Days + (1|Subject)", "Reaction ~ Days + (Days|Subject)"), a("sleepstudy", "Reaction ~ 1 + (Days|Subject)", "Reaction ~ Days + (Days|Subject)"), a("Pastes", "strength ~ 1 + (1|sample)", "strength ~ 1 + (1|batch) + (1|sample)"), a("Machines", "score ~ 1 + (Machine|Worker)", "score ~ Machine + (Machine|Worker)"))
write_json(list(fits = fits, profiles = profiles, blups = blups, mmrm = mmrm, lrt = lrt), "public.json", auto_unbox = TRUE, digits = NA, na = "null")
