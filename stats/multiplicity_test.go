package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// multiplicity_*.csv: R's p.adjust on the contrasts at 12 months, and on values made by hand with ties, NA, 0 and 1.
func TestAdjust(t *testing.T) {
	for file, column := range map[string]string{"multiplicity_12m_linear.csv": "p_z", "multiplicity_handmade.csv": "p"} {
		rows := records(t, "numbers/"+file)
		var p []float64
		for _, r := range rows {
			p = append(p, r.num(t, column))
		}
		for _, c := range Corrections {
			for k, got := range c.Adjust(p) {
				near(t, file+" "+string(c), got, rows[k].num(t, "p_"+string(c)), 1e-12)
			}
		}
	}
}

// No correction lowers a P value, changes the order or depends on it; Hommel is never above Hochberg, which is never
// above Holm, which is never above Bonferroni; BH is never above BY.
func TestAdjustProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		p := make([]float64, 1+random.IntN(12))
		for k := range p {
			p[k] = math.Pow(random.Float64(), 3)
		}
		adjusted := map[Correction][]float64{}
		for _, c := range Corrections {
			a := c.Adjust(p)
			adjusted[c] = a
			backwards := slices.Clone(p)
			slices.Reverse(backwards)
			b := c.Adjust(backwards)
			for k := range p {
				near(t, string(c)+" reversed", b[len(p)-1-k], a[k], 1e-15)
				if a[k] < p[k] || a[k] > 1 {
					t.Errorf("%s: %v became %v", c, p[k], a[k])
				}
				for j := range p {
					if p[j] < p[k] && a[j] > a[k] {
						t.Errorf("%s turned the order of %v and %v", c, p[j], p[k])
					}
				}
			}
		}
		for _, pair := range [][2]Correction{{Hommel, Hochberg}, {Hochberg, Holm}, {Holm, Bonferroni}, {BH, BY}, {BH, Hochberg}} {
			for k := range p {
				if adjusted[pair[0]][k] > adjusted[pair[1]][k]+1e-15 {
					t.Errorf("%s %v exceeds %s %v", pair[0], adjusted[pair[0]][k], pair[1], adjusted[pair[1]][k])
				}
			}
		}
	}
	if got := Hommel.Adjust(nil); len(got) != 0 {
		t.Error(got)
	}
}
