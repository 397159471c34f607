package boot_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"trialbox/stats/boot"
	"trialbox/stats/formula"
	"trialbox/stats/internal/trialdata"
	"trialbox/stats/mixed"
)

const base = "arm*factor(visit) + delay_days + factor(pain_duration) + fabq_pa_0 + (1|unit_id/patient_id)"

// trialJob is the base model of one outcome with the three contrasts of the reference.
func trialJob(t testing.TB, outcome string, byArm bool) *boot.Job {
	t.Helper()
	fr := trialdata.Trial(t)
	job := &boot.Job{Design: *trialdata.Design(t, fr, outcome+" ~ "+base), Seed: 20}
	for _, c := range []string{
		"v0: armintervention",
		"v3: 1*armintervention + 1*armintervention:factor(visit)3",
		"v12: armintervention + armintervention:factor(visit)12",
	} {
		parsed, err := formula.ParseContrast(c, job.Design.Terms)
		if err != nil {
			t.Fatal(err)
		}
		job.Contrasts = append(job.Contrasts, parsed)
	}
	if byArm {
		job.Strata = arms(fr, &job.Design)
	}
	return job
}

// arms is the arm of each unit, 0 or 1.
func arms(fr *formula.Frame, d *mixed.Design) []int32 {
	strata := make([]int32, len(d.Groups[0].Levels))
	for _, c := range fr.Columns {
		if c.Name == "arm" {
			for row, unit := range d.Groups[0].Of {
				if c.Text[d.SourceRow[row]] == "intervention" {
					strata[unit] = 1
				}
			}
		}
	}
	return strata
}

