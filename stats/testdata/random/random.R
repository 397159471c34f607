# Random inputs and R's answers to them, for the tests of package stats. Run in this folder: Rscript random.R
suppressMessages({ library(car); library(MASS) })
options(digits = 15, warn = -1)
set.seed(20240607)
write_tab <- function(x, f) {
  n <- sapply(x, is.numeric)
  x[n] <- lapply(x[n], function(z) ifelse(is.na(z), "", ifelse(is.infinite(z), "Inf", sprintf("%.15g", z))))
  write.csv(x, f, row.names = FALSE, quote = FALSE)
}

## samples: two to four groups, continuous or with ties, small to middling, some cells missing
cases <- list(); answers <- list()
shape <- list(c(5, 4), c(8, 11), c(3, 20), c(49, 49), c(60, 12), c(10, 9, 8), c(6, 12, 25, 4), c(2, 2), c(30, 31), c(7, 7))
for (k in seq_along(shape)) {
  n <- shape[[k]]
  g <- rep(seq_along(n), n)
  y <- if (k %% 2 == 1) round(rnorm(length(g), 10 * k + 0.6 * g, 1 + g), 6) else rpois(length(g), 3 + g)
  if (length(unique(y[g == 1])) < 2) y[1] <- y[1] + 1
  cases[[k]] <- data.frame(case = k, group = g, value = y, cluster = sample(max(2, length(g) %/% 4), length(g), TRUE))
  x1 <- y[g == 2]; x0 <- y[g == 1]
  two <- length(n) == 2
  ex <- if (two && !any(duplicated(y)) && all(n < 50)) wilcox.test(x1, x0, exact = TRUE) else NULL
  w <- if (two) t.test(x1, x0) else oneway.test(y ~ factor(g))
  p <- if (two) t.test(x1, x0, var.equal = TRUE) else oneway.test(y ~ factor(g), var.equal = TRUE)
  m <- if (two) wilcox.test(x1, x0, exact = FALSE, correct = FALSE) else kruskal.test(y, factor(g))
  mc <- if (two) wilcox.test(x1, x0, exact = FALSE, correct = TRUE)$p.value else NA
  skew <- { z <- (x1 - mean(x1)) / sd(x1); nn <- length(x1); if (nn > 2) nn / ((nn - 1) * (nn - 2)) * sum(z^3) else NA }
  sp <- if (two) sqrt(((length(x1) - 1) * var(x1) + (length(x0) - 1) * var(x0)) / (length(y) - 2)) else NA
  lev <- function(f) if (all(n < 3)) c(NA, NA) else { a <- leveneTest(y, factor(g), center = f); c(a$`F value`[1], a$`Pr(>F)`[1]) } # two values: noise
  answers[[k]] <- data.frame(case = k, welch = unname(w$statistic), welch_df = unname(w$parameter[1 + !two]), welch_p = w$p.value,
    pooled = unname(p$statistic), pooled_p = p$p.value, ranks = unname(m$statistic), ranks_p = m$p.value, ranks_cc_p = mc,
    exact_p = if (is.null(ex)) NA else ex$p.value,
    levene_mean = lev(mean)[1], levene_mean_p = lev(mean)[2], levene_median_p = lev(median)[2], skewness = skew,
    d = if (two) (mean(x1) - mean(x0)) / sp else NA, smd = if (two) (mean(x1) - mean(x0)) / sqrt((var(x1) + var(x0)) / 2) else NA,
    q2 = quantile(y, 0.3, type = 2), q6 = quantile(y, 0.3, type = 6), q7 = quantile(y, 0.3, type = 7))
}
write_tab(do.call(rbind, cases), "samples.csv"); write_tab(do.call(rbind, answers), "samples_r.csv")

