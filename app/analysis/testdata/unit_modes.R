# Conditional modes of the units with their standard deviations, by Laplace's
# approximation: lme4 1.1 and ordinal 2022.11. Run beside app/trial/testdata.
suppressMessages({library(lme4); library(ordinal)})
s <- read.csv("../../trial/testdata/scored_long.csv")
s$arm <- factor(s$arm, levels = c("control", "intervention")); s$v <- factor(s$visit); s$pd <- factor(s$pain_duration)
s$delay10 <- s$delay_days / 10; s$unit_id <- factor(s$unit_id); s$patient_id <- factor(s$patient_id)
x <- s[complete.cases(s[c("lbp_daily", "delay10", "pd", "fabq_pa_0")]), ]
m <- glmer(lbp_daily ~ arm*v + delay10 + pd + fabq_pa_0 + (1|unit_id) + (1|patient_id), x, family = binomial,
  control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12, optCtrl = list(rhoend = 1e-9, maxfun = 1e6)))
r <- as.data.frame(ranef(m, condVar = TRUE)); r <- r[r$grpvar == "unit_id", ]
out <- data.frame(outcome = "lbp_daily", unit = r$grp, mode = r$condval, se = r$condsd)
for (y in c("sbt_group", "omp_group")) {
  x <- s[complete.cases(s[c(y, "delay10", "pd", "fabq_pa_0")]), ]; x$y <- factor(x[[y]], ordered = TRUE); x$v <- droplevels(x$v)
  m <- clmm(y ~ arm*v + delay10 + pd + fabq_pa_0 + (1|unit_id) + (1|patient_id), data = x, Hess = TRUE)
  u <- ranef(m)$unit_id; cv <- condVar(m)$unit_id
  out <- rbind(out, data.frame(outcome = y, unit = rownames(u), mode = u[[1]], se = sqrt(cv[[1]])))
}
write.csv(out, "unit_modes.csv", row.names = FALSE)
