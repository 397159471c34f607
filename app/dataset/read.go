package dataset

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"trialbox/app/dataset/sav"
)

// headBytes is how much of the file is looked at before reading begins: room
// for a header of MaxColumns names.
const headBytes = 256 << 10

// Read understands a delimited text file, an Excel workbook or an SPSS file,
// told apart by their first bytes. size is its length in bytes, or
// negative when it is not known. The error is a *Refusal when nothing usable
// came of the file, and wraps the reader's own error when that failed.
//
// The file is streamed: beside a window of it only the distinct texts of each
// column and one code a cell are kept. A workbook has to be read from its end,
// so it is kept as a whole unless src is an io.ReaderAt and size is known.
func Read(name string, src io.Reader, size int64, opt Options) (*Dataset, error) {
	d, err := ReadRaw(name, src, size, opt)
	if err != nil {
		return nil, err
	}
	return d.Understood(opt), nil
}

// ReadRaw is Read that leaves the columns as texts, for Understood: a worker
// reads, and the page, which has to understand columns anyway, understands.
func ReadRaw(name string, src io.Reader, size int64, opt Options) (*Dataset, error) {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	if size > limit {
		return nil, tooLarge(name, size, limit)
	}
	r := &reading{
		name: name, opt: opt, size: size,
		meter: &meter{src: src, limit: limit, progress: opt.Progress},
		d:     &Dataset{Name: name},
		room:  headBytes,
	}
	if opt.Digest == nil {
		r.meter.sum = newSHA256()
	}
	if size >= 0 && size < headBytes {
		r.room = int(size) + 1
	}
	err := r.read()
	if err != nil {
		if errors.Is(err, errTooLarge) {
			return nil, tooLarge(name, r.meter.n, limit)
		}
		return nil, err
	}
	if opt.Progress != nil {
		opt.Progress(r.meter.n)
	}
	r.d.Size = r.meter.n
	if opt.Digest == nil {
		r.d.SHA256 = hex.EncodeToString(r.meter.sum.Sum())
	} else if r.d.SHA256, err = opt.Digest(); err != nil {
		return nil, r.failed(err)
	}
	return r.d, nil
}

// Understood is a table of ReadRaw with its columns understood.
func (d *Dataset) Understood(opt Options) *Dataset {
	if opt.Recodes() {
		d.Interpret(opt.WithoutRecodes())
		return d.With(opt, nil)
	}
	d.Interpret(opt)
	return d
}

func tooLarge(name string, size, limit int64) error {
	return refuse(name, "too large", "the file has %d MB or more and the limit is %d MB; leave out the columns or rows that are not needed and open it again",
		(size+1<<20-1)>>20, limit>>20)
}

// meter counts and hashes the bytes that pass.
type meter struct {
	src      io.Reader
	sum      *sha256sum // nil: somebody else hashes
	n, told  int64
	limit    int64
	progress func(int64)
}

var errTooLarge = errors.New("file too large")

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.src.Read(p)
	if m.sum != nil {
		m.sum.Write(p[:n])
	}
	m.n += int64(n)
	if m.n > m.limit {
		return n, errTooLarge
	}
	if m.progress != nil && m.n-m.told >= 1<<20 {
		m.told = m.n
		m.progress(m.n)
	}
	return n, err
}

// reading is one pass over a file.
type reading struct {
	name  string
	opt   Options
	size  int64 // of the file, negative when it is not known
	meter *meter
	d     *Dataset
	room  int // bytes to read ahead

	header  []string // as bytes of the file until the encoding is settled
	columns []texts
	more    int      // records of names below it, and the texts of the first
	labels  []string // likewise as bytes
	repeats []string // the header as it would come again
	shift   bool     // the header lacks a name for the first column of row names
	filled  int      // rows up to and including the last that is not blank
	padded  int64

	firstLine  int // of the file, where the header stands
	blankLines int
	found      problems
}

