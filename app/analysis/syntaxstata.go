package analysis

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/trial"
)

// StataScript is analysis.do: every outcome of the tables by mixed, melogit or
// meologit, each with lincom for the difference at every visit, then the
// cluster bootstrap of the model paper (its Table S1): units drawn whole within
// arm, copies of a unit with numbers of their own.
func StataScript(t *trial.Trial, jobs []*Job, o Options, data string) string {
	s := stata{t: t, n: namesOf(t.Mapping()), made: map[string]string{}}
	s.line("* The analysis of the outcome tables, written by Trialbox for Stata 16 or later.")
	s.line("* It reads the trial in long form: on the page, \"Long form as CSV\" saves it. That file holds")
	s.line("* patients' values; this script holds none. Run it in the folder of that file.")
	s.line("* Columns are taken by their place, so that names Stata does not know do no harm.")
	s.renamed(variablesOf(jobs))
	s.line("version 16")
	s.line("clear all")
	s.line("set more off")
	s.line("set varabbrev off")
	s.line("import delimited using %s, clear delimiters(\",\") varnames(nonames) stringcols(_all) encoding(\"UTF-8\") bindquotes(strict) maxquotedrows(unlimited)", stataText(data))
	s.line("drop in 1")
	s.line("foreach x of varlist _all {  // an apostrophe put there against spreadsheets")
	s.line("    quietly replace `x' = substr(`x', 2, .) if strlen(`x') > 1 & substr(`x', 1, 1) == \"'\" & strpos(\"=+@-\" + char(9) + char(13), substr(`x', 2, 1)) > 0")
	s.line("}")
	s.line("local reps %d        // linear models", o.Replicates)
	s.line("local logitreps %d   // binary and ordinal models", o.LogitReplicates)
	s.line("local seed %d", o.Seed)
	s.roles()
	for _, v := range variablesOf(jobs) {
		s.variable(v)
	}
	for _, j := range jobs {
		s.line("")
		s.line("* %s", comment(j.Outcome.Label))
		if why := j.writable(); why != "" {
			s.line("* left out: %s", comment(why))
			continue
		}
		s.outcome(j.syntax())
	}
	return s.b.String()
}

// StataModel is the model's command alone, with the variables by their own
// names where Stata takes them.
func (j *Job) StataModel() string {
	if j.writable() != "" {
		return ""
	}
	s := stata{t: j.trial, n: namesOf(j.trial.Mapping()), made: map[string]string{}}
	s.roles()
	for _, v := range variablesOf([]*Job{j}) {
		s.variable(v)
	}
	x := j.syntax()
	return s.command(x, s.name(j.Outcome.Variable), "unit")
}

// stata writes a script and remembers what the variables are called in it.
type stata struct {
	b    strings.Builder
	t    *trial.Trial
	n    names
	made map[string]string // name in the trial: name in Stata
}

func (s *stata) line(format string, args ...any) { fmt.Fprintf(&s.b, format+"\n", args...) }

// column is the imported variable of a column of the long form.
func (s *stata) column(name string) string {
	return "v" + strconv.Itoa(slices.Index(s.t.LongNames(), name)+1)
}

// reserved are the names that the script itself uses, and those that Stata
// keeps for itself ([U] 11.3; all others of them begin with an underscore).
var reserved = []string{"unit", "newunit", "patient", "arm", "visit", "months",
	"byte", "int", "long", "float", "double", "strL", "if", "in", "using", "with"}

// numbered reports a name of this beginning with a number behind it: v12 is
// imported, at3 is a term of a constrained baseline, str5 is a type of Stata.
func numbered(name string, beginnings ...string) bool {
	for _, b := range beginnings {
		rest, ok := strings.CutPrefix(name, b)
		if ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	return false
}

// renamed lists at the head what is called otherwise than in the file.
func (s *stata) renamed(list []variable) {
	first := true
	for _, v := range list {
		name := s.name(v.name)
		if name == v.name {
			continue
		}
		if first {
			s.line("* What is called otherwise here than in the file, and its name there:")
			first = false
		}
		s.line("*   %-26s %s", name, comment(v.name))
	}
}

// name is what a variable is called in Stata: letters, digits and underscores,
// at most 26 of them, its own.
func (s *stata) name(of string) string {
	if have := s.made[of]; have != "" {
		return have
	}
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, of)
	if plain == "" || plain[0] >= '0' && plain[0] <= '9' || plain[0] == '_' {
		plain = "x" + plain
	}
	plain = plain[:min(len(plain), 24)]
	imported := numbered(plain, "v", "at", "str")
	taken := func(name string) bool {
		for _, have := range s.made {
			if have == name {
				return true
			}
		}
		return slices.Contains(reserved, name)
	}
	out := plain
	for k := 2; taken(out) || imported; k++ {
		out, imported = plain+"_"+strconv.Itoa(k), false
	}
	s.made[of] = out
	return out
}

