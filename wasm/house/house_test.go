package house

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "trialbox"

// rule says that only some rooms may import a package. The rule looks at
// direct imports: the standard library itself reaches syscall/js in a browser.
type rule struct {
	forbidden func(imported string) bool
	allowed   []string // rooms, and all below them
	why       string
}

var rules = []rule{
	{is("syscall/js", "github.com/hack-pad/go-indexeddb", "github.com/hack-pad/safejs"), []string{"wasm"},
		"only wasm knows that a browser exists: everything else runs in tests and headless commands too"},
	{is("github.com/hack-pad/go-indexeddb"), []string{"wasm/browser"},
		"go-indexeddb loses records and hangs without the guards of wasm/browser/store.go"},
	{is("github.com/maxence-charriere/go-app"), []string{"app/ui", "wasm"},
		"screens are drawn in app/ui; what they draw is computed where no screen is"},
	{is("github.com/chromedp"), []string{"wasm/journey"},
		"a browser is driven by the end-to-end tests only"},
	{is("encoding/gob"), nil,
		"gob costs the worker 130 KB; app/pack has its own form"},
	{is("golang.org/x/text"), nil,
		"its tables of forty encodings cost every program 30 KB; app/dataset/charset.go has the three it needs"},
	{is("crypto"), []string{"app/analysis", "app/design", "app/report", "app/state", "wasm"},
		"the standard library's hashes bring its whole certified module; app/dataset/sha256.go does without in each worker"},
	{is("net/http", "net", "os/exec"), []string{"wasm"},
		"nothing that computes may reach the network or start a program"},
}

func is(prefixes ...string) func(string) bool {
	return func(imported string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return below(imported, p) })
	}
}

// below tells whether a path is the room or lies below it.
func below(p, room string) bool { return p == room || strings.HasPrefix(p, room+"/") }

// arrows are the rooms each room may import of ours. The flow goes one way:
// bytes, data set, trial, analysis, report, screens, browser.
var arrows = map[string][]string{
	"stats":           {"stats"},
	"app/dataset":     {"app/dataset"},
	"app/instrument":  {},
	"app/pack":        {},
	"app/trial":       {"app/dataset", "app/instrument", "stats"},
	"app/numjson":     {},
	"app/design":      {"app/trial", "app/dataset", "app/numjson", "stats"},
	"app/fewclusters": {},
	"app/analysis":    {"app/fewclusters", "app/pack", "app/design", "app/trial", "app/dataset", "app/instrument", "stats"},
	"app/report":      {"app/fewclusters", "app/analysis", "app/design", "app/trial", "app/dataset", "app/instrument", "stats"},
	"app/state":       {"app/fewclusters", "app/state", "app/pack", "app/report", "app/analysis", "app/design", "app/trial", "app/dataset", "app/instrument", "stats"},
	"app/ui":          {"app/state", "app/report", "app/analysis", "app/design", "app/trial", "app/dataset", "app/instrument", "stats"},
	"wasm/worker":     {"wasm/wire", "app/pack", "app/dataset", "stats"},
	"wasm/wire":       {"app/pack", "app/dataset", "stats"},
	"static":          {},
}

// complaint says what is wrong with a room importing a package; "" is nothing.
// test is set for imports of tests, which may reach where the product may not.
func complaint(room, imported string, test bool) string {
	for _, r := range rules {
		if r.forbidden(imported) && !slices.ContainsFunc(r.allowed, func(a string) bool { return below(room, a) }) && !(test && !strings.HasPrefix(imported, "github.com")) {
			return room + " imports " + imported + ": " + r.why
		}
	}
	if below(room, "stats") && !test {
		first, _, _ := strings.Cut(imported, "/")
		if strings.Contains(first, ".") && !below(imported, "gonum.org/v1/gonum") {
			return room + " imports " + imported + ": stats is the standard library and gonum, so that it can be read and checked alone"
		}
	}
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok && !test {
		for from, to := range arrows {
			if below(room, from) && !slices.ContainsFunc(to, func(a string) bool { return below(ours, a) }) {
				return room + " imports " + imported + ": against the flow"
			}
		}
	}
	return ""
}

