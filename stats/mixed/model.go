// Package mixed fits linear models with nested random intercepts.
package mixed

import "errors"

// Model is a design reduced to its sufficient statistics.
type Model struct{}

var errLater = errors.New("the linear mixed model is not available in this build")

// New reduces a design to its sufficient statistics.
func New(d *Design) (*Model, error) { return nil, errLater }

// Fit estimates the model on all rows.
func (m *Model) Fit(method Method) (*Fit, error) { return nil, errLater }