// roles makes unit, patient, arm, visit and months.
func (s *stata) roles() {
	s.line("")
	s.line("egen long unit = group(v1)")
	s.line("egen long patient = group(v1 v2)")
	s.line("gen byte arm = .")
	for a, label := range s.t.Arms {
		s.line("replace arm = %d if v3 == %s", a, stataValue(label))
		s.line("label define arm %d %s, add", a, stataText(label))
	}
	s.line("label values arm arm")
	s.line("gen byte visit = .")
	s.line("gen double months = .")
	for k, v := range s.t.Visits {
		s.line("replace visit = %d if v4 == %s", k+1, stataValue(v.Code))
		s.line("replace months = %s if visit == %d", literal(v.Months), k+1)
		s.line("label define visit %d %s, add", k+1, stataText(v.Label))
	}
	s.line("label values visit visit")
	s.line("gen long newunit = unit")
}

// variable makes a covariate or an outcome's numbers. Words become numbers in
// the order of their code points.
func (s *stata) variable(v variable) {
	name := s.name(v.name)
	switch {
	case v.of != "":
		from := s.name(v.of)
		s.line("bysort patient (visit): gen double %s = %s[1] if visit[1] == 1", name, from)
	case v.text:
		s.line("egen %s = group(%s), label", name, s.column(v.name))
	case v.levels != nil:
		s.line("gen double %s = real(%s)", name, s.column(v.name))
		for k, level := range v.levels {
			s.line("replace %s = %d if %s == %s", name, k+1, s.column(v.name), stataValue(level))
		}
	default:
		s.line("gen double %s = real(%s)", name, s.column(v.name))
	}
	s.line("label variable %s %s", name, stataText(cutTo(v.name, 80)))
}

// outcome writes one outcome's fit, its contrasts and its bootstrap.
func (s *stata) outcome(x syntax) {
	for _, w := range x.noEvents() {
		s.line("* %s", comment(w))
	}
	y := s.answers(x)
	for _, c := range x.covariates {
		if c.Factor && !x.isText(c) && !x.whole(c) {
			s.line("capture egen %s = group(%s), label", s.classes(x, c), s.name(covariateName(x.trial, c)))
		}
	}
	if x.baseline == "clda" {
		for _, at := range x.at {
			if k := s.visitNumber(x, at); !x.Visits[at].Baseline {
				s.line("capture gen byte at%d = arm == 1 & visit == %d if !missing(arm, visit)", k, k)
			}
		}
	}
	contrasts := func() {
		for _, at := range x.At {
			s.line("lincom %s  // %s", s.lincom(x, at), comment(x.Visits[at].Visit.Label))
		}
	}
	s.line("%s", s.command(x, y, "unit"))
	contrasts()
	reps := "reps"
	if x.Outcome.Logit() {
		reps = "logitreps"
	}
	s.line("if `%s' > 0 {", reps)
	s.line("replace newunit = unit")
	s.line("bootstrap, cluster(unit) idcluster(newunit) strata(arm) reps(`%s') seed(`seed') nodots: %s", reps, s.command(x, y, "newunit"))
	contrasts()
	s.line("}")
}

// answers gives the outcome's variable, made for categories.
func (s *stata) answers(x syntax) string {
	v := x.trial.Variable(x.Outcome.Variable)
	switch {
	case x.ResponderOf != "":
		y, of := s.name(x.Outcome.Variable), s.name(x.ResponderOf)
		sign := ""
		if x.betterOf() == "lower" {
			sign = "-"
		}
		s.line("bysort patient (visit): gen byte %s = %s(%s - %s[1]) >= %s - 1e-9*max(1, %s) if visit[1] == 1 & visit > 1 & !missing(%s, %s[1])",
			y, sign, of, of, literal(x.Outcome.Important), literal(x.Outcome.Important), of, of)
		return y
	case x.kindOf() == "linear":
		return s.name(x.Outcome.Variable)
	}
	y := s.name(x.Outcome.Variable + "_y")
	column := s.column(x.Outcome.Variable)
	switch {
	case x.kindOf() == "binary" && v.Words:
		s.line("gen byte %s = %s == %s if %s != \"\"", y, column, stataValue(x.Categories[1]), column)
	case x.kindOf() == "binary":
		s.line("gen byte %s = %s == %s if !missing(%s)", y, s.name(x.Outcome.Variable), x.Categories[1], s.name(x.Outcome.Variable))
	case v.Words:
		s.line("gen byte %s = .", y)
		for k, c := range x.Categories {
			s.line("replace %s = %d if %s == %s", y, k+1, column, stataValue(c))
		}
	default:
		s.line("gen double %s = %s", y, s.name(x.Outcome.Variable))
	}
	return y
}

