package report

import (
	"math"

	"trialbox/app/analysis"
)

// ForestFigures are the forest plots of all outcomes: "forest" over standard
// deviations (a log odds ratio over that of the logistic distribution), "native"
// with each mean on its own scale, "ratio" with odds ratios.
var ForestFigures = map[string]string{"forest": "All outcomes, standardised", "native": "Means, each on its own scale", "ratio": "Binary and ordinal outcomes, odds ratios"}

// AllOutcomes draws one of ForestFigures; ok is false where no outcome belongs
// in it.
func AllOutcomes(r *analysis.Result, name string, half, keys bool) (f Figure, ok bool) {
	id := name
	if half {
		id += "-half"
	}
	d := ForestData{Frame: Frame{ID: id, Title: ForestFigures[name], Half: half, Keys: keys}, Arms: armsOf(r), Standardised: name == "forest", Turn: name == "forest", Own: name == "native", Ratio: name == "ratio"}
	if d.Ratio {
		d.XLabel = "Odds ratio, logarithmic axis"
	}
	var codes []string
	labels := map[string]string{}
	for _, o := range r.Outcomes {
		for _, v := range o.Visits {
			if _, known := labels[v.Visit.Code]; !known && !v.Baseline {
				labels[v.Visit.Code] = v.Visit.Label
				codes = append(codes, v.Visit.Code)
			}
		}
	}
	for _, code := range codes {
		var rows []ForestRow
		for i := range r.Outcomes {
			o := &r.Outcomes[i]
			means := len(o.Categories) == 0
			if o.ResponderOf != "" && name == "forest" || means && d.Ratio || !means && name == "native" {
				continue
			}
			for k := range o.Visits {
				if v := &o.Visits[k]; v.Visit.Code == code && !v.Baseline && (v.Model != nil || v.NotEstimable != "") {
					rows = append(rows, forestRowOf(r, o, v, name))
				}
			}
		}
		if len(rows) > 0 {
			d.Rows = append(append(d.Rows, ForestRow{Group: true, Label: title(labels[code])}), rows...)
		}
	}
	if len(d.Rows) == 0 {
		return Figure{}, false
	}
	return Forest(d), true
}

func forestRowOf(r *analysis.Result, o *analysis.OutcomeResult, v *analysis.VisitResult, name string) ForestRow {
	s := v.Shown(r.Options.Interval)
	row := ForestRow{Label: o.Outcome.Label, Estimate: s.Estimate, Low: s.Low, High: s.High, P: s.P, Decimals: 2, SD: math.Pi / math.Sqrt(3),
		Better: map[string]int{"lower": -1, "higher": 1}[o.Better], Primary: o.Outcome.Primary && o.ResponderOf == "", Live: !o.Settled(), Reason: v.NotEstimable}
	if len(o.Categories) == 0 {
		row.SD, row.Important = firstSD(o), o.Outcome.Important
		if name == "native" {
			row.Decimals = o.Outcome.Decimals
		}
	} else if name == "ratio" {
		row.Estimate, row.Low, row.High = math.Exp(s.Estimate), math.Exp(s.Low), math.Exp(s.High)
	}
	return row
}

// firstSD is the pooled standard deviation at the outcome's first visit.
func firstSD(o *analysis.OutcomeResult) float64 {
	a, b := o.Visits[0].Arms[0], o.Visits[0].Arms[1]
	return math.Sqrt((float64(a.N-1)*a.SD*a.SD + float64(b.N-1)*b.SD*b.SD) / float64(a.N+b.N-2))
}