## tables of 2x2 to 5x3 and one of 2x6, with small counts
tabs <- list(); ans <- list()
dims <- list(c(2, 2), c(2, 2), c(2, 2), c(3, 2), c(4, 2), c(5, 2), c(3, 3), c(4, 3), c(5, 3), c(2, 6), c(6, 2), c(4, 4))
for (k in seq_along(dims)) {
  d <- dims[[k]]
  repeat { t <- matrix(rpois(prod(d), if (k %% 3 == 0) 2 else if (k == 11) 20 else 5), d[1]); if (all(rowSums(t) > 0) && all(colSums(t) > 0)) break }
  for (i in 1:d[1]) for (j in 1:d[2]) tabs[[length(tabs) + 1]] <- data.frame(case = k, row = i, column = j, count = t[i, j])
  c0 <- chisq.test(t, correct = FALSE)
  x <- rep(rep(1:d[1], d[2]), c(t)); y <- rep(rep(1:d[2], each = d[1]), c(t))
  smd <- NA
  if (d[2] == 2) {
    a <- t[-1, 1] / sum(t[, 1]); b <- t[-1, 2] / sum(t[, 2])
    S <- (diag(a, length(a)) - a %o% a + diag(b, length(b)) - b %o% b) / 2
    smd <- if (d[1] == 2) (a - b) / sqrt(S) else sqrt(t(a - b) %*% solve(S) %*% (a - b))
  }
  ans[[k]] <- data.frame(case = k, chi2 = unname(c0$statistic), p = c0$p.value, fisher_p = fisher.test(t, workspace = 2e8)$p.value,
    yates_p = if (all(d == 2)) chisq.test(t)$p.value else NA, trend = (sum(t) - 1) * cor(x, y)^2, lr = loglm(~1 + 2, t)$lrt, smd = as.numeric(smd),
    cmle = if (all(d == 2)) unname(fisher.test(t)$estimate) else NA)
}
write_tab(do.call(rbind, tabs), "tables.csv"); write_tab(do.call(rbind, ans), "tables_r.csv")

## larger tables for the exact test alone, drawn apart so that the other inputs stay as they are
set.seed(7)
big <- list(); bigp <- list()
dims <- list(c(4, 3, 8), c(4, 3, 14), c(5, 3, 8), c(6, 3, 5), c(4, 4, 6), c(5, 4, 4), c(5, 5, 2), c(3, 3, 30), c(3, 2, 500), c(8, 2, 20))
for (k in seq_along(dims)) {
  d <- dims[[k]]
  t <- matrix(rpois(d[1] * d[2], d[3]), d[1])
  big[[k]] <- data.frame(case = k, row = c(row(t)), column = c(col(t)), count = c(t))
  bigp[[k]] <- data.frame(case = k, fisher_p = fisher.test(t, workspace = 5e7)$p.value)
}
write_tab(do.call(rbind, big), "large.csv"); write_tab(do.call(rbind, bigp), "large_r.csv")
set.seed(8)

## P values with ties and gaps
p <- list()
for (k in 1:6) { v <- round(runif(sample(2:14, 1))^3, 3); if (k %% 2 == 0) v[sample(length(v), 1)] <- NA; if (k == 5) v <- c(v, v)
  q <- data.frame(case = k, p = v); for (m in c("bonferroni", "holm", "hochberg", "hommel", "BH", "BY")) q[[paste0("p_", m)]] <- p.adjust(v, m); p[[k]] <- q }
write_tab(do.call(rbind, p), "adjust.csv")

## intraclass correlation by aov, and the profile likelihood interval of lme4 (ML) to six digits
icc <- list(); ia <- list()
for (k in 1:6) {
  size <- sample(2:15, 6 + 2 * k, TRUE); c <- rep(seq_along(size), size); arm <- (c %% 2)
  y <- round(rnorm(length(size), 0, c(0, 1, 2, 0.3, 1, 5)[k])[c] + rnorm(length(c), arm, 2), 6)
  icc[[k]] <- data.frame(case = k, cluster = c, arm = arm, value = y)
  a <- anova(lm(y ~ factor(c))); b <- anova(lm(y ~ factor(arm) + factor(c)))
  K <- length(size); N <- length(c); n0 <- (N - sum(size^2) / N) / (K - 1)
  f <- a$`F value`[1]; low <- f / qf(0.975, K - 1, N - K); high <- f / qf(0.025, K - 1, N - K)
  # -2 log likelihood with the total variance and the mean profiled, by dense matrices
  D <- function(rho, reml) { V <- (1 - rho) * diag(N) + rho * outer(c, c, "=="); W <- solve(V); one <- rep(1, N)
    mu <- sum(W %*% y) / sum(W); r <- y - mu; q <- as.numeric(t(r) %*% W %*% r); l <- as.numeric(determinant(V)$modulus)
    if (reml) (N - 1) * log(q) + l + log(sum(W)) else N * log(q) + l }
  iv <- function(reml) { o <- optimize(D, c(0, 0.999), reml = reml, tol = 1e-12); e <- o$minimum; m <- o$objective
    if (D(0, reml) <= m) { e <- 0; m <- D(0, reml) }
    g <- function(r) D(r, reml) - m - qchisq(0.95, 1)
    c(e, if (g(0) <= 0) 0 else uniroot(g, c(0, e), tol = 1e-13)$root, uniroot(g, c(e, 0.9999), tol = 1e-13)$root) }
  ml <- iv(FALSE); re <- iv(TRUE)
  ia[[k]] <- data.frame(case = k, icc = (a$`Mean Sq`[1] - a$`Mean Sq`[2]) / (a$`Mean Sq`[1] + (n0 - 1) * a$`Mean Sq`[2]),
    low = (low - 1) / (low + n0 - 1), high = (high - 1) / (high + n0 - 1), msb_arm = b$`Mean Sq`[2], p = a$`Pr(>F)`[1],
    ml = ml[1], ml_low = ml[2], ml_high = ml[3], reml = re[1], reml_low = re[2], reml_high = re[3])
}
write_tab(do.call(rbind, icc), "icc.csv"); write_tab(do.call(rbind, ia), "icc_r.csv")

