package report

import (
	"html"
	"math"
	"strconv"
	"strings"
)

// The light palette as presentation attributes, so that a saved figure is
// complete; the page's style sheet overrides them by class.
const (
	svgInk   = "#1b1d1f" // strong text
	svgInk2  = "#50565b" // text, axes
	svgLine  = "#dcdcd7" // grid
	svgPaper = "#ffffff"
	svgArmA  = "#0072b2" // intervention: solid, filled circle
	svgArmB  = "#d55e00" // control: dash, open square
	svgTextB = "#b04c00" // the same for text, which needs more ink on white
	svgFont  = `"Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif`
)

// svg writes one drawing. Every attribute and text is escaped here, so names
// from a data file can go anywhere.
type svg struct {
	b      strings.Builder
	indent int
}

// newSVG opens a figure of the given size in pixels. Its title and description
// are what a screen reader says; id must be its own on the page.
func newSVG(id, class string, width, height float64, title, description string) *svg {
	s := &svg{}
	s.open("svg", "xmlns", "http://www.w3.org/2000/svg", "class", class, "width", px(width), "height", px(height), "viewBox", "0 0 "+px(width)+" "+px(height),
		"role", "img", "aria-labelledby", id+"-t "+id+"-d", "font-family", svgFont, "font-size", "12", "fill", svgInk2)
	s.text("title", title, "id", id+"-t")
	s.text("desc", description, "id", id+"-d")
	return s
}

func (s *svg) tag(name string, attrs []string, end string) {
	for range s.indent {
		s.b.WriteString("  ")
	}
	s.b.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			s.b.WriteString(" " + attrs[i] + `="` + escape(attrs[i+1]) + `"`)
		}
	}
	s.b.WriteString(end)
}

// open starts an element that close ends. Attributes are pairs of name and
// value; those with an empty value are left out.
func (s *svg) open(name string, attrs ...string) {
	s.tag(name, attrs, ">\n")
	s.indent++
}

func (s *svg) close(name string) {
	s.indent--
	for range s.indent {
		s.b.WriteString("  ")
	}
	s.b.WriteString("</" + name + ">\n")
}

// leaf is an element without content.
func (s *svg) leaf(name string, attrs ...string) { s.tag(name, attrs, "/>\n") }

// text is an element that holds text only.
func (s *svg) text(name, text string, attrs ...string) {
	s.tag(name, attrs, ">"+escape(text)+"</"+name+">\n")
}

// label puts text at a point; anchor is start, middle or end.
func (s *svg) label(x, y float64, anchor, class, fill, text string) {
	weight := ""
	if class != "" {
		weight = "600"
	}
	if anchor == "start" {
		anchor = ""
	}
	s.text("text", text, "class", class, "x", px(x), "y", px(y), "text-anchor", anchor, "fill", fill, "font-weight", weight)
}

// line is a straight line between two points.
func (s *svg) line(x1, y1, x2, y2 float64, class, stroke, width string) {
	s.leaf("path", "class", class, "fill", "none", "stroke", stroke, "stroke-width", width,
		"d", "M"+px(x1)+" "+px(y1)+"L"+px(x2)+" "+px(y2))
}

// String ends the figure.
func (s *svg) String() string {
	for s.indent > 0 {
		s.close("svg")
	}
	return s.b.String()
}

// escape makes any text part of a well-formed drawing: characters that XML has
// no place for are left out.
func escape(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}

// px writes a coordinate to a tenth of a pixel.
func px(x float64) string {
	return strconv.FormatFloat(math.Round(x*10)/10+0, 'f', -1, 64)
}

// niceTicks chooses about five round numbers that enclose low to high, and the
// decimals they are written with.
func niceTicks(low, high float64) (ticks []float64, decimals int) {
	const most = 1e300 // a difference beyond it would not be a number
	low, high = math.Max(-most, math.Min(most, low)), math.Max(-most, math.Min(most, high))
	closest := math.Max(1e-290, 1e-9*math.Max(math.Abs(low), math.Abs(high)))
	if !(high-low > closest) { // equal, or not numbers
		if math.IsNaN(low) || high < low {
			low = 0
		}
		pad := math.Max(math.Abs(low)*0.1, 1)
		low, high = low-pad, low+pad
	}
	raw := (high - low) / 4
	power := math.Floor(math.Log10(raw))
	step := 10 * math.Pow(10, power)
	for _, m := range []float64{1, 2, 2.5, 5} {
		if s := m * math.Pow(10, power); s >= raw*0.999 {
			step = s
			break
		}
	}
	first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	for i := first; i <= last; i++ {
		ticks = append(ticks, i*step)
	}
	for decimals < 9 && math.Abs(step*math.Pow10(decimals)-math.Round(step*math.Pow10(decimals))) > 1e-6 {
		decimals++
	}
	return ticks, decimals
}
