package analysis

import (
	"strconv"
	"strings"

	"trialbox/app/trial"
)

// names are what the model's variables are called in the trial's frame.
type names struct{ unit, patient, arm, visit string }

func namesOf(m trial.Mapping) names {
	n := names{m.Unit, m.Patient, m.Arm, m.Visit}
	if n.visit == "" { // a wide file has no visit column; the long form gets one
		n.visit = "visit"
	}
	return n
}

// covariateName is the variable a covariate stands for: the column itself, or
// its baseline value repeated on every row.
func covariateName(t *trial.Trial, c trial.Covariate) string {
	if c.Baseline && len(t.Visits) > 0 {
		return c.Column + "_" + strconv.FormatFloat(t.Visits[0].Months, 'g', 6, 64)
	}
	return c.Column
}

// covariateTitle is how a covariate is named in a sentence.
func covariateTitle(c trial.Covariate) string {
	title := c.Label
	if title == "" {
		title = strings.ReplaceAll(c.Column, "_", " ")
	}
	if c.Baseline {
		title += " at baseline"
	}
	return title
}
