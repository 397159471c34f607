package state

import (
	"context"
	"errors"
	"io"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
	"trialbox/stats/power"
)

// World is everything the page may ask of the machine it runs on. The browser
// gives one made of IndexedDB, workers and downloads; tests give one of
// memory. Update never touches it: effects do, away from the screen.
type World struct {
	Store  Store
	Engine Engine
	Desk   Desk
}

// Blob is a file left where the machine keeps it. Only slices of it are ever
// copied into the program, so a file larger than memory can be kept, stored
// and exported.
type Blob interface {
	Name() string
	Size() int64
	// Slice reads up to n bytes from offset off; fewer at the end.
	Slice(ctx context.Context, off, n int64) ([]byte, error)
}

// Saved describes one project kept in this browser: the small record that the
// start screen lists without opening anything.
type Saved struct {
	ID        string
	Name      string
	FileName  string
	Changed   int64 // milliseconds since 1970, UTC
	Bytes     int64 // size of the original file
	Rows      int
	Simulated bool
	Schema    int   // of the document; older ones are migrated when read
	Revision  int64 // grows by one with every save
	Deleted   int64 // when it was marked for deletion, as Changed; 0 = not
}

// Failures of the world that the screens answer by name. Wrap them with
// context; test with errors.Is.
var (
	ErrConflict    = errors.New("the project was changed in another window since it was opened here")
	ErrQuota       = errors.New("the browser has no room left for this project")
	ErrBlocked     = errors.New("another window keeps the store of this browser busy")
	ErrUnavailable = errors.New("this browser does not let the page keep data")
	ErrNotFound    = errors.New("the project is no longer in this browser")
)

// Store keeps projects in this browser. A save is complete or not at all.
type Store interface {
	List(ctx context.Context) ([]Saved, error)
	// Save writes record, document and source in one transaction. A nil
	// source keeps the bytes stored earlier. The stored revision must be
	// s.Revision-1 (0 when new), else ErrConflict and nothing is written.
	Save(ctx context.Context, s Saved, document []byte, source Blob) error
	Load(ctx context.Context, id string) (s Saved, document []byte, source Blob, err error)
	// Mark writes Deleted into the small record and nothing else: a deletion
	// that can be undone for a while, and that a closed window cannot undo.
	Mark(ctx context.Context, id string, deleted int64) error
	Delete(ctx context.Context, id string) error
	// EraseAll removes every database, cache and other trace of the product.
	EraseAll(ctx context.Context) error
}

// Task is one piece of work for the pool: the fit of a job (From == To), its
// replicates From to To-1, or the simulated trials From to To-1 of a plan. Key
// names the job or the plan; a worker receives it once per key and keeps it
// until the run ends.
type Task struct {
	Key      string
	Job      *boot.Job
	Plan     *power.Job    // in place of Job
	Impute   *impute.Curve // in place of Job
	From, To int
	Ahead    bool // somebody waits for it now: it goes before all that waits
	Behind   bool // of Job: what stands behind its fit, and nothing else
}

// Answer is what one task gave. Exactly one of Fitted, Batch, Trials, Draws, Behind and Err is set,
// except for the last answer of a run, which has Done only.
type Answer struct {
	Run    int
	Key    string
	Fitted *boot.Fitted
	Batch  *boot.Batch
	Trials *power.Batch
	Draws  *impute.Batch
	Behind *boot.Diagnosis
	Err    string // a sentence; the other tasks go on
	Done   bool
}

// Engine is the pool of workers. Nothing is fitted on the page's own thread.
type Engine interface {
	Workers() int
	// Read parses a file away from the page; progress is told in bytes.
	Read(ctx context.Context, b Blob, opt dataset.Options, progress func(done int64)) (*dataset.Dataset, error)
	// Start hands out the tasks in order, one or two ahead for every worker,
	// from the workers' own messages, so that a background tab goes on. It
	// returns at once; send is called once per task as answers come, in any
	// order, then once with Done.
	Start(run int, tasks []Task, send func(Answer))
	// Cancel ends the run at once by ending its workers; what has been sent
	// stays valid. Done is sent. New workers are started in their place.
	Cancel(run int)
}

// Network is what the browser's own list of resources says.
type Network struct {
	Requests  int    // since load
	Foreign   int    // of these, to another host than the page's own
	SinceData int    // since data was opened; -1 before any was
	Host      string // the page's own host; empty for the single file
	Policy    string // the connect-src line of the page's policy
}

// Home says where the page lives and so what it may keep.
type Home struct {
	SingleFile bool // opened from a file: storage is shared by all local files
	AtRoot     bool // the site owns its host
	Host       string
	CanStore   bool
	Version    string
	Reopen     string // ID of the kept project this window showed before it was reloaded
}

// Desk is the rest of the machine: files in and out, clipboard, network badge.
type Desk interface {
	Home() Home
	// Example is the simulated trial that is shipped with the page.
	Example(ctx context.Context) (Blob, error)
	// ExampleUnits is its list of randomised units.
	ExampleUnits(ctx context.Context) (Blob, error)
	// OnFiles registers the one receiver of files chosen by an
	// <input type="file" data-files="PURPOSE"> or dropped on the page
	// (purpose "drop").
	OnFiles(receive func(purpose string, files []Blob))
	// Download writes a file to the user's downloads. write may stream.
	Download(ctx context.Context, name, mime string, write func(io.Writer) error) error
	// DownloadPNG draws an SVG at scale times its size and downloads it.
	DownloadPNG(ctx context.Context, name, svg string, scale float64) error
	// Copy puts a table on the clipboard as HTML and as text.
	Copy(ctx context.Context, html, text string) error
	Network() Network
	// OnNetwork registers the one receiver of the counts whenever they change,
	// so that the badge is never behind the browser's own list.
	OnNetwork(receive func(Network))
	// DataOpened starts the count of requests since data was opened.
	DataOpened()
	// TryRequest makes the one request the policy must block and says what
	// came of it in a sentence.
	TryRequest(ctx context.Context) (blocked bool, text string)
	// Remember keeps, for this window only, which kept project a reload opens
	// again; "" for none.
	Remember(id string)
	// WarnOnClose makes the browser ask before the page is closed.
	WarnOnClose(on bool)
}
