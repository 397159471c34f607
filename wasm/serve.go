//go:build !js

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"trialbox/wasm/host"
	"trialbox/wasm/wire"
)

// serveCommand serves the site on this computer, always on the same port:
// what a browser keeps belongs to host and port.
func serveCommand(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:7438", "address to serve on; projects kept in the browser belong to it")
	dir := flags.String("dir", "", "folder of the site (default: the site inside this program, else dist/site)")
	open := flags.Bool("open", false, "open the page in the browser")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: trialbox serve [-addr 127.0.0.1:7438] [-dir dist/site] [-open]\n\nServes Trialbox on this computer until it is stopped with Ctrl-C.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "trialbox serve: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	site, err := siteFiles(*dir)
	if err != nil {
		fmt.Fprintf(stderr, "trialbox serve: %v\n", err)
		return 1
	}
	listener, err := net.Listen("tcp", *addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return alreadyServed(*addr, *open, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintf(stderr, "trialbox serve: %v\n", err)
		return 1
	}
	url := "http://" + listener.Addr().String() + "/"
	fmt.Fprintf(stdout, "Trialbox is at %s (stop with Ctrl-C)\n", url)
	if *open {
		openBrowser(url, stdout)
	}
	server := &http.Server{Handler: host.Handler(site, wire.Version), ReadHeaderTimeout: 10 * time.Second}
	if err := server.Serve(listener); err != nil {
		fmt.Fprintf(stderr, "trialbox serve: %v\n", err)
		return 1
	}
	return 0
}

// siteFiles is the folder asked for, else the site inside the program, else
// what `trialbox build` wrote.
func siteFiles(dir string) (fs.FS, error) {
	if dir == "" {
		if site := embeddedSite(); site != nil {
			return site, nil
		}
		dir = filepath.Join("dist", "site")
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		return nil, fmt.Errorf("there is no site in %s: run `make build` first, or name its folder with -dir", dir)
	}
	return os.DirFS(dir), nil
}

// alreadyServed tells what holds the port. If it is Trialbox, that is the one
// to use: its address is where the saved projects are.
func alreadyServed(addr string, open bool, stdout, stderr io.Writer) int {
	url := "http://" + addr + "/"
	client := &http.Client{Timeout: 2 * time.Second}
	answer, err := client.Get(url)
	if err == nil {
		answer.Body.Close()
		if answer.Header.Get(host.Header) != "" {
			fmt.Fprintf(stdout, "Trialbox is already at %s\n", url)
			if open {
				openBrowser(url, stdout)
			}
			return 0
		}
	}
	fmt.Fprintf(stderr, "trialbox serve: another program uses %s; stop it, or choose another address with -addr 127.0.0.1:7439. Projects kept in the browser belong to the address: under another one they are not seen.\n", addr)
	return 1
}

// openBrowser opens the page where there is a browser to open it; where there
// is none the printed address is enough.
func openBrowser(url string, stdout io.Writer) {
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.Command("open", url)
	case "windows":
		cmd = exec.Command("rundll32", "url.dll,FileProtocolHandler", url)
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
		cmd = exec.Command("xdg-open", url)
	}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(stdout, "No browser could be opened here; open the address yourself.")
		return
	}
	go cmd.Wait() // its exit says nothing about the page
}
