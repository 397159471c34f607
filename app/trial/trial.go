// Package trial turns a table into a cluster-randomised trial: which column is
// the unit, the patient, the arm and the visit, which are covariates and
// outcomes, and one row for each patient and visit.
//
// It finds the roles by name (Guess), keeps them as plain values that belong
// to a recipe (Mapping), and builds the trial with its checks (Build). It
// scores questionnaires through package instrument, and never reads a file
// or fits a model: package dataset does the one, package analysis the other.
package trial

import (
	"trialbox/app/dataset"
	"trialbox/app/instrument"
)

// Trial is the trial in long form: a row for each patient and visit.
type Trial struct {
	Rows int
	// Per row: indices into Patients, Units, Arms and Visits.
	Patient, Unit, Arm, Visit []int32
	Patients, Units           []string  // in order of first appearance
	Arms                      [2]string // labels: control, intervention
	Visits                    []Visit   // in order of time
	UnitArm                   []int32   // per unit: 0 control, 1 intervention
	// UnitRandomised is the arm each unit was randomised to, -1 where the file
	// does not tell; nil without such a column.
	UnitRandomised []int32
	Variables      []*Variable
	Problems       []dataset.Problem
	Line           []int32 // per row: line of the file it came from

	named   map[string]*Variable // Variables by name
	mapping Mapping
	library instrument.Library
	data    *dataset.Dataset
	source  []int32 // per row: row of data
	wide    map[string][]*dataset.Column
	nested  bool // patients are numbered anew in each unit
}

// Mapping is what the trial was built by.
func (t *Trial) Mapping() Mapping { return t.mapping }

// Library is the instruments the trial's mapping can name.
func (t *Trial) Library() instrument.Library { return t.library }
