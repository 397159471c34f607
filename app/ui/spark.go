package ui

import (
	"fmt"
	"html"
	"strings"

	"trialbox/app/report"
	"trialbox/app/trial"
)

// Sizes of a sparkline in CSS pixels: a panel for each visit.
const (
	panelWidth = 44
	panelGap   = 6
	halfHeight = 15
)

// sparkline is the distribution of a scale as a picture: a panel for each
// visit, the intervention arm above the line and the control arm below, each
// bar the share of its arm. The numbers stand in its title and in the table by
// visit.
func sparkline(t *trial.Trial, s trial.ScaleSummary) string {
	width := len(s.Visits)*(panelWidth+panelGap) - panelGap
	most := 0.0
	for _, visit := range s.Visits {
		for arm := range visit.Bins {
			total := sumOf(visit.Bins[arm])
			for _, n := range visit.Bins[arm] {
				most = max(most, float64(n)/float64(max(total, 1)))
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark plot" width="%d" height="%d" viewBox="0 0 %d %d" role="img"><title>%s</title>`, width, 2*halfHeight+2, width, 2*halfHeight+2, html.EscapeString(sparkWords(t, s)))
	for k, visit := range s.Visits {
		x := float64(k * (panelWidth + panelGap))
		class := "axis"
		if !visit.Asked {
			class = "tick"
		}
		fmt.Fprintf(&b, `<path class="%s" stroke="#50565b" d="M%g %gh%d"/>`, class, x, halfHeight+1.0, panelWidth)
		for arm := range visit.Bins {
			sparkBars(&b, visit.Bins[arm], arm, x, most)
		}
	}
	b.WriteString(`</svg>`)
	return b.String()
}

func sparkBars(b *strings.Builder, bins []int, arm int, x, most float64) {
	total := sumOf(bins)
	if total == 0 {
		return
	}
	width := panelWidth / float64(len(bins))
	gap := min(1, width/4)
	for i, n := range bins {
		height := halfHeight * float64(n) / float64(total) / most
		if n == 0 {
			continue
		}
		left := x + float64(i)*width + gap/2
		if arm == 1 {
			fmt.Fprintf(b, `<rect class="up" fill="#0072B2" x="%.2f" y="%.2f" width="%.2f" height="%.2f"/>`, left, halfHeight+0.5-height, width-gap, height)
		} else {
			fmt.Fprintf(b, `<rect class="down" fill="none" stroke="#D55E00" x="%.2f" y="%.2f" width="%.2f" height="%.2f"/>`, left+0.5, halfHeight+1.5, max(width-gap-1, 0.5), max(height-0.5, 0.5))
		}
	}
}

// sparkWords are the picture in words.
func sparkWords(t *trial.Trial, s trial.ScaleSummary) string {
	var parts []string
	for k, visit := range s.Visits {
		if visit.Scored > 0 {
			parts = append(parts, fmt.Sprintf("%s: median %s, %s to %s, n %d", t.Visits[k].Label, report.Number(visit.Median, s.Scale.Decimals), report.Number(visit.Low, s.Scale.Decimals), report.Number(visit.High, s.Scale.Decimals), visit.Scored))
		}
	}
	return fmt.Sprintf("%s. %s above the line, %s below. %s", s.Scale.Label, t.Arms[1], t.Arms[0], strings.Join(parts, "; "))
}

func sumOf(list []int) int {
	n := 0
	for _, x := range list {
		n += x
	}
	return n
}
