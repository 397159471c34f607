//go:build !js

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"trialbox/app/instrument"
)

const scoreHelp = `usage: trialbox score -instrument ID [options] in.csv
       trialbox score -definition own.json [options] in.csv
       trialbox score -list

Scores one questionnaire row by row. Writes all columns of the input except
the item columns, then the result columns, as CSV to standard output. The
input has a header line and commas and decimal points, or semicolons or tabs,
where a decimal comma is read too; - reads standard input.

  -instrument ID        which questionnaire; -list shows them
  -definition own.json  a questionnaire of your own: app/instrument/definitions/README.md
                        says how to write one; several may be given, and -instrument
                        then chooses
  -items odi_1=a,...    the file's column for an item, where it is not the standard name;
                        eq5d3l=a for a column that holds all answers as 11221
  -coding sbt_9=1-5     how the file holds an answer: by item, or by instrument for all
  -policy odi=prorate:8 unanswered items: complete, prorate:K, prorate80 or
                        blank_as_no:K, by scale (fabq_pa) or by instrument
  -cut fabq_w='>34'     other bounds of a scale's categories: one for each category after
                        the first, as deps=10/12
  -texts words.json     the numbers that answers in words stand for, by item or by
                        instrument for all: {"odi": {"none": "0", "mild": "1"}}
  -returned COLUMN      which forms came back, for blank_as_no: yes where the column
                        holds anything but no, 0 or a blank
  -set UK_TTO           one value set instead of all
`

// badUsage is a command line that cannot be carried out as written.
type badUsage struct{ error }

type scoreOptions struct {
	list       bool
	instrument string
	items      string
	coding     string
	policy     string
	cut        string
	texts      string
	returned   string
	set        string
	file       string
	// definitions are files of own questionnaires.
	definitions []string
}

// scoreCommand scores a CSV by one instrument.
func scoreCommand(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := score(args, stdin, stdout, stderr)
	return exitStatus("score", scoreHelp, err, stdout, stderr)
}

func score(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	o, err := scoreFlags(args)
	if err != nil {
		return err
	}
	lib, own, err := ownLibrary(o.definitions)
	if err != nil {
		return err
	}
	if o.list {
		return listInstruments(lib, stdout)
	}
	if o.instrument == "" {
		o.instrument = own
	}
	d, ok := lib.Get(o.instrument)
	if !ok {
		return badUsage{fmt.Errorf("no instrument %q; `trialbox score -list` shows them", o.instrument)}
	}
	name, data, err := readInput(o.file, stdin)
	if err != nil {
		return err
	}
	table, err := readTable(name, data)
	if err != nil {
		return err
	}
	job, err := newScoreJob(d, o, table)
	if err != nil {
		return err
	}
	out, err := job.run()
	if err != nil {
		return err
	}
	for _, note := range job.notes {
		fmt.Fprintln(stderr, "trialbox score: "+note)
	}
	_, err = stdout.Write(out)
	return err
}

// ownLibrary is the built-in instruments with those of definition files; own
// names the last of these.
func ownLibrary(files []string) (lib instrument.Library, own string, err error) {
	for _, file := range files {
		_, text, err := readInput(file, nil)
		if err != nil {
			return lib, "", err
		}
		d, err := instrument.ParseDefinition(file, text)
		if err != nil {
			return lib, "", err
		}
		if lib, err = lib.With(d); err != nil {
			return lib, "", fmt.Errorf("%s: %w", file, err)
		}
		own = d.ID
	}
	return lib, own, nil
}

// scoreFlags reads the command line; options may stand before or after the file.
func scoreFlags(args []string) (scoreOptions, error) {
	var o scoreOptions
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.list, "list", false, "")
	flags.StringVar(&o.instrument, "instrument", "", "")
	flags.Var(join{&o.items}, "items", "")
	flags.Var(join{&o.coding}, "coding", "")
	flags.Var(join{&o.policy}, "policy", "")
	flags.Var(join{&o.cut}, "cut", "")
	flags.StringVar(&o.texts, "texts", "", "")
	flags.StringVar(&o.returned, "returned", "", "")
	flags.Func("definition", "", func(file string) error {
		o.definitions = append(o.definitions, file)
		return nil
	})
	flags.StringVar(&o.set, "set", "", "")
	var files []string
	for rest := args; ; {
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return o, err
			}
			return o, badUsage{err}
		}
		if flags.NArg() == 0 {
			break
		}
		files = append(files, flags.Arg(0))
		rest = flags.Args()[1:]
	}
	switch {
	case o.list && len(files) == 0:
		return o, nil
	case o.instrument == "" && len(o.definitions) != 1:
		return o, badUsage{errors.New("-instrument ID is needed; -list shows the identifiers")}
	case len(files) != 1:
		return o, badUsage{fmt.Errorf("one input file is needed, not %d", len(files))}
	}
	o.file = files[0]
	return o, nil
}

