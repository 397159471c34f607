package xlsx

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// token is what the scanner stands at.
type token uint8

const (
	ended   token = iota // of the part, or an error
	opening              // <name …>; a lone tag <name/> is followed by its close
	closing              // </name>
	text                 // characters, perhaps not all of them
)

// maxTag is the longest tag, comment or stretch of raw text.
const maxTag = 1 << 20

// scanner walks over the tags of XML without building anything. It expands the
// five entities of XML and numbers of characters, no others: a part that
// declares its own is refused.
type scanner struct {
	src   io.Reader
	buf   []byte
	r, w  int
	err   error // what ended the reading
	name  []byte
	attrs []byte
	chars []byte // of a text
	raw   bool   // entities are no entities in it
	lone  bool   // the close of a lone tag comes next
	depth int
}

func newScanner(src io.Reader) *scanner {
	return &scanner{src: src, buf: make([]byte, 32<<10)}
}

// next moves on. After ended, fault says why.
func (s *scanner) next() token {
	if s.lone {
		s.lone = false
		s.depth--
		return closing
	}
	for s.err == nil {
		if s.r == s.w && !s.fill() {
			if s.err == io.EOF && s.depth != 0 {
				s.err = damaged("a part of the workbook ends in the middle")
			}
			return ended
		}
		if s.buf[s.r] != '<' {
			s.characters()
			return text
		}
		switch {
		case s.begins("<!--"):
			s.pass("-->")
		case s.begins("<![CDATA["):
			n := s.find("]]>")
			if n < 0 {
				return ended
			}
			s.chars, s.raw = s.buf[s.r+9:s.r+n], true
			s.r += n + 3
			return text
		case s.begins("<?"):
			s.pass("?>")
		case s.begins("<!"):
			s.err = damaged("a part of the workbook declares a document type, which Excel never writes")
		default:
			if t := s.tag(); t != ended {
				return t
			}
		}
	}
	return ended
}

// fault is nil when the part ended where it should.
func (s *scanner) fault() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

