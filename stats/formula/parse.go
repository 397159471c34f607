package formula

import "fmt"

// node is one expression. op is "name", "number", "string", "call", "(" or an operator.
type node struct {
	op   string
	text string   // name, string or called function
	num  float64  // number
	args []*node  // operands or arguments
	keys []string // names of the arguments of a call, "" for unnamed ones
	pos  int
}

type parser struct {
	tokens []token
	at     int
}

// parse reads one expression; the whole input must be used.
func parse(s string) (*node, error) {
	tokens, err := lex(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	n, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, unexpected(t)
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	p.at++
	return t
}

func (p *parser) accept(op string) bool {
	if t := p.peek(); t.kind == tokenOperator && t.text == op {
		p.at++
		return true
	}
	return false
}

func unexpected(t token) error {
	if t.kind == tokenEnd {
		return fmt.Errorf("it ends at position %d where something is missing", t.pos)
	}
	return fmt.Errorf("%q at position %d is not expected there", t.text, t.pos)
}

// levels are R's binary operators from the loosest to the tightest; unary minus and ! stand between them.
var levels = [][]string{
	{"~"}, {"|", "||"}, {"&", "&&"}, {"!"}, {"==", "!=", "<", "<=", ">", ">="},
	{"+", "-"}, {"*", "/"}, {"%in%"}, {":"}, {"unary"}, {"^"},
}

func (p *parser) binary(level int) (*node, error) {
	if level == len(levels) {
		return p.primary()
	}
	switch levels[level][0] {
	case "~":
		if t := p.peek(); t.kind == tokenOperator && t.text == "~" {
			return nil, fmt.Errorf("the outcome is missing before ~ at position %d", t.pos)
		}
	case "!":
		return p.unary(level, "!")
	case "unary":
		return p.unary(level, "-", "+")
	case "^":
		return p.power(level)
	}
	left, err := p.binary(level + 1)
	for err == nil {
		t := p.peek()
		if !p.oneOf(levels[level]) {
			return left, nil
		}
		var right *node
		right, err = p.binary(level + 1)
		left = &node{op: t.text, args: []*node{left, right}, pos: t.pos}
	}
	return nil, err
}

func (p *parser) oneOf(ops []string) bool {
	for _, op := range ops {
		if p.accept(op) {
			return true
		}
	}
	return false
}

func (p *parser) unary(level int, ops ...string) (*node, error) {
	t := p.peek()
	if p.oneOf(ops) {
		arg, err := p.unary(level, ops...)
		return &node{op: t.text, args: []*node{arg}, pos: t.pos}, err
	}
	return p.binary(level + 1)
}

// power is right-associative, and its exponent may carry a sign.
func (p *parser) power(level int) (*node, error) {
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if !p.accept("^") {
		return left, nil
	}
	right, err := p.binary(level - 1)
	return &node{op: "^", args: []*node{left, right}, pos: t.pos}, err
}

func (p *parser) primary() (*node, error) {
	t := p.next()
	switch {
	case t.kind == tokenNumber:
		return &node{op: "number", num: t.num, pos: t.pos}, nil
	case t.kind == tokenString:
		return &node{op: "string", text: t.text, pos: t.pos}, nil
	case t.kind == tokenName && p.accept("("):
		return p.call(t)
	case t.kind == tokenName:
		return &node{op: "name", text: t.text, pos: t.pos}, nil
	case t.kind == tokenOperator && t.text == "(":
		inner, err := p.binary(1)
		if err != nil {
			return nil, err
		}
		if !p.accept(")") {
			return nil, fmt.Errorf("the parenthesis opened at position %d is not closed", t.pos)
		}
		return &node{op: "(", args: []*node{inner}, pos: t.pos}, nil
	}
	p.at-- // so that peek still sees it
	return nil, unexpected(t)
}

func (p *parser) call(name token) (*node, error) {
	n := &node{op: "call", text: name.text, pos: name.pos}
	if p.accept(")") {
		return n, nil
	}
	for {
		key := ""
		if t := p.peek(); t.kind == tokenName && p.tokens[p.at+1].kind == tokenOperator && p.tokens[p.at+1].text == "=" {
			key = t.text
			p.at += 2
		}
		arg, err := p.binary(1)
		if err != nil {
			return nil, err
		}
		n.args, n.keys = append(n.args, arg), append(n.keys, key)
		if p.accept(")") {
			return n, nil
		}
		if !p.accept(",") {
			return nil, fmt.Errorf("the parenthesis after %s at position %d is not closed", name.text, name.pos)
		}
	}
}