func (r *reading) read() error {
	head, src, whole, err := r.peek(r.meter)
	if err != nil {
		return r.failed(err)
	}
	if isArchive(head) {
		return r.atOnce(src, r.readBook)
	}
	if sav.Recognise(head) {
		return r.readSPSS(src)
	}
	s, err := r.open(head, src, whole)
	if err != nil {
		return err
	}
	if err := r.readHeader(s); err != nil {
		return err
	}
	for s.more() {
		again, err := r.again(s)
		if err == nil && !again {
			err = r.readRow(s)
		}
		if err != nil {
			return r.explain(s, err)
		}
	}
	if s.err != nil {
		return r.explain(s, s.err)
	}
	return r.finish()
}

// open looks at the first bytes, settles what must be known before reading
// and returns a scanner at the header.
func (r *reading) open(head []byte, src io.Reader, whole bool) (_ *scanner, err error) {
	if len(bytes.TrimSpace(head)) == 0 && whole {
		return nil, refuse(r.name, "empty file", "the file is empty; check that the export was finished and save it again")
	}
	if what, do := foreign(head); what != "" {
		return nil, refuse(r.name, "not a table", "this is %s, which cannot be read as a table; %s", what, do)
	}
	if head, src, whole, err = r.wide(head, src, whole); err != nil {
		return nil, r.failed(err)
	}
	if bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")) {
		r.d.BOM = true
		head = head[3:]
		skip(src, 3)
	}
	if notText(head) {
		return nil, refuse(r.name, "not a table", "the file is not text: it holds bytes that no CSV file has; open it in the program it came from and save it as CSV")
	}
	if len(bytes.TrimSpace(head)) == 0 && whole {
		return nil, refuse(r.name, "empty file", "the file holds nothing but blanks; check that the export was finished and save it again")
	}
	r.firstLine = 1
	delim := byte(r.opt.Delimiter)
	if d, n := separatorLine(head); n > 0 {
		head = head[n:]
		skip(src, n)
		r.firstLine = 2
		if delim == 0 {
			delim = d
			r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("Delimiter %s: the first line says sep=%c.", delimiterName(rune(d)), d))
		}
	}
	v := vote{}
	found := delim == 0
	if found {
		v = findDelimiter(head, whole)
		delim = v.delim
	}
	if length, texts := preamble(head, delim, whole); length > 0 {
		head = r.skipPreamble(head, length, texts)
		skip(src, length)
	}
	v = tryDelimiter(head, delim, whole)
	if found {
		r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("Delimiter %s: it gives %d fields in the header and as many in %d of the first %d lines.",
			delimiterName(rune(delim)), v.fields, v.equal, v.records))
	}
	if delim == '"' || delim == '\n' || delim == '\r' || delim >= 0x80 {
		return nil, refuse(r.name, "delimiter", "the character %q cannot divide cells; choose comma, semicolon, tab or vertical bar", rune(delim))
	}
	if r.shift = v.records > 0 && v.oneMore == v.records; !r.shift {
		r.more = moreHeader(head, delim, whole)
	}
	r.d.Delimiter = rune(delim)
	s := newScanner(src, delim, r.room)
	s.line = r.firstLine
	return s, nil
}

// wide turns UTF-16 into UTF-8 when the file is written in it.
func (r *reading) wide(head []byte, src io.Reader, whole bool) ([]byte, io.Reader, bool, error) {
	name, why := wideEncoding(head)
	switch r.opt.Encoding {
	case "":
	case UTF16LE, UTF16BE:
		name, why = r.opt.Encoding, "as chosen"
	default:
		name = ""
	}
	if name == "" {
		return head, src, whole, nil
	}
	r.d.Encoding = name
	r.d.Evidence = append(r.d.Evidence, fmt.Sprintf("Encoding %s: %s.", name, why))
	r.room += r.room / 2 // a character of two bytes may become one of three
	return r.peek(newUTF16Reader(src, name))
}

// peek returns the first bytes and a reader that still has them.
func (r *reading) peek(src io.Reader) (head []byte, all io.Reader, whole bool, err error) {
	head = make([]byte, r.room)
	n, err := io.ReadFull(src, head)
	head = head[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return head, io.MultiReader(bytes.NewReader(head)), true, nil
	}
	return head, io.MultiReader(bytes.NewReader(head), src), false, err
}

