package formula

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenNumber
	tokenString
	tokenName
	tokenOperator
)

type token struct {
	kind tokenKind
	text string // operator, name without back-ticks, string without quotes
	num  float64
	pos  int // 1-based character position
}

// lex cuts a formula or condition into tokens.
func lex(s string) ([]token, error) {
	var out []token
	for at := 0; at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		pos := utf8.RuneCountInString(s[:at]) + 1
		switch {
		case unicode.IsSpace(r):
			at += size
		case unicode.IsDigit(r) || r == '.' && at+1 < len(s) && s[at+1] >= '0' && s[at+1] <= '9':
			end := numberEnd(s, at)
			v, err := strconv.ParseFloat(s[at:end], 64)
			if err != nil {
				return nil, fmt.Errorf("%q at position %d is not a number", s[at:end], pos)
			}
			out = append(out, token{tokenNumber, s[at:end], v, pos})
			at = end
		case r == '"' || r == '\'':
			text, end, ok := quoted(s, at+1, byte(r))
			if !ok {
				return nil, fmt.Errorf("the quote opened at position %d is not closed", pos)
			}
			out = append(out, token{tokenString, text, 0, pos})
			at = end
		case r == '`':
			text, end, ok := quoted(s, at+1, '`')
			if !ok || text == "" {
				return nil, fmt.Errorf("the back-tick at position %d is not closed", pos)
			}
			out = append(out, token{tokenName, text, 0, pos})
			at = end
		case unicode.IsLetter(r) || r == '.' || r == '_':
			end := at
			for end < len(s) {
				r, size := utf8.DecodeRuneInString(s[end:])
				if !nameRune(r) {
					break
				}
				end += size
			}
			out = append(out, token{tokenName, s[at:end], 0, pos})
			at = end
		default:
			op := operator(s[at:])
			if op == "" {
				return nil, fmt.Errorf("%q at position %d does not belong in a formula", string(r), pos)
			}
			out = append(out, token{tokenOperator, op, 0, pos})
			at += len(op)
		}
	}
	return append(out, token{kind: tokenEnd, pos: utf8.RuneCountInString(s) + 1}), nil
}

// nameRune says whether a rune may continue a name. Marks are letters' parts (é written as two).
func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '.' || r == '_'
}

func numberEnd(s string, at int) int {
	digits := func() {
		for at < len(s) && s[at] >= '0' && s[at] <= '9' {
			at++
		}
	}
	digits()
	if at < len(s) && s[at] == '.' {
		at++
		digits()
	}
	if at < len(s) && (s[at] == 'e' || s[at] == 'E') {
		mark := at
		at++
		if at < len(s) && (s[at] == '+' || s[at] == '-') {
			at++
		}
		if at < len(s) && s[at] >= '0' && s[at] <= '9' {
			digits()
		} else {
			at = mark
		}
	}
	return max(at, 1)
}

// quoted reads up to the closing mark, a backslash protecting the next character.
func quoted(s string, at int, mark byte) (text string, end int, ok bool) {
	var b strings.Builder
	for ; at < len(s); at++ {
		switch {
		case s[at] == mark:
			return b.String(), at + 1, true
		case s[at] == '\\' && at+1 < len(s):
			at++
			switch s[at] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			default:
				b.WriteByte(s[at])
			}
		default:
			b.WriteByte(s[at])
		}
	}
	return "", at, false
}

// operators, longest first.
var operators = []string{"%in%", "&&", "||", "==", "!=", "<=", ">=", "~", "+", "-", "*", "/", "^", ":", "(", ")", ",", "|", "&", "!", "<", ">", "="}

func operator(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}
