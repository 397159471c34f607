package state

import (
	"slices"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// MapView is the work on which column is which item. It is not kept.
type MapView struct {
	Filter string   // of the list of columns
	Marked []string // columns to be put into items, in the order of the list
	Active string   // the column the keyboard is on
	anchor string   // where a range of marked columns begins
	Drag   Drag
}

// Drag is what is dragged by the pointer, and over which item; the zero value
// is nothing.
type Drag struct {
	What string // "columns" or "item"
	From int    // of "item"
	Over int    // item, -1 over none
}

// What a person does to the mapping of an instrument.
type (
	AddInstrument struct{ Instrument string }
	// SetItem gives an item its column, "" for none. A column that was another
	// item's is swapped with it.
	SetItem struct {
		Instrument string
		Item       int
		Column     string
	}
	// MoveItem moves an item's column to another item; those between move up.
	MoveItem struct {
		Instrument string
		From, To   int
	}
	// FillItems puts the marked columns into the items from one on; without
	// marked ones, the columns that follow this item's in the file.
	FillItems struct {
		Instrument string
		From       int
	}
	ClearItems    struct{ Instrument string }
	FilterColumns struct{ Text string }
	// MarkColumn marks a column: alone, in addition, or all from the last.
	MarkColumn struct {
		Column      string
		Add, Extend bool
	}
	// StepColumn moves the keyboard in the list of columns.
	StepColumn struct {
		By     int
		Extend bool
	}
	StartDrag struct {
		What string
		From int
	}
	DragOver struct{ Item int }
	EndDrag  struct {
		Instrument string
		Drop       bool
	}
)

// updateMapView is the part of the work that changes no mapping.
func (m Model) updateMapView(msg Msg) (Model, []Effect) {
	p := m.project()
	v := &p.Scoring.Map
	list := p.MarkableColumns()
	switch msg := msg.(type) {
	case FilterColumns:
		v.Filter = strings.TrimSpace(msg.Text)
	case MarkColumn:
		v.mark(list, msg)
	case StepColumn:
		at := slices.Index(list, v.Active)
		if at = min(max(at+msg.By, 0), len(list)-1); at >= 0 {
			v.mark(list, MarkColumn{Column: list[at], Extend: msg.Extend})
			m.focus(ActiveColumn) // brings it into sight
		}
	case StartDrag:
		v.Drag = Drag{What: msg.What, From: msg.From, Over: -1}
	case DragOver:
		v.Drag.Over = msg.Item
	case EndDrag:
		d := v.Drag
		v.Drag = Drag{}
		switch {
		case !msg.Drop || d.Over < 0:
		case d.What == "item" && d.Over != d.From:
			return m.updateScoring(MoveItem{msg.Instrument, d.From, d.Over})
		case d.What == "columns":
			return m.updateScoring(FillItems{msg.Instrument, d.Over})
		}
	}
	return m, nil
}

// ActiveColumn is the id of the column in the list that the keyboard is on.
const ActiveColumn = "active-column"

func (v *MapView) mark(list []string, msg MarkColumn) {
	v.Active = msg.Column
	from, to := slices.Index(list, v.anchor), slices.Index(list, msg.Column)
	switch {
	case to < 0:
		return
	case msg.Extend && from >= 0:
		if from > to {
			from, to = to, from
		}
		v.Marked = slices.Clone(list[from : to+1])
		return
	case msg.Add && slices.Contains(v.Marked, msg.Column):
		v.Marked = without(v.Marked, msg.Column)
	case msg.Add:
		var next []string
		for _, c := range list {
			if c == msg.Column || slices.Contains(v.Marked, c) {
				next = append(next, c)
			}
		}
		v.Marked = next
	default:
		v.Marked = []string{msg.Column}
	}
	v.anchor = msg.Column
}

// ItemColumns are the names an item can be mapped to, in the order of the
// file: its columns but those with a role, and in a wide table the variables
// that have a column for each visit.
func (p *Project) ItemColumns() []string {
	m := p.Recipe.Mapping
	roles := []string{m.Unit, m.Patient, m.Arm, m.Visit, m.Stratum, m.VisitDate, m.ConsentDate}
	stem := map[string]string{}
	for _, w := range m.Wide {
		stem[w.Column] = w.Stem
	}
	seen := map[string]bool{}
	var out []string
	for _, c := range p.Dataset.Columns {
		name := c.Name
		if s := stem[name]; s != "" {
			name = s
		}
		if !seen[name] && !slices.Contains(roles, name) && c.Kind != dataset.Date {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}

// MarkableColumns are those of ItemColumns that the filter shows.
func (p *Project) MarkableColumns() []string {
	want := strings.ToLower(p.Scoring.Map.Filter)
	return slices.DeleteFunc(p.ItemColumns(), func(c string) bool { return !strings.Contains(strings.ToLower(c), want) })
}

// ItemOf is the instrument and item (from 1) a column is mapped to; 0 for none.
func (p *Project) ItemOf(column string) (id string, number int) {
	for _, u := range p.Recipe.Mapping.Instruments {
		if i := slices.Index(u.Items, column); i >= 0 {
			return u.Instrument, i + 1
		}
	}
	return "", 0
}

// mapItems changes which column is which item.
func (p *Project) mapItems(msg Msg, m *Model) error {
	switch msg := msg.(type) {
	case AddInstrument:
		if p.use(msg.Instrument) == nil {
			p.Recipe.Mapping.Instruments = append(p.Recipe.Mapping.Instruments, p.recognised(msg.Instrument))
		}
		p.Scoring.Instrument, p.Scoring.Tab, p.Scoring.Adding = msg.Instrument, "columns", false
		m.focus("instrument-title")
	case SetItem:
		p.editItems(msg.Instrument, func(items []string) {
			if other := slices.Index(items, msg.Column); other >= 0 && msg.Column != "" {
				items[other] = items[msg.Item]
			}
			items[msg.Item] = msg.Column
		})
	case MoveItem:
		p.editItems(msg.Instrument, func(items []string) {
			if msg.From < 0 || msg.To < 0 || msg.From >= len(items) || msg.To >= len(items) {
				return
			}
			column := items[msg.From]
			copy(items[msg.From:], items[msg.From+1:])
			copy(items[msg.To+1:], items[msg.To:len(items)-1])
			items[msg.To] = column
		})
	case FillItems:
		p.fill(msg)
	case ClearItems:
		p.editItems(msg.Instrument, func(items []string) { clear(items) })
	}
	return nil
}

// editItems changes the columns of an instrument. What the analyst maps by
// hand is no longer in doubt.
func (p *Project) editItems(id string, edit func(items []string)) {
	u := p.use(id)
	if u == nil {
		return
	}
	u.Items = slices.Clone(u.Items)
	edit(u.Items)
	u.Doubt, u.Confirmed = "", false
}

func (p *Project) fill(msg FillItems) {
	u := p.use(msg.Instrument)
	if u == nil || msg.From < 0 || msg.From >= len(u.Items) {
		return
	}
	list := p.Scoring.Map.Marked
	if len(list) == 0 {
		all := p.ItemColumns()
		at := slices.Index(all, u.Items[msg.From])
		if at < 0 {
			return
		}
		list = all[at:]
	}
	p.editItems(msg.Instrument, func(items []string) {
		n := min(len(list), len(items)-msg.From)
		for i, c := range items { // a column is one item's only
			if slices.Contains(list[:n], c) {
				items[i] = ""
			}
		}
		copy(items[msg.From:], list[:n])
	})
	p.Scoring.Map.Marked, p.Scoring.Map.anchor = nil, ""
}

// recognised is the use of an instrument as the columns tell it that no other
// uses; without a column where they tell nothing.
func (p *Project) recognised(id string) trial.Use {
	u, err := trial.FindUse(p.Dataset, p.Recipe.Mapping, id)
	if err != nil {
		return trial.Use{Instrument: id, Items: []string{""}} // Build says what is wrong with it
	}
	return u
}

// unmapped reports a use to which no column was given yet: it is shown, and
// not part of the trial.
func unmapped(u trial.Use) bool {
	return u.Items != nil && !slices.ContainsFunc(u.Items, func(c string) bool { return c != "" })
}
