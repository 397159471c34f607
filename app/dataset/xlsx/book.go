package xlsx

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

// Book is an open workbook.
type Book struct {
	Sheets []Sheet
	// Date1904: days are counted from 1904, as on old Macs.
	Date1904 bool

	zip     *archive
	shared  texts
	formats []format // by a cell's style
	strings string   // part of the shared texts, "" for none
}

// Sheet is a table of the workbook, in the order of its tabs.
type Sheet struct {
	Name   string
	Hidden bool
	part   string
}

// texts are the shared texts, one after another.
type texts struct {
	all  []byte
	ends []uint32
}

func (t *texts) text(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]]
}

// save is what to do with a file that is no workbook of this form.
const save = "open it in Excel or LibreOffice and save the sheet as “Excel workbook (.xlsx)” or “CSV UTF-8”"

// Open reads what the workbook says of itself: its sheets, styles and whether
// it is a workbook at all. Nothing of it may unpack to more than limit bytes in
// all.
func Open(src io.ReaderAt, size, limit int64) (*Book, error) {
	a, err := openArchive(src, size, limit)
	if err != nil {
		return nil, err
	}
	main := "xl/workbook.xml"
	links, err := a.links("")
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.kind == "officeDocument" {
			main = l.target
		}
	}
	if err := a.recognise(main); err != nil {
		return nil, err
	}
	b := &Book{zip: a}
	if links, err = a.links(main); err != nil {
		return nil, err
	}
	if err := b.readWorkbook(main, links); err != nil {
		return nil, err
	}
	for _, l := range links {
		switch l.kind {
		case "sharedStrings":
			b.strings = l.target
		case "styles":
			if err := b.readStyles(l.target); err != nil {
				return nil, err
			}
		}
	}
	if len(b.Sheets) == 0 {
		return nil, fault("not a table", "the workbook has no sheet with cells; "+save)
	}
	return b, nil
}

