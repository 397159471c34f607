// Package formula reads R's model formulas and turns columns into a mixed.Design.
package formula

import (
	"errors"

	"trialbox/stats/boot"
	"trialbox/stats/mixed"
)

// Column is one variable: numbers or text.
type Column struct {
	Name   string
	Num    []float64 // NaN = missing
	Text   []string  // "" = missing
	IsText bool
}

// Frame is a set of columns of equal length.
type Frame struct {
	Rows    int
	Columns []Column
}

// Formula is a parsed formula.
type Formula struct{}

// Condition is a parsed logical expression over columns, such as visit > 0 & sector == "public".
type Condition struct{}

var errLater = errors.New("formulas are not available in this build")

// Parse reads a formula; errors are sentences with the position.
func Parse(s string) (*Formula, error) { return nil, errLater }

// Variables are the columns the formula names, in order of first appearance, the response first.
func (f *Formula) Variables() []string { return nil }

// Build makes the design.
func (f *Formula) Build(fr *Frame) (*mixed.Design, error) { return nil, errLater }

// ParseCondition reads a logical expression.
func ParseCondition(s string) (*Condition, error) { return nil, errLater }

// Variables are the columns the condition names.
func (c *Condition) Variables() []string { return nil }

// Rows says for each row whether the condition is true (missing counts as not true).
func (c *Condition) Rows(fr *Frame) ([]bool, error) { return nil, errLater }

// ParseContrast reads "name: 1*armintervention + 1*armintervention:factor(visit)12".
func ParseContrast(s string, terms []string) (boot.Contrast, error) {
	return boot.Contrast{}, errLater
}
