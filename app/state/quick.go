package state

import (
	"slices"
	"strconv"
	"strings"

	"trialbox/app/instrument"
)

// Quick is the screen on which one patient is scored by hand. It needs no
// data, and nothing of it is ever stored: QuickView is no part of a Project.
const Quick Screen = "quick"

// QuickView is one patient's answers to one instrument, as they are typed.
type QuickView struct {
	Instrument string
	Cells      []string // by item
	Coding     map[string]string
	Policy     map[string]string
	Set        string
	Sheet      int // counts the sheets that were begun; a new one is drawn anew
}

// What a person does on the screen.
type (
	QuickChoose struct{ Instrument string }
	// QuickType is what now stands in an item's field.
	QuickType struct {
		Item int
		Text string
	}
	// QuickKey is a key that moves between the fields.
	QuickKey struct {
		Item int
		Key  string
	}
	QuickCoding struct{ Item, Coding string }
	QuickPolicy struct{ Scale, Rule string }
	QuickSet    struct{ Set string }
	QuickClear  struct{}
)

// updateQuick is one patient at a time.
func (m Model) updateQuick(msg Msg) Model {
	q := &m.Quick
	switch msg := msg.(type) {
	case QuickChoose:
		*q = QuickView{Instrument: msg.Instrument, Sheet: q.Sheet}
		m.freshSheet()
	case QuickClear:
		m.freshSheet()
	case QuickType:
		m.typed(msg)
	case QuickKey:
		m.quickMove(msg)
	case QuickCoding:
		q.Coding = with(q.Coding, msg.Item, msg.Coding)
	case QuickPolicy:
		q.Policy = with(q.Policy, msg.Scale, msg.Rule)
	case QuickSet:
		q.Set = msg.Set
	}
	return m
}

// freshSheet begins with nothing answered, at the first item.
func (m *Model) freshSheet() {
	m.Quick.Sheet++
	m.Quick.Cells = nil
	if d, ok := m.Library().Get(m.Quick.Instrument); ok {
		m.Quick.Cells = make([]string, len(d.Items))
		m.focus(QuickField(0))
	}
}

// leaveQuick forgets the answers when another screen is opened.
func (m *Model) leaveQuick(to Screen) {
	if m.Screen == Quick && to != Quick {
		m.Quick = QuickView{Instrument: m.Quick.Instrument, Sheet: m.Quick.Sheet + 1}
	}
}

// QuickField is the id of an item's field.
func QuickField(item int) string { return "quick-" + strconv.Itoa(item+1) }

// typed takes an answer, and moves on when no further digit could belong to it.
func (m *Model) typed(msg QuickType) {
	d, ok := m.Library().Get(m.Quick.Instrument)
	if !ok || msg.Item < 0 || msg.Item >= len(m.Quick.Cells) {
		return
	}
	m.Quick.Cells = slices.Clone(m.Quick.Cells)
	m.Quick.Cells[msg.Item] = msg.Text
	low, high := m.Quick.Range(d.Items[msg.Item])
	if msg.Item+1 < len(m.Quick.Cells) && whole(d.Items[msg.Item], low, high, strings.TrimSpace(msg.Text)) {
		m.focus(QuickField(msg.Item + 1))
	}
}

// whole reports an answer that cannot become another by a further digit: 3 of
// 0 to 5, and 10 but not 1 of 0 to 10. An answer out of range stays, to be
// corrected where it is.
func whole(it instrument.Item, low, high float64, text string) bool {
	if it.Codes != nil {
		return slices.Contains(it.Codes, text)
	}
	n, err := strconv.Atoi(text)
	x := float64(n)
	if err != nil || !it.Integer || x < low || x > high || it.Values != nil && !slices.Contains(it.Values, x) {
		return false
	}
	return n == 0 || x*10 > high
}

func (m *Model) quickMove(msg QuickKey) {
	to := msg.Item
	switch {
	case msg.Item < 0 || msg.Item >= len(m.Quick.Cells):
		return
	case msg.Key == "Enter" && m.Quick.Cells[msg.Item] == "": // of one who ends each answer with it
	case msg.Key == "Enter", msg.Key == "ArrowDown":
		to++
	case msg.Key == "ArrowUp", msg.Key == "Backspace":
		to--
	}
	if to >= 0 && to < len(m.Quick.Cells) && to != msg.Item {
		m.focus(QuickField(to))
	}
}

// Range is what may be typed for an item under the coding in use.
func (q QuickView) Range(it instrument.Item) (low, high float64) {
	name := q.Coding[it.Column]
	for i, c := range it.Codings {
		if c.Name == name || name == "" && i == 0 {
			return c.Min, c.Max
		}
	}
	return it.Min, it.Max
}

// Answered counts the fields that hold something.
func (q QuickView) Answered() int {
	n := 0
	for _, c := range q.Cells {
		if !instrument.IsMissing(strings.TrimSpace(c)) {
			n++
		}
	}
	return n
}

// QuickReceipt scores what stands in the fields; ok is false while no
// instrument is chosen. The error says which setting does not fit.
func (m Model) QuickReceipt() (d *instrument.Definition, r instrument.Receipt, ok bool, err error) {
	q := m.Quick
	if d, ok = m.Library().Get(q.Instrument); !ok {
		return nil, r, false, nil
	}
	scorer, err := d.NewScorer(instrument.Settings{Coding: q.Coding, Policy: q.Policy, Set: q.Set})
	if err != nil {
		return d, r, true, err
	}
	cells := q.Cells
	if len(cells) != len(d.Items) { // the questionnaire was changed since
		cells = make([]string, len(d.Items))
	}
	return d, scorer.Receipt(cells), true, nil
}

// RiskGroup is the group of a receipt that has one (STarT Back, ÖMPSQ): its
// word, its place from 1, and how many there are.
func RiskGroup(r instrument.Receipt) (word string, at, of int) {
	for _, s := range r.Scales {
		if s.Scale.Name == "group" && s.Scale.Kind == instrument.Ordinal && s.Score != "" {
			return s.Score, slices.Index(s.Scale.Levels, s.Score) + 1, len(s.Scale.Levels)
		}
	}
	return "", 0, 0
}

// Library is the built-in instruments and those of the open project.
func (m Model) Library() instrument.Library {
	if m.Project == nil {
		return instrument.Builtin()
	}
	return m.Project.Library()
}

// focus puts the keyboard on an element once the page is drawn.
func (m *Model) focus(id string) {
	m.seq++
	m.Focus = Focus{ID: id, token: m.seq}
}

// Focus is where the keyboard goes after a step.
type Focus struct {
	ID    string
	token int
}