// join collects a repeated option into one comma-separated list.
type join struct{ list *string }

func (j join) String() string { return "" }

func (j join) Set(s string) error {
	if *j.list != "" {
		s = *j.list + "," + s
	}
	*j.list = s
	return nil
}

// pairs reads a=b,c=d.
func pairs(option, text string) (map[string]string, error) {
	if text == "" {
		return nil, nil
	}
	m := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(part, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || key == "" || value == "" {
			return nil, badUsage{fmt.Errorf("-%s %q: write name=value, separated by commas", option, text)}
		}
		if _, twice := m[key]; twice {
			return nil, badUsage{fmt.Errorf("-%s names %s twice", option, key)}
		}
		m[key] = value
	}
	return m, nil
}

func readInput(file string, stdin io.Reader) (name string, data []byte, err error) {
	if file == "-" && stdin != nil {
		data, err = io.ReadAll(stdin)
		return "standard input", data, err
	}
	data, err = os.ReadFile(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = fmt.Errorf("%s cannot be read: %w", file, path.Err)
		}
	}
	return filepath.Base(file), data, err
}

// scoreJob is one instrument over one table.
type scoreJob struct {
	table  *rawTable
	scorer *instrument.Scorer
	at     []int // column of the table per item, -1 where the file has none
	keep   []int // columns that are no items
	form   int   // column that says which forms were returned, -1 for none
	header []string
	notes  []string
}

func newScoreJob(d *instrument.Definition, o scoreOptions, t *rawTable) (*scoreJob, error) {
	j := &scoreJob{table: t, form: -1}
	if o.returned != "" {
		if j.form = slices.Index(t.header, o.returned); j.form < 0 {
			return nil, fmt.Errorf("%s has no column %q, which -returned names", t.name, o.returned)
		}
	}
	set := instrument.Settings{Set: o.set}
	var err error
	var names map[string]string
	if names, err = pairs("items", o.items); err == nil {
		set.Coding, err = pairs("coding", o.coding)
	}
	if err == nil {
		set.Policy, err = pairs("policy", o.policy)
	}
	if err == nil {
		set.Cuts, err = pairs("cut", o.cut)
	}
	if err == nil {
		set.Texts, err = readTexts(o.texts)
	}
	if err != nil {
		return nil, err
	}
	if set.Items, err = j.findItems(d, names); err != nil {
		return nil, err
	}
	if j.scorer, err = d.NewScorer(set); err != nil {
		return nil, badUsage{err}
	}
	j.makeHeader(d)
	j.noteCodings(d, set)
	return j, nil
}

// readTexts reads the answers in words.
func readTexts(file string) (map[string]map[string]string, error) {
	if file == "" {
		return nil, nil
	}
	_, text, err := readInput(file, nil)
	if err != nil {
		return nil, err
	}
	var texts map[string]map[string]string
	if err := json.Unmarshal(text, &texts); err != nil {
		return nil, fmt.Errorf("%s: write {\"item\": {\"word\": \"number\"}}: %w", file, err)
	}
	return texts, nil
}

// noteCodings says which coding was taken where the page would have asked.
func (j *scoreJob) noteCodings(d *instrument.Definition, set instrument.Settings) {
	for _, q := range d.Questions(set.Items) {
		if set.Coding[q.Item] != "" || set.Coding[d.ID] != "" {
			continue
		}
		text := fmt.Sprintf("%s is read as %s (%s);", q.Column, q.Choices[0].Value, q.Choices[0].Label)
		for i, c := range q.Choices[1:] {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(" -coding %s=%s if it holds %s", q.Item, c.Value, c.Label)
		}
		j.notes = append(j.notes, text)
	}
}

