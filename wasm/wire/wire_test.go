package wire

import (
	"math"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/impute"
	"trialbox/stats/mixed"
	"trialbox/stats/power"
)

func job() *boot.Job {
	return &boot.Job{
		Design: mixed.Design{
			Response: "odi", Terms: []string{"(Intercept)", "armintervention"},
			Y: []float64{1, math.NaN(), math.Inf(-1), math.SmallestNonzeroFloat64, 0, math.Copysign(0, -1)},
			X: []float64{1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1},
			Groups: []mixed.Group{{Name: "unit_id", Levels: []string{"a", "ä\x00"}, Of: []int32{0, 0, 0, 1, 1, 1}},
				{Name: "patient_id", Levels: []string{"1", "2"}, Of: []int32{0, 0, 0, 1, 1, 1}}},
			SourceRow: []int32{5, 4, 3, 2, 1, 0}, Dropped: 3,
		},
		Method: mixed.REML, Contrasts: []boot.Contrast{{Name: "at 12 months", L: []float64{0, 1}}},
		Strata: []int32{0, 1}, Seed: math.MaxUint64,
	}
}

// bits makes NaN equal to itself and tells 0 from -0.
func bits(v []float64) []uint64 {
	out := make([]uint64, len(v))
	for i, x := range v {
		out[i] = math.Float64bits(x)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	t.Run("job", func(t *testing.T) {
		in := job()
		b := Encode(in)
		var out boot.Job
		if err := Decode(b, &out); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(bits(in.Design.Y), bits(out.Design.Y)) {
			t.Errorf("outcomes changed on the way: %v to %v", in.Design.Y, out.Design.Y)
		}
		in.Design.Y, out.Design.Y = nil, nil
		if !reflect.DeepEqual(*in, out) {
			t.Errorf("got %+v\nwant %+v", out, *in)
		}
	})
	t.Run("batch", func(t *testing.T) {
		in := Answer{Batch: &boot.Batch{From: 7, N: 2, Status: []uint8{boot.Converged, boot.Failed},
			Fixed: []float64{1, 2, math.NaN(), math.NaN()}, Variances: []float64{1, 0, 2, math.NaN(), math.NaN(), math.NaN()},
			LogLik: []float64{-3, math.NaN()}, Reason: []int32{-1, 0}, Reasons: []string{"no unit was drawn"}}}
		out := sent(t, in)
		if !reflect.DeepEqual(bits(in.Batch.Fixed), bits(out.Batch.Fixed)) || !reflect.DeepEqual(bits(in.Batch.Variances), bits(out.Batch.Variances)) ||
			!reflect.DeepEqual(in.Batch.Status, out.Batch.Status) || out.Batch.From != 7 || out.Batch.N != 2 || out.Batch.Reasons[0] != in.Batch.Reasons[0] {
			t.Errorf("got %+v, want %+v", out.Batch, in.Batch)
		}
		if out.Fitted != nil {
			t.Error("a batch came with a fit")
		}
	})
	t.Run("fit", func(t *testing.T) {
		in := Answer{Fitted: &boot.Fitted{Fit: &mixed.Fit{Terms: []string{"a"}, Beta: []float64{1.5}, Converged: true},
			Contrasts: []boot.Estimate{{Name: "c", Estimate: 2, DF: math.NaN(), Low: math.Inf(-1)}}}}
		out := sent(t, in)
		if !reflect.DeepEqual(in.Fitted.Fit, out.Fitted.Fit) {
			t.Errorf("got %+v, want %+v", out.Fitted.Fit, in.Fitted.Fit)
		}
		if c := out.Fitted.Contrasts[0]; !math.IsNaN(c.DF) || !math.IsInf(c.Low, -1) || c.Estimate != 2 {
			t.Errorf("contrast changed on the way: %+v", c)
		}
	})
	t.Run("options", func(t *testing.T) {
		in := dataset.Options{Delimiter: ';', Columns: map[string]dataset.ColumnRule{"odi": {Decimal: ","}}, MaxBytes: 9, Progress: func(int64) {}}
		b := Encode(in)
		var out dataset.Options
		if err := Decode(b, &out); err != nil {
			t.Fatal(err)
		}
		in.Progress = nil // a function does not travel
		if !reflect.DeepEqual(in, out) {
			t.Errorf("got %+v, want %+v", out, in)
		}
	})
}

func sent(t *testing.T, in Answer) Answer {
	t.Helper()
	b := Encode(in)
	var out Answer
	if err := Decode(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Every field of every value on the wire arrives, those too that somebody adds
// later: the values are filled by reflection.
func TestEveryField(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for _, kind := range []any{boot.Job{}, power.Job{}, impute.Curve{}, Answer{}, Reading{}} {
		for range 100 {
			in, ok := quick.Value(reflect.TypeOf(kind), random)
			if !ok {
				t.Fatalf("no value of %T", kind)
			}
			out := reflect.New(in.Type())
			if err := Decode(Encode(in.Interface()), out.Interface()); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(in.Interface(), out.Elem().Interface()) {
				t.Fatalf("%T: got %+v\nwant %+v", kind, out.Elem(), in)
			}
		}
	}
}

func TestRefusesInterfaces(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an interface was encoded")
		}
	}()
	Encode(struct{ X any }{1})
}

// A message that promises more than it holds must not cost memory.
func TestLyingLength(t *testing.T) {
	var out boot.Job
	lie := append(Encode(""), 0xff, 0xff, 0xff, 0xff, 0x0f)
	if err := Decode(lie, &out); err == nil {
		t.Error("a lie was believed")
	}
}

// Bytes that were cut or mixed up on the way are an error, never a panic.
func FuzzDecode(f *testing.F) {
	b := Encode(Answer{Batch: &boot.Batch{N: 1, Fixed: []float64{1}}, Err: "x"})
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var a Answer
		if err := Decode(b, &a); err != nil {
			return
		}
		again := Encode(a)
		var c Answer
		if err := Decode(again, &c); err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}
