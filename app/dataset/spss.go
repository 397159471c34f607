package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"trialbox/app/dataset/cell"
	"trialbox/app/dataset/sav"
)

// variable is a column of an SPSS file while it is read.
type variable struct {
	*sav.Variable
	kind    sav.Kind
	missing map[string]bool // texts of the values that stand for none
	codes   []string        // the same in the order of the file
}

// readSPSS reads a data file of SPSS.
func (r *reading) readSPSS(src io.Reader) error {
	err := r.spss(src)
	var bad *sav.Fault
	if errors.As(err, &bad) {
		return refuse(r.name, bad.Kind, "%s", bad.Text)
	}
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		return r.failed(err)
	}
	return err
}

func (r *reading) spss(src io.Reader) error {
	f, err := sav.Open(src, MaxColumns, r.meter.limit)
	if err != nil {
		return err
	}
	r.d.Format = "sav"
	r.spssEncoding(f)
	list := make([]variable, len(f.Variables))
	r.columns = make([]texts, len(list))
	for i, v := range f.Variables {
		list[i] = variable{Variable: v, kind: v.Kind()}
		r.header = append(r.header, string(v.Name))
	}
	r.firstLine = 1
	var text []byte
	for err = f.Next(); err == nil; err = f.Next() {
		r.d.Line = append(r.d.Line, int32(len(r.d.Line)+1))
		for i := range list {
			text = r.spssCell(text[:0], f, &list[i], i)
			r.columns[i].add(text)
		}
	}
	if err != io.EOF {
		return err
	}
	if _, err := io.Copy(io.Discard, src); err != nil { // what follows the cases belongs to the hash
		return err
	}
	if r.filled = len(r.d.Line); r.filled == 0 {
		return refuse(r.name, "no rows", "the file describes %s and has no case; check that it was saved with its data", several(len(list), "variable", "variables"))
	}
	if err := r.finish(); err != nil {
		return err
	}
	return r.tell(f, list)
}

// spssCell is the text of a value: a number as the shortest decimal that gives
// it again, a date as ISO 8601 has it.
func (r *reading) spssCell(b []byte, f *sav.File, v *variable, column int) []byte {
	if v.Width > 0 {
		b = f.Text(b, v.Variable)
		if len(v.Missing.Texts) > 0 && slices.ContainsFunc(v.Missing.Texts, func(m []byte) bool { return string(m) == string(b) }) {
			v.miss(string(b))
		}
		return b
	}
	x, ok := f.Number(v.Variable)
	if !ok {
		return b
	}
	from := len(b)
	b, ok = appendValue(b, v.kind, x)
	if !ok {
		r.found.add(Problem{Line: len(r.d.Line), Column: nameless(column), Value: string(b[from:]), Kind: "no date", Severity: Warning,
			Text: fmt.Sprintf("the variable holds dates and this value, %s seconds from SPSS's first day, is none; it was read as the number: correct it in SPSS", b[from:])})
	}
	if v.Missing.Is(x) {
		v.miss(string(b[from:]))
	}
	return b
}

func (v *variable) miss(text string) {
	if text == "" || v.missing[text] {
		return
	}
	if v.missing == nil {
		v.missing = map[string]bool{}
	}
	v.missing[text] = true
	v.codes = append(v.codes, text)
}

// appendValue appends a number as its format means it; ok is false when a date
// is none.
func appendValue(b []byte, kind sav.Kind, x float64) (_ []byte, ok bool) {
	if kind != sav.Plain {
		if s, ok := kind.Show(x); ok {
			return append(b, s...), true
		}
	}
	return cell.Number(b, x), kind == sav.Plain
}

// spssEncoding settles the encoding by what the file says of it.
func (r *reading) spssEncoding(f *sav.File) {
	named := strings.ToLower(f.Encoding)
	if named == "" && f.CodePage != 0 {
		named = strconv.Itoa(f.CodePage)
	}
	known := map[string]string{"utf-8": UTF8, "utf8": UTF8, "65001": UTF8, "us-ascii": UTF8, "ascii": UTF8, "20127": UTF8, "windows-1252": Windows1252, "cp1252": Windows1252, "1252": Windows1252,
		"iso-8859-1": Latin1, "28591": Latin1, "iso-8859-15": Latin9, "28605": Latin9}[named]
	why := "as the file says"
	switch {
	case r.opt.Encoding == Windows1252, r.opt.Encoding == Latin1, r.opt.Encoding == Latin9, r.opt.Encoding == UTF8:
		known, why = r.opt.Encoding, "as chosen"
	case known != "":
	case named == "" || named == "2" || named == "3": // not said, or ASCII of 7 or 8 bits
		return
	default:
		known, why = Windows1252, fmt.Sprintf("the file is written in %s, which is not read", named)
		r.found.add(Problem{Kind: "encoding", Severity: Warning, Value: named,
			Text: fmt.Sprintf("the file is written in %s, which is not read; its letters beyond ASCII were read as Windows-1252 and are likely to be wrong: save it in SPSS as Unicode", named)})
	}
	r.d.Encoding = known
	r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("Encoding %s: %s.", known, why))
}

// tell gives the columns what the file says of its variables.
func (r *reading) tell(f *sav.File, list []variable) error {
	dec := newDecoder(r.d.Encoding)
	measures := [4]int{}
	labels, codes := 0, 0
	for i, c := range r.d.Columns {
		v := &list[i]
		c.File.Label, _ = dec.text(v.Label)
		c.File.Missing = v.codes
		for j, m := range c.File.Missing {
			c.File.Missing[j], _ = dec.text([]byte(m))
		}
		if len(v.codes) > 0 {
			codes++
		}
		c.File.Choices = v.choices(dec)
		for _, k := range c.File.Choices {
			if k.standsForNone() && !slices.Contains(c.File.Missing, k.Code) {
				c.File.Missing = append(c.File.Missing, k.Code)
			}
		}
		if len(v.Labels) > 0 {
			labels++
		}
		if v.Width == 0 && v.kind == sav.Plain {
			for _, text := range c.Raw {
				if strings.IndexByte(text, '.') >= 0 {
					c.File.Decimal = "."
					break
				}
			}
		}
		if v.Measure >= 1 && v.Measure <= 3 {
			measures[v.Measure]++
		}
	}
	e := fmt.Sprintf("SPSS file: %s, %d with named values, %d with values that stand for none. Numbers are read as they are stored.", several(len(list), "variable", "variables"), labels, codes)
	if n := measures[1] + measures[2] + measures[3]; n > 0 {
		e += fmt.Sprintf(" It calls %d nominal, %d ordinal and %d scale; the kinds below come from the values.", measures[1], measures[2], measures[3])
	}
	r.d.Evidence = append(r.d.Evidence, e)
	r.d.evidence = len(r.d.Evidence)
	return nil
}

// choices are the named values, as their cells have them.
func (v *variable) choices(dec decoder) (list []Choice) {
	for _, l := range v.Labels {
		var code string
		if v.Width > 0 {
			code, _ = dec.text(l.Text)
		} else {
			b, _ := appendValue(nil, v.kind, l.Number)
			code = string(b)
		}
		label, _ := dec.text(l.Label)
		list = append(list, Choice{code, label})
	}
	return list
}
