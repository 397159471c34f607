package wire

import (
	"math"
	"reflect"
	"testing"

	"trialbox/app/dataset"
	"trialbox/stats/boot"
	"trialbox/stats/mixed"
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
		b, err := Encode(in)
		if err != nil {
			t.Fatal(err)
		}
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
		if out.Fit != nil {
			t.Error("a batch came with a fit")
		}
	})
	t.Run("fit", func(t *testing.T) {
		in := Answer{Fit: &mixed.Fit{Terms: []string{"a"}, Beta: []float64{1.5}, Converged: true},
			Contrasts: []boot.Estimate{{Name: "c", Estimate: 2, DF: math.NaN(), Low: math.Inf(-1)}}}
		out := sent(t, in)
		if !reflect.DeepEqual(in.Fit, out.Fit) {
			t.Errorf("got %+v, want %+v", out.Fit, in.Fit)
		}
		if c := out.Contrasts[0]; !math.IsNaN(c.DF) || !math.IsInf(c.Low, -1) || c.Estimate != 2 {
			t.Errorf("contrast changed on the way: %+v", c)
		}
	})
	t.Run("options", func(t *testing.T) {
		in := dataset.Options{Delimiter: ';', Columns: map[string]dataset.ColumnRule{"odi": {Decimal: ","}}, MaxBytes: 9, Progress: func(int64) {}}
		b, err := Encode(in)
		if err != nil {
			t.Fatal(err)
		}
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
	b, err := Encode(in)
	if err != nil {
		t.Fatal(err)
	}
	var out Answer
	if err := Decode(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Bytes that were cut or mixed up on the way are an error, never a panic.
func FuzzDecode(f *testing.F) {
	b, err := Encode(Answer{Batch: &boot.Batch{N: 1, Fixed: []float64{1}}, Err: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var a Answer
		if err := Decode(b, &a); err != nil {
			return
		}
		again, err := Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		var c Answer
		if err := Decode(again, &c); err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
	})
}
