package design

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset"
	"trialbox/app/numjson"
	"trialbox/app/trial"
	"trialbox/stats/allocate"
)

// Log is everything a list of allocated units rests on: it alone gives the
// list again, byte for byte.
type Log struct {
	Format  string            `json:"format"`
	Input   Input             `json:"input"`
	Strata  []string          `json:"strata_columns"`
	Balance []string          `json:"balance_columns"`
	Request allocate.Request  `json:"request"`
	Codes   map[string]string `json:"codes,omitempty"` // the arm behind each code of a concealed list
	Columns []string          `json:"columns"`
	Rows    [][]string        `json:"rows"`
	List    string            `json:"list_sha256"`
	Result  Result            `json:"result"`
}

// Input names the units file.
type Input struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Result is what came of a Log's request. It is drawn again when a log is
// read, so nothing of it is believed.
type Result struct {
	Units    []Unit    `json:"units"`
	Balance  []Balance `json:"balance"`
	Space    *Space    `json:"space,omitempty"`
	Warnings []string  `json:"warnings"`

	Drawn *allocate.Result `json:"-"` // the same with its numbers as they are
}

// UnmarshalJSON skips the result of a log: it is drawn again.
func (*Result) UnmarshalJSON([]byte) error { return nil }

// Unit is a unit with its arm and how it came there.
type Unit struct {
	Unit string `json:"unit"`
	Arm  string `json:"arm"`
	Why  string `json:"why"`
}

// Balance is a line of the balance table.
type Balance struct {
	Name  string         `json:"name"`
	Level string         `json:"level,omitempty"`
	What  string         `json:"what"` // "units" or "mean"
	Arms  numjson.Object `json:"arms"`
}

// Space is what constrained randomisation drew from.
type Space struct {
	Size      int         `json:"size"`
	All       bool        `json:"all"`
	Kept      int         `json:"kept"`
	Cutoff    numjson.Num `json:"cutoff"`
	Chosen    numjson.Num `json:"chosen"`
	Together  int         `json:"pairs_always_together"`
	Apart     int         `json:"pairs_never_together"`
	Histogram []Bin       `json:"histogram"`
}

// Bin is a bar of the histogram of the constrained space.
type Bin struct {
	Low   numjson.Num `json:"low"`
	High  numjson.Num `json:"high"`
	Count int         `json:"count"`
	Kept  int         `json:"kept"`
}

const logFormat = "trialbox allocation 1"

// Columns are the columns of a units file that an allocation uses, and how
// far apart the arms may be in those it balances.
type Columns struct {
	Unit            string // "" is found by name, else the first column
	Strata, Balance []string
	Within          map[string]float64
}

// NewLog reads a units file into the first half of a log: what the list is
// drawn from. request has the method and its numbers, not the units. notes say
// was left aside. What cannot be used is an *allocate.Refusal.
func NewLog(d *dataset.Dataset, request allocate.Request, c Columns) (l *Log, notes []string, err error) {
	if d.Rows == 0 {
		return nil, nil, fmt.Errorf("%s has no rows", d.Name)
	}
	u := &unitsTable{d, &request}
	refused := func(part string, err error) (*Log, []string, error) {
		return nil, nil, &allocate.Refusal{Part: part, Text: err.Error()}
	}
	if err := u.names(c.Unit); err != nil {
		return refused("unit", err)
	}
	if err := u.stratify(c.Strata); err != nil {
		return refused("strata", err)
	}
	if err := u.balance(c); err != nil {
		return refused("balance", err)
	}
	l = &Log{Format: logFormat, Input: Input{d.Name, d.SHA256}, Request: request,
		Strata: append([]string{}, c.Strata...), Balance: append([]string{}, c.Balance...)}
	if l.table(d) {
		notes = append(notes, fmt.Sprintf("%s has a column arm already; it is left out, and arm is the new allocation.", d.Name))
	}
	return l, notes, nil
}

// unitsTable is a units file on its way into a request.
type unitsTable struct {
	d       *dataset.Dataset
	request *allocate.Request
}

func (u *unitsTable) names(column string) (err error) {
	if column == "" {
		column = GuessUnit(u.d)
	}
	if u.request.Units, err = u.words(column); err != nil {
		return err
	}
	for k, name := range u.request.Units {
		if first := slices.Index(u.request.Units, name); first < k {
			return fmt.Errorf("%s, lines %d and %d: two units are called %q in %s; give each its own name, so that the list says which is which",
				u.d.Name, u.d.Line[first], u.d.Line[k], name, column)
		}
	}
	return nil
}

// GuessUnit is the column that names the units.
func GuessUnit(d *dataset.Dataset) string {
	if m, _ := trial.GuessUnits(d); m.Unit != "" {
		return m.Unit
	}
	return d.Columns[0].Name
}

func (u *unitsTable) column(name string) (*dataset.Column, error) {
	if c := u.d.Column(name); c != nil {
		return c, nil
	}
	var names []string
	for _, c := range u.d.Columns {
		names = append(names, c.Name)
	}
	if len(names) > 40 {
		names = append(names[:40], "…")
	}
	return nil, fmt.Errorf("there is no column %s; the file has %s", name, strings.Join(names, ", "))
}

