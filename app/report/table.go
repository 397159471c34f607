package report

import (
	"bytes"
	"encoding/csv"
	"html"
	"io"
	"strconv"
	"strings"
)

// Table is a journal table as plain values.
type Table struct {
	Title  string // "Table 3. …", printed bold
	File   string // name of its files, "table 3"
	Legend string // abbreviations, after the title
	Heads  []Head // one a column; the first is that of the row labels
	Spans  []Span // a line above the heads, may be empty
	Rows   []Row
	Notes  []string // footnotes; a leading "a " style mark is in Marks
	Marks  []string // the superscript letter of each note, "" for none
	// Lines are those of the CSV where they are not the rows' Numbers.
	Lines [][]Named
	Flush bool // rows stand at the margin but for their Indent; else all under their Group
}

// Head is the head of one column.
type Head struct {
	Text string
	Sub  string // smaller second line, "n = 137"
	Mark string // superscript letter
}

// Span joins columns From to To-1 under a common head.
type Span struct {
	From, To int
	Text     string
}

// Row is one line of a table. A Group row has a label only.
type Row struct {
	Key   string // the outcome it belongs to
	Label string
	Tag   string // a word behind the label: "primary"
	Own   string // behind the label: "n = 312"
	Group bool
	// Block is the head of a variable's categories; it may have cells.
	Block  bool
	Indent int  // of a Flush table
	Flush  bool // not below a group: not indented
	Mark   string
	Live   bool // its interval still moves
	Cells  []Cell
	// Numbers are the row's full-precision values by name, for CSV.
	Numbers []Named
}

// Named is one number of a row with its column name in the CSV.
type Named struct {
	Name  string
	Value float64
	Text  string // used instead of Value when not empty
}

// Cell is "value (paren)" as printed; Value alone when Paren is empty.
type Cell struct {
	Value string
	Paren string
	Bold  bool
	Wide  bool   // Paren is an interval
	P     bool   // a P value
	Live  bool   // it still moves
	Mark  string // superscript letter
}

// Text is the cell as one string.
func (c Cell) Text() string {
	if c.Paren == "" {
		return c.Value
	}
	return c.Value + " (" + c.Paren + ")"
}

// documentStyle gives the three rules of a journal table to Word and to a
// browser that opens the file; the page itself has its own style sheet.
const documentStyle = `table{border-collapse:collapse;font:10pt Arial,sans-serif;border-bottom:1.5pt solid #000}
caption{text-align:left;padding-bottom:6pt}th,td{padding:2pt 8pt 2pt 0;text-align:left;vertical-align:baseline}
thead tr:first-child th{border-top:1.5pt solid #000}thead tr:last-child th{border-bottom:.75pt solid #000}
td{text-align:right;white-space:nowrap}.in{font-weight:400}.g{font-weight:700}p{font:8.5pt Arial,sans-serif;margin:2pt 0}`

// Document writes the table as a complete HTML page, which Word opens and
// which pastes with its rules. Every text is escaped.
func (t *Table) Document() string {
	return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + html.EscapeString(t.Title) +
		"</title><style>" + documentStyle + "</style></head><body>\n" + t.HTML() + "</body></html>\n"
}

// HTML is the table and its notes. The rules are given as attributes of the
// cells too, since Word drops the style sheet of a pasted fragment.
func (t *Table) HTML() string {
	var b strings.Builder
	b.WriteString(`<table cellspacing="0" cellpadding="3"><caption><b>` + html.EscapeString(t.Title) + `</b> ` + html.EscapeString(t.Legend) + "</caption>\n<thead>\n")
	last := `border-bottom:.75pt solid #000;`
	if len(t.Spans) > 0 {
		b.WriteString("<tr>")
		for c := 0; c < len(t.Heads); {
			if s := t.spanAt(c); s != nil {
				b.WriteString(`<th colspan="` + strconv.Itoa(s.To-s.From) + `" style="border-top:1.5pt solid #000;text-align:center">` + html.EscapeString(s.Text) + "</th>")
				c = s.To
				continue
			}
			b.WriteString(`<th style="border-top:1.5pt solid #000"></th>`)
			c++
		}
		b.WriteString("</tr>\n")
	} else {
		last += `border-top:1.5pt solid #000;`
	}
	b.WriteString("<tr>")
	for c, h := range t.Heads {
		align := "center"
		if c == 0 {
			align = "left"
		}
		b.WriteString(`<th style="` + last + `text-align:` + align + `">` + html.EscapeString(h.Text) + sup(h.Mark))
		if h.Sub != "" {
			b.WriteString("<br>" + html.EscapeString(h.Sub))
		}
		b.WriteString("</th>")
	}
	b.WriteString("</tr>\n</thead>\n<tbody>\n")
	for i, r := range t.Rows {
		rule := ""
		if i == len(t.Rows)-1 {
			rule = "border-bottom:1.5pt solid #000;"
		}
		t.writeRow(&b, r, rule)
	}
	b.WriteString("</tbody></table>\n")
	for i, n := range t.Notes {
		b.WriteString("<p>" + sup(t.mark(i)) + html.EscapeString(n) + "</p>\n")
	}
	return b.String()
}

