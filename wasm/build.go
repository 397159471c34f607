//go:build !js

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// buildCommand writes what is shipped: dist/site for a web host,
// dist/trialbox.html as one file, and dist/trialbox with the site inside.
func buildCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("o", "dist", "folder to write to")
	sizes := flags.Bool("size", false, "build nothing: print the sizes of what is there and fail when a budget is broken")
	draft := flags.Bool("draft", false, "leave the slow compression out, to look at a change while working on it")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: trialbox build [-o dist] [-draft] [-size]\n\nWrites dist/site (for a web host), dist/trialbox.html (one file) and dist/trialbox (one program).\nNeeds Go and the source of Trialbox.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "trialbox build: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	var err error
	if *sizes {
		err = printSizes(stdout, *out)
	} else {
		err = build(*out, *draft, stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "trialbox build: %v\n", err)
		return 1
	}
	return 0
}

// build compiles both WebAssembly programs and writes the three forms. It
// works in a folder beside the target and moves it there at the end, so that
// a failed build leaves what was there before.
func build(out string, draft bool, stdout io.Writer) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(out, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	parts, err := compile(root, work)
	if err != nil {
		return err
	}
	parts.draft = draft
	site := filepath.Join(work, "site")
	if err := writeSite(parts, site); err != nil {
		return fmt.Errorf("site: %w", err)
	}
	page, err := singleFile(parts)
	if err != nil {
		return fmt.Errorf("single file: %w", err)
	}
	if err := os.WriteFile(filepath.Join(work, "trialbox.html"), page, 0o644); err != nil {
		return err
	}
	program := "trialbox"
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if err := compileProgram(root, site, parts.version, filepath.Join(work, program)); err != nil {
		return err
	}
	for _, name := range []string{"site", "trialbox.html", program} {
		if err := os.RemoveAll(filepath.Join(out, name)); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(work, name), filepath.Join(out, name)); err != nil {
			return err
		}
	}
	for _, note := range parts.notes {
		fmt.Fprintf(stdout, "note: %s\n", note)
	}
	sum := sha256.Sum256(page)
	fmt.Fprintf(stdout, "version        %s\n%s\n%s\n%s\nSHA-256 of trialbox.html: %s\n", parts.version,
		filepath.Join(out, "site"), filepath.Join(out, "trialbox.html"), filepath.Join(out, program), hex.EncodeToString(sum[:]))
	return nil
}

// cold are the packages in whose speed nobody waits: drawing a screen, writing
// JSON, formatting a sentence. Compiled without inlining they make the page a
// tenth smaller, 0.15 MB as a web host sends it. Reading is among them: its
// inner loop is written out by hand, and it takes a twentieth longer. What
// builds, scores or fits is not.
var cold = []string{
	"trialbox/app/ui", "trialbox/app/state", "trialbox/app/report", "trialbox/app/analysis", "trialbox/stats/formula", "trialbox/wasm/browser", goApp + "/pkg/app",
	"trialbox/app/dataset", "trialbox/app/dataset/sav", "trialbox/app/dataset/xlsx", "trialbox/wasm/wire",
	"trialbox/app/design", "trialbox/app/fewclusters", "trialbox/app/numjson", "trialbox/app/pack", "trialbox/app/trial",
	"trialbox/stats", "trialbox/stats/allocate", "trialbox/stats/power", "trialbox/stats/impute", "trialbox/wasm", "trialbox/wasm/worker",
	"github.com/hack-pad/...", "gonum.org/v1/gonum/...",
	"archive/zip", "bufio", "bytes", "compress/flate", "context", "crypto/...", "encoding/base64", "encoding/binary", "errors", "encoding/csv", "encoding/json", "fmt", "io", "io/fs", "log", "mime", "net/url", "os", "path", "path/filepath", "reflect", "slices", "sort", "strconv", "strings", "syscall/js", "time", "unicode",
}

// parts is everything the page is made of, before it takes one of its forms.
type parts struct {
	version string
	draft   bool   // without Brotli
	app     []byte // WebAssembly of the page
	worker  []byte // WebAssembly of the workers
	exec    []byte // Go's own glue for WebAssembly
	static  map[string][]byte
	notes   []string // what whoever builds should know
}

