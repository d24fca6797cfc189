package odatatest

import "strings"

func (p *parser) path() (expr, error) {
	e := &path{at: p.i}
	for first := true; ; first = false {
		seg, err := p.segment(first)
		if err != nil {
			return nil, err
		}
		e.segs = append(e.segs, seg)
		if p.peek() != '/' {
			if seg.kind == segCast && !p.types {
				return nil, p.fail("'%s' needs '(' or '/': a type name is not a value", seg.name)
			}
			return e, nil
		}
		p.i++
	}
}

func (p *parser) segment(first bool) (segment, error) {
	at := p.i
	switch p.peek() {
	case '$':
		p.i++
		w := p.word()
		switch {
		case first && (w == "it" || w == "this"):
			return segment{kind: segIt, name: "$" + w}, nil
		case first && w == "root" && p.peek() == '/':
			return segment{kind: segRoot}, nil
		case !first && w == "count":
			return p.countSegment()
		case !first && w == "filter" && p.accept('('):
			p.space()
			x, err := p.expression(0)
			if err != nil {
				return segment{}, err
			}
			return segment{kind: segFilter, pred: x}, p.expect(')')
		}
		p.i = at
		return segment{}, p.fail("unexpected '$%s'", w)
	case '@':
		p.i++
		name := p.qualified()
		if name == "" {
			return segment{}, p.fail("expected a name after '@'")
		}
		if p.accept('#') {
			name += "#" + p.word()
			return segment{kind: segAnnotation, name: name}, nil
		}
		if !first || strings.Contains(name, ".") {
			return segment{kind: segAnnotation, name: name}, nil
		}
		return segment{kind: segAlias, name: name}, nil
	}
	name := p.qualified()
	if name == "" {
		return segment{}, p.fail("expected a name or a literal")
	}
	if p.peek() == '(' {
		if name == "any" || name == "all" {
			if first {
				p.i = at + len(name)
				return segment{}, p.fail("'%s' needs a collection before it", name)
			}
			return p.lambda(name)
		}
		return p.arguments(name)
	}
	if strings.Contains(name, ".") {
		return segment{kind: segCast, name: name}, nil
	}
	return segment{kind: segMember, name: name}, nil
}

func (p *parser) countSegment() (segment, error) {
	seg := segment{kind: segCount}
	if !p.accept('(') {
		return seg, nil
	}
	if !strings.HasPrefix(p.s[p.i:], "$filter=") {
		return seg, p.fail("only $filter is understood in $count(...)")
	}
	p.i += len("$filter=")
	x, err := p.expression(0)
	if err != nil {
		return seg, err
	}
	seg.pred = x
	return seg, p.expect(')')
}

func (p *parser) lambda(name string) (segment, error) {
	seg := segment{kind: segAny}
	if name == "all" {
		seg.kind = segAll
	}
	p.i++
	p.space()
	if name == "any" && p.accept(')') {
		return seg, nil
	}
	if seg.lambda = p.word(); seg.lambda == "" {
		return seg, p.fail("%s needs a range variable", name)
	}
	if err := p.expect(':'); err != nil {
		return seg, err
	}
	p.space()
	x, err := p.expression(0)
	if err != nil {
		return seg, err
	}
	seg.pred = x
	return seg, p.expect(')')
}

func (p *parser) arguments(name string) (segment, error) {
	seg := segment{kind: segCall, name: name}
	p.i++
	p.space()
	if p.accept(')') {
		return seg, nil
	}
	for {
		at := p.i
		arg := p.word()
		if arg == "" || !p.accept('=') {
			p.i, arg = at, ""
		}
		x, err := p.expression(0)
		if err != nil {
			return seg, err
		}
		seg.args, seg.names = append(seg.args, x), append(seg.names, arg)
		p.space()
		if p.accept(')') {
			return seg, nil
		}
		if err := p.expect(','); err != nil {
			return seg, err
		}
		p.space()
	}
}