func (t *Table) writeRow(b *strings.Builder, r Row, rule string) {
	if r.Group {
		b.WriteString(`<tr><th class="g" colspan="` + strconv.Itoa(len(t.Heads)) + `" style="text-align:left;` + rule + `">` + html.EscapeString(r.Label) + sup(r.Mark) + "</th></tr>\n")
		return
	}
	b.WriteString(`<tr><th class="in" style="text-align:left;font-weight:400;padding-left:` + strconv.Itoa(12*t.indent(r)) + `pt;` + rule + `">` + html.EscapeString(r.Label) + sup(r.Mark) + html.EscapeString(spaceOwn(r.Own)) + "</th>")
	for _, c := range r.Cells {
		text := html.EscapeString(c.Text()) + sup(c.Mark)
		if c.Bold {
			text = "<b>" + text + "</b>"
		}
		b.WriteString(`<td style="text-align:right;` + rule + `">` + text + "</td>")
	}
	b.WriteString("</tr>\n")
}

// indent is how far a row stands from the margin.
func (t *Table) indent(r Row) int {
	switch {
	case t.Flush:
		return r.Indent
	case r.Flush:
		return 0
	}
	return 1
}

func spaceOwn(own string) string {
	if own == "" {
		return ""
	}
	return " " + own
}

func (t *Table) spanAt(c int) *Span {
	for i := range t.Spans {
		if t.Spans[i].From == c {
			return &t.Spans[i]
		}
	}
	return nil
}

func sup(mark string) string {
	if mark == "" {
		return ""
	}
	return "<sup>" + html.EscapeString(mark) + "</sup>"
}

// Plain is the table as tab-separated text, the other half of a copied table.
func (t *Table) Plain() string {
	var b strings.Builder
	b.WriteString(t.Title + "\n")
	for c, h := range t.Heads {
		if c > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(strings.TrimSpace(h.Text + " " + h.Sub))
	}
	b.WriteByte('\n')
	for _, r := range t.Rows {
		b.WriteString(r.Label + spaceOwn(r.Own))
		for _, c := range r.Cells {
			b.WriteString("\t" + c.Text())
		}
		b.WriteByte('\n')
	}
	for i, n := range t.Notes {
		b.WriteString(strings.TrimSpace(t.mark(i)+" "+n) + "\n")
	}
	return b.String()
}

// CSV writes one line a row with its numbers at full precision. Text that a
// spreadsheet would run as a formula is neutralised.
func (t *Table) CSV(w io.Writer) error {
	var buf bytes.Buffer
	c := csv.NewWriter(&buf)
	lines := t.Lines
	if lines == nil {
		for _, r := range t.Rows {
			if len(r.Numbers) > 0 {
				lines = append(lines, r.Numbers)
			}
		}
	}
	for k, numbers := range lines {
		if k == 0 {
			head := make([]string, len(numbers))
			for i, n := range numbers {
				head[i] = n.Name
			}
			if err := c.Write(head); err != nil {
				return err
			}
		}
		line := make([]string, len(numbers))
		for i, n := range numbers {
			line[i] = n.text()
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return err
	}
	_, err := w.Write(buf.Bytes())
	return err
}

func (n Named) text() string {
	if n.Text != "" {
		return safeCell(n.Text)
	}
	if n.Value != n.Value {
		return ""
	}
	return strconv.FormatFloat(n.Value, 'g', -1, 64)
}

// Markdown writes the table for a manuscript kept as text.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString("**" + mdEscape(t.Title) + "** " + mdEscape(t.Legend) + "\n\n|")
	for _, h := range t.Heads {
		b.WriteString(" " + mdEscape(strings.TrimSpace(h.Text+" "+h.Sub)) + mdSup(h.Mark) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(t.Heads)-1) + "\n")
	for _, r := range t.Rows {
		label := mdEscape(r.Label) + mdSup(r.Mark) + mdEscape(spaceOwn(r.Own))
		if r.Group {
			b.WriteString("| **" + label + "** |" + strings.Repeat(" |", len(t.Heads)-1) + "\n")
			continue
		}
		if t.Flush {
			label = strings.Repeat("&emsp;", r.Indent) + label
		}
		b.WriteString("| " + label + " |")
		for _, c := range r.Cells {
			b.WriteString(" " + mdEscape(c.Text()) + mdSup(c.Mark) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for i, n := range t.Notes {
		b.WriteString(mdSup(t.mark(i)) + mdEscape(n) + "\n\n")
	}
	return b.String()
}

var mdReplacer = strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "\n", " ", "`", "\\`")

func mdEscape(s string) string { return mdReplacer.Replace(s) }

func mdSup(mark string) string {
	if mark == "" {
		return ""
	}
	return "<sup>" + mark + "</sup>"
}

// mark is the superscript letter of a note; "" where there are no letters.
func (t *Table) mark(i int) string {
	if i < len(t.Marks) {
		return t.Marks[i]
	}
	return ""
}

// Words are the table as words alone: heads and rows.
func (t *Table) Words() (head []string, rows [][]string) {
	for _, h := range t.Heads {
		head = append(head, strings.TrimSpace(h.Text+" "+h.Sub))
	}
	for _, r := range t.Rows {
		row := []string{r.Label}
		for _, c := range r.Cells {
			row = append(row, c.Text())
		}
		rows = append(rows, row)
	}
	return head, rows
}
