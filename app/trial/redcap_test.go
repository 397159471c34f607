package trial

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trialbox/app/dataset"
)

// redcapExport is a longitudinal project with two arms as REDCap exports it:
// unit, arm and the patient's properties on the row of the first event only,
// a repeating form of adverse events, and the state of each form.
func redcapExport(labels bool) string {
	head := "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,randomised,age,smoker,baseline_complete,vas"
	if labels {
		head = "Record ID,Event Name,Repeat Instrument,Repeat Instance,Data Access Group,Randomised,Age,Smoker,Complete?,VAS"
	}
	for i := range 10 {
		head += fmt.Sprintf(",odi_%d", i+1)
	}
	var b strings.Builder
	b.WriteString(head + ",comorb___1,comorb___2,followup_complete,ae_term\n")
	for p := range 40 {
		unit, arm := p/5, p/5%2
		for v, event := range []string{"baseline", "3_months", "12_months"} {
			if v > 0 && p%7 == v {
				continue
			}
			code := fmt.Sprintf("%s_arm_%d", event, arm+1)
			if labels {
				code = fmt.Sprintf("%s (Arm %d: %s)", []string{"Baseline", "3 months", "12 months"}[v], arm+1, []string{"Control", "Treatment"}[arm])
			}
			fixed := ",,,,"
			if v == 0 {
				fixed = fmt.Sprintf("site_%c,%d,%d,%d,2", 'a'+unit, arm, 30+p, p%3/2)
			}
			fmt.Fprintf(&b, "%d,%s,,,%s,%d", p+1, code, fixed, (p*37+v*11)%101)
			for i := range 10 {
				fmt.Fprintf(&b, ",%d", (p+i*v+v)%6)
			}
			if v == 0 {
				fmt.Fprintf(&b, ",%d,%d,,\n", p%2, p%4/3)
			} else {
				b.WriteString(",,,2,\n")
			}
			if p%9 == 0 && v < 2 {
				fmt.Fprintf(&b, "%d,%s,adverse_events,%d%s,fell\n", p+1, code, v+1, strings.Repeat(",", 19))
			}
		}
	}
	return b.String()
}

// TestREDCap holds that a longitudinal export becomes a trial as it is.
func TestREDCap(t *testing.T) {
	for _, labels := range []bool{false, true} {
		d := table(t, redcapExport(labels))
		m, reasons := Guess(d)
		want := []string{"redcap_data_access_group", "record_id", "randomised", "redcap_event_name"}
		if labels {
			want = []string{"Data Access Group", "Record ID", "Randomised", "Event Name"}
		}
		if got := []string{m.Unit, m.Patient, m.Arm, m.Visit}; !slices.Equal(got, want) || m.Shape != "long" {
			t.Fatalf("roles %q, want %q: %v", got, want, reasons)
		}
		var labelsOf []string
		for _, v := range m.Visits {
			labelsOf = append(labelsOf, v.Label)
		}
		if !slices.Equal(labelsOf, []string{"baseline", "3 months", "12 months"}) {
			t.Errorf("visits %+v", m.Visits)
		}
		for _, name := range m.Outcomes {
			if strings.Contains(strings.ToLower(name), "complete") || strings.Contains(name, "repeat") {
				t.Errorf("%s is an outcome", name)
			}
		}
		for _, c := range m.Covariates {
			if strings.Contains(strings.ToLower(c.Column), "complete") || strings.Contains(c.Column, "redcap") {
				t.Errorf("%s is a covariate", c.Column)
			}
		}
		trial := build(t, d, m)
		rows := 0
		for p := range 40 {
			rows += 3 - b2i(p%7 == 1) - b2i(p%7 == 2)
		}
		if trial.Rows != rows || len(trial.Patients) != 40 || len(trial.Units) != 8 {
			t.Errorf("%d rows, %d patients, %d units; want %d, 40, 8", trial.Rows, len(trial.Patients), len(trial.Units), rows)
		}
		for _, p := range trial.Findings() {
			if p.Severity > dataset.Note {
				t.Errorf("%v", p)
			}
		}
		age, vas, odi := trial.Variable("age_0"), trial.Variable("vas"), trial.Variable("odi")
		if labels {
			age, vas = trial.Variable("Age_0"), trial.Variable("VAS")
		}
		if age == nil || vas == nil || odi == nil || !slices.ContainsFunc(m.Covariates, func(c Covariate) bool { return strings.EqualFold(c.Column, "age") && c.Baseline }) {
			t.Fatalf("age %v, vas %v, odi %v, covariates %+v", age, vas, odi, m.Covariates)
		}
		for i, p := range trial.Patient {
			if age.Num(i) != float64(30+p) || vas.Num(i) != float64((p*37+trial.Visit[i]*11)%101) || trial.UnitArm[trial.Unit[i]] != p/5%2 {
				t.Fatalf("row %d: age %v, vas %v, arm %d", i, age.Num(i), vas.Num(i), trial.UnitArm[trial.Unit[i]])
			}
		}
	}
}

