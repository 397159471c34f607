package report

import (
	"regexp"
	"strings"
	"testing"

	"trialbox/app/analysis"
)

// doOf is analysis.do of jobs with the example's numbers of replicates.
func doOf(t *testing.T, forms []form, cell func(column, text string) string, names map[string]string) string {
	t.Helper()
	tr, r := recoded(t, names, cell)
	var jobs []*analysis.Job
	for _, f := range forms {
		jobs = append(jobs, planned(t, tr, r, f.outcome, f.change))
	}
	return analysis.StataScript(tr, jobs, r.Options, "trial long.csv")
}

// after is the part of a script from a line on.
func after(t *testing.T, script, line string) string {
	t.Helper()
	_, rest, ok := strings.Cut(script, "\n"+line+"\n")
	if !ok {
		t.Fatalf("no line %q in\n%s", line, script)
	}
	return rest
}

// The text of analysis.do for an outcome: the syntax of [ME] mixed, [R] lincom
// and [R] bootstrap, one comma before the options.
func TestStataScriptOfAnMMRM(t *testing.T) {
	got := after(t, doOf(t, []form{{"", "odi", own("mmrm", "clda", "reml")}}, asItIs, nil), "* ODI (0–100)")
	want := "capture gen byte at2 = arm == 1 & visit == 2 if !missing(arm, visit)\n" +
		"capture gen byte at3 = arm == 1 & visit == 3 if !missing(arm, visit)\n" +
		"mixed odi ib1.visit at2 at3 delay_days i.pain_duration fabq_pa_0 if inlist(visit, 1, 2, 3) || unit: || patient:, noconstant residuals(unstructured, t(visit)) reml\n" +
		"lincom at2  // 3 months\n" +
		"lincom at3  // 12 months\n" +
		"if `reps' > 0 {\n" +
		"replace newunit = unit\n" +
		"bootstrap, cluster(unit) idcluster(newunit) strata(arm) reps(`reps') seed(`seed') nodots: mixed odi ib1.visit at2 at3 delay_days i.pain_duration fabq_pa_0 if inlist(visit, 1, 2, 3) || newunit: || patient:, noconstant residuals(unstructured, t(visit)) reml\n" +
		"lincom at2  // 3 months\n" +
		"lincom at3  // 12 months\n" +
		"}\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The head of analysis.do and what it makes of a file whose names and texts
// Stata does not take ([U] 11.3 and 12.4): a table of the names, texts compared
// with by the codes of their characters, a factor of fractions by its classes.
func TestStataScriptNames(t *testing.T) {
	long := strings.Repeat("disability ", 3) + "in daily life"
	names := map[string]string{"odi": long, "lbp_daily": "v12", "delay_days": "_all", "pain_duration": "str4", "fabq_pa": "2 FABQ.pa", "eq_vas": "tämä", "sbt_group": "at2"}
	script := doOf(t, []form{
		{"", long, own("", "ancova", "reml", "0", "12")},
		{"", "v12", own("", "", "")},
		{"", "at2", func(o *analysis.Outcome) { o.Levels = []string{"lo", "mid", "hi"} }},
	}, func(column, s string) string {
		switch column {
		case "arm":
			return map[string]string{"control": "a $1 `day'", "intervention": `the "new"`}[s]
		case "sbt_group":
			return map[string]string{"0": "lo", "1": "mid", "2": "hi"}[s]
		case "pain_duration":
			return s + ".5"
		}
		return s
	}, names)
	for _, line := range []string{
		"* What is called otherwise here than in the file, and its name there:",
		"*   disability_disability_di   " + long,
		"*   disability_disability_di_2 " + long + "_0",
		"*   x_all                      _all",
		"*   str4_2                     str4",
		"*   x2_FABQ_pa                 2 FABQ.pa",
		"*   v12_2                      v12",
		"*   at2_2                      at2",
		"replace arm = 0 if v3 == (`\"a \"' + char(36) + `\"1 \"' + char(96) + `\"day'\"')",
		"replace arm = 1 if v3 == (`\"the \"' + char(34) + `\"new\"' + char(34))",
		"label define arm 0 `\"a \\$1 'day'\"', add",
		"gen byte at2_y = .",
		"replace at2_y = 1 if v35 == `\"lo\"'",
	} {
		if !strings.Contains(script, "\n"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(script)
	}
	for _, line := range strings.Split(script, "\n") {
		if strings.HasPrefix(line, "mixed ") || strings.HasPrefix(line, "me") {
			if outside := regexp.MustCompile(`\([^()]*\)`).ReplaceAllString(line, ""); strings.Count(outside, ",") != 1 || !strings.Contains(line, "i.str4_classes") {
				t.Errorf("the command %s", line)
			}
		}
	}
}
