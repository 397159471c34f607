//go:build !js

package journey

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/logit"
	"trialbox/stats/mixed"
	"trialbox/wasm/wire"
)

// trialOfTests is the simulated trial of stats/testdata.
const trialOfTests = "../../stats/testdata/trial/scored_long.csv"

// benchModels prints the replicates a second of one worker for models beyond the first, each beside its floor, then times
// that do not depend on replicates.
func benchModels(p *Page) {
	const right = " ~ arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0"
	for _, m := range []struct {
		name, formula string
		logit         *logit.Options
		block         int
		floor         float64
	}{
		{"slope + unit by visit, ML", "odi" + right + " + (1|unit_id) + (1|unit_id:visit) + (visit|patient_id)", nil, 200, 3500},
		{"binary, 7x7", "lbp_daily" + right + " + (1|unit_id/patient_id)", &logit.Options{}, 20, 350},
		{"ordinal, 7x7", "sbt_group" + right + " + (1|unit_id/patient_id)", &logit.Options{Ordinal: true}, 20, 250},
		{"binary, Laplace", "lbp_daily" + right + " + (1|unit_id/patient_id)", &logit.Options{Laplace: true}, 50, 1000},
		{"ordinal, Laplace", "sbt_group" + right + " + (1|unit_id/patient_id)", &logit.Options{Ordinal: true, Laplace: true}, 50, 800},
	} {
		job := formulaJob(p.t, m.formula)
		job.Logit = m.logit
		fmt.Printf("%-26s Chromium, one worker %8.0f replicates/s (floor %.0f)\n", m.name, workerSpeed(p, job, m.block), m.floor)
	}
	fmt.Printf("First estimate of another outcome, warm worker %.1f ms (floor 5)\n", firstEstimate(p, formulaJob(p.t, "odi"+right+" + (1|unit_id/patient_id)"), formulaJob(p.t, "eq_vas"+right+" + (1|unit_id/patient_id)")))
	growth(p.t)
	fmt.Printf("31,000 rows in 2,400 groups in 131, native, ML %.2f s (floor 1)\n", manyRows().Seconds())
	for _, line := range logitInR(p.t) {
		fmt.Println(line)
	}
}

// formulaJob is a model of the simulated trial.
func formulaJob(t testing.TB, text string) *boot.Job {
	t.Helper()
	file, err := os.Open(trialOfTests)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	fr := &formula.Frame{Rows: len(rows) - 1}
	for k, name := range rows[0] {
		c := formula.Column{Name: name}
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[k], 64)
			if row[k] == "" {
				v = math.NaN()
			} else if err != nil {
				c.IsText = true
			}
			c.Num, c.Text = append(c.Num, v), append(c.Text, row[k])
		}
		fr.Columns = append(fr.Columns, c)
	}
	f, err := formula.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Build(fr)
	if err != nil {
		t.Fatal(err)
	}
	return &boot.Job{Design: *d, Seed: 1}
}

// firstEstimate is the time from a job's bytes to its fit in a worker that has fitted another before.
func firstEstimate(p *Page, before, job *boot.Job) float64 {
	p.t.Helper()
	return eval[float64](p, `(async (before, job) => {
		const w = await trialbox.startWorker();
		await new Promise(done => { w.onmessage = e => e.data.t === "ready" && done(); });
		const bytes = s => Uint8Array.from(atob(s), c => c.charCodeAt(0));
		const fit = async (key, b) => {
			const start = performance.now();
			w.postMessage({t: "`+wire.Job+`", key, bytes: b});
			w.postMessage({t: "`+wire.Task+`", id: 1, key, from: 0, to: 0});
			await new Promise(done => { w.onmessage = done; });
			return performance.now() - start;
		};
		for (let k = 0; k < 40; k++) await fit("warm" + k, bytes(before));
		const times = [];
		for (let k = 0; k < 9; k++) times.push(await fit("job" + k, bytes(job)));
		w.terminate();
		return times.sort((a, b) => a - b)[4];
	})("`+encoded(before)+`", "`+encoded(job)+`")`)
}