// words are the texts of a column; a number is written plainly, a missing
// value is "".
func (u *unitsTable) words(name string) ([]string, error) {
	c, err := u.column(name)
	if err != nil {
		return nil, err
	}
	number, text, _ := c.Plain()
	if text != nil {
		return text, nil
	}
	text = make([]string, len(number))
	for k, v := range number {
		if !math.IsNaN(v) {
			text[k] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	return text, nil
}

func (u *unitsTable) stratify(columns []string) error {
	r := u.request
	for _, name := range columns {
		words, err := u.words(name)
		if err != nil {
			return err
		}
		if k := slices.Index(words, ""); k >= 0 {
			return fmt.Errorf("%s, line %d: unit %s has no %s, so it has no stratum", u.d.Name, u.d.Line[k], r.Units[k], name)
		}
		if r.Strata == nil {
			r.Strata = words
			continue
		}
		for k, w := range words {
			r.Strata[k] += " / " + w
		}
	}
	return nil
}

func (u *unitsTable) balance(c Columns) error {
	for _, name := range c.Balance {
		column, err := u.column(name)
		if err != nil {
			return err
		}
		covariate := allocate.Covariate{Name: name, Within: c.Within[name]}
		covariate.Numbers, covariate.Words, _ = column.Plain()
		u.request.Covariates = append(u.request.Covariates, covariate)
	}
	return nil
}

// table keeps the cells as they are in the file. A column that is called arm
// already gives way to the new one.
func (l *Log) table(d *dataset.Dataset) (hadArm bool) {
	l.Rows = make([][]string, d.Rows)
	for _, c := range d.Columns {
		if c.Name == "arm" {
			hadArm = true
			continue
		}
		l.Columns = append(l.Columns, c.Name)
		for row := range d.Rows {
			l.Rows[row] = append(l.Rows[row], c.RawText(row))
		}
	}
	return hadArm
}

// Draw runs the request, fills the rest of the log and gives the list as CSV:
// the columns of the file and the arm, or its code in a concealed list.
// pause, which may be nil, is called now and then.
func (l *Log) Draw(concealed bool, pause func()) ([]byte, error) {
	request := l.Request
	request.Pause = pause
	result, err := allocate.Run(request)
	if err != nil {
		return nil, err
	}
	shown := slices.Clone(l.Request.Arms)
	l.Codes = nil
	if concealed {
		shown, l.Codes = l.Request.Codes(), map[string]string{}
		for a, code := range shown {
			l.Codes[code] = l.Request.Arms[a]
		}
	}
	list, err := l.list(result.Arm, shown)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(list)
	l.List = hex.EncodeToString(sum[:])
	l.Result = resultOf(&l.Request, result)
	return list, nil
}

func (l *Log) list(arm []int, shown []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(append(slices.Clone(l.Columns), "arm")); err != nil {
		return nil, err
	}
	for k, row := range l.Rows {
		if err := w.Write(append(slices.Clone(row), shown[arm[k]])); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// JSON is the log as a file.
func (l *Log) JSON() []byte {
	var b bytes.Buffer
	if err := numjson.Write(&b, l); err != nil {
		panic("design: a log holds only plain values: " + err.Error())
	}
	return b.Bytes()
}

// ReadLog reads the log of an allocation and draws its list again, which must
// be the one the log was written for. name is the file's, for the sentences.
func ReadLog(name string, b []byte) (l *Log, list []byte, err error) {
	l = &Log{}
	if err := json.Unmarshal(b, l); err != nil {
		return nil, nil, fmt.Errorf("%s is not a log of an allocation: %w", name, err)
	}
	if l.Format != logFormat {
		return nil, nil, fmt.Errorf("%s is not a log of an allocation: its format is %q, not %q", name, l.Format, logFormat)
	}
	if err := l.whole(name); err != nil {
		return nil, nil, err
	}
	before := l.List
	if list, err = l.Draw(l.Codes != nil, nil); err != nil {
		return nil, nil, err
	}
	if l.List != before {
		return nil, nil, fmt.Errorf("%s does not give the list it was written for: the log was changed", name)
	}
	return l, list, nil
}

// whole says where the parts of a log that was changed no longer fit.
func (l *Log) whole(name string) error {
	r := &l.Request
	if len(l.Rows) != len(r.Units) || r.Strata != nil && len(r.Strata) != len(r.Units) || slices.ContainsFunc(l.Rows, func(row []string) bool { return len(row) != len(l.Columns) }) {
		return fmt.Errorf("%s was changed: its units and its rows do not go together", name)
	}
	for _, c := range r.Covariates {
		if len(c.Numbers)+len(c.Words) != len(r.Units) || c.Numbers != nil && c.Words != nil {
			return fmt.Errorf("%s was changed: %s has not a value for each unit", name, c.Name)
		}
	}
	return nil
}

func resultOf(r *allocate.Request, result *allocate.Result) Result {
	out := Result{Warnings: append([]string{}, result.Warnings...), Drawn: result}
	for k, unit := range r.Units {
		out.Units = append(out.Units, Unit{unit, r.Arms[result.Arm[k]], result.Why[k]})
	}
	for _, b := range result.Balance {
		line := Balance{Name: b.Name, Level: b.Level, What: "units"}
		if b.Mean {
			line.What = "mean"
		}
		for a, x := range b.Arms {
			line.Arms = append(line.Arms, numjson.Member{Key: r.Arms[a], Value: numjson.Num(x)})
		}
		out.Balance = append(out.Balance, line)
	}
	if s := result.Space; s != nil {
		out.Space = &Space{Size: s.Size, All: s.All, Kept: s.Kept, Cutoff: numjson.Num(s.Cutoff), Chosen: numjson.Num(s.Chosen), Together: s.Together, Apart: s.Apart}
		for _, b := range s.Histogram {
			out.Space.Histogram = append(out.Space.Histogram, Bin{numjson.Num(b.Low), numjson.Num(b.High), b.Count, b.Kept})
		}
	}
	return out
}
