package state

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"trialbox/app/instrument"
	"trialbox/app/trial"
)

// What a person does on the Scores screen. ToggleInstrument, SetPolicy,
// SetCoding and SetValueSet are among the messages of msg.go.
type (
	// ShowScores is SetScoreView from a place above what it shows: the keyboard
	// follows.
	ShowScores struct{ View ScoreView }
	// AnswerQuestion answers what the data cannot say; "" takes the answer back.
	AnswerQuestion struct{ Instrument, Field, Item, Answer string }
	// SetWord says which number an answer in words stands for; "" for none yet.
	SetWord struct{ Instrument, Item, Word, Code string }
	// SetCut sets the bounds of a scale's categories; "" for its own.
	SetCut struct{ Instrument, Scale, Bounds string }
	// SetReturned names the column that says which forms came back.
	SetReturned struct{ Instrument, Column string }
	// FindPatient shows the patient of that name, or the next whose name holds it.
	FindPatient struct{ Text string }
	// StepPatient goes to the next (1) or previous (-1) patient.
	StepPatient struct{ By int }
	// StepUnscored goes to the next row without a score of the instrument.
	StepUnscored struct{ Scale string }
)

// Library is the instruments of the project: the built-in ones and its own.
// Own definitions that are not sound are left out; Build says what is wrong.
func (p *Project) Library() instrument.Library {
	lib, _ := p.Recipe.Mapping.Library()
	return lib
}

// updateScoring changes how questionnaires are scored. A change that leaves no
// trial where there was one is not taken, and says why.
func (m Model) updateScoring(msg Msg) (Model, []Effect) {
	before := m
	p := m.project()
	p.Recipe.Mapping.Instruments = slices.Clone(p.Recipe.Mapping.Instruments)
	if err := p.score(msg, &m); err != nil {
		before.Trouble = &Trouble{Title: "That was not taken.", Text: sentence(err.Error())}
		return before, nil
	}
	p.ask()
	p.rebuild()
	if p.TrialErr != "" && p.Building == nil && before.Project.TrialErr == "" { // a rule the instrument does not have
		before.Trouble = &Trouble{Title: "That was not taken.", Text: p.TrialErr}
		return before, nil
	}
	m.Trouble = nil
	return m.endRun(nil)
}

// score carries out one change of the mapping's instruments.
func (p *Project) score(msg Msg, m *Model) error {
	switch msg := msg.(type) {
	case SetPolicy:
		if u := p.use(msg.Instrument); u != nil {
			u.Policy = with(u.Policy, msg.Scale, msg.Rule)
		}
	case SetCoding:
		if u := p.use(msg.Instrument); u != nil {
			u.Coding = with(u.Coding, msg.Item, msg.Coding)
		}
	case SetValueSet:
		if u := p.use(msg.Instrument); u != nil {
			u.Set = msg.Set
		}
	case SetCut:
		if u := p.use(msg.Instrument); u != nil {
			u.Cuts = with(u.Cuts, msg.Scale, msg.Bounds)
		}
	case SetReturned:
		if u := p.use(msg.Instrument); u != nil {
			u.Returned = msg.Column
		}
	case SetWord:
		p.setWord(msg)
	case AnswerQuestion:
		return p.answer(msg)
	case ToggleInstrument:
		p.toggleInstrument(msg)
	default:
		return p.mapItems(msg, m)
	}
	return nil
}

// answer takes an answer over. One about columns may turn the use into that of
// another instrument, or of none.
func (p *Project) answer(msg AnswerQuestion) error {
	u := p.use(msg.Instrument)
	i := slices.IndexFunc(p.Questions, func(q Question) bool {
		return q.Instrument == msg.Instrument && q.Field == msg.Field && q.Item == msg.Item
	})
	if u == nil || i < 0 {
		return nil
	}
	next, err := u.Answer(p.Questions[i].Question, msg.Answer)
	if err != nil {
		return err
	}
	if next.Instrument != u.Instrument && p.use(next.Instrument) != nil {
		return fmt.Errorf("%s is scored from other columns already; take those away first", next.Instrument)
	}
	*u = next
	p.Recipe.Mapping.Instruments = slices.DeleteFunc(p.Recipe.Mapping.Instruments, func(u trial.Use) bool { return u.Instrument == "" })
	return nil
}

func (p *Project) setWord(msg SetWord) {
	u := p.use(msg.Instrument)
	if u == nil {
		return
	}
	all := map[string]map[string]string{}
	for key, words := range u.Texts {
		all[key] = words
	}
	if all[msg.Item] = with(all[msg.Item], msg.Word, msg.Code); len(all[msg.Item]) == 0 {
		delete(all, msg.Item)
	}
	u.Texts = all
}

