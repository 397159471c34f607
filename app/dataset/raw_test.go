package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// What a worker reads and the page understands is what Read gives, for every
// file of the tests and with rules of the analyst.
func TestRawThenUnderstood(t *testing.T) {
	files, _ := filepath.Glob("testdata/*/*")
	more, _ := filepath.Glob("testdata/*")
	read := 0
	for _, path := range append(files, more...) {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		opt := Options{MissingCodes: []string{"-99"}}
		want, err := Read(path, bytes.NewReader(b), int64(len(b)), opt)
		raw, rawErr := ReadRaw(path, bytes.NewReader(b), int64(len(b)), opt)
		if (err == nil) != (rawErr == nil) {
			t.Errorf("%s: %v and %v", path, err, rawErr)
		}
		if err != nil || rawErr != nil {
			continue
		}
		read++
		packed, err := raw.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		got := new(Dataset)
		if err := got.UnmarshalBinary(packed); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		got = got.Understood(opt)
		for k, c := range got.Columns {
			if !reflect.DeepEqual(c.Clean, want.Columns[k].Clean) || c.Kind != want.Columns[k].Kind || !reflect.DeepEqual(c.Missing, want.Columns[k].Missing) {
				t.Errorf("%s: column %s is understood otherwise", path, c.Name)
			}
		}
		if !reflect.DeepEqual(got.Problems, want.Problems) || !reflect.DeepEqual(got.Evidence, want.Evidence) {
			t.Errorf("%s: problems or evidence differ", path)
		}
	}
	if read < 5 {
		t.Fatalf("only %d files were read", read)
	}
}
