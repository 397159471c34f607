package state

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
)

// DocumentSchema is the version of the stored document written today.
const DocumentSchema = 1

// document is the small part of a project: everything but the original bytes.
// It is what the browser store keeps beside them and project.json of a file.
type document struct {
	Schema    int             `json:"schema"`
	Name      string          `json:"name"`
	Simulated bool            `json:"simulated,omitempty"`
	FileName  string          `json:"file_name"`
	Recipe    json.RawMessage `json:"recipe"`
	// Decisions about single rows, and the units file, stand beside the recipe
	// because they hold patients' values.
	Decisions []dataset.Correction `json:"decisions,omitempty"`
	Units     *unitsDocument       `json:"units,omitempty"`
	// Results are the numbers that had settled, as analysis.Keeping packs them.
	Results []byte `json:"results,omitempty"`
}

type unitsDocument struct {
	Name    string             `json:"name"`
	Bytes   []byte             `json:"bytes"`
	Mapping trial.UnitsMapping `json:"mapping"`
}

func (p *Project) document() []byte {
	d := document{Schema: DocumentSchema, Name: p.Name, Simulated: p.Simulated, FileName: p.Source.Name(), Recipe: p.Recipe.JSON(), Decisions: p.Decisions}
	if u := p.Units; u != nil {
		d.Units = &unitsDocument{u.Name, u.Bytes, u.Mapping}
	}
	d.Results = p.results
	if p.Run != nil || p.Checks != nil || p.Few != nil {
		d.Results = p.keeping().Pack(p.build)
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		panic("state: a document holds only plain values: " + err.Error())
	}
	return b
}

// keeping is what was kept before, with what has settled since in its place.
func (p *Project) keeping() analysis.Keeping {
	k := p.kept
	if p.Run != nil {
		k.Outcomes = analysis.KeepOutcomes(p.Run.All)
	}
	if r := p.Checks; r != nil && !r.Active && !r.Stopped && r.Result != nil && !p.SensitivityOutdated() {
		k.KeepChecked(r.Run, p.askedChecks())
	}
	if p.Few != nil && !p.Few.Active && !p.Few.Stopped && p.Few.Run.Plan.Err == "" {
		k.KeepFew(p.Few.Run, p.Few.Visit)
	}
	return k
}

func projectFromDocument(b []byte) (*Project, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("the project's description cannot be read: %w", err)
	}
	if d.Schema > DocumentSchema {
		return nil, fmt.Errorf("the project was made by a newer Trialbox (schema %d, this one reads %d); open it there", d.Schema, DocumentSchema)
	}
	r, err := analysis.ParseRecipe(d.Recipe)
	if err != nil {
		return nil, fmt.Errorf("the project's recipe: %w", err)
	}
	p := &Project{Name: d.Name, Simulated: d.Simulated, Recipe: r, Decisions: d.Decisions, results: d.Results}
	if u := d.Units; u != nil {
		p.Units = &UnitsFile{Name: u.Name, Bytes: u.Bytes, Mapping: u.Mapping} // read by readUnits
	}
	return p, nil
}

func renameDocument(b []byte, name string) ([]byte, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("the project's description cannot be read: %w", err)
	}
	d.Name = name
	return json.MarshalIndent(d, "", "  ")
}

func (p *Project) readOptions() dataset.Options { return p.Recipe.Reading.DatasetOptions() }

// zipDate is the fixed date of every entry, so that the same project gives the
// same bytes.
var zipDate = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// WriteProject writes a .trialbox file: a zip of project.json, recipe.json,
// corrections.csv and the units file where there are such, result.json once
// there is one, and the original bytes, copied slice by
// slice.
func WriteProject(ctx context.Context, out io.Writer, p *Project) error {
	z := zip.NewWriter(out)
	entry := func(name string, body []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipDate})
		if err == nil {
			_, err = w.Write(body)
		}
		return err
	}
	if err := entry("project.json", p.document()); err != nil {
		return err
	}
	if err := entry("recipe.json", p.Recipe.JSON()); err != nil {
		return err
	}
	if len(p.Decisions) > 0 {
		if err := entry("corrections.csv", dataset.DecisionsCSV(p.Source.Name(), p.Dataset.SHA256, p.Decisions)); err != nil {
			return err
		}
	}
	if p.Units != nil {
		if err := entry("units/"+p.Units.Name, p.Units.Bytes); err != nil {
			return err
		}
	}
	if p.Run != nil && p.Run.Result != nil {
		if err := entry("result.json", analysis.ResultJSON(p.wholeResult(), p.Recipe, p.Before())); err != nil {
			return err
		}
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: "data/" + p.Source.Name(), Method: zip.Deflate, Modified: zipDate})
	if err != nil {
		return err
	}
	if err := copyBlob(ctx, w, p.Source); err != nil {
		return err
	}
	return z.Close()
}

const sliceBytes = 1 << 20

func copyBlob(ctx context.Context, w io.Writer, b Blob) error {
	for off := int64(0); off < b.Size(); off += sliceBytes {
		part, err := b.Slice(ctx, off, sliceBytes)
		if err != nil {
			return fmt.Errorf("%s could not be read: %w", b.Name(), err)
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// ReadProject opens a .trialbox file. The data stay compressed in memory until
// they are read; a file that unpacks beyond the size limit is refused.
func ReadProject(ctx context.Context, b Blob) (*Project, Blob, error) {
	if b.Size() > dataset.DefaultMaxBytes {
		return nil, nil, fmt.Errorf("%s is larger than 100 MB, which is more than this page opens", b.Name())
	}
	var buf bytes.Buffer
	if err := copyBlob(ctx, &buf, b); err != nil {
		return nil, nil, err
	}
	z, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	if err != nil {
		return nil, nil, fmt.Errorf("%s is not a Trialbox project: it should be a .trialbox file saved here", b.Name())
	}
	var doc, data []byte
	dataName := ""
	for _, f := range z.File {
		switch {
		case f.Name == "project.json":
			doc, err = unzip(f, 8<<20)
		case strings.HasPrefix(f.Name, "data/"):
			dataName = strings.TrimPrefix(f.Name, "data/")
			data, err = unzip(f, dataset.DefaultMaxBytes)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if doc == nil || dataName == "" {
		return nil, nil, fmt.Errorf("%s is a zip file but not a Trialbox project: project.json or the data are missing", b.Name())
	}
	p, err := projectFromDocument(doc)
	if err != nil {
		return nil, nil, err
	}
	return p, Bytes(dataName, data), nil
}

func unzip(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s in the project cannot be unpacked: %w", f.Name, err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s in the project is damaged: %w", f.Name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s in the project unpacks to more than %d MB and was refused", f.Name, limit>>20)
	}
	return b, nil
}

// fileName makes a project's name safe as a file's.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == ' ' {
			return r
		}
		return '-'
	}, strings.TrimSpace(s))
	if s == "" || strings.Trim(s, "- ") == "" {
		return "trial"
	}
	return s
}
