//go:build !js

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestStrippedProgramRunsTheSame: a program that leans on the runtime's tables
// says the same after they were cut, and is smaller.
func TestStrippedProgramRunsTheSame(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.wasm")
	if _, err := goCommand("testdata/strip", []string{"GOOS=js", "GOARCH=wasm"}, "build", "-ldflags=-s -w", "-o", whole, "main.go"); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	after, err := strip(before)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.wasm")
	if err := os.WriteFile(cut, after, 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := gzipOf(before)
	if err != nil {
		t.Fatal(err)
	}
	b, err := gzipOf(after)
	if err != nil {
		t.Fatal(err)
	}
	if len(b)*10 > len(a)*9 {
		t.Errorf("packed, %d bytes became %d", len(a), len(b))
	}
	want, got := underNode(t, whole), underNode(t, cut)
	if got != want || strings.Count(want, "\n") != 6 {
		t.Errorf("stripped:\n%s\nas linked:\n%s", got, want)
	}
}

// underNode runs a program as boot.js does, with the restoring of its tables.
func underNode(t *testing.T, program string) string {
	t.Helper()
	goroot, err := goCommand(".", nil, "env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	boot, err := os.ReadFile("../static/boot.js")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(boot), "  function restore(")
	restore, _, ended := strings.Cut(rest, "\n  }\n")
	if !found || !ended {
		t.Fatal("boot.js has no function restore")
	}
	script := `globalThis.require = require; globalThis.fs = require("fs"); globalThis.path = require("path");
		require(process.argv[1] + "/wasm_exec.js");
		function restore(` + restore + `}
		const go = new Go();
		WebAssembly.instantiate(fs.readFileSync(process.argv[2]), go.importObject).then(({module, instance}) => {
			restore(module, instance);
			return go.run(instance);
		}).catch((err) => { console.error(err); process.exit(1); });`
	cmd := exec.Command("node", "-e", script, filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm"), program)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, errs.String())
	}
	return string(out)
}

// TestStripKnowsTheRuntimesConstants reads them from the Go that builds.
func TestStripKnowsTheRuntimesConstants(t *testing.T) {
	goroot, err := goCommand(".", nil, "env", "GOROOT")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "src", "internal", "abi", "symtab.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, ids, _ := strings.Cut(string(text), "FuncIDNormal")
	n := 0
	for _, line := range strings.Split(ids, "\n")[1:] {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || strings.HasPrefix(name, "//") {
			continue
		}
		if n++; name == "FuncIDWrapper" {
			break
		}
	}
	if n != idWrapper {
		t.Errorf("FuncIDWrapper is %d, not %d", n, idWrapper)
	}
	for name, want := range map[string]int{"PCDATA_UnsafePoint": pcUnsafe, "PCDATA_InlTreeIndex": pcInlined, "PCDATA_ArgLiveIndex": pcArgLive,
		"FUNCDATA_ArgsPointerMaps": dataArgMap, "FUNCDATA_LocalsPointerMaps": dataLocalMap, "FUNCDATA_StackObjects": dataObjects,
		"FUNCDATA_InlTree": dataInlined, "FUNCDATA_OpenCodedDeferInfo": dataDefer} {
		_, rest, found := strings.Cut(string(text), name)
		value, _, _ := strings.Cut(strings.TrimLeft(rest, " ="), "\n")
		if got, err := strconv.Atoi(strings.TrimSpace(value)); !found || err != nil || got != want {
			t.Errorf("%s is %q, not %d", name, value, want)
		}
	}
}

// TestStripRefusesWhatItDoesNotKnow: a sentence, and no broken program.
func TestStripRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, program := range map[string]string{
		"empty": "", "words": "not a program", "cut short": "\x00asm\x01\x00\x00\x00\x0b\x7f",
		"another segment form": "\x00asm\x01\x00\x00\x00\x0b\x03\x01\x01\x00",
		"no tables":            "\x00asm\x01\x00\x00\x00\x0b\x07\x01\x00\x41\x08\x0b\x01x",
	} {
		if out, err := strip([]byte(program)); err == nil || out != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
