//go:build !js

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// noSettings stands for the standard library's internal/godebug, by which an
// environment variable brings back behaviour of older releases. A page has no
// environment, so every setting has its default here too; but the original
// brings the runtime's metrics and a bisecting of hashes into the program, 4 %
// of it.
const noSettings = `package godebug

type Setting struct{ name string }

func New(name string) *Setting { return &Setting{name} }

func (s *Setting) Name() string {
	if s.Undocumented() {
		return s.name[1:]
	}
	return s.name
}

func (s *Setting) Undocumented() bool { return s.name != "" && s.name[0] == '#' }
func (s *Setting) String() string     { return s.Name() + "=" }
func (s *Setting) IncNonDefault()     {}
func (s *Setting) Value() string      { return "" }
`

var exportedFunc = regexp.MustCompile(`(?m)^func (?:\(s \*Setting\) )?([A-Z]\w*)\(`)

// leanGo writes an overlay for "go build" that puts noSettings in its place,
// if what it replaces has the same functions: an error means another release.
func leanGo(root, goroot string) (overlay string, err error) {
	original := filepath.Join(goroot, "src", "internal", "godebug", "godebug.go")
	text, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	if !slices.Equal(exportedFuncs(string(text)), exportedFuncs(noSettings)) {
		return "", errors.New("internal/godebug has other functions than this build knows")
	}
	stub := filepath.Join(root, ".bin", "godebug.go")
	if err := os.WriteFile(stub, []byte(noSettings), 0o644); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: stub}})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(root, ".bin", "page.overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o644)
}

func exportedFuncs(source string) []string {
	var names []string
	for _, m := range exportedFunc.FindAllStringSubmatch(source, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return names
}