// fill reads more behind what is there; false at the end.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	if s.r > 0 {
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r = 0
	}
	if s.w == len(s.buf) {
		if len(s.buf) >= maxTag {
			s.err = damaged("a part of the workbook has a tag of more than a megabyte")
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for {
		n, err := s.src.Read(s.buf[s.w:])
		s.w += n
		if err != nil {
			s.err = err
			if err == io.EOF && n > 0 {
				s.src, s.err = emptied{}, nil
			}
			return n > 0
		}
		if n > 0 {
			return true
		}
	}
}

// emptied is a part that was read to its end.
type emptied struct{}

func (emptied) Read([]byte) (int, error) { return 0, io.EOF }

func (s *scanner) begins(with string) bool {
	for s.w-s.r < len(with) {
		if !bytes.HasPrefix([]byte(with), s.buf[s.r:s.w]) || !s.fill() {
			return false
		}
	}
	return string(s.buf[s.r:s.r+len(with)]) == with
}

// find is how far the mark is from here; -1 sets err.
func (s *scanner) find(mark string) int {
	for from := 0; ; {
		if i := bytes.Index(s.buf[s.r+from:s.w], []byte(mark)); i >= 0 {
			return from + i
		}
		from = max(0, s.w-s.r-len(mark)+1)
		if !s.fill() {
			if s.err == io.EOF {
				s.err = damaged("a part of the workbook ends in the middle")
			}
			return -1
		}
	}
}

func (s *scanner) pass(mark string) {
	if n := s.find(mark); n >= 0 {
		s.r += n + len(mark)
	}
}

// characters takes what comes before the next tag, as far as it is in the
// buffer and not in the middle of an entity.
func (s *scanner) characters() {
	for {
		b := s.buf[s.r:s.w]
		if i := bytes.IndexByte(b, '<'); i >= 0 {
			b = b[:i]
		} else if i := bytes.LastIndexByte(b[max(0, len(b)-12):], '&'); i >= 0 {
			cut := max(0, len(b)-12) + i
			if cut > 0 {
				b = b[:cut]
			} else if s.fill() {
				continue
			}
		}
		s.chars, s.raw = b, false
		s.r += len(b)
		return
	}
}

// tag reads a tag up to its bracket; one inside quotes does not count.
func (s *scanner) tag() token {
	n, quote := 1, byte(0)
	for ; ; n++ {
		if s.r+n == s.w && !s.fill() {
			if s.err == io.EOF {
				s.err = damaged("a part of the workbook ends in the middle")
			}
			return ended
		}
		c := s.buf[s.r+n]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
		} else if c == '"' || c == '\'' {
			quote = c
		} else if c == '>' {
			break
		}
	}
	b := s.buf[s.r+1 : s.r+n]
	s.r += n + 1
	ends := len(b) > 0 && b[0] == '/'
	if ends {
		b = b[1:]
	} else if s.lone = len(b) > 0 && b[len(b)-1] == '/'; s.lone {
		b = b[:len(b)-1]
	}
	i := 0
	for i < len(b) && !blank(b[i]) {
		i++
	}
	s.name, s.attrs = local(b[:i]), b[i:]
	if ends {
		if s.depth--; s.depth < 0 {
			s.err = damaged("a part of the workbook closes a tag that it never opened")
			return ended
		}
		return closing
	}
	s.depth++
	return opening
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// local is a name without its namespace.
func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

// is reports whether the tag has this name.
func (s *scanner) is(name string) bool { return string(s.name) == name }

// attr is an attribute of the tag that was opened last, nil when it has none;
// entities stay as they are. It is valid until the next call of next.
func (s *scanner) attr(name string) []byte {
	for b := s.attrs; ; {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return nil
		}
		key := bytes.TrimSpace(b[:i])
		b = bytes.TrimLeft(b[i+1:], " \t\r\n")
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return nil
		}
		j := bytes.IndexByte(b[1:], b[0])
		if j < 0 {
			return nil
		}
		if string(local(key)) == name && !bytes.HasPrefix(key, []byte("xmlns:")) {
			return b[1 : 1+j]
		}
		b = b[j+2:]
	}
}

// attrText is an attribute as text.
func (s *scanner) attrText(name string) string { return string(expand(nil, s.attr(name))) }

// flag reads a yes/no attribute.
func (s *scanner) flag(name string) bool {
	v := string(s.attr(name))
	return v == "1" || v == "true" || v == "on"
}

// appendText appends the characters of a text.
func (s *scanner) appendText(b []byte) []byte {
	if s.raw {
		return append(b, s.chars...)
	}
	return expand(b, s.chars)
}

// expand appends a text with its entities replaced. What is none of XML's own
// stays as it is.
func expand(b, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(b, text...)
		}
		b, text = append(b, text[:i]...), text[i:]
		j := bytes.IndexByte(text[:min(len(text), 12)], ';')
		c := rune(-1)
		if j > 0 {
			c = entity(string(text[1:j]))
		}
		if c < 0 {
			b, text = append(b, '&'), text[1:]
			continue
		}
		b, text = utf8.AppendRune(b, c), text[j+1:]
	}
}

func entity(name string) rune {
	switch name {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	if len(name) < 2 || name[0] != '#' {
		return -1
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	c, ok := number(digits, base)
	if !ok || c == 0 || !utf8.ValidRune(c) {
		return -1
	}
	return c
}

// number reads a few digits.
func number(digits string, base rune) (v rune, ok bool) {
	for _, d := range digits {
		switch {
		case d >= '0' && d <= '9':
			d -= '0'
		case base == 16 && d|32 >= 'a' && d|32 <= 'f':
			d = d | 32 - 'a' + 10
		default:
			return 0, false
		}
		if v = v*base + d; v > 1<<24 {
			return 0, false
		}
	}
	return v, digits != ""
}