func skip(src io.Reader, n int) { io.CopyN(io.Discard, src, int64(n)) }

func (r *reading) failed(err error) error {
	if errors.Is(err, errTooLarge) {
		return err
	}
	return fmt.Errorf("%s could not be read: %w", r.name, err)
}

// explain turns what stopped the scanner into a sentence.
func (r *reading) explain(s *scanner, err error) error {
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return err
	case errors.Is(err, errLongCell):
		e := refuse(r.name, "not a table", "a cell that begins here is longer than 1 MB, so the file does not look like a table; check its delimiter and quotes")
		e.Problem.Line = s.line
		return e
	case errors.Is(err, errBadQuotes):
		e := refuse(r.name, "unclosed quote", "quotes are opened and not closed in more than %d places, the last one here; save the file again with every quote inside a cell doubled", maxLongQuotes)
		e.Problem.Line = s.line
		return e
	}
	return r.failed(err)
}

func (r *reading) readHeader(s *scanner) error {
	for s.more() {
		line := s.line
		r.header = r.header[:0]
		blank := true
		for last := false; !last; {
			cell, quoted, l, err := s.field()
			if err != nil {
				return r.explain(s, err)
			}
			last = l
			r.header = append(r.header, string(cell))
			blank = blank && len(bytes.TrimSpace(cell)) == 0 && !quoted
			r.strayQuotes(s, len(r.header)-1)
			if len(r.header) > MaxColumns {
				return refuse(r.name, "too many columns", "the first line has more than %d columns, the limit; check that the file has a row for each patient (and visit), and leave out columns that are not needed", MaxColumns)
			}
		}
		if blank && len(r.header) == 1 {
			continue
		}
		r.firstLine = line
		if r.shift {
			r.header = append([]string{"row name"}, r.header...)
			r.found.add(Problem{Line: line, Kind: "header", Severity: Note,
				Text: "every row has one cell more than there are names, the first being a row name as R writes it; it was called “row name”"})
		}
		r.columns = make([]texts, len(r.header))
		r.remember(s.delim)
		return r.skipMore(s)
	}
	return r.explain(s, s.err)
}

// readRow adds one record to the columns.
func (r *reading) readRow(s *scanner) error {
	line, i, any := s.line, 0, false
	var extra []string
	for {
		var ended bool
		if i, any, ended = r.shortCells(s, i, any); ended {
			break
		}
		cell, quoted, last, err := s.field()
		if err != nil {
			return err
		}
		if i == 0 && last && len(cell) == 0 && !quoted {
			r.blankLines++
			return nil
		}
		if len(s.stray) > 0 {
			r.strayQuotes(s, i)
		}
		if i < len(r.columns) {
			r.columns[i].add(cell)
			any = any || len(cell) > 0
		} else if cell = bytes.TrimSpace(cell); len(cell) > 0 {
			extra = append(extra, shorten(string(cell)))
		}
		i++
		if last {
			break
		}
	}
	r.d.Line = append(r.d.Line, int32(line))
	if i < len(r.columns) {
		if err := r.pad(line, i, any); err != nil {
			return err
		}
	}
	if any {
		r.filled = len(r.d.Line)
	}
	if len(extra) > 0 {
		r.filled = len(r.d.Line)
		r.found.add(Problem{Line: line, Kind: "long row", Severity: Error, Value: strings.Join(extra[:min(len(extra), 5)], ", "),
			Text: fmt.Sprintf("this row has %d cells and the header %d; what is beyond the last column (%s) was not read; check the row for a delimiter inside a cell that is not quoted",
				i, len(r.header), quoteList(extra, 5))})
	}
	return nil
}

