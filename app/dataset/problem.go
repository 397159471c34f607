package dataset

import (
	"fmt"
	"strings"
)

// Severity says how much a Problem matters.
type Severity uint8

const (
	Note    Severity = iota // said so that nothing happens in silence
	Warning                 // to be looked at: a value may not be what it seems
	Error                   // part of the file could not be used
)

func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	}
	return "error"
}

// MarshalText writes the severity as its word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	for _, v := range []Severity{Note, Warning, Error} {
		if v.String() == string(b) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("%q is no severity", b)
}

// Problem is something odd in a file, with its place, beside a usable value.
type Problem struct {
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"` // where the row starts, 1-based; 0: the whole file or column
	Column   string   `json:"column,omitempty"`
	Value    string   `json:"value,omitempty"`
	Kind     string   `json:"kind"` // a few fixed words, for grouping and filters
	Severity Severity `json:"severity"`
	Text     string   `json:"text"` // one sentence: what, and what to do
	// Also is what follows from it, a sentence each: it goes away with it.
	Also []string `json:"also,omitempty"`
}

// String is the problem as one line with its place first.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ", line %d", p.Line)
	}
	if p.Column != "" {
		fmt.Fprintf(&b, ", column %s", p.Column)
	}
	place := strings.TrimPrefix(b.String(), ", ")
	if place == "" {
		return p.Text
	}
	return place + ": " + p.Text
}

// Refusal is the error of a file of which nothing could be used.
type Refusal struct{ Problem Problem }

func (r *Refusal) Error() string { return r.Problem.String() }

func refuse(file, kind, format string, args ...any) *Refusal {
	return &Refusal{Problem{File: file, Kind: kind, Severity: Error, Text: fmt.Sprintf(format, args...)}}
}
