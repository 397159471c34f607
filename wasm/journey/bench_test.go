//go:build !js

package journey

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"trialbox/app/analysis"
	"trialbox/app/dataset"
	"trialbox/app/trial"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
	"trialbox/wasm/wire"
)

// TestBench prints the speeds of design.md section 7 on this machine: it is
// what `make bench` runs, never a gate, and skipped otherwise.
func TestBench(t *testing.T) {
	if os.Getenv("TRIALBOX_BENCH") != "1" {
		t.Skip("only on demand: make bench")
	}
	p := launch(t)
	p.Open(serve(t, "/").URL)
	for _, method := range []mixed.Method{mixed.ML, mixed.REML} {
		job := exampleJob(t, "odi")
		job.Method = method
		runner, err := boot.NewRunner(job)
		if err != nil {
			t.Fatal(err)
		}
		runner.Run(0, 500)
		start, n := time.Now(), 0
		for ; time.Since(start) < 2*time.Second; n += 500 {
			runner.Run(n, n+500)
		}
		fmt.Printf("LMM %-4s native, one thread          %8.0f replicates/s\n", method, float64(n)/time.Since(start).Seconds())
		fmt.Printf("LMM %-4s Chromium, one worker        %8.0f replicates/s\n", method, workerSpeed(p, job, 500))
	}
	benchModels(p)
	benchPaper(t)
	again := eval[float64](p, `(async () => {
		const ready = w => new Promise(done => { w.onmessage = e => e.data.t === "ready" && done(); });
		const first = await trialbox.startWorker();
		await ready(first);
		const start = performance.now();
		first.terminate();
		const next = await trialbox.startWorker();
		await ready(next);
		next.terminate();
		return performance.now() - start;
	})()`)
	fmt.Printf("Cancel: worker ended and a new one ready in %.0f ms\n", again)
	fmt.Println(lme4Speed(t))
}

// exampleJob is the model of the paper for one outcome, as the page makes it
// when the example trial is opened.
func exampleJob(t *testing.T, outcome string) *boot.Job {
	t.Helper()
	name := filepath.Join(dist(t), "site", "example", "trial_long.csv")
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := dataset.Read("trial_long.csv", bytes.NewReader(body), int64(len(body)), dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recipe := analysis.ExampleRecipe()
	built, err := trial.Build(d, recipe.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range analysis.Plan(built, recipe.Mapping, recipe.Outcomes, recipe.Options) {
		if job.Boot != nil && job.Boot.Design.Response == outcome {
			return job.Boot
		}
	}
	t.Fatalf("the example has no outcome %s", outcome)
	return nil
}

// workerSpeed is the replicates a second of one of the page's workers, with
// the messages to and fro counted in.
func workerSpeed(p *Page, job *boot.Job, block int) float64 {
	p.t.Helper()
	return eval[float64](p, `(async (job, block) => {
		const w = await trialbox.startWorker();
		await new Promise(done => { w.onmessage = e => e.data.t === "ready" && done(); });
		w.postMessage({t: "`+wire.Job+`", key: "k", bytes: Uint8Array.from(atob(job), c => c.charCodeAt(0))});
		let from = 0;
		const next = () => { w.postMessage({t: "`+wire.Task+`", id: 1, key: "k", from, to: from + block}); from += block; };
		const seconds = async (limit) => {
			const start = performance.now(), first = from;
			let done = 0;
			next(); next();
			await new Promise(end => { w.onmessage = () => { done += block; performance.now() - start < limit ? next() : end(); }; });
			await new Promise(end => { w.onmessage = end; });
			return done / (performance.now() - start) * 1000;
		};
		await seconds(1000);
		const speed = await seconds(3000);
		w.terminate();
		return speed;
	})("`+encoded(job)+`", `+strconv.Itoa(block)+`)`)
}

// lme4Speed times the same model in R, refitted to resampled units, where R
// and lme4 are installed.
func lme4Speed(t *testing.T) string {
	t.Helper()
	rscript, err := exec.LookPath("Rscript")
	if err != nil {
		return "lme4: R is not installed here"
	}
	job := exampleJob(t, "odi")
	var table strings.Builder
	fmt.Fprintf(&table, "y,unit,patient")
	for i := range job.Design.Terms {
		fmt.Fprintf(&table, ",x%d", i)
	}
	p := len(job.Design.Terms)
	for row, y := range job.Design.Y {
		fmt.Fprintf(&table, "\n%v,%d,%d", y, job.Design.Groups[0].Of[row], job.Design.Groups[1].Of[row])
		for _, x := range job.Design.X[row*p : (row+1)*p] {
			fmt.Fprintf(&table, ",%v", x)
		}
	}
	file := filepath.Join(t.TempDir(), "design.csv")
	if err := os.WriteFile(file, []byte(table.String()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "refit.R") // -e takes one line only
	if err := os.WriteFile(script, []byte(refitInR), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(rscript, script, file).CombinedOutput()
	if err != nil {
		return "lme4: R is here, but the model could not be fitted: " + cut(string(out), 200)
	}
	return string(out)
}

// refitInR resamples units and fits again as a user of lme4 writes it; the
// time is R's CPU time, so that other load does not count.
const refitInR = `suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1]); set.seed(1)
f <- as.formula(paste("y ~ 0 +", paste(grep("^x", names(d), value = TRUE), collapse = " + "), "+ (1|unit/patient)"))
by <- split(d, d$unit); n <- 50
s <- system.time(for (i in 1:n) {
  k <- sample(length(by), replace = TRUE)
  b <- do.call(rbind, lapply(seq_along(k), function(j) { x <- by[[k[j]]]; x$unit <- j; x }))
  suppressWarnings(suppressMessages(lmer(f, b, REML = FALSE)))
})
cat(sprintf("LMM ml   R, lme4 %s, CPU time       %8.0f replicates/s", packageVersion("lme4"), n / sum(s[c("user.self", "sys.self")])))
`
