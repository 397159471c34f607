package state_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"trialbox/app/state"
	"trialbox/app/state/worldtest"
	"trialbox/app/trial"
)

// longTrial is a trial of so many rows that it is made beside the page.
func longTrial(rows int) state.Blob {
	var b strings.Builder
	b.WriteString("patient_id,unit_id,arm,visit,odi,region\n")
	for i := range rows {
		p := i / 2
		fmt.Fprintf(&b, "P%d,U%d,%s,%d,%d,S%d\n", p, p%20, [2]string{"control", "intervention"}[p%2], i%2*3, (p*7+i)%101, p%20%4)
	}
	return state.Bytes("long.csv", []byte(b.String()))
}

// steps turns the loop by hand and keeps the effects that build aside.
func steps(m state.Model, w state.World, msg state.Msg, do func(e state.Effect) bool) (state.Model, []state.Effect) {
	var aside []state.Effect
	queue := []state.Msg{msg}
	for len(queue) > 0 {
		next, effects := state.Update(m, queue[0])
		m, queue = next, queue[1:]
		for _, e := range effects {
			if !do(e) {
				aside = append(aside, e)
				continue
			}
			if _, _, waits := state.Waits(e); !waits {
				state.Perform(context.Background(), w, e, func(msg state.Msg) { queue = append(queue, msg) })
			}
		}
	}
	return m, aside
}

func isBuild(e state.Effect) bool { return strings.HasSuffix(fmt.Sprintf("%T", e), ".buildTrial") }

// A trial of many rows is made beside the page: there is none meanwhile, the
// progress is told, and what comes is what Build makes.
func TestManyRowsAreBuiltBeside(t *testing.T) {
	r := worldtest.New(t, example)
	m, builds := steps(r.M, r.World, state.FilesChosen{Purpose: "data", Files: []state.Blob{longTrial(60000)}}, func(e state.Effect) bool { return !isBuild(e) })
	p := m.Project
	if p == nil || p.Building == nil || p.Trial != nil || len(builds) != 1 || !strings.Contains(p.TrialErr, "60,000 rows") {
		t.Fatalf("%d builds, %q", len(builds), p.TrialErr)
	}
	var told []float64
	var came []state.Msg
	state.Perform(context.Background(), r.World, builds[0], func(msg state.Msg) {
		if b, ok := msg.(state.BuildProgress); ok {
			told = append(told, b.Share)
			return
		}
		came = append(came, msg)
	})
	for i := 1; i < len(told); i++ {
		if told[i] < told[i-1] || told[i] > 1 {
			t.Errorf("progress %v", told)
		}
	}
	m, _ = steps(m, r.World, came[0], func(state.Effect) bool { return true })
	want, err := trial.Build(m.Project.Dataset, m.Project.Recipe.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Project; got.Building != nil || got.TrialErr != "" || !reflect.DeepEqual(got.Trial.Variable("odi").Numbers(), want.Variable("odi").Numbers()) || len(got.Recipe.Outcomes) == 0 {
		t.Errorf("%q, %d outcomes", got.TrialErr, len(got.Recipe.Outcomes))
	}
}

// A build that is stopped or overtaken by another decision brings nothing, and
// can be begun again.
func TestBuildStoppedAndOvertaken(t *testing.T) {
	r := worldtest.New(t, example)
	hold := func(e state.Effect) bool { return !isBuild(e) }
	m, first := steps(r.M, r.World, state.FilesChosen{Purpose: "data", Files: []state.Blob{longTrial(60000)}}, hold)
	m, second := steps(m, r.World, state.SetRole{Role: "stratum", Column: "region"}, hold)
	if len(second) != 1 {
		t.Fatalf("%d builds after another decision", len(second))
	}
	m, _ = steps(m, r.World, state.StopBuild{}, hold)
	if b := m.Project.Building; b == nil || !b.Stopped || m.Project.Trial != nil {
		t.Fatalf("not stopped: %+v", b)
	}
	for n, e := range append(first, second...) {
		state.Perform(context.Background(), r.World, e, func(msg state.Msg) {
			if built, ok := msg.(state.Built); ok && built.Err != trial.ErrStopped {
				t.Errorf("build %d went on: %v", n, built.Err)
			}
			m, _ = steps(m, r.World, msg, hold)
		})
	}
	if m.Project.Trial != nil || !m.Project.Building.Stopped {
		t.Error("a stopped build was taken over")
	}
	m, _ = steps(m, r.World, state.BuildAgain{}, func(state.Effect) bool { return true })
	if m.Project.Trial == nil || m.Project.Building != nil {
		t.Errorf("not built again: %s", m.Project.TrialErr)
	}
	m, third := steps(m, r.World, state.SetRole{Role: "stratum", Column: ""}, hold)
	m, _ = steps(m, r.World, state.CloseProject{}, hold)
	m, _ = steps(m, r.World, state.Proceed{}, hold)
	state.Perform(context.Background(), r.World, third[0], func(msg state.Msg) { m, _ = steps(m, r.World, msg, hold) })
	if m.Project != nil {
		t.Error("a closed project came back")
	}
}