// recognise tells what else the archive is.
func (a *archive) recognise(main string) error {
	contains := func(prefix string) bool {
		for name := range a.parts {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasSuffix(main, ".bin") || a.has("xl/workbook.bin"):
		return fault("not a table", "this is a binary Excel workbook (.xlsb), which is not read; "+save)
	case contains("word/"):
		return fault("not a table", "this is a Word document (.docx), not a table; copy the table into a spreadsheet and save it as .xlsx or CSV")
	case contains("ppt/"):
		return fault("not a table", "this is a presentation (.pptx), not a table; copy the table into a spreadsheet and save it as .xlsx or CSV")
	case a.has("content.xml") && a.has("mimetype"):
		return fault("not a table", "this is a LibreOffice document (.ods, .odt), which is not read; "+save)
	case a.has(main):
		return nil
	case contains("xl/"):
		return damaged("the workbook lacks its list of sheets")
	}
	return fault("not a table", "this is a zip archive, not a table; unpack it and open the file inside")
}

// link is a relationship of a part to another.
type link struct{ id, kind, target string }

// links are the relationships of a part; none when it has none.
func (a *archive) links(of string) ([]link, error) {
	at := strings.LastIndexByte(of, '/') + 1
	dir, file := of[:at], of[at:]
	name := dir + "_rels/" + file + ".rels"
	if !a.has(name) {
		return nil, nil
	}
	src, err := a.open(name)
	if err != nil {
		return nil, err
	}
	var list []link
	s := newScanner(src)
	for t := s.next(); t != ended; t = s.next() {
		if t != opening || !s.is("Relationship") {
			continue
		}
		if len(list) == maxParts {
			return nil, damaged("a part of the workbook has more links than a workbook has parts")
		}
		kind := s.attrText("Type")
		list = append(list, link{s.attrText("Id"), kind[strings.LastIndexByte(kind, '/')+1:], resolve(dir, strings.ToLower(s.attrText("Target")))})
	}
	return list, s.fault()
}

// resolve is where a link leads, from the folder of its part.
func resolve(dir, target string) string {
	if rooted, ok := strings.CutPrefix(target, "/"); ok {
		return rooted
	}
	for {
		if up, ok := strings.CutPrefix(target, "../"); ok {
			target = up
			dir = dir[:strings.LastIndexByte(strings.TrimSuffix(dir, "/"), '/')+1]
		} else if here, ok := strings.CutPrefix(target, "./"); ok {
			target = here
		} else {
			return dir + target
		}
	}
}

func (b *Book) readWorkbook(main string, links []link) error {
	src, err := b.zip.open(main)
	if err != nil {
		return err
	}
	s := newScanner(src)
	for t := s.next(); t != ended; t = s.next() {
		switch {
		case t != opening:
		case s.is("workbookPr"):
			b.Date1904 = s.flag("date1904")
		case s.is("sheet"):
			id := s.attrText("id")
			i := slices.IndexFunc(links, func(l link) bool { return l.id == id })
			if i < 0 || links[i].kind != "worksheet" {
				continue // a chart, or a sheet of macros
			}
			b.Sheets = append(b.Sheets, Sheet{s.attrText("name"), strings.HasSuffix(strings.ToLower(string(s.attr("state"))), "hidden"), links[i].target})
		}
	}
	return s.fault()
}

// readStyles finds which styles of cells show dates.
func (b *Book) readStyles(name string) error {
	src, err := b.zip.open(name)
	if err != nil {
		return err
	}
	own := map[int]format{}
	s := newScanner(src)
	inside := false
	for t := s.next(); t != ended; t = s.next() {
		switch {
		case t == closing && s.is("cellXfs"):
			inside = false
		case t != opening:
		case s.is("cellXfs"):
			inside = true
		case s.is("numFmt"):
			if id, err := strconv.Atoi(string(s.attr("numFmtId"))); err == nil {
				own[id] = formatOf(s.attrText("formatCode"))
			}
		case inside && s.is("xf"):
			id, _ := strconv.Atoi(string(s.attr("numFmtId")))
			f, ok := own[id]
			if !ok {
				f = builtin(id)
			}
			b.formats = append(b.formats, f)
		}
	}
	return s.fault()
}

// loadShared reads the shared texts, once.
func (b *Book) loadShared() error {
	if b.strings == "" || b.shared.ends != nil {
		return nil
	}
	src, err := b.zip.open(b.strings)
	if err != nil {
		return err
	}
	s := newScanner(src)
	for t := s.next(); t != ended; t = s.next() {
		if t == opening && s.is("si") {
			b.shared.all = s.richText(b.shared.all)
			b.shared.ends = append(b.shared.ends, uint32(len(b.shared.all)))
		}
	}
	return s.fault()
}

// richText appends the text of the tag that was opened last: all its runs, not
// the small letters above them that tell how Japanese is read.
func (s *scanner) richText(b []byte) []byte {
	from, depth := len(b), s.depth
	inText, above := false, 0
	for t := s.next(); t != ended; t = s.next() {
		switch {
		case t == closing && s.depth < depth:
			return append(b[:from], unescape(b[from:])...)
		case t == opening && s.is("rPh"):
			above++
		case t == closing && s.is("rPh"):
			above--
		case s.is("t") && t != text:
			inText = t == opening
		case t == text && inText && above == 0:
			b = s.appendText(b)
		}
	}
	return b
}

// unescape replaces _x000D_ and its like: characters that XML cannot hold.
func unescape(b []byte) []byte {
	at := 0
	for i := 0; i < len(b); {
		if b[i] == '_' && i+7 <= len(b) && b[i+1] == 'x' && b[i+6] == '_' {
			if v, ok := number(string(b[i+2:i+6]), 16); ok && v < 0x80 {
				b[at] = byte(v)
				at, i = at+1, i+7
				continue
			}
		}
		b[at] = b[i]
		at, i = at+1, i+1
	}
	return b[:at]
}
