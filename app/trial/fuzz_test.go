package trial

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"trialbox/app/dataset"
)

// FuzzBuild holds that whatever can be read can be looked at as a trial: roles
// are guessed and the trial is built or refused with a sentence, and what was
// built is in order.
func FuzzBuild(f *testing.F) {
	for _, name := range []string{"broken_long.csv", "messy_wide_semicolon_cp1252.csv"} {
		b, err := os.ReadFile(filepath.Join("..", "dataset", "testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 4000)])
	}
	for _, s := range []string{
		"patient,site,arm,visit,odi1,odi2\n1,a,control,0,1,2\n2,b,treatment,0,3,9\n1,a,control,3,1,\n2,b,treatment,3,x,2\n",
		"pid;unit;group;odi_0;odi_3;date_0;date_3;consent\n1;a;0;1,5;2;1.2.2020;1.5.2020;1.1.2020\n2;b;1;3;4;;1.6.2020;1.2.2020\n",
		"record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,site,arm,x\n1,baseline_arm_1,,,a,0,1\n1,3_months_arm_1,,,,,2\n1,baseline_arm_1,ae,1,,,\n2,baseline_arm_2,,,b,1,1\n",
		"id,clinic,trt,t0_x,t1_x,t0_y,t1_y\n1,A,usual care,1,2,3,4\n2,B,active,1,2,3,4\n3,b,active,,,3,4\n",
		"patient,site,arm,visit\n,,,\n1,a,control,\n1,a,treatment,0\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := dataset.Read("f.csv", bytes.NewReader(in), int64(len(in)), dataset.Options{})
		if err != nil {
			return
		}
		m, reasons := Guess(d)
		for _, r := range reasons {
			if r.Why == "" || r.Field == "" {
				t.Fatalf("reason %+v", r)
			}
		}
		if m.Pattern != "" {
			if _, err := WithPattern(d, m, m.Pattern); err != nil {
				t.Fatal(err)
			}
		}
		trial, err := Build(d, m)
		if err != nil {
			if err.Error() == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		if trial.Rows == 0 || len(trial.Patient) != trial.Rows || len(trial.Visit) != trial.Rows || len(trial.Line) != trial.Rows {
			t.Fatalf("%d rows, %d, %d, %d", trial.Rows, len(trial.Patient), len(trial.Visit), len(trial.Line))
		}
		for i := range trial.Rows {
			if int(trial.Patient[i]) >= len(trial.Patients) || int(trial.Visit[i]) >= len(trial.Visits) || trial.UnitArm[trial.Unit[i]] != trial.Arm[i] {
				t.Fatalf("row %d: %d %d %d %d", i, trial.Patient[i], trial.Visit[i], trial.Unit[i], trial.Arm[i])
			}
		}
		for _, v := range trial.Variables {
			if v.Rows() != trial.Rows {
				t.Fatalf("%s has %d values for %d rows", v.Name, v.Rows(), trial.Rows)
			}
			for i := range trial.Rows {
				if k := v.Num(i); v.Words && !math.IsNaN(k) && (k != math.Trunc(k) || k < 0 || int(k) >= len(v.Levels) || v.Text(i) == "") {
					t.Fatalf("%s: %v is none of its %d levels", v.Name, k, len(v.Levels))
				}
			}
		}
		for _, p := range trial.Findings() {
			if p.Text == "" || p.Kind == "" || p.File == "" {
				t.Fatalf("finding %+v", p)
			}
		}
	})
}
