package analysis

import (
	"fmt"

	"trialbox/stats"
)

// Baseline says how the baseline tables are laid out and tested. The zero
// value of every option is the model paper's.
type Baseline struct {
	Tables []BaselineTable `json:"tables"`
	Units  []BaselineRow   `json:"units"` // of the unit-level table, by columns of the units file

	TTest     string `json:"t_test,omitempty"`    // "welch" (also when empty) or "pooled"
	Quartiles int    `json:"quartiles,omitempty"` // 6 as SPSS (also when 0), 2 as Stata, 7 as R
	// Counts is the test of categories: "auto" (also when empty), "any5",
	// "pearson", "yates" or "fisher".
	Counts     string `json:"counts,omitempty"`
	Continuity bool   `json:"continuity,omitempty"` // of Mann–Whitney
	Exact      bool   `json:"exact,omitempty"`      // Mann–Whitney where there are no ties and few values

	HideP       bool `json:"hide_p,omitempty"`
	Differences bool `json:"standardised_differences,omitempty"`
	Clustered   bool `json:"cluster_adjusted,omitempty"`
	MissingRows bool `json:"missing_rows,omitempty"` // a line of those without an answer
	// Imbalance marks a row: "p" (P < 0.05, also when empty), "difference"
	// (standardised difference above 0.1) or "none".
	Imbalance string `json:"imbalance,omitempty"`
}

// BaselineTable is one of the printed tables.
type BaselineTable struct {
	Title string        `json:"title"`
	Rows  []BaselineRow `json:"rows"`
}

// BaselineRow is one variable of a baseline table.
type BaselineRow struct {
	Variable string `json:"variable"`
	Label    string `json:"label"`
	// Statistic is "mean" (SD), "median" (quartiles), "range" (median and
	// range) or "percent" (number).
	Statistic string `json:"statistic"`
	Section   string `json:"section,omitempty"` // heading above the row where it differs from the row before
	Indent    int    `json:"indent,omitempty"`
	Decimals  *int   `json:"decimals,omitempty"` // of means and medians; nil: by the values
	// Level is the one category that is printed; all of them when empty, and of
	// 0 and 1 the latter.
	Level  string          `json:"level,omitempty"`
	Levels []BaselineLevel `json:"levels,omitempty"` // what categories are called, and their order
}

// BaselineLevel names a category of a variable.
type BaselineLevel struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

// Statistics a row may have, and what they are called.
var baselineStatistics = []string{"mean", "median", "range", "percent"}

var tableRules = map[string]stats.TableRule{"": stats.FisherWhenSparse, "auto": stats.FisherWhenSparse, "any5": stats.FisherWhenAnyBelow5,
	"pearson": stats.AlwaysPearson, "yates": stats.AlwaysYates, "fisher": stats.AlwaysFisher}

// Validate names what cannot be used by its place in the recipe, or is nil.
func (b *Baseline) Validate() error {
	if b == nil {
		return nil
	}
	if b.TTest != "" && b.TTest != "welch" && b.TTest != "pooled" {
		return fmt.Errorf("baseline.t_test is %q; it must be welch or pooled", b.TTest)
	}
	if b.Quartiles != 0 {
		if _, err := stats.ParseQuantileType(b.Quartiles); err != nil {
			return fmt.Errorf("baseline.quartiles: %w", err)
		}
	}
	if _, ok := tableRules[b.Counts]; !ok {
		return fmt.Errorf("baseline.counts is %q; it must be auto, any5, pearson, yates or fisher", b.Counts)
	}
	if b.Imbalance != "" && b.Imbalance != "p" && b.Imbalance != "difference" && b.Imbalance != "none" {
		return fmt.Errorf("baseline.imbalance is %q; it must be p, difference or none", b.Imbalance)
	}
	for k, t := range b.Tables {
		if err := validRows(fmt.Sprintf("baseline.tables[%d].rows", k), t.Rows); err != nil {
			return err
		}
	}
	return validRows("baseline.units", b.Units)
}

func validRows(path string, rows []BaselineRow) error {
	for i, r := range rows {
		known := false
		for _, s := range baselineStatistics {
			known = known || s == r.Statistic
		}
		switch {
		case r.Variable == "":
			return fmt.Errorf("%s[%d].variable is empty", path, i)
		case !known:
			return fmt.Errorf("%s[%d].statistic is %q; it must be mean, median, range or percent", path, i, r.Statistic)
		case r.Decimals != nil && (*r.Decimals < 0 || *r.Decimals > 6):
			return fmt.Errorf("%s[%d].decimals is %d; it must lie between 0 and 6", path, i, *r.Decimals)
		case r.Indent < 0 || r.Indent > 3:
			return fmt.Errorf("%s[%d].indent is %d; it must lie between 0 and 3", path, i, r.Indent)
		}
	}
	return nil
}

// options are the tests as package stats takes them.
func (b *Baseline) options() stats.Baseline {
	return stats.Baseline{Pooled: b.TTest == "pooled", Quantile: stats.QuantileType(b.Quartiles),
		Ranks: stats.RankOptions{Continuity: b.Continuity, Exact: b.Exact}, Rule: tableRules[b.Counts]}
}

// imbalanced holds a variable's test and standardised difference against the
// chosen rule.
func (b *Baseline) imbalanced(p float64, d stats.Imbalance) bool {
	switch b.Imbalance {
	case "none":
		return false
	case "difference":
		return d.Status == stats.OK && (d.Value > 0.1 || d.Value < -0.1)
	}
	return p < 0.05 // false for NaN
}
