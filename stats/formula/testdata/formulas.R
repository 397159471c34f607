# R's model.matrix for about 150 formulas, half of them drawn at random: Rscript formulas.R writes formulas.csv (the data)
# and formulas.json. Text sorts by code point (LC_COLLATE=C), as Trialbox sorts it.
suppressMessages(library(jsonlite)); invisible(Sys.setlocale("LC_COLLATE", "C")); set.seed(5)
n <- 48
d <- data.frame(a = rep(c("one", "two", "three"), length.out = n), b = rep(c("q", "p"), each = 3, length.out = n), x = round(rnorm(n), 2), v = rep(c(0, 3, 12), each = 2, length.out = n),
  z = c(NA, round(runif(n - 1, 1, 9), 1)), big = rep(c(1e5, 123456, 0.1, 1e-15), length.out = n), `my group` = sample(c("g h", "i"), n, TRUE), `Büro.ä_1` = sample(c("ö", "z", "Z", "É"), n, TRUE), `2nd` = sample(1:4, n, TRUE), .dot = runif(n) > 0.5,
  `if` = round(rnorm(n), 1), y = round(rnorm(n, 5), 2), unit = rep(1:8, each = 6), check.names = FALSE, stringsAsFactors = FALSE)
d$.dot <- as.integer(d$.dot); d$copy <- 2*d$x + 1; d$same <- as.integer(d$b == "q")
write.csv(d, "formulas.csv", row.names = FALSE, na = "", fileEncoding = "UTF-8")
hand <- c("x", "1", "a", "a*b", "b*a", "a:b", "a + a:b", "a/b", "a/b/x", "x:a", "x/a", "a/x", "a %in% b", "a - 1", "0 + a + b", "x + a - 1", "a:b - 1", "a*b - a", "a*b - b", "a*b - 1", "a*b*x - a:b:x", "(a + b + x)^2", "(a + b + x)^3 - a:x", "(a + b)^2 - 1", "a + b %in% a",
  "factor(v)", "b*factor( v )", "factor(v)*x - x", "as.factor(v):x", "factor(big)", "factor(v) - 1", "factor(z)", "I(x/10)+I( x^2 )", "I(2*x+1)", "I(-x)", "I(- x + 3)", "I(x-(y-1))", "I((x+1)/2)", "I(x*(z+1)^2)", "I(x^-1)", "I(x^(-1))", "I(-x^2)", "I((-x)^2)", "I(1e5*x)", "I(100000*x)", "I(123456*x)", "I(1e-5*x)", "I(0.0001*x)", "I(0.00001*x)", "I(1e15*x)", "I(x+1e-20)", "I(x/3e2)", "I(x+.5)", "I(1.50*x)",
  "log(y)", "log2(y+10)", "sqrt(y)", "exp(x/10)", "abs(x)", "I(log(y)^2)", "round(x)", "log10( y )",
  "I(v==3)", "I(v == 3):x", "I(v>=3)*b", "I(v!=0 & x>0)", "I(a=='two' | b==\"p\")", "I(!(v==3))", "I(v==3)-1", "I(is.na(x) | v == 3)", "a*I(v == 12)",
  "relevel(factor(a),\"two\")", "relevel(factor(a), ref='two')*x", "relevel(factor(v),\"12\")", "relevel(factor(v),ref=\"3\")-1", "a + relevel(factor(b), \"q\"):x",
  "`my group`", "`my group`*x", "`my group`:a", "`2nd`", "factor(`2nd`)", "I(`2nd`^2)", "`x`", "`if`", "`if`*a", ".dot", "factor(.dot)", "Büro.ä_1", "`Büro.ä_1`:x", "factor(`my group`)",
  "x + x", "x + a - x", "x*x", "x:x", "a:a", "x + copy", "copy + x", "b + same", "a*b + a:b:x", "a:x + b:x", "a:b:x", "x + a:b:x", "x:z + a", "a:b + x", "b + a:b + a", "1 + x - 1", "x - 1 + 1", "0 + x + 1", "x + 0", "-1 + a*x", "(a + b)/x", "a/(b + x)", "(a - 1)*b", "a*(b + 0)", "a*b %in% x", "x^2", "a^2", "(x + a)^2:b", "(a*b)^2", "(a + b + x + z)^2 - a:b", "((a))", "(x)", "a:(b + x)", "(a + x):(b + z)", "a + b + x + a:b + a:x + b:x + a:b:x - x", "factor(v) + factor(v):a", "factor(v):a + a", "x:factor(v) - 1", "a:x - 1", "a:b:factor(v)")
atoms <- c("a", "b", "x", "factor(v)", "z", "I(x^2)", "`my group`", "I(v == 3)")
gen <- function(depth) { if (depth == 0 || runif(1) < 0.25) return(sample(atoms, 1)); op <- sample(c(" + ", "*", ":", "/", " - "), 1, prob = c(4, 3, 2, 1, 1)); l <- gen(depth - 1); r <- gen(depth - 1)
  p <- function(s) if (grepl("[-+*/]", gsub("I\\([^)]*\\)|factor\\([^)]*\\)", "", s)) && op != " + ") paste0("(", s, ")") else s; paste0(p(l), op, p(r)) }
random <- unique(sapply(1:90, function(i) paste0(gen(sample(2:3, 1)), sample(c("", "", " - 1", " + 0"), 1))))
out <- list()
for (s in c(hand, random)) { m <- tryCatch({ f <- as.formula(paste("y ~", s)); fr <- model.frame(f, d, na.action = na.omit); model.matrix(f, fr) }, error = function(e) { cat(s, conditionMessage(e), "\n"); NULL })
  if (is.null(m) || ncol(m) > 60 || ncol(m) == 0) { cat("left out", s, "\n"); next }
  q <- qr(m, tol = 1e-7); kept <- sort(q$pivot[seq_len(q$rank)])
  out[[length(out) + 1]] <- list(formula = s, names = I(colnames(m)), rows = nrow(m), sums = I(unname(colSums(m * seq_len(nrow(m))))), kept = I(colnames(m)[kept])) }
cat(length(out), "formulas\n"); write_json(out, "formulas.json", auto_unbox = TRUE, digits = NA)
