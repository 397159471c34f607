# trial_long.csv as an R user hands it on: as a workbook and as an SPSS file.
suppressMessages({library(haven); library(openxlsx)})
d <- read.csv("../trial_long.csv", colClasses = c(patient_id = "character"), na.strings = "", encoding = "UTF-8", check.names = FALSE)
for (n in c("visit_date", "consent_date")) d[[n]] <- as.Date(d[[n]])
write.xlsx(d, "trial_long.xlsx")
l <- d
attr(l$age, "label") <- "Age at consent (years)"
l$female <- labelled(l$female, c(no = 0, yes = 1), label = "Female sex")
write_sav(l, "trial_long.zsav", compress = "zsav")

# A small file with everything an SPSS file says of its variables.
f <- data.frame(id = c("A1", "Ä2", "b3", "c4"), stringsAsFactors = FALSE)
f$arm <- labelled(c(0, 1, 1, 0), c(control = 0, intervention = 1), label = "Arm as randomised")
f$pain <- labelled_spss(c(3, 99, -8.5, 10), c(none = 0, worst = 10, "not known" = 99), na_values = 99, na_range = c(-Inf, -1), label = "Leg pain")
f$stage <- labelled_spss(c("I", "II", "X", ""), c(first = "I", unclear = "X"), na_values = "X")
f$day <- as.Date(c("2017-11-01", "1899-12-31", NA, "2024-02-29"))
f$at <- as.POSIXct(c("2017-11-01 13:30:00", "2017-11-01 00:00:00", NA, "2024-02-29 23:59:59"), tz = "UTC")
f$clock <- hms::hms(c(48600, 0, NA, 90061))
f$share <- c(0.1, 1/3, NA, 1e-7)
f$a_very_long_name_of_a_variable_that_spss_shortens <- 1:4
f$note <- c(strrep("long text ", 60), "", "ä", "short")
write_sav(f, "small.sav", compress = "byte")
write_sav(f, "small_plain.sav", compress = "none")
write_sav(f, "small.zsav", compress = "zsav")