// TestVisitColumn holds the times read from a visit column, whose name may say
// what the numbers count.
func TestVisitColumn(t *testing.T) {
	for _, c := range []struct {
		name, codes string
		months      []float64
		sure        bool
	}{
		{"visit", "0 3 12", []float64{0, 3, 12}, true},
		{"visit", "1 2 3", []float64{1, 2, 3}, false},
		{"month", "0 1 2", []float64{0, 1, 2}, true},
		{"kk", "0 1 2", []float64{0, 1, 2}, true},
		{"week", "0 6 26", []float64{0, 6 * weekMonths, 26 * weekMonths}, true},
		{"viikko", "0 2 4", []float64{0, 2 * weekMonths, 4 * weekMonths}, true},
		{"year", "0 1 2", []float64{0, 12, 24}, true},
		{"visit", "pre post", []float64{0, 1}, false},
		{"visit", "screening baseline 3_months", []float64{0, 0, 3}, false},
		{"aika", "alkukysely 3kk 12kk", []float64{0, 3, 12}, true},
		{"tidpunkt", "baslinje 3_mån 1_år", []float64{0, 3, 12}, true},
		{"Zeitpunkt", "T0 T1 T2", []float64{0, 1, 2}, false},
	} {
		text := "patient,site,arm," + c.name + ",y\n"
		for p := range 24 {
			for v, code := range strings.Fields(c.codes) {
				text += fmt.Sprintf("%d,%c,%s,%s,%d\n", p, 'a'+p/4, []string{"control", "treatment"}[p/4%2], code, p*v%9)
			}
		}
		m, reasons := Guess(table(t, text))
		if m.Visit != c.name || len(m.Visits) != len(c.months) {
			t.Errorf("%s: visit %q, %+v", c.name, m.Visit, m.Visits)
			continue
		}
		for v, months := range c.months {
			if d := m.Visits[v].Months - months; d < -1e-9 || d > 1e-9 {
				t.Errorf("%s %s: %+v, want %v months", c.name, c.codes, m.Visits[v], months)
			}
		}
		if sure := slices.ContainsFunc(reasons, func(r Reason) bool { return r.Field == "visits" && r.Sure }); sure != c.sure {
			t.Errorf("%s %s: sure %v", c.name, c.codes, sure)
		}
	}
}

// TestArms holds which value of an arm column is the control arm.
func TestArms(t *testing.T) {
	for _, c := range []struct {
		values, control string
		sure            bool
	}{
		{"control|intervention", "control", true}, {"0|1", "0", true}, {"1|2", "1", false}, {"A|B", "A", false},
		{"Kontrolliryhmä|Interventioryhmä", "Kontrolliryhmä", true}, {"Verrokki|Koe", "Verrokki", true}, {"Vertailuryhmä|Koeryhmä", "Vertailuryhmä", true},
		{"Kontrollgrupp|Interventionsgrupp", "Kontrollgrupp", true}, {"Kontrollgruppe|Interventionsgruppe", "Kontrollgruppe", true},
		{"usual care|usual care + exercise", "usual care", true}, {"TAU|CBT", "TAU", true}, {"no treatment|treatment", "no treatment", true},
		{"Tavanomainen hoito|Uusi hoito", "Tavanomainen hoito", true}, {"Standard care|New care", "Standard care", true}, {"waiting list|active", "waiting list", true},
		{"Sham|Active", "Sham", true}, {"placebo|drug", "placebo", true}, {"Brief|Intervention", "Brief", false},
	} {
		list := strings.Split(c.values, "|")
		text := "patient,site,arm,visit,y\n"
		for p := range 24 {
			text += fmt.Sprintf("%d,%c,%s,0,%d\n%d,%c,%s,3,%d\n", p, 'a'+p/4, list[p/4%2], p%9, p, 'a'+p/4, list[p/4%2], p%7)
		}
		m, reasons := Guess(table(t, text))
		if m.Control != c.control || m.Intervention == "" || m.Intervention == m.Control {
			t.Errorf("%s: control %q, intervention %q", c.values, m.Control, m.Intervention)
		}
		if sure := slices.ContainsFunc(reasons, func(r Reason) bool { return r.Field == "control" && r.Sure }); sure != c.sure {
			t.Errorf("%s: sure %v", c.values, sure)
		}
	}
}