// growth prints the time of a replicate when every patient is there a hundred and a thousand times.
func growth(t testing.TB) {
	for _, times := range []int{1, 100, 1000} {
		job := manifold(formulaJob(t, "odi ~ arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)").Design, times)
		r, err := boot.NewRunner(job)
		if err != nil {
			panic(err)
		}
		best := math.Inf(1)
		for block := range 10 {
			start := time.Now()
			r.Run(block*500, (block+1)*500)
			best = min(best, time.Since(start).Seconds()/500)
		}
		fmt.Printf("LMM ml   native, %7d rows           %8.1f µs a replicate\n", len(job.Design.Y), best*1e6)
	}
}

// manifold is a trial with each patient so many times, the outcomes a little apart.
func manifold(small mixed.Design, times int) *boot.Job {
	d := mixed.Design{Response: small.Response, Terms: small.Terms}
	unit, patient := small.Groups[0], mixed.Group{Name: "patient"}
	out := mixed.Group{Name: unit.Name, Levels: unit.Levels}
	patients := len(small.Groups[1].Levels)
	p := len(small.Terms)
	for c := range times {
		for j := range patients {
			patient.Levels = append(patient.Levels, strconv.Itoa(c*patients+j))
		}
		for row, y := range small.Y {
			d.Y = append(d.Y, y+0.1*math.Sin(float64(c*len(small.Y)+row)))
			d.X = append(d.X, small.X[row*p:(row+1)*p]...)
			out.Of = append(out.Of, unit.Of[row])
			patient.Of = append(patient.Of, int32(c*patients)+small.Groups[1].Of[row])
		}
	}
	d.Groups = []mixed.Group{out, patient}
	return &boot.Job{Design: d, Seed: 1}
}

// manyRows is the time of a fit from the rows: 31,022 in 2,410 groups in 131, the size of a classic of examination marks.
func manyRows() time.Duration {
	d := mixed.Design{Response: "y", Terms: []string{"(Intercept)", "x"}, Groups: []mixed.Group{{Name: "authority"}, {Name: "school"}}}
	for k := range 131 {
		d.Groups[0].Levels = append(d.Groups[0].Levels, strconv.Itoa(k))
	}
	for k := range 2410 {
		d.Groups[1].Levels = append(d.Groups[1].Levels, strconv.Itoa(k))
	}
	for row := range 31022 {
		school := row % 2410
		x := math.Sin(float64(row) * 1.7)
		d.Y = append(d.Y, x+math.Sin(float64(school)*2.3)+0.5*math.Sin(float64(school%131)*3.1)+2*math.Sin(float64(row)*float64(row%97)))
		d.X = append(d.X, 1, x)
		d.Groups[0].Of, d.Groups[1].Of = append(d.Groups[0].Of, int32(school%131)), append(d.Groups[1].Of, int32(school))
	}
	start := time.Now()
	if _, err := boot.NewRunner(&boot.Job{Design: d}); err != nil {
		panic(err)
	}
	return time.Since(start)
}

// logitInR times one fit each by glmer and clmm, both Laplace, where R has them.
func logitInR(t *testing.T) []string {
	rscript, err := exec.LookPath("Rscript")
	if err != nil {
		return []string{"glmer, clmm: R is not installed here"}
	}
	script := filepath.Join(t.TempDir(), "logit.R")
	if err := os.WriteFile(script, []byte(logitScript), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(rscript, script, trialOfTests).CombinedOutput()
	if err != nil {
		return []string{"glmer, clmm: R is here, but the models could not be fitted: " + cut(string(out), 200)}
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

const logitScript = `d <- read.csv(commandArgs(TRUE)[1]); d$v <- factor(d$visit); d$pd <- factor(d$pain_duration); d$delay10 <- d$delay_days / 10
cpu <- function(e) sum(system.time(e)[c("user.self", "sys.self")])
say <- function(name, package, e) if (requireNamespace(package, quietly = TRUE)) {
  s <- cpu(suppressWarnings(suppressMessages(e)))
  cat(sprintf("%-9s R, %s %s, CPU time     %8.2f refits/s\n", name, package, packageVersion(package), 1 / s))
} else cat(name, ": R has no package", package, "here\n")
say("glmer", "lme4", lme4::glmer(lbp_daily ~ arm*v + delay10 + pd + fabq_pa_0 + (1|unit_id) + (1|patient_id), d, binomial))
d$g <- factor(d$sbt_group, ordered = TRUE)
say("clmm", "ordinal", ordinal::clmm(g ~ arm*v + delay10 + pd + fabq_pa_0 + (1|unit_id) + (1|patient_id), subset(d, !is.na(g) & v != "3"), Hess = TRUE))
`