// compile builds the programs and collects the static files.
func compile(root, work string) (*parts, error) {
	p := &parts{static: map[string][]byte{}}
	var err error
	if p.static, err = staticFiles(filepath.Join(root, "static")); err != nil {
		return nil, err
	}
	if p.version, err = hashOfSources(root, p.static); err != nil {
		return nil, err
	}
	goroot, err := goCommand(root, nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if p.exec, err = os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, fmt.Errorf("wasm_exec.js of Go: %w", err)
	}
	modfile, err := leanGoApp(root)
	if err != nil {
		return nil, err
	}
	overlay, err := leanGo(root, strings.TrimSpace(string(goroot)))
	if err != nil {
		return nil, err
	}
	for _, program := range []struct {
		pkg string
		to  *[]byte
	}{{"./wasm", &p.app}, {"./wasm/worker", &p.worker}} {
		file := filepath.Join(work, "program.wasm")
		args := []string{"build", "-modfile=" + modfile, "-overlay=" + overlay, "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid= -X trialbox/wasm/wire.Version=" + p.version}
		for _, pkg := range cold {
			args = append(args, "-gcflags="+pkg+"=-l")
		}
		if _, err := goCommand(root, []string{"GOOS=js", "GOARCH=wasm"}, append(args, "-o", file, program.pkg)...); err != nil {
			return nil, err
		}
		linked, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if *program.to, err = strip(linked); err != nil {
			*program.to = linked
			p.notes = append(p.notes, fmt.Sprintf("%s is shipped as it was linked, a seventh larger: %v", program.pkg, err))
		}
		os.Remove(file)
	}
	return p, nil
}

// compileProgram builds the native program with the site inside. The site is
// laid over the empty place in the source tree for this one build only, so
// nothing generated ever lies among the sources.
func compileProgram(root, site, version, to string) error {
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	err := filepath.WalkDir(site, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(site, path)
		overlay.Replace[filepath.Join(root, "wasm", "site", rel)] = path
		return err
	})
	if err != nil {
		return err
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := site + ".overlay.json"
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	defer os.Remove(file)
	_, err = goCommand(root, []string{"CGO_ENABLED=0"}, "build", "-trimpath", "-buildvcs=false", "-tags=embedsite", "-overlay="+file,
		"-ldflags=-s -w -buildid= -X trialbox/wasm/wire.Version="+version, "-o", to, "./wasm")
	return err
}

// goCommand runs the go tool in the module and gives its output. Its error
// output becomes the error.
func goCommand(root string, env []string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, errs.String())
	}
	return out.Bytes(), nil
}

// moduleRoot is the folder of Trialbox's go.mod, from the current folder up.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module trialbox\n")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not inside the source of Trialbox", dir)
		}
	}
}

// staticFiles reads the static folder; its Go file is not part of the site.
func staticFiles(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".go" {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	return files, err
}

// hashOfSources names a build by everything it is made of: the module's own
// sources for both targets, the versions of its modules and of Go, and the
// static files. The same sources have the same name on every machine, which
// is what a certificate of results can refer to.
func hashOfSources(root string, static map[string][]byte) (string, error) {
	files := map[string]bool{"go.mod": true, "go.sum": true}
	browser := []string{"GOOS=js", "GOARCH=wasm"}
	for _, program := range []struct {
		target []string
		pkg    string
	}{{browser, "./wasm"}, {browser, "./wasm/worker"}, {[]string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}, "./wasm"}} {
		out, err := goCommand(root, program.target, "list", "-deps", "-f",
			`{{if .Module}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`, program.pkg)
		if err != nil {
			return "", err
		}
		for _, line := range strings.Fields(string(out)) {
			rel, err := filepath.Rel(root, line)
			if err != nil {
				return "", err
			}
			files[filepath.ToSlash(rel)] = true
		}
	}
	sum := sha256.New()
	version, err := goCommand(root, nil, "env", "GOVERSION")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "%s\n", strings.TrimSpace(string(version)))
	for _, name := range sortedKeys(files) {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	for _, name := range sortedKeys(static) {
		fmt.Fprintf(sum, "static/%s %d\n%s", name, len(static[name]), static[name])
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