// findItems finds the column of each item. An item no scale counts may be absent.
func (j *scoreJob) findItems(d *instrument.Definition, names map[string]string) ([]string, error) {
	for key := range names {
		if key != d.ID && !slices.ContainsFunc(d.Items, func(it instrument.Item) bool { return it.Column == key }) {
			return nil, badUsage{fmt.Errorf("-items: %s has no item %s; its items are %s to %s", d.Short, key, d.Items[0].Column, d.Items[len(d.Items)-1].Column)}
		}
	}
	if all, ok := names[d.ID]; ok { // one column holds all answers side by side
		for _, it := range d.Items {
			names[it.Column] = all
		}
	}
	columns := make([]string, len(d.Items))
	known := d.ByOtherNames(j.table.header)
	for i, it := range d.Items {
		name, given := names[it.Column]
		if !given {
			name = it.Column
			if other := known[i]; other != "" && j.table.column(name) < 0 {
				name = other
			}
		}
		at := j.table.column(name)
		j.at = append(j.at, at)
		switch {
		case at >= 0:
			columns[i] = j.table.header[at]
		case given:
			return nil, fmt.Errorf("%s has no column %q, which -items names for %s", j.table.name, name, it.Column)
		case d.Scored(i):
			return nil, fmt.Errorf("%s has no column %s (%s, item %d)%s", j.table.name, name, d.Short, it.Number, j.suggest(d))
		}
	}
	return columns, nil
}

// suggest writes the -items that recognition would choose.
func (j *scoreJob) suggest(d *instrument.Definition) string {
	for _, m := range instrument.RecogniseAmong([]*instrument.Definition{d}, j.table.header) {
		var list []string
		for i, it := range d.Items {
			if m.Items[i] != "" && m.Items[i] != it.Column {
				list = append(list, it.Column+"="+m.Items[i])
			}
		}
		if list != nil {
			return "; try -items " + strings.Join(list, ",")
		}
	}
	return "; name the file's columns with -items " + d.Items[0].Column + "=COLUMN,..."
}

// makeHeader names the output columns. A result that would take the name of a
// column of the file gets the instrument's name before it.
func (j *scoreJob) makeHeader(d *instrument.Definition) {
	for i, c := range j.table.header {
		if !slices.Contains(j.at, i) {
			j.keep = append(j.keep, i)
			j.header = append(j.header, c)
		}
	}
	for _, c := range j.scorer.Columns() {
		if name := c; slices.Contains(j.header, name) {
			c = d.ID + "_" + name
			j.notes = append(j.notes, fmt.Sprintf("%s has a column %s already; the result is in %s", j.table.name, name, c))
		}
		j.header = append(j.header, c)
	}
}

func (j *scoreJob) run() ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write(j.header); err != nil {
		return nil, err
	}
	cells := make([]string, len(j.at))
	var result instrument.Result
	var line []string
	for _, row := range j.table.rows {
		for i, at := range j.at {
			if at >= 0 {
				cells[i] = row[at]
				if j.table.decimalComma {
					cells[i] = strings.Replace(cells[i], ",", ".", 1)
				}
			}
		}
		if j.form >= 0 {
			j.scorer.SetForm(returned(row[j.form]))
		}
		j.scorer.ScoreInto(&result, cells)
		line = line[:0]
		for _, i := range j.keep {
			line = append(line, row[i])
		}
		for _, v := range result.Values {
			line = append(line, v.String())
		}
		if err := w.Write(line); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func returned(cell string) instrument.Form {
	cell = strings.TrimSpace(cell)
	if instrument.IsMissing(cell) || cell == "0" || strings.EqualFold(cell, "no") {
		return instrument.FormNotReturned
	}
	return instrument.FormReturned
}

// listInstruments prints every instrument with items, range, direction and source.
func listInstruments(lib instrument.Library, stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "id\tname\titems\tanswers\tscales\tsource")
	for _, d := range lib.All() {
		first, last := d.Items[0].Column, d.Items[len(d.Items)-1].Column
		items := fmt.Sprintf("%d: %s", len(d.Items), first)
		if last != first {
			items += " … " + last
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.Name, items, d.Range(), scalesInWords(d), d.Sources[0].Cite)
	}
	return w.Flush()
}

func scalesInWords(d *instrument.Definition) string {
	var list []string
	for _, s := range d.Scales() {
		if s.Alternative {
			continue
		}
		text := s.Name
		if s.Variable != "" && s.Variable != s.Name {
			text += " (" + s.Variable + ")"
		}
		if s.Min < s.Max {
			text += fmt.Sprintf(" %g to %g", s.Min, s.Max)
		}
		if s.Set != "" {
			text += " by " + s.Set
		}
		switch s.Better {
		case instrument.Neither:
		default:
			text += ", " + string(s.Better) + " is better"
		}
		list = append(list, text)
	}
	return strings.Join(list, "; ")
}
