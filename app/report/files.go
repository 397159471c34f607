package report

import (
	"bytes"
	"math"

	"trialbox/app/analysis"
)

// TableFile writes a table in one of the formats html, csv and md, with the
// name and type of the file.
func TableFile(t *Table, format string) (name, mime string, body []byte) {
	return NamedTableFile(t, t.File, format)
}

// NamedTableFile writes a table to a file whose name begins so.
func NamedTableFile(t *Table, base, format string) (name, mime string, body []byte) {
	switch format {
	case "csv":
		var b bytes.Buffer
		if err := t.CSV(&b); err != nil {
			panic("report: a buffer takes every write: " + err.Error())
		}
		return base + ".csv", "text/csv", b.Bytes()
	case "md":
		return base + ".md", "text/markdown", []byte(t.Markdown())
	}
	return base + ".html", "text/html", []byte(t.Document())
}

// trajectoryOf is the trajectory of an outcome shown as means: raw means with
// 95 % t intervals by arm at every visit.
func trajectoryOf(r *analysis.Result, variable string) (TrajectoryData, bool) {
	for _, o := range r.Outcomes {
		if o.Outcome.Variable != variable || len(o.Visits) == 0 || o.Outcome.Logit() {
			continue
		}
		d := TrajectoryData{ID: "trajectory", Title: o.Outcome.Label, YLabel: o.Outcome.Label, Decimals: o.Outcome.Decimals, Arms: []string{title(r.Arms[1]), title(r.Arms[0])}}
		d.Points = make([][]Point, 2)
		for _, v := range o.Visits {
			d.Visits = append(d.Visits, TrajectoryVisit{Label: v.Visit.Label, Months: v.Visit.Months})
			for i, arm := range []int{1, 0} {
				a := v.Arms[arm]
				p := Point{N: a.N, Mean: a.Mean, Low: a.Low, High: a.High}
				if math.IsNaN(p.Low) { // a mean of one answer has no interval
					p.Low, p.High = p.Mean, p.Mean
				}
				d.Points[i] = append(d.Points[i], p)
			}
		}
		return d, true
	}
	return TrajectoryData{}, false
}
