// Package wire is what the page and its workers say to each other: the kinds
// of message and the values in them, in one file that both ends link. It knows
// no JavaScript, so it is tested natively. Values travel in the binary form of
// app/pack (JSON refuses NaN); a data set travels in its own.
//
// The sender is wasm/browser, the receiver wasm/worker.
package wire

import (
	"trialbox/app/dataset"
	"trialbox/app/pack"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
	"trialbox/stats/power"
)

// Encode and Decode are how values travel.
func Encode(v any) []byte          { return pack.Encode(v) }
func Decode(b []byte, v any) error { return pack.Decode(b, v) }

// Kinds of message: the field t of the object that is posted. The other fields
// stand beside each kind.
const (
	// From the page.
	Job    = "job"    // key, bytes (boot.Job): keep this job under key
	Plan   = "plan"   // key, bytes (power.Job): keep this plan to simulate under key
	Impute = "impute" // key, bytes (impute.Curve): keep this curve under key
	Forget = "forget" // key: the run has ended
	Task   = "task"   // id, key, from, to: fit (from == to), or replicates, simulated trials or imputations from to to-1
	Behind = "behind" // id, key: what stands behind the fit (boot.Diagnosis)
	Parse  = "parse"  // id, file (Blob), name, bytes (dataset.Options), hashed: the page hashes the file

	// From a worker.
	Ready    = "ready"    // version: the worker takes tasks now
	Result   = "result"   // id, bytes (Answer)
	Parsed   = "parsed"   // id, bytes (Reading), table (Dataset.MarshalBinary)
	Progress = "progress" // id, done: bytes read so far
	Exit     = "exit"     // text: the worker's program has ended; nothing more comes
)

// Answer is what came of a Task. Err is a sentence for the analyst; without it
// either Fitted, Batch, Trials, Draws or Behind is set.
type Answer struct {
	Fitted *boot.Fitted
	Batch  *boot.Batch
	Trials *power.Batch  // of a Plan
	Draws  *impute.Batch // of an Impute
	Behind *boot.Diagnosis
	Err    string
}

// Previewed is the number of replicates behind the first interval of a logit
// model, each from the likelihood expanded about the fit.
const Previewed = 400

// Reading is what came of a Parse beside the table. Refused is set when
// nothing usable came of the file, Err when the reading itself failed.
type Reading struct {
	Refused *dataset.Problem
	Err     string
}