// shortCells adds the cells from column i on as long as they are simple: not in
// quotes (or one character in quotes), ended by a delimiter or a line feed,
// inside the window. It does what field and add would, without a call for each
// of the one-digit answers that make up most of a trial; last when the line
// ended with it.
func (r *reading) shortCells(s *scanner, i int, any bool) (next int, some, last bool) {
	window, delim := s.buf[s.r:s.w], s.delim
	at := 0
cells:
	for i < len(r.columns) && at+3 < len(window) {
		if window[at+1] == delim {
			if n := known(r.columns[i:], window[at:], delim, &s.stop); n > 0 {
				i, at, any = i+n, at+2*n, true
				continue
			}
		}
		t := &r.columns[i]
		c, size := window[at], 2
		switch {
		case c == delim:
			t.add(nil)
			at++
			i++
			continue
		case c == '"':
			if window[at+2] != '"' || window[at+3] != delim {
				break cells
			}
			c, size = window[at+1], 4
			if c == '"' || c == '\n' || c == '\r' {
				break cells
			}
		case s.stop[c]:
			break cells
		case window[at+1] != delim:
			n := at + 1
			for n < len(window) && !s.stop[window[n]] {
				n++
			}
			if n == len(window) || window[n] == '\r' {
				break cells
			}
			t.add(window[at:n])
			any = true
			at = n + 1
			i++
			if window[n] == '\n' {
				s.r += at
				s.line++
				return i, any, true
			}
			continue
		}
		t.add([]byte{c})
		any = true
		at += size
		i++
	}
	s.r += at
	return i, any, false
}

// pad completes a short row with blanks. Rows much shorter than the header
// would cost more memory than the file has bytes, so their sum is bounded.
func (r *reading) pad(line, have int, any bool) error {
	if any {
		r.found.add(Problem{Line: line, Kind: "short row", Severity: Warning,
			Text: fmt.Sprintf("this row has %d cells and the header %d; the rest were read as missing; check the row for a line break inside a cell that is not quoted", have, len(r.header))})
	}
	r.padded += int64(len(r.columns) - have)
	if r.padded > r.meter.n+1<<20 {
		e := refuse(r.name, "short row", "most rows have far fewer cells than the %d names of the header, this one %d; check the delimiter", len(r.header), have)
		e.Problem.Line = line
		return e
	}
	for i := have; i < len(r.columns); i++ {
		r.columns[i].add(nil)
	}
	return nil
}

// strayQuotes reports quotes that the scanner had to repair.
func (r *reading) strayQuotes(s *scanner, column int) {
	for _, q := range s.stray {
		text := "a quote is opened here and text follows its closing quote; it was read as an ordinary character, and the cell ends at the next delimiter or line end; double the quotes inside the cell or take them out"
		if q.open {
			text = "a quote is opened here and never closed; it was read as an ordinary character, and the cell ends at the next delimiter or line end; close the quote in the file"
		}
		p := Problem{Line: q.line, Kind: "unclosed quote", Severity: Error, Text: text}
		if column < len(r.header) && r.columns != nil {
			p.Column = nameless(column)
		}
		r.found.add(p)
	}
	s.stray = s.stray[:0]
}

// shorten keeps a text fit for a message.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	runes := 0
	for i := range s {
		if runes++; runes > 40 {
			return s[:i] + "…"
		}
	}
	return s
}

// quoteList joins up to n texts in quotes.
func quoteList(list []string, n int) string {
	var b strings.Builder
	for i, s := range list {
		if i == n {
			fmt.Fprintf(&b, " and %d more", len(list)-n)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("“" + shorten(s) + "”")
	}
	return b.String()
}

// problems collects Problems and keeps the first of each kind: ten thousand
// short rows are one fact.
type problems struct {
	list  []Problem
	count map[string]int
}

const problemsOfKind = 100

func (p *problems) add(problem Problem) {
	if p.count == nil {
		p.count = map[string]int{}
	}
	p.count[problem.Kind]++
	if p.count[problem.Kind] <= problemsOfKind {
		p.list = append(p.list, problem)
	}
}

// all returns the list, ending with how many were left out.
func (p *problems) all(file string) []Problem {
	seen := map[string]bool{}
	list := p.list
	for _, problem := range p.list {
		n := p.count[problem.Kind] - problemsOfKind
		if n > 0 && !seen[problem.Kind] {
			seen[problem.Kind] = true
			list = append(list, Problem{Kind: problem.Kind, Severity: problem.Severity,
				Text: fmt.Sprintf("%d more places have the same problem (%s) and are not listed", n, problem.Kind)})
		}
	}
	for i := range list {
		list[i].File = file
	}
	return list
}