// A rule that finds nothing proves nothing: these must be found, and these not.
func TestComplaint(t *testing.T) {
	for _, c := range []struct {
		room, imported string
		bad            bool
	}{
		{"stats/mixed", "trialbox/app/trial", true},
		{"stats/mixed", "golang.org/x/text/encoding", true},
		{"stats/mixed", "gonum.org/v1/gonum/stat/distuv", false},
		{"stats/boot", "trialbox/stats/mixed", false},
		{"stats/boot", "syscall/js", true},
		{"app/report", "github.com/maxence-charriere/go-app/v10/pkg/app", true},
		{"app/ui", "github.com/maxence-charriere/go-app/v10/pkg/app", false},
		{"app/ui", "syscall/js", true},
		{"app/state", "github.com/hack-pad/go-indexeddb/idb", true},
		{"wasm/worker", "github.com/hack-pad/go-indexeddb/idb", true},
		{"wasm/browser", "github.com/hack-pad/go-indexeddb/idb", false},
		{"wasm/worker", "trialbox/app/state", true},
		{"app/dataset", "trialbox/app/trial", true},
		{"app/state", "trialbox/app/ui", true},
		{"app/trial", "net/http", true},
		{"app/dataset", "crypto/sha256", true},
		{"app/dataset", "golang.org/x/text/encoding/charmap", true},
		{"wasm/host", "net/http", false},
		{"wasm/wire", "encoding/gob", true},
	} {
		if got := complaint(c.room, c.imported, false); (got != "") != c.bad {
			t.Errorf("%s importing %s: %q", c.room, c.imported, got)
		}
	}
}

// source is one Go file, parsed as far as its imports.
type source struct {
	room, file string
	syntax     *ast.File
	test       bool
}

// sources are all Go files of the module, whatever their build tags.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); rel != "." && (strings.HasPrefix(name, ".") || name == "dist" || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{path.Dir(filepath.ToSlash(rel)), filepath.ToSlash(rel), syntax, strings.HasSuffix(p, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d Go files were found", len(all))
	}
	return all
}

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if bad := complaint(s.room, imported, s.test); bad != "" {
				t.Errorf("%s: %s", s.file, bad)
			}
		}
	}
}

// TestPackageComments asks every room for a sentence or more about itself.
func TestPackageComments(t *testing.T) {
	comments := map[string]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if _, seen := comments[s.room]; !seen {
			comments[s.room] = ""
		}
		if s.syntax.Doc != nil {
			if doc := s.syntax.Doc.Text(); len(doc) > len(comments[s.room]) {
				comments[s.room] = doc
			}
		}
	}
	for room, doc := range comments {
		if len(doc) < 80 {
			t.Errorf("package %s does not say what it is for: %q", room, doc)
		}
		if !strings.HasPrefix(doc, "Package "+path.Base(room)+" ") && !strings.HasPrefix(doc, "Command ") {
			t.Errorf("the comment of package %s should begin with its name: %q", room, doc)
		}
	}
}

// TestPlainBuild: a clean clone builds with nothing generated, so no file but
// the one with the tag embedsite may name the built site.
func TestPlainBuild(t *testing.T) {
	for _, goos := range []string{"linux", "js"} {
		ctx := build.Default
		ctx.GOOS, ctx.GOARCH = goos, "amd64"
		if goos == "js" {
			ctx.GOARCH = "wasm"
		}
		p, err := ctx.ImportDir(filepath.Join("..", "..", "wasm"), 0)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(p.GoFiles, "site_embed.go") || len(p.EmbedPatterns) > 0 {
			t.Errorf("a plain build for %s embeds %v", goos, p.EmbedPatterns)
		}
	}
}
