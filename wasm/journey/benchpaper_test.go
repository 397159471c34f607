//go:build !js

package journey

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trialbox/app/analysis"
)

// benchPaper prints how long the whole tables of the example trial take in a browser with two workers, from the click to
// the last interval, and the memory of the page and its workers for the whole paper. CPU time over two is what two
// processors with nothing else to do need at least.
func benchPaper(t *testing.T) {
	p := launch(t)
	p.Early(workersSeen(2))
	p.Open(serve(t, "/").URL)
	stop, peak := make(chan bool), make(chan memory)
	go func() { peak <- largestRenderer(stop) }()
	p.Click("Open the example trial")
	p.Click("Cancel, keep what is done")
	var three, four []string
	for _, o := range analysis.ExampleRecipe().Outcomes {
		if o.Chosen && o.Is(analysis.Continuous) {
			three = append(three, o.Variable)
		} else if o.Chosen {
			four = append(four, o.Variable)
		}
	}
	p.benchTable("Table 3", 10_000, 5, three)
	p.benchTable("Table 4", 1000, 30, four)
	p.Screen("sensitivity")
	p.Click("Run all")
	p.waitFor("the sensitivity analyses", `(w => w && w.textContent.startsWith("Done"))(document.querySelector("#sens-work"))`, 10*time.Minute)
	close(stop)
	most := <-peak
	fmt.Printf("Both tables and the sensitivity analyses: page and workers took %d MB at most (floor 300), with the browser's own program %d MB\n", most.private>>20, most.resident>>20)
}

// benchTable runs these outcomes alone.
func (p *Page) benchTable(name string, b int, floor float64, outcomes []string) {
	p.t.Helper()
	p.Choose(outcomes...)
	p.Enter("#f-b", strconv.Itoa(b))
	p.Enter("#f-logit-b", strconv.Itoa(b))
	p.Enter("#f-seed", "2") // not the numbers that are there
	before := cpuSeconds()
	p.Run(`window.took = 0; (start => { const poll = () => { const a = ` + account + `; !a.Active && a.Done === a.Target ? took = performance.now() - start : setTimeout(poll, 10); }; setTimeout(poll, 100); })(performance.now())`)
	p.Click("Run")
	p.waitFor(name, `took > 0`, 10*time.Minute)
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("%s, B = %6d, Chromium, two workers %12.1f s (floor %.0f); CPU time / 2 %.1f s, load of this machine %.4s\n", name, b, eval[float64](p, `took`)/1000, floor, (cpuSeconds()-before)/2, load)
}

// cpuSeconds of this test's own page processes, their workers among them.
func cpuSeconds() (used float64) {
	for _, dir := range renderers() {
		line, err := os.ReadFile(filepath.Join(dir, "stat"))
		if fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:])); err == nil && len(fields) > 13 {
			user, _ := strconv.ParseFloat(fields[11], 64)
			system, _ := strconv.ParseFloat(fields[12], 64)
			used += (user + system) / 100
		}
	}
	return used
}

// renderers are the folders in /proc of this test's own page processes; none where there is no /proc.
func renderers() []string {
	var dirs []string
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range processes {
		line, err := os.ReadFile(path)
		if dir := filepath.Dir(path); err == nil && bytes.Contains(line, []byte("--type=renderer")) && below(dir, strconv.Itoa(os.Getpid())) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// below tells whether a process descends from another.
func below(dir, ancestor string) bool {
	for filepath.Base(dir) != "1" {
		line, err := os.ReadFile(filepath.Join(dir, "stat"))
		fields := strings.Fields(string(line[bytes.LastIndexByte(line, ')')+1:]))
		if err != nil || len(fields) < 2 || fields[1] == "0" {
			return false
		}
		if fields[1] == ancestor {
			return true
		}
		dir = "/proc/" + fields[1]
	}
	return false
}
