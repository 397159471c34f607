package design

// Trials are the fields of a power by simulation, as typed.
type Trials struct{}

// DefaultTrials are those of the model paper's trial.
func DefaultTrials() Trials { return Trials{} }

// Allocation are the fields of a randomisation, as typed.
type Allocation struct{}

// DefaultAllocation is in permuted blocks, 1:1.
func DefaultAllocation() Allocation { return Allocation{} }

// ICC is an intraclass correlation found in the data.
type ICC struct {
	Value, Low, High float64
	Err              string
}
