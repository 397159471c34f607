# Public data sets of R packages and what R says of them: cbpp of lme4 (rows expanded), bacteria of MASS, wine of
# ordinal. R 4.2.2, lme4 1.1-31, ordinal 2022.11-16. Run in this folder.
suppressMessages({library(lme4); library(ordinal)})
options(digits = 15)
out <- list()
row <- function(id, term, est, se) cat(sprintf("%s,%s,%.10g,%.10g\n", id, term, est, se), file = con)
con <- file("public.csv", "w"); cat("id,term,estimate,se\n", file = con)
fit <- function(id, m) { b <- fixef(m); s <- sqrt(diag(as.matrix(vcov(m, use.hessian = TRUE)))); for (k in seq_along(b)) row(id, names(b)[k], b[[k]], s[[k]])
  for (g in names(VarCorr(m))) row(id, paste0("var:", g), VarCorr(m)[[g]][1], NA); row(id, "logLik", as.numeric(logLik(m)), NA) }
ctl <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = .01, rhoend = 1e-8, maxfun = 1e6), tolPwrss = 1e-12)
d <- do.call(rbind, lapply(seq_len(nrow(cbpp)), function(i) with(cbpp[i, ], data.frame(herd = herd, period = period, y = rep(1:0, c(incidence, size - incidence))))))
write.csv(d, "cbpp.csv", row.names = FALSE, quote = FALSE)
for (n in c(1, 2, 7, 25)) fit(paste0("cbpp_", n), glmer(y ~ period + (1 | herd), d, binomial, nAGQ = n, control = ctl))
if (requireNamespace("MASS", quietly = TRUE)) { b <- MASS::bacteria; b$y <- as.integer(b$y == "y"); b$late <- as.integer(b$week > 2); write.csv(b[c("y", "trt", "late", "ID")], "bacteria.csv", row.names = FALSE, quote = FALSE)
  for (n in c(1, 7, 25)) fit(paste0("bacteria_", n), glmer(y ~ trt + late + (1 | ID), b, binomial, nAGQ = n, control = ctl)) }
cl <- function(id, m) { b <- coef(m); s <- sqrt(diag(vcov(m)))[names(b)]; for (k in names(b)) row(id, k, b[[k]], s[[k]]); for (g in names(VarCorr(m))) row(id, paste0("var:", g), as.numeric(VarCorr(m)[[g]]), NA); row(id, "logLik", as.numeric(logLik(m)), NA) }
w <- wine[c("rating", "temp", "contact", "judge")]; write.csv(w, "wine.csv", row.names = FALSE, quote = FALSE)
for (n in c(1, 7, 10)) cl(paste0("wine_", n), clmm(rating ~ temp + contact + (1 | judge), data = w, nAGQ = n))
close(con)
m0 <- clm(rating ~ temp + contact, data = w); m1 <- clm(rating ~ contact, nominal = ~ temp, data = w)
print(anova(m0, m1)); print(nominal_test(m0))
