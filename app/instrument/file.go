package instrument

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// The JSON of a definition. Every field is described in definitions/README.md.
// A recipe holds the analyst's own questionnaires in this form.
type (
	File struct {
		ID       string       `json:"id"`
		Version  string       `json:"version"`
		Order    int          `json:"order,omitempty"`
		Name     string       `json:"name"`
		Short    string       `json:"short"`
		Licence  string       `json:"licence"`
		Note     string       `json:"note,omitempty"`
		Sources  []Source     `json:"sources"`
		Prefixes []string     `json:"prefixes,omitempty"`
		Profile  []string     `json:"profile,omitempty"`
		Items    []ItemFile   `json:"items"`
		Scales   []ScaleFile  `json:"scales"`
		Results  []ResultFile `json:"results,omitempty"`
	}
	ItemFile struct {
		Columns string       `json:"columns"` // "mood_1..mood_5", or one name
		Also    []string     `json:"also,omitempty"`
		Min     *float64     `json:"min,omitempty"`
		Max     *float64     `json:"max,omitempty"`
		Decimal bool         `json:"decimal,omitempty"`
		Values  []float64    `json:"values,omitempty"`
		Codes   []string     `json:"codes,omitempty"`
		Unit    string       `json:"unit,omitempty"`
		Codings []CodingFile `json:"codings,omitempty"`
		Ask     bool         `json:"ask,omitempty"`
	}
	CodingFile struct {
		Name   string             `json:"name"`
		Text   string             `json:"text"`
		Min    float64            `json:"min"`
		Max    float64            `json:"max"`
		Shift  float64            `json:"shift,omitempty"`
		Map    map[string]float64 `json:"map,omitempty"`
		Scored bool               `json:"scored,omitempty"`
	}
	BandFile struct {
		Label string   `json:"label"`
		From  *float64 `json:"from,omitempty"`
		Above *float64 `json:"above,omitempty"`
	}
	ScaleFile struct {
		Name        string                        `json:"name"`
		Variable    string                        `json:"variable,omitempty"`
		Label       string                        `json:"label,omitempty"`
		Kind        Kind                          `json:"kind,omitempty"`
		Rule        string                        `json:"rule"`
		Items       string                        `json:"items,omitempty"`
		Reversed    string                        `json:"reversed,omitempty"`
		Recode      map[string]map[string]float64 `json:"recode,omitempty"`
		Missing     *Policy                       `json:"missing,omitempty"`
		Of          []string                      `json:"of,omitempty"`
		Needs       []string                      `json:"needs,omitempty"`
		Table       *TableUse                     `json:"table,omitempty"`
		Sets        *SetsUse                      `json:"sets,omitempty"`
		Min         *float64                      `json:"min,omitempty"`
		Max         *float64                      `json:"max,omitempty"`
		Decimals    int                           `json:"decimals,omitempty"`
		Better      Direction                     `json:"better"`
		Levels      []string                      `json:"levels,omitempty"`
		Bands       []BandFile                    `json:"bands,omitempty"`
		Important   []Important                   `json:"important,omitempty"`
		Alternative bool                          `json:"alternative,omitempty"`
		Prefixes    []string                      `json:"prefixes,omitempty"`
		Section     string                        `json:"section,omitempty"`
	}
	ResultFile struct {
		Column  string  `json:"column,omitempty"`
		Show    string  `json:"show"`
		Scale   string  `json:"scale,omitempty"`
		Missing *Policy `json:"missing,omitempty"`
		Field   string  `json:"field,omitempty"`
	}
)

// MaxFile is the size of the largest definition that is read: it bounds what a
// file from elsewhere can cost.
const MaxFile = 1 << 20

// ParseFile reads the JSON of a definition and checks its form only; name
// stands before what is wrong, with the line.
func ParseFile(name string, text []byte) (File, error) {
	var f File
	if len(text) > MaxFile {
		return f, fmt.Errorf("%s: larger than %d MB, which no definition is", name, MaxFile>>20)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return File{}, decodeError(name, text, dec, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return File{}, fmt.Errorf("%s: something follows the definition", name)
	}
	return f, nil
}

// ParseDefinition reads and checks a definition of the analyst's own. The error
// lists all that is wrong, one line each, by file and field. Lookup tables
// stand in the definition itself.
func ParseDefinition(name string, text []byte) (*Definition, error) {
	f, err := ParseFile(name, text)
	if err != nil {
		return nil, err
	}
	return f.Definition(name)
}

// Definition checks the file and makes the instrument of it; name stands
// before what is wrong.
func (f File) Definition(name string) (*Definition, error) {
	return f.definition(noTables{}, name)
}

func (f File) definition(tables fs.FS, name string) (*Definition, error) {
	b := &builder{fsys: tables, name: name, file: &f}
	d := b.build()
	if len(b.errs) > 0 {
		return nil, errors.Join(b.errs...)
	}
	d.file = f
	return d, nil
}

// noTables is the tables folder of a definition that came alone.
type noTables struct{}

func (noTables) Open(string) (fs.File, error) {
	return nil, errors.New("there are no files beside this definition; give the table as first and scores")
}

// JSON is the file as it is exported: read back, it is the same definition.
func (f File) JSON() []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		panic("instrument: a definition holds only plain values: " + err.Error())
	}
	return out.Bytes()
}

// File is the definition as it is written, to be looked at or changed: the
// copy shares nothing with the definition.
func (d *Definition) File() File {
	f, err := ParseFile(d.ID, d.file.JSON())
	if err != nil {
		panic("instrument: a definition cannot be read back: " + err.Error())
	}
	return f
}

// decodeError puts the line of the file before what encoding/json found.
func decodeError(name string, text []byte, dec *json.Decoder, err error) error {
	at := dec.InputOffset()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) {
		at = syntax.Offset
	}
	if errors.As(err, &kind) {
		field := kind.Field
		if field == "" {
			field = "the definition"
		}
		return fmt.Errorf("%s: line %d: %s must not be a %s", name, lineOf(text, kind.Offset), field, kind.Value)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: line %d: the file ends before the definition does", name, lineOf(text, int64(len(text))))
	}
	what := strings.TrimPrefix(err.Error(), "json: ")
	if field, ok := strings.CutPrefix(what, "unknown field "); ok {
		// The decoder stops at the end of the object; the field itself is nearer to the reader's eye.
		if i := bytes.Index(text, []byte(field)); i >= 0 {
			at = int64(i)
		}
		return fmt.Errorf("%s: line %d: no such field as %s", name, lineOf(text, at), field)
	}
	return fmt.Errorf("%s: line %d: not valid JSON: %s", name, lineOf(text, at), what)
}

func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
