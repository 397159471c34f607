package report

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// odiTrajectory has the raw means of the simulated trial.
func odiTrajectory() TrajectoryData {
	return TrajectoryData{
		ID: "odi", Title: "ODI (0–100)", Better: "lower is better", Decimals: 1,
		Arms:   []string{"Intervention", "Control"},
		Visits: []TrajectoryVisit{{"baseline", 0}, {"3 months", 3}, {"12 months", 12}},
		Points: [][]Point{
			{{234, 21.0, 19.2, 22.7}, {137, 20.1, 18.0, 22.2}, {137, 19.2, 17.2, 21.3}},
			{{81, 21.3, 18.5, 24.1}, {47, 19.1, 15.6, 22.6}, {47, 14.9, 11.5, 18.4}}},
	}
}

func trajectories() map[string]TrajectoryData {
	half := odiTrajectory()
	half.ID, half.Half = "half", true
	gap := odiTrajectory()
	gap.ID, gap.Title = "gap", "RMDQ (0–24)"
	gap.Points[0][1], gap.Points[1][1] = Point{Mean: math.NaN()}, Point{Mean: math.NaN()}
	crowded := odiTrajectory()
	crowded.ID = "crowded"
	crowded.Visits = []TrajectoryVisit{{"screening", 0}, {"day 3", 0.1}, {"2 years", 24}}
	index := TrajectoryData{ID: "index", Title: "EQ-5D-3L index (UK_TTO)", Better: "higher is better", Decimals: 3,
		Arms: []string{"Guideline-based care in occupational health", "Usual care"}, Visits: odiTrajectory().Visits,
		Points: [][]Point{{{231, 0.71, 0.69, 0.73}, {136, 0.75, 0.72, 0.78}, {137, 0.76, 0.73, 0.79}},
			{{80, 0.70, 0.66, 0.74}, {47, 0.76, 0.71, 0.80}, {46, 0.765, 0.72, 0.81}}}}
	empty := odiTrajectory()
	empty.ID = "empty"
	for a := range empty.Points {
		for i := range empty.Points[a] {
			empty.Points[a][i] = Point{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
		}
	}
	one := odiTrajectory()
	one.ID, one.Visits = "one", one.Visits[:1]
	one.Points = [][]Point{{{1, 12, 12, 12}}, {{1, 12, 12, 12}}}
	return map[string]TrajectoryData{"odi": odiTrajectory(), "half": half, "gap": gap, "crowded": crowded, "index": index, "empty": empty, "one": one}
}

func TestTrajectory(t *testing.T) {
	for name, d := range trajectories() {
		t.Run(name, func(t *testing.T) {
			got := Trajectory(d)
			wellFormed(t, got)
			file := filepath.Join("testdata", "trajectory-"+name+".svg")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the figure differs from %s; look at it, then go test ./app/report -update\n%s", file, got)
			}
		})
	}
}

func wellFormed(t *testing.T, figure string) {
	t.Helper()
	for dec := xml.NewDecoder(strings.NewReader(figure)); ; {
		_, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

func TestTrajectoryIsAccessible(t *testing.T) {
	got := Trajectory(odiTrajectory())
	for _, want := range []string{`role="img"`, `aria-labelledby="odi-t odi-d"`, `<title id="odi-t">ODI (0–100): means by arm and visit</title>`,
		"Intervention: baseline 21.0 (19.2–22.7, n 234); 3 months 20.1"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(got, "style=") || strings.Contains(got, "NaN") {
		t.Error("holds a style attribute or NaN")
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(got, -1) {
		if ids[id[1]] || !strings.HasPrefix(id[1], "odi-") {
			t.Errorf("id %q", id[1])
		}
		ids[id[1]] = true
	}
}

// TestTrajectoryHostile: names from a file are text everywhere.
func TestTrajectoryHostile(t *testing.T) {
	d := odiTrajectory()
	bad := `"><script>alert(1)</script>&`
	d.ID, d.Title, d.Better, d.Arms, d.Visits[1].Label = bad, bad, bad, []string{bad, bad}, bad
	got := Trajectory(d)
	wellFormed(t, got)
	if strings.Contains(got, "<script") {
		t.Error("markup came through")
	}
}

func TestNiceTicks(t *testing.T) {
	for _, tt := range []struct {
		low, high   float64
		first, last float64
		n, decimals int
	}{
		{11.5, 24.1, 10, 25, 4, 0},
		{0.66, 0.81, 0.65, 0.85, 5, 2},
		{-0.594, 1, -1, 1, 5, 1},
		{65.2, 88.9, 60, 90, 4, 0},
		{0, 0, -1, 1, 5, 1},
		{math.Inf(1), math.Inf(-1), -1, 1, 5, 1},
		{12, 12, 10, 14, 5, 0},
		{1e6, 3e6, 1e6, 3e6, 5, 0},
	} {
		ticks, decimals := niceTicks(tt.low, tt.high)
		last := ticks[len(ticks)-1]
		if math.Abs(ticks[0]-tt.first) > 1e-9 || math.Abs(last-tt.last) > 1e-9 || len(ticks) != tt.n || decimals != tt.decimals {
			t.Errorf("%g to %g: %v with %d decimals", tt.low, tt.high, ticks, decimals)
		}
	}
}
