package logit_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"trialbox/stats/internal/trialdata"
	"trialbox/stats/logit"
)

func publicTable(t *testing.T, name string) (header []string, rows [][]string) {
	t.Helper()
	f, err := os.Open("testdata/public/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

// TestPublic: public data sets against glmer and clmm at several numbers of points (testdata/public/public.R). cbpp is
// cattle in herds (up to 34 rows a herd), bacteria is children, wine is judges. 1e-3 SE; clmm's Laplace stops early.
func TestPublic(t *testing.T) {
	models := map[string]string{
		"cbpp": "y ~ factor(period) + (1|herd)", "bacteria": "y ~ relevel(trt, \"placebo\") + late + (1|ID)", "wine": "rating ~ temp + contact + (1|judge)",
	}
	_, rows := publicTable(t, "public.csv")
	for _, row := range rows {
		id, term := row[0], row[1]
		name, points, _ := strings.Cut(id, "_")
		t.Run(id+" "+term, func(t *testing.T) {
			nodes, _ := strconv.Atoi(points)
			d := trialdata.Design(t, trialdata.Frame(publicTable(t, name+".csv")), models[name])
			f := fitted(t, d, logit.Options{Ordinal: name == "wine", Nodes: nodes})
			want, err := strconv.ParseFloat(row[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case term == "logLik":
				near(t, term, f.LogLik, want, 1e-4)
			case strings.HasPrefix(term, "var:"):
				near(t, term, f.Random[0].Variance, want, 2e-3*want)
			default:
				if at, found := strings.CutPrefix(term, "period"); found {
					term = "factor(period)" + at
				}
				if at, found := strings.CutPrefix(term, "trt"); found {
					term = `relevel(trt, "placebo")` + at
				}
				se, _ := strconv.ParseFloat(row[3], 64)
				e, s := value(f, term)
				near(t, term, e, want, 1e-3*se)
				near(t, "SE of "+term, s, se, 1e-3*se)
			}
		})
	}
}
