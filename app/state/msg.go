package state

import (
	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// Msg is something that happened: a person did it, or the world answered.
type Msg interface{}

// What a person does.
type (
	Go          struct{ To Screen }
	OpenExample struct{}
	// FilesChosen: purpose is "data", "project", "drop", "next" (the next export
	// of the open trial), "recipe", "units", "dictionary", "decisions" or
	// "allocate" (units to be randomised) or "allocation-log".
	FilesChosen struct {
		Purpose string
		Files   []Blob
	}
	// Proceed opens what AskReplace asked about.
	Proceed       struct{}
	CancelOpening struct{}
	OpenSaved     struct{ ID string }
	StartRename   struct{ ID string }
	Rename        struct{ ID, Name string }
	Duplicate     struct{ ID string }
	Delete        struct{ ID string }
	UndoDelete    struct{ ID string }
	Dismiss       struct{}
	DismissToast  struct{ Token int }
	Ask           struct{ What Asking }
	Decide        struct{ Keep Keep }
	EraseAll      struct{}
	SaveFile      struct{}
	CloseProject  struct{}
	TryNetwork    struct{}
	// BadInput is something typed that is not what the field takes.
	BadInput struct{ Label, Text, Want string }

	SetDataView  struct{ View DataView }
	ConfirmRoles struct{}
	SetRole      struct{ Role, Column string }
	SetArm       struct{ Control, Intervention string }
	SetReading   struct{ Reading analysis.Reading }
	SetVisit     struct {
		Index int
		Visit trial.Visit
	}
	SetPattern      struct{ Pattern string }
	ToggleCovariate struct {
		Column   string
		Factor   bool
		Baseline bool
		On       bool
	}

	SetScoreView     struct{ View ScoreView }
	SetPolicy        struct{ Instrument, Scale, Rule string }
	SetCoding        struct{ Instrument, Item, Coding string }
	SetValueSet      struct{ Instrument, Set string }
	ToggleInstrument struct {
		Instrument string
		On         bool
	}

	SetOptions    struct{ Options analysis.Options }
	SetOutcome    struct{ Outcome analysis.Outcome } // in place of the one of its variable
	ToggleOutcome struct {
		Variable string
		On       bool
	}
	SetPrimary     struct{ Variable string }
	SetOutcomeView struct{ View OutcomeView }
	RunOutcomes    struct{}
	CancelRun      struct{}
	ResumeRun      struct{}
	MoreReplicates struct{ More int }

	DownloadTable  struct{ Format string } // "html", "csv", "md"
	CopyTable      struct{}
	DownloadFigure struct{ Figure, Format string } // a name of report.ModelFigures or ForestFigures; "svg", "png", "csv"
	DownloadScript struct{ Language string }       // "R", "Stata"
	DownloadRecipe struct{}
	DownloadLong   struct{} // the trial in long form, as it is used
	// DismissDifferences closes the list of what a replayed recipe found.
	DismissDifferences struct{}
)

// What the world answers.
type (
	SavedListed struct {
		List      []Saved
		Condemned bool // some are marked for deletion and not listed
		Err       error
	}
	FileRead struct {
		Token   int
		Source  Blob
		Dataset *dataset.Dataset
		Project *Project // set when a project, not a bare file, was opened
		Example bool
		Units   *UnitsFile // of the example
		Err     error
	}
	ReadProgress struct {
		Token int
		Done  int64
	}
	SaveDone struct {
		ID       string
		Revision int64
		Err      error
	}
	FileSaved struct {
		What    string
		Err     error
		Project bool
	}
	StoreChanged struct{ Err error }
	Answered     struct{ Answer Answer }
	Tick         struct{ Now int64 }
	NetworkRead  struct{ Network Network }
	NewerVersion struct{}
	NetworkTried struct{ Text string }
	saveNow      struct{ token int }
	deleteNow    struct{ id string }
	listAgain    struct{}
	// markedDeleted: from now on a closed window does not bring it back.
	markedDeleted struct{ id string }
	Panicked      struct{ Text string }
)