## the tests that allow for clusters, formula by formula from their papers, on the data of icc
ca <- list()
for (k in 1:6) {
  d <- icc[[k]]; m <- table(d$cluster); am <- tapply(d$arm, d$cluster, `[`, 1); K <- length(m); N <- nrow(d)
  parts <- function(y) { b <- anova(lm(y ~ factor(d$arm) + factor(d$cluster))); n0 <- (N - sum(tapply(m, am, function(z) sum(z^2) / sum(z)))) / (K - 2)
    c(msb = b$`Mean Sq`[2], msw = b$`Mean Sq`[3], n0 = n0) }
  de <- function(rho) sapply(0:1, function(a) { z <- m[am == a]; 1 + (sum(z^2) / sum(z) - 1) * rho })
  q <- parts(d$value); rho <- max(0, (q["msb"] - q["msw"]) / (q["msb"] + (q["n0"] - 1) * q["msw"]))
  s2 <- q["msw"] + max(0, (q["msb"] - q["msw"]) / q["n0"]); M <- table(d$arm)
  tt <- unname((mean(d$value[d$arm == 1]) - mean(d$value[d$arm == 0])) / sqrt(s2 * sum(de(rho) / M)))
  yes <- as.numeric(d$value > 1); q <- parts(yes); rho <- max(0, (q["msb"] - q["msw"]) / (q["msb"] + (q["n0"] - 1) * q["msw"]))
  P <- mean(yes); pa <- tapply(yes, d$arm, mean); chi <- unname(sum(M * (pa - P)^2 / (de(rho) * P * (1 - P))))
  ca[[k]] <- data.frame(case = k, t = tt, t_p = 2 * pt(-abs(tt), K - 2), chi2 = chi, chi2_p = pchisq(chi, 1, lower.tail = FALSE))
}
write_tab(do.call(rbind, ca), "clustered_r.csv")

## sample sizes and power, solved to the last digits
sz <- list()
for (k in 1:12) {
  delta <- round(runif(1, 0.2, 2), 2); sd <- round(runif(1, 0.5, 3), 2); power <- sample(c(0.8, 0.85, 0.9, 0.95), 1); alpha <- sample(c(0.01, 0.05, 0.1), 1)
  n <- power.t.test(delta = delta, sd = sd, power = power, sig.level = alpha, tol = 1e-12)$n
  p1 <- round(runif(1, 0.1, 0.4), 2); p2 <- p1 + 0.15
  df <- sample(3:40, 1); ncp <- round(runif(1, 0, 5), 2); q <- qt(1 - alpha / 2, df)
  sz[[k]] <- data.frame(case = k, delta = delta, sd = sd, power = power, alpha = alpha, n_t = n,
    n_z = 2 * (qnorm(1 - alpha / 2) + qnorm(power))^2 * sd^2 / delta^2, p1 = p1, p2 = p2, n_prop = power.prop.test(p1 = p1, p2 = p2, power = power, sig.level = alpha, tol = 1e-12)$n,
    df = df, ncp = ncp, power_t = pt(q, df, ncp, lower.tail = FALSE) + pt(-q, df, ncp))
}
write_tab(do.call(rbind, sz), "size.csv")
