package instrument

import (
	"fmt"
	"testing"
)

// BenchmarkRecognise looks for all instruments among 10,000 columns.
func BenchmarkRecognise(b *testing.B) {
	var columns []string
	for i := range 1000 {
		for j := range 10 {
			columns = append(columns, fmt.Sprintf("scale%d_item%d_t%d", i, j+1, i%7))
		}
	}
	for b.Loop() {
		Recognise(columns)
	}
}