func runner(t testing.TB, job *boot.Job) *boot.Runner {
	t.Helper()
	r, err := boot.NewRunner(job)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReplay refits the draws that the reference engine (checked against lme4) was given: 200 for each of three
// outcomes and two schemes, contrasts within 1e-4. In some of them that engine stopped short of the minimum, which
// TestReplayTrial of package mixed shows replicate by replicate; here they are counted.
func TestReplay(t *testing.T) {
	for _, outcome := range []string{"odi", "eq_vas", "nrs_leg"} {
		for _, scheme := range []string{"cluster", "cluster_by_arm"} {
			t.Run(outcome+"_"+scheme, func(t *testing.T) { replay(t, outcome, scheme) })
		}
	}
}

func replay(t *testing.T, outcome, scheme string) {
	job := trialJob(t, outcome, false)
	header, rows := trialdata.Table(t, "boot_replicates_"+outcome+"_"+scheme+".csv")
	column := map[string]int{}
	for k, name := range header {
		column[name] = k
	}
	number := func(row []string, name string) float64 {
		v, err := strconv.ParseFloat(row[column[name]], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var weights [][]float64
	for _, row := range rows {
		var w []float64
		for _, unit := range job.Design.Groups[0].Levels {
			w = append(w, number(row, unit))
		}
		weights = append(weights, w)
	}
	b := runner(t, job).Replay(weights)
	beyond := 0
	if b.N != 200 || len(b.Reasons) > 0 {
		t.Fatalf("%d replicates, failed: %v", b.N, b.Reasons)
	}
	p := len(job.Design.Terms)
	for k, row := range rows {
		for _, c := range job.Contrasts {
			got := 0.0
			for j, l := range c.L {
				got += l * b.Fixed[k*p+j]
			}
			if d := math.Abs(got - number(row, "contrast_"+c.Name)); d > 3e-3 {
				t.Errorf("replicate %d: %s is off by %.2g", k+1, c.Name, d)
			} else if d > 1e-4 {
				beyond++
			}
		}
	}
	if beyond > 9 {
		t.Errorf("%d contrasts of 600 are off by more than 1e-4", beyond)
	}
}

// bootReference is one entry of stats/testdata/trial/bootstrap.json.
type bootReference struct {
	Outcome, Scheme, Visit string
	Reference              struct {
		SE         float64    `json:"se"`
		Normal     [2]float64 `json:"ci_normal"`
		Percentile [2]float64 `json:"ci_percentile"`
		Basic      [2]float64 `json:"ci_basic"`
		BC         [2]float64 `json:"ci_bc_stata"`
		BCa        [2]float64 `json:"ci_bca"`
		MCSE       float64    `json:"mc_se_of_se_B2000"`

		Z0, Acceleration float64
	}
	Spread struct {
		Percentile, BC, BCa [2]float64
	} `json:"sd_over_runs_of_2000"`
}

// TestSummaryTrial compares 2,000 replicates of our own random stream with 20,000 of R's: within three Monte Carlo
// errors of the difference (ours at 2,000 and R's at 20,000; the ends have their empirical error over runs of 2,000,
// itself known from ten runs only, hence four of them).
func TestSummaryTrial(t *testing.T) {
	var refs []bootReference
	trialdata.JSON(t, "bootstrap.json", &refs)
	if len(refs) != 18 {
		t.Fatalf("%d references, want 18", len(refs))
	}
	summaries := map[string]*boot.Summary{}
	for _, ref := range refs {
		key := ref.Outcome + "_" + ref.Scheme
		if summaries[key] == nil {
			job := trialJob(t, ref.Outcome, ref.Scheme == "cluster_by_arm")
			r := runner(t, job)
			summaries[key] = boot.SummarizeBCa(job, r.Fit(), []*boot.Batch{r.Run(0, 2000)}, r.Jackknife())
		}
		s := summaries[key]
		got := s.Contrasts[map[string]int{"0": 0, "3": 1, "12": 2}[ref.Visit]]
		t.Run(key+"_"+ref.Visit, func(t *testing.T) {
			if s.Failed > 3 || s.Converged+s.Boundary+s.Failed != 2000 {
				t.Errorf("%d failed: %v", s.Failed, s.Reasons)
			}
			mcse := ref.Reference.MCSE * math.Sqrt(1.1)
			near(t, "SE", got.SE, ref.Reference.SE, 3*mcse)
			near(t, "MCSE", got.MCSE, ref.Reference.MCSE, 0.5*ref.Reference.MCSE)
			for k := range 2 {
				near(t, "normal", got.Normal[k], ref.Reference.Normal[k], 3*1.96*mcse)
				near(t, "percentile", got.Percentile[k], ref.Reference.Percentile[k], 4.2*ref.Spread.Percentile[k])
				near(t, "basic", got.Basic[k], ref.Reference.Basic[k], 4.2*ref.Spread.Percentile[1-k])
				near(t, "BC", got.BC[k], ref.Reference.BC[k], 4.2*ref.Spread.BC[k])
				near(t, "BCa", got.BCa[k], ref.Reference.BCa[k], 4.2*ref.Spread.BCa[k])
			}
		})
	}
}

// TestJackknifeTrial compares the leave-one-unit-out contrasts with R's.
func TestJackknifeTrial(t *testing.T) {
	job := trialJob(t, "odi", false)
	b := runner(t, job).Jackknife()
	header, rows := trialdata.Table(t, "jackknife_units_odi.csv")
	p := len(job.Design.Terms)
	for i, row := range rows {
		if row[0] != job.Design.Groups[0].Levels[i] {
			t.Fatalf("unit %s, want %s", job.Design.Groups[0].Levels[i], row[0])
		}
		for n, c := range job.Contrasts {
			got := 0.0
			for j, l := range c.L {
				got += l * b.Fixed[i*p+j]
			}
			want, _ := strconv.ParseFloat(row[2+n], 64)
			near(t, header[2+n]+" without "+row[0], got, want, 1e-4)
		}
	}
}

// TestRunSplit: one batch, many batches, any order, another runner: the same numbers to the last bit.
func TestRunSplit(t *testing.T) {
	for _, byArm := range []bool{false, true} {
		job := trialJob(t, "nrs_leg", byArm)
		r := runner(t, job)
		whole := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, 300)})
		other := runner(t, job)
		parts := []*boot.Batch{other.Run(250, 300), other.Run(0, 1), other.Clone().Run(100, 250), other.Run(1, 100)}
		rand.New(rand.NewPCG(3, 3)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if split := boot.Summarize(job, other.Fit(), parts); !same(whole, split) {
			t.Errorf("split run differs:\n%v\n%v", whole, split)
		}
		twice := append(parts, other.Run(90, 130))
		if again := boot.Summarize(job, other.Fit(), twice); !same(whole, again) {
			t.Error("replicates that arrive twice count twice")
		}
		job2 := *job
		job2.Seed++
		r2 := runner(t, &job2)
		if reseeded := boot.Summarize(&job2, r2.Fit(), []*boot.Batch{r2.Run(0, 300)}); same(whole, reseeded) {
			t.Error("another seed gives the same numbers")
		}
	}
}

// same compares summaries bit by bit; NaN equals NaN.
func same(x, y *boot.Summary) bool {
	text := func(s *boot.Summary) string {
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(s); err != nil {
			panic(err)
		}
		return b.String()
	}
	return text(x) == text(y)
}

// TestWire: a job and a batch survive gob.
func TestWire(t *testing.T) {
	job := trialJob(t, "odi", true)
	var wire bytes.Buffer
	if err := gob.NewEncoder(&wire).Encode(job); err != nil {
		t.Fatal(err)
	}
	var back boot.Job
	if err := gob.NewDecoder(&wire).Decode(&back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(job, &back) {
		t.Error("the job is changed by the wire")
	}
	b := runner(t, &back).Run(0, 20)
	if err := gob.NewEncoder(&wire).Encode(b); err != nil {
		t.Fatal(err)
	}
	var batch boot.Batch
	if err := gob.NewDecoder(&wire).Decode(&batch); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(runner(t, job).Run(0, 20), &batch) {
		t.Error("the batch is changed by the wire")
	}
}

// TestDrawStrata: within strata the number of units drawn from each is its size.
func TestDrawStrata(t *testing.T) {
	job := trialJob(t, "odi", true)
	r := runner(t, job)
	w := make([]float64, len(job.Strata))
	for number := range 50 {
		r.Draw(w, number)
		drawn, size := [2]float64{}, [2]float64{}
		for i, s := range job.Strata {
			drawn[s] += w[i]
			size[s]++
		}
		if drawn != size {
			t.Fatalf("replicate %d draws %v of strata of %v", number, drawn, size)
		}
	}
}

// TestFailures: a resample without an arm fails with a reason and is counted; the rest stands.
func TestFailures(t *testing.T) {
	job := trialJob(t, "odi", true)
	r := runner(t, job)
	noControl, heavy, none := make([]float64, len(job.Strata)), make([]float64, len(job.Strata)), make([]float64, len(job.Strata))
	for i, s := range job.Strata {
		noControl[i] = 2 * float64(s)
		heavy[i] = 1
	}
	heavy[3] = 1000
	ones := make([]float64, len(heavy))
	for i := range ones {
		ones[i] = 1
	}
	b := r.Replay([][]float64{noControl, heavy, none, ones})
	s := boot.Summarize(job, r.Fit(), []*boot.Batch{b})
	if s.Failed != 2 || len(s.Reasons) != 2 || s.Replicates != 4 {
		t.Fatalf("%d failed of %d: %v", s.Failed, s.Replicates, s.Reasons)
	}
	if !strings.Contains(s.Reasons[0].Reason+s.Reasons[1].Reason, "armintervention") {
		t.Errorf("reasons %v do not name the arm", s.Reasons)
	}
	if !math.IsNaN(b.Fixed[0]) || math.IsNaN(b.Fixed[len(r.Fit().Terms)]) {
		t.Error("failed replicates must be NaN, fitted ones not")
	}
	for k, beta := range r.Fit().Beta {
		near(t, "weights of one", b.Fixed[3*len(r.Fit().Terms)+k], beta, 1e-7*r.Fit().SE[k])
	}
}

// TestFewReplicates: nothing panics before the replicates are enough.
func TestFewReplicates(t *testing.T) {
	job := trialJob(t, "odi", false)
	r := runner(t, job)
	for _, n := range []int{0, 1, 2, 5} {
		s := boot.Summarize(job, r.Fit(), []*boot.Batch{r.Run(0, n)})
		if _, err := json.Marshal(s.Replicates); err != nil || s.Replicates != n {
			t.Errorf("%d replicates counted as %d", n, s.Replicates)
		}
		if known := !math.IsNaN(s.Terms[0].SE); known != (n >= 2) {
			t.Errorf("SE of %d replicates: %v", n, s.Terms[0].SE)
		}
	}
	if s := boot.Summarize(job, r.Fit(), nil); s.Replicates != 0 || len(s.Contrasts) != 3 {
		t.Errorf("summary of nothing: %+v", s)
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.8g, want %.8g ± %.2g", what, got, want, tolerance)
	}
}

// BenchmarkSummarize puts 10,000 replicates of the base model together.
func BenchmarkSummarize(b *testing.B) {
	job := trialJob(b, "odi", true)
	r := runner(b, job)
	batches := []*boot.Batch{r.Run(0, 5000), r.Run(5000, 10000)}
	for b.Loop() {
		boot.Summarize(job, r.Fit(), batches)
	}
}

// The short summary of a running table is the long one without its terms.
func TestSummarizeContrasts(t *testing.T) {
	job := trialJob(t, "odi", true)
	r := runner(t, job)
	batches := []*boot.Batch{r.Run(0, 60), r.Run(60, 100)}
	long, short := boot.Summarize(job, r.Fit(), batches), boot.SummarizeContrasts(job, r.Fit(), batches)
	long.Terms = nil
	if !same(long, short) {
		t.Errorf("short %+v, long %+v", short, long)
	}
}