// visitNumber is the number of an outcome's visit in the script.
func (s *stata) visitNumber(x syntax, at int) int {
	return slices.IndexFunc(s.t.Visits, func(v trial.Visit) bool { return v.Code == x.Visits[at].Visit.Code }) + 1
}

// command is the model's estimation command with the given unit variable.
func (s *stata) command(x syntax, y, unit string) string {
	verb := map[string]string{"linear": "mixed", "binary": "melogit", "ordinal": "meologit"}[x.kindOf()]
	words := []string{verb, y}
	first := s.visitNumber(x, x.at[0])
	switch {
	case x.baseline == "clda" && len(x.at) > 1:
		words = append(words, fmt.Sprintf("ib%d.visit", first))
		for _, at := range x.at {
			if !x.Visits[at].Baseline {
				words = append(words, fmt.Sprintf("at%d", s.visitNumber(x, at)))
			}
		}
	case len(x.at) > 1:
		words = append(words, fmt.Sprintf("i.arm##ib%d.visit", first))
	default:
		words = append(words, "i.arm")
	}
	if x.own != "" {
		words = append(words, s.name(x.own))
	}
	for _, c := range x.covariates {
		name := s.name(covariateName(x.trial, c))
		switch {
		case x.isText(c), c.Factor && x.whole(c):
			name = "i." + name
		case c.Factor:
			name = "i." + s.classes(x, c)
		}
		words = append(words, name)
	}
	var visits []string
	for _, at := range x.at {
		visits = append(visits, strconv.Itoa(s.visitNumber(x, at)))
	}
	random, options := s.random(x, unit), s.options(x)
	if strings.Contains(random[strings.LastIndex(random, "||"):], ",") { // the last level has options already
		options = strings.TrimPrefix(options, ",")
	}
	words = append(words, "if inlist(visit, "+strings.Join(visits, ", ")+")", random)
	return strings.Join(words, " ") + options
}

func (s *stata) random(x syntax, unit string) string {
	u := "|| " + unit + ":"
	switch x.model {
	case "unit":
		return u
	case "slope":
		return u + " || patient: months, covariance(unstructured)"
	case "slope-independent":
		return u + " || patient: months, covariance(independent)"
	case "unit-visit":
		return u + " || " + unit + ": R.visit, noconstant || patient:"
	case "mmrm":
		return u + " || patient:, noconstant residuals(unstructured, t(visit))"
	}
	return u + " || patient:"
}

func (s *stata) options(x syntax) string {
	switch {
	case !x.Outcome.Logit() && x.Options.Method == "reml":
		return ", reml"
	case !x.Outcome.Logit():
		return ""
	case x.Options.Integration == "laplace":
		return ", intmethod(laplace)"
	case x.Options.Nodes > 0:
		return fmt.Sprintf(", intpoints(%d)", x.Options.Nodes)
	}
	return ", intpoints(7)"
}

// lincom is the difference between the arms at a visit.
func (s *stata) lincom(x syntax, at int) string {
	k := s.visitNumber(x, at)
	switch {
	case x.baseline == "clda" && len(x.at) > 1:
		return fmt.Sprintf("at%d", k)
	case at == x.at[0]:
		return "1.arm"
	}
	return fmt.Sprintf("1.arm + 1.arm#%d.visit", k)
}

// classes is what the numbered values of a factor are called that Stata does
// not take as one.
func (s *stata) classes(x syntax, c trial.Covariate) string {
	return s.name(covariateName(x.trial, c) + " classes")
}

// whole reports a covariate of numbers that Stata takes as a factor: none is
// negative or has a fraction.
func (x syntax) whole(c trial.Covariate) bool {
	v := x.trial.Variable(covariateName(x.trial, c))
	return v == nil || v.Words || !slices.ContainsFunc(v.Numbers(), func(n float64) bool { return n < 0 || n > 32740 || n != math.Trunc(n) && !math.IsNaN(n) })
}

// stataText is a text of Stata in compound quotes, for a label: macros in it
// are kept from being expanded, and a quotation mark that would end it is set
// off.
func stataText(s string) string {
	return "`\"" + strings.NewReplacer("\"'", "\" '", "\"`", "\" '", "`", "'", "$", "\\$", "\n", " ", "\r", " ").Replace(s) + "\"'"
}

// stataValue is a text to be compared with. What has a meaning in a string of
// Stata is written by its code.
func stataValue(s string) string {
	var parts []string
	from := 0
	piece := func(to int) {
		if to > from {
			parts = append(parts, "`\""+s[from:to]+"\"'")
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '`' || c == '$' || c == '\\' {
			piece(i)
			parts = append(parts, fmt.Sprintf("char(%d)", c))
			from = i + 1
		}
	}
	piece(len(s))
	switch len(parts) {
	case 0:
		return "\"\""
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

func cutTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
