//go:build !js

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// goApp is the module of the screens' components.
const goApp = "github.com/maxence-charriere/go-app/v10"

// leanGoApp prepares a copy of go-app without its server half, and a go.mod
// that uses it. The page never serves anything, but the server half alone
// makes it link net/http and TLS: 300 KB of the 2.2 MB that a browser has to
// load, and code of which a reader would have to believe that it stays unused.
// Routes lose their regular expressions, 60 KB for the one pattern of the page,
// and elements are called directly (directElements).
// Nothing else differs. The page built by a plain `go build` is the same, only
// bigger. Every change is checked to apply exactly once, so a new version of
// go-app fails the build and not the page.
//
// The copy lies at a fixed place, because the place is recorded in the program
// and the same sources must give the same bytes.
func leanGoApp(root string) (modfile string, err error) {
	out, err := goCommand(root, nil, "list", "-m", "-f", "{{.Dir}}", goApp)
	if err != nil {
		return "", err
	}
	from := strings.TrimSpace(string(out))
	to := filepath.Join(root, ".bin", "go-app")
	if err := os.RemoveAll(to); err != nil {
		return "", err
	}
	for _, part := range []string{"go.mod", "pkg/app", "pkg/errors"} {
		if err := copyGo(filepath.Join(from, part), filepath.Join(to, part)); err != nil {
			return "", err
		}
	}
	app := filepath.Join(to, "pkg", "app")
	server, err := os.ReadFile(filepath.Join(app, "http.go"))
	if err != nil {
		return "", err
	}
	if strings.Count(string(server), "\nfunc (h *Handler) ServeHTTP(") != 1 {
		return "", errors.New("go-app's http.go is no longer its server half")
	}
	stub := "package app\n\n// Handler serves nothing here: this is the half of go-app that runs in a browser.\ntype Handler struct{}\n"
	if err := os.WriteFile(filepath.Join(app, "http.go"), []byte(stub), 0o644); err != nil {
		return "", err
	}
	if err := edit(filepath.Join(app, "resource.go"), []change{
		{"\t\"net/http\"\n", ""},
		{"\thttp.Handler\n", ""},
		{"\t\tHandler:   http.FileServer(http.Dir(directory)),\n", ""},
	}); err != nil {
		return "", err
	}
	if err := edit(filepath.Join(app, "route.go"), []change{
		{"\t\"regexp\"\n", ""},
		{"regexp.MustCompile(pattern)", "anyPath(pattern)"},
		{"*regexp.Regexp", "everyPath"},
		{"\ntype regexpRoute struct {", everyPath},
	}); err != nil {
		return "", err
	}
	if err := directElements(filepath.Join(app, "html_gen.go")); err != nil {
		return "", err
	}
	if err := edit(filepath.Join(app, "engine.go"), []change{{"range document.(HTML).body()", "range document.body()"}}); err != nil {
		return "", err
	}

	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return "", err
	}
	modfile = filepath.Join(root, ".bin", "page.mod")
	if err := os.WriteFile(modfile, append(mod, "\nreplace "+goApp+" => ./.bin/go-app\n"...), 0o644); err != nil {
		return "", err
	}
	return modfile, os.WriteFile(filepath.Join(root, ".bin", "page.sum"), sum, 0o644)
}

// everyPath stands for the expression of a route. The page has one, ".*"; any
// other would be routed wrongly and so ends the page at its start.
const everyPath = `
type everyPath struct{}

func anyPath(pattern string) everyPath {
	if pattern != ".*" {
		panic("this build routes every path to one page, not " + pattern)
	}
	return everyPath{}
}

func (everyPath) MatchString(string) bool { return true }

type regexpRoute struct {`

// elementInterface is how go-app declares an element: an interface of some 60
// methods beside the one struct that has them.
var elementInterface = regexp.MustCompile(`(?m)^type (HTML([A-Za-z0-9]+)) interface \{\n(?:\t.*\n|\n)*\}\n`)

// directElements makes the name of an element's interface one for its struct.
// The screens' tens of thousands of calls then go straight to the method and
// not by a table, which is shorter code, and methods that no screen calls are
// left out.
func directElements(file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(b)
	elements := elementInterface.FindAllStringSubmatch(text, -1)
	if len(elements) < 100 {
		return fmt.Errorf("go-app's html_gen.go has changed: %d elements of the known form", len(elements))
	}
	text = elementInterface.ReplaceAllStringFunc(text, func(declaration string) string {
		m := elementInterface.FindStringSubmatch(declaration)
		if !strings.Contains(text, "\ntype html"+m[2]+" struct {") {
			return declaration
		}
		return "type " + m[1] + " = *html" + m[2] + "\n"
	})
	return os.WriteFile(file, []byte(text), 0o644)
}

// change replaces a text of a file.
type change struct{ from, to string }

// edit changes a file. Each text to replace must be there once.
func edit(file string, changes []change) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(b)
	for _, c := range changes {
		if strings.Count(text, c.from) != 1 {
			return fmt.Errorf("go-app's %s has changed: %q should be there once", filepath.Base(file), strings.TrimSpace(c.from))
		}
		text = strings.Replace(text, c.from, c.to, 1)
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// copyGo copies a file or a folder's sources, without tests, writable: files
// in the module cache are not.
func copyGo(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case strings.HasSuffix(path, "_test.go"):
			return nil
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o644)
	})
}
