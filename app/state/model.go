// Package state is what the page knows and the only place where it changes.
//
// Model is the whole of it as plain values; a Msg says what happened; Update
// is pure and gives the next Model and the Effects it wants done. Effects are
// values too: Perform carries one out against a World (IndexedDB, workers and
// downloads in the browser, memory in tests) and answers with another Msg.
// This room knows no screen and no browser: app/ui draws a Model and sends
// messages, package wasm/browser is the World.
//
// Where to look: model.go for what is known, update.go for the one switch, a
// file a screen for what it does (start.go, data.go, scores.go, outcomes.go),
// save.go for keeping, projectfile.go for the .trialbox file.
package state

import (
	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/design"
	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// Screen is one step of the rail, and its hash route.
type Screen string

// The screens of this release, in the order of the work.
const (
	Start    Screen = "start"
	Data     Screen = "data"
	Scores   Screen = "scores"
	Flow     Screen = "flow"
	Baseline Screen = "baseline"
	Outcomes Screen = "outcomes"
)

// Screens lists them for the rail.
var Screens = []Screen{Start, Data, Scores, Flow, Baseline, Outcomes, Sensitivity, Design}

// Load tells whether something was never asked for, is on its way, is here,
// or could not be had.
type Load uint8

// The four states of anything that is fetched.
const (
	Never Load = iota
	Loading
	Loaded
	LoadFailed
)

// Model is all the page knows. Update replaces it; nobody else writes it.
type Model struct {
	Home    Home
	Network Network
	Tried   string // what came of the one blocked request

	Screen  Screen
	Project *Project

	Saved     []Saved
	SavedLoad Load
	SavedErr  string
	Deleting  []string // ids hidden from the list, deleted when the undo is over
	undone    []string // ids whose deletion was undone, until the store lists them again

	Opening *Opening // a file on its way
	Trouble *Trouble // a failure of the world or a file that could not be used
	Toast   *Toast
	Asking  Asking           // an open dialog
	Pending Msg              // what AskReplace lets go on
	Waiting *analysis.Recipe // for the data file opened next
	Renamed string           // id of the saved project whose name is being edited
	Focus   Focus            // where the keyboard is put when the page is drawn next
	Quick   QuickView
	Own     OwnView
	Plan    DesignView

	Workers int
	Newer   bool   // a newer version is here and is shown at the next reload
	Panic   string // the sentence of a broken contract; the project can be exported
	seq     int    // numbers runs, toasts and delayed saves
	reopen  string // kept project to open again, until the list is here
	stay    bool   // the project on its way is opened on the screen that is shown
}

// Opening is a file being read.
type Opening struct {
	Name        string
	Done, Total int64
	token       int
}

// Trouble is shown as a banner until it is dismissed: what happened, what
// follows, and what to do.
type Trouble struct {
	Title, Text string
	SaveFile    bool // the way on is to save the project to a file
	Reload      bool // the way on is to open the project as it is stored now
}

// Toast is a short word that something was done, with an undo where there is
// one.
type Toast struct {
	Text  string
	Undo  Msg // nil: none
	token int
}

// Asking names the dialog that is open.
type Asking string

// The dialogs.
const (
	NoDialog   Asking = ""
	AskKeep    Asking = "keep"    // keep in this browser, or only until closed
	AskErase   Asking = "erase"   // erase everything
	AskReplace Asking = "replace" // open another although this one is in no file and not kept
)

// Keep is what the analyst decided about keeping the project here.
type Keep uint8

// Undecided asks once; a form keeps no data before that.
const (
	Undecided Keep = iota
	InBrowser
	InMemory
)

// Project is the trial that is open.
type Project struct {
	ID        string
	Name      string
	Simulated bool
	Source    Blob
	Dataset   *dataset.Dataset
	Recipe    analysis.Recipe
	Reasons   []trial.Reason
	Questions []Question
	Trial     *trial.Trial
	TrialErr  string            // why the mapping makes no trial, a sentence
	Building  *Building         // the trial is being made beside the page; Trial is nil meanwhile
	Findings  []dataset.Problem // of file, trial and units file, each once with what follows from it, those accepted left out
	Accepted  []dataset.Problem // findings that stay as they are, by decision
	// Decisions about single rows: they hold patients' values and stay out of
	// the recipe.
	Decisions          []dataset.Correction
	Units              *UnitsFile
	DictionaryProblems []dataset.Problem
	// Differences are what this file has otherwise than the recipe Replayed.
	Differences []analysis.Difference
	Replayed    string
	// Candidates are what could be added to the model as a covariate.
	Candidates []trial.Covariate

	Keep     Keep
	Revision int64 // stored last; 0 = never
	Changed  bool  // since it was stored or saved to a file
	Decided  bool  // the analyst changed something since it was opened
	Saving   bool
	InFile   bool // the newest state is in a file on disk

	saveToken int // of the newest delayed save
	behind    behindRun
	follow    int              // token of the newest change that a run is to follow
	build     string           // of this page: numbers of another are computed again
	results   []byte           // numbers that came with a kept project
	kept      analysis.Keeping // the same, unpacked
	scored    *scored

	past, future []edit           // steps to undo and to redo
	adopt        *analysis.Recipe // to be fitted to the file that is being read

	Data    DataView
	Scoring ScoreView

	Flowing   FlowView
	Baselines BaselineView
	before    *before

	Run  *Run
	Few  *Few // methods for few units side by side
	View OutcomeView

	Checks   *SensitivityRun
	Checking SensitivityView
}

// Question is something the data cannot answer and that is never guessed.
type Question struct {
	Instrument string
	instrument.Question
	Answer string
}

// DataView is what the Data screen shows.
type DataView struct {
	Tab      string // "columns", "problems", "roles", "shape", "rows", "beside"
	Page     int
	Filter   string
	OnlyOdd  bool
	Column   string // whose rule is open
	RowsPage int
	Search   string // in the rows
	OddRows  bool   // only rows with a finding
	Cell     Place  // cell whose form is open
	Kind     string // of the findings shown; "" for all
	Finding  string // key of the finding whose form is open
	Decide   string // "cell", "exclude" or "accept": the form of that finding
}

// Place is a cell: a line of the file and a column.
type Place struct {
	Line   int
	Column string
}

// ScoreView is what the Scores screen shows.
type ScoreView struct {
	Instrument string
	Row        int    // of the trial
	Tab        string // "receipt", "columns", "settings", "visits"
	Adding     bool   // the list of instruments to add is open
	Map        MapView
}

// OutcomeView is what the Outcomes screen shows.
type OutcomeView struct {
	Tab     string // "table", "table4", "list", "figures", "model", "few"
	Outcome string // whose figure and model are shown
	Edited  string // variable of the outcome whose form is open in the list
	Scales  bool   // Table 4 with a line a visit and every scale's interval

	Native               bool // the forest of means on their own scales
	Spaghetti, UnitMeans bool // layers of the trajectory
}

// Run is the outcomes of the project on their way through the workers.
type Run struct {
	ID       int
	Options  analysis.Options
	All      []*analysis.Progress
	Result   *analysis.Result // assembled at the last tick
	Active   bool
	Stopped  bool
	Started  int64 // milliseconds, for the time left
	Now      int64 // of the last tick
	Base     int   // replicates already there when the run started
	stale    bool  // answers came since Result was assembled
	outdated bool  // the options changed since: the numbers belong to Options
}

// Outdated reports that options were changed since the run was started.
func (r *Run) Outdated() bool { return r.outdated }

// Done and Target count replicates over all outcomes that can be run.
func (r *Run) Done() (done, target, failed, boundary int) {
	for _, p := range r.All {
		if p.Err != "" {
			continue
		}
		done += p.Done()
		target += p.Target
		if p.Summary != nil {
			failed += p.Summary.Failed
			boundary += p.Summary.Boundary
		}
	}
	return done, target, failed, boundary
}

// SecondsLeft extrapolates from the replicates of this start; negative while
// there is nothing to go by.
func (r *Run) SecondsLeft() float64 {
	done, target, _, _ := r.Done()
	fresh := done - r.Base
	if fresh <= 0 || r.Now <= r.Started {
		return -1
	}
	return float64(target-done) / float64(fresh) * float64(r.Now-r.Started) / 1000
}

// NewModel is the page before anything is open.
func NewModel(h Home, workers int) Model {
	return Model{Home: h, Screen: Start, Workers: workers, Network: Network{SinceData: -1}, reopen: h.Reopen, Plan: DesignView{Choices: design.DefaultChoices()}}
}
