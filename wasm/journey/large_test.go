//go:build !js

package journey

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestBenchLarge opens a CSV of nearly 100 MB in the page and prints how long
// the reading took, how long until the Data screen stands and until the trial
// is put together, and the memory of the browser's largest page on the way.
func TestBenchLarge(t *testing.T) {
	if os.Getenv("TRIALBOX_BENCH") != "1" {
		t.Skip("only on demand: make bench")
	}
	for _, shape := range []struct {
		name    string
		columns int
	}{{"trial of 166 columns", 166}, {"narrow, 8 columns", 8}, {"wide, 10,000 columns", 10000}} {
		path := filepath.Join(t.TempDir(), "large.csv")
		rows := writeLarge(t, path, 98<<20, shape.columns)
		p := launch(t)
		p.Open(serve(t, "/").URL)
		stop, peak := make(chan bool), make(chan memory)
		go func() { peak <- largestRenderer(stop) }()
		start := time.Now()
		p.Upload("data", path)
		p.waitFor("the file is read", `!document.body.innerText.includes("Reading large.csv") || !!document.querySelector("#columns")`, 2*time.Minute)
		p.waitFor("the Data screen", `!!document.querySelector("#columns")`, 2*time.Minute)
		shown := time.Since(start)
		p.waitFor("the trial", `!document.body.innerText.includes("Putting the trial together")`, 2*time.Minute)
		built := time.Since(start)
		close(stop)
		fmt.Printf("98 MB, %-22s %9d rows: read in %.1f s, on screen after %.1f s, a trial after %.1f s, largest process %d MB\n", shape.name, rows, p.timing("reading"), shown.Seconds(), built.Seconds(), (<-peak).resident>>20)
	}
}

// writeLarge writes a trial of that many bytes, its columns repeated or cut.
func writeLarge(t *testing.T, path string, size, columns int) (rows int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	names := []string{"patient_id", "unit_id", "arm", "visit", "age", "odi", "pain", "sex"}
	line := []string{"", "", "", "", "44", "28", "3", "f"}
	for i := len(names); i < columns; i++ {
		names, line = append(names, fmt.Sprintf("q%d_%d", i/10, i%10+1)), append(line, strconv.Itoa(i%5))
	}
	answers := [5]string{"0", "1", "2", "3", "4"}
	n, _ := w.WriteString(strings.Join(names, ",") + "\n")
	for ; n < size; rows++ {
		patient := rows / 3
		line[0], line[1] = fmt.Sprintf("P%06d", patient), fmt.Sprintf("U%02d", patient%30)
		line[2], line[3] = [2]string{"control", "intervention"}[patient%2], [3]string{"0", "3", "12"}[rows%3]
		for i := 8; i < columns; i++ {
			line[i] = answers[(rows+i)%len(answers)]
		}
		line[4], line[5] = strconv.Itoa(20+patient%60), strconv.Itoa(patient*7%101)
		k, err := w.WriteString(strings.Join(line, ",") + "\n")
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// memory of a process in bytes.
type memory struct{ resident, private int64 }

// largestRenderer samples the resident memory of this test's pages until it
// is told to stop: in all, and without what it shares with other processes,
// which is the browser's own program. It is 0 where /proc does not tell.
func largestRenderer(stop <-chan bool) (peak memory) {
	for {
		select {
		case <-stop:
			return peak
		case <-time.After(50 * time.Millisecond):
		}
		for _, dir := range renderers() {
			status, err := os.ReadFile(filepath.Join(dir, "statm"))
			if fields := strings.Fields(string(status)); err == nil && len(fields) > 2 {
				pages, _ := strconv.ParseInt(fields[1], 10, 64)
				shared, _ := strconv.ParseInt(fields[2], 10, 64)
				peak.resident = max(peak.resident, pages*int64(os.Getpagesize()))
				peak.private = max(peak.private, (pages-shared)*int64(os.Getpagesize()))
			}
		}
	}
}

// timing is the seconds between the marks NAME begins and NAME ends.
func (p *Page) timing(name string) float64 {
	at := `performance.getEntriesByName("` + name + ` %s").at(-1).startTime`
	return eval[float64](p, "("+fmt.Sprintf(at, "ends")+"-"+fmt.Sprintf(at, "begins")+")/1000")
}