// ask holds the mapping against the answers in the file anew. What they leave
// no choice about is taken over, and stays to be changed.
func (p *Project) ask() {
	p.Recipe.Mapping.Instruments = slices.Clone(p.Recipe.Mapping.Instruments)
	p.Questions = questionsOf(p.Dataset, p.Recipe.Mapping)
	for i, q := range p.Questions {
		u := p.use(q.Instrument)
		if q.Field == "texts" && u != nil && !wordsComplete(q.Question, u.Texts[q.Item]) {
			p.Questions[i].Answer = ""
			if len(u.Texts[q.Item]) > 0 {
				continue // half said: what is there stays
			}
			p.Questions[i].Answer = q.Suggest
		}
		if answer := p.Questions[i].Answer; u != nil && answer != "" && u.Answered(q.Question) == "" {
			if next, err := u.Answer(q.Question, answer); err == nil && next.Instrument == u.Instrument {
				*u = next
			}
		}
	}
}

// wordsComplete reports that every word of a question has its number.
func wordsComplete(q instrument.Question, words map[string]string) bool {
	for _, t := range q.Texts {
		if words[t] == "" {
			return false
		}
	}
	return len(q.Texts) > 0
}

// toggleInstrument leaves an instrument out, or takes it in again as it was
// first recognised.
func (p *Project) toggleInstrument(msg ToggleInstrument) {
	list := &p.Recipe.Mapping.Instruments
	*list = slices.DeleteFunc(*list, func(u trial.Use) bool { return u.Instrument == msg.Instrument })
	if msg.On {
		*list = append(*list, p.recognised(msg.Instrument))
	}
}

// scored is the summaries of a trial, made when they are first asked for: a
// large file need not wait for them on the other screens.
type scored struct {
	once sync.Once
	list map[string]trial.Summary
}

// Summary is what became of an instrument over the visits.
func (p *Project) Summary(id string) (trial.Summary, bool) {
	if p.Trial == nil || p.scored == nil {
		return trial.Summary{}, false
	}
	p.scored.once.Do(func() {
		p.scored.list = map[string]trial.Summary{}
		for i, u := range p.Trial.Mapping().Instruments {
			p.scored.list[u.Instrument] = trial.Summarise(p.Trial, i)
		}
	})
	s, ok := p.scored.list[id]
	return s, ok && len(s.Scales) > 0
}

// updateReceipt shows another part, and walks over the patients.
func (m Model) updateReceipt(msg Msg) Model {
	p := m.project()
	if show, ok := msg.(ShowScores); ok {
		p.Scoring = show.View
		m.focus("instrument-title")
		return m
	}
	t := p.Trial
	if t == nil || t.Rows == 0 {
		return m
	}
	row := &p.Scoring.Row
	*row = min(max(*row, 0), t.Rows-1)
	switch msg := msg.(type) {
	case FindPatient:
		found := findPatient(t, *row, msg.Text)
		if found < 0 {
			m.Trouble = &Trouble{Title: "No such patient.", Text: fmt.Sprintf("No row has the patient %q.", msg.Text)}
			return m
		}
		m.Trouble = nil
		*row = found
	case StepPatient:
		*row = stepPatient(t, *row, msg.By)
	case StepUnscored:
		if v := t.Variable(msg.Scale); v != nil {
			for k := range t.Rows {
				if i := (*row + 1 + k) % t.Rows; v.Num(i) != v.Num(i) && (!v.Words || v.Text(i) == "") {
					*row = i
					break
				}
			}
		}
	}
	return m
}

// findPatient is the first row of the patient of this name; else of the next
// one after row whose name holds the text; -1 for none.
func findPatient(t *trial.Trial, row int, text string) int {
	text = strings.ToLower(strings.TrimSpace(text))
	next := -1
	for k := range t.Rows {
		i := (row + 1 + k) % t.Rows
		name := strings.ToLower(t.Patients[t.Patient[i]])
		if name == text {
			return RowsOf(t, t.Patient[i])[0]
		}
		if next < 0 && text != "" && strings.Contains(name, text) && t.Patient[i] != t.Patient[row] {
			next = RowsOf(t, t.Patient[i])[0]
		}
	}
	return next
}

// stepPatient is the first row of the patient before or after, in the order of
// the file.
func stepPatient(t *trial.Trial, row, by int) int {
	to := int(t.Patient[row]) + by
	if to < 0 || to >= len(t.Patients) {
		return row
	}
	return RowsOf(t, int32(to))[0]
}

// RowsOf are the rows of a patient, by visit.
func RowsOf(t *trial.Trial, patient int32) []int {
	var rows []int
	for i, p := range t.Patient {
		if p == patient {
			rows = append(rows, i)
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return t.Visit[rows[i]] < t.Visit[rows[j]] })
	return rows
}

// At is the view on an instrument's row, with the work on other parts kept.
func (v ScoreView) At(id string, row int, tab string) ScoreView {
	v.Instrument, v.Row, v.Tab = id, row, tab
	return v
}
