package expr

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A constant pattern becomes the cheapest matcher that it allows.
type likeShape uint8

const (
	likeGeneral likeShape = iota
	likeExact
	likePrefix
	likeSuffix
	likeContains
	likeAny // '%'
)

// likeShapeOf reduces a pattern to a shape and its literal. A pattern that
// ends in its escape character is an error wherever a value gets that far;
// PostgreSQL raises it then, and so does the general matcher.
func likeShapeOf(pattern string, esc rune) (likeShape, []byte) {
	var lit strings.Builder
	lead, trail, body := false, false, false
	for i := 0; i < len(pattern); {
		r, n := utf8.DecodeRuneInString(pattern[i:])
		i += n
		switch {
		case r == esc && esc != noEscape:
			if i >= len(pattern) || trail {
				return likeGeneral, nil
			}
			_, n := utf8.DecodeRuneInString(pattern[i:])
			lit.WriteString(pattern[i : i+n])
			i, body = i+n, true
		case r == '_':
			return likeGeneral, nil
		case r == '%':
			if body {
				trail = true
			} else {
				lead = true
			}
		case trail:
			return likeGeneral, nil
		default:
			lit.WriteString(pattern[i-n : i])
			body = true
		}
	}
	b := []byte(lit.String())
	switch {
	case !body && lead:
		return likeAny, nil
	case lead && trail:
		return likeContains, b
	case lead:
		return likeSuffix, b
	case trail:
		return likePrefix, b
	}
	return likeExact, b
}

const noEscape rune = -1

func escapeRune(s string) (rune, error) {
	if s == "" {
		return noEscape, nil
	}
	r, n := utf8.DecodeRuneInString(s)
	if n != len(s) {
		return noEscape, errEscapeLength(s)
	}
	return r, nil
}

// likeMatch matches bytes against a pattern without allocating: on a mismatch
// it goes back to the last %, one character further.
func likeMatch(s, p []byte, esc rune) (bool, error) {
	starS, starP := -1, -1
	si, pi := 0, 0
	for {
		if pi < len(p) {
			r, n := utf8.DecodeRune(p[pi:])
			switch {
			case r == esc && esc != noEscape:
				if si == len(s) {
					break
				}
				if pi+n >= len(p) {
					return false, errLikeEscapeEnd
				}
				_, m := utf8.DecodeRune(p[pi+n:])
				if lit := p[pi+n : pi+n+m]; bytes.HasPrefix(s[si:], lit) {
					si, pi = si+m, pi+n+m
					continue
				}
			case r == '%':
				starP, starS, pi = pi+1, si, pi+1
				if pi == len(p) {
					return true, nil
				}
				continue
			case si == len(s):
			case r == '_':
				_, m := utf8.DecodeRune(s[si:])
				si, pi = si+m, pi+n
				continue
			case bytes.HasPrefix(s[si:], p[pi:pi+n]):
				si, pi = si+n, pi+n
				continue
			}
		} else if si == len(s) {
			return true, nil
		}
		if starP < 0 || starS >= len(s) {
			return false, nil
		}
		_, m := utf8.DecodeRune(s[starS:])
		starS += m
		si, pi = starS, starP
	}
}

// lowerInto appends s in lower case.
func lowerInto(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

func (c *compiler) likeParts(n *Like) (x, p *Compiled, esc func(*Frame) (rune, bool), err error) {
	if x, p, err = c.pair(n.X, n.Pattern); err != nil {
		return nil, nil, nil, err
	}
	if n.Escape == nil {
		return x, p, func(*Frame) (rune, bool) { return '\\', false }, nil
	}
	e, err := c.compile(n.Escape)
	return x, p, func(f *Frame) (rune, bool) {
		b, null := e.Bytes(f)
		if null {
			return 0, true
		}
		r, err := escapeRune(string(b))
		if err != nil {
			f.Fail(err)
			return 0, true
		}
		return r, false
	}, err
}

func (c *compiler) like(n *Like) (*Compiled, error) {
	if m, x, err := c.constLike(n); err != nil {
		return nil, err
	} else if m != nil {
		not, get := n.Not, x.Bytes
		return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
			s, null := get(f)
			if null {
				return 0, true
			}
			ok := m(f, s)
			return b2i(ok != not), f.Err != nil
		}}, nil
	}
	x, p, escape, err := c.likeParts(n)
	if err != nil {
		return nil, err
	}
	not, fold := n.Not, n.Insensitive
	return &Compiled{Type: boolType, Int: func(f *Frame) (int64, bool) {
		s, null := x.Bytes(f)
		if null {
			return 0, true
		}
		pat, null := p.Bytes(f)
		if null {
			return 0, true
		}
		esc, null := escape(f)
		if null {
			return 0, true
		}
		if fold {
			s, pat, esc = f.lower(s), f.lower(pat), unicode.ToLower(esc)
		}
		ok, err := likeMatch(s, pat, esc)
		if err != nil {
			f.Fail(err)
			return 0, true
		}
		return b2i(ok != not), false
	}}, nil
}

func (f *Frame) lower(s []byte) []byte {
	start := len(f.Scratch)
	f.Scratch = lowerInto(f.Scratch, s)
	return f.Scratch[start:len(f.Scratch):len(f.Scratch)]
}

// matcher tests text that is not NULL.
type matcher = func(*Frame, []byte) bool

// constLike compiles a LIKE with constant pattern; the matcher is nil when the
// pattern is not constant.
func (c *compiler) constLike(n *Like) (matcher, *Compiled, error) {
	k, ok := n.Pattern.(*Const)
	esc := '\\'
	if e, isConst := n.Escape.(*Const); isConst && !e.V.Null {
		var err error
		if esc, err = escapeRune(e.V.S); err != nil {
			return nil, nil, err
		}
	} else if n.Escape != nil {
		ok = false
	}
	if !ok || k.V.Null {
		return nil, nil, nil
	}
	x, err := c.compile(n.X)
	if err != nil {
		return nil, nil, err
	}
	m := constMatcher(k.V.S, esc)
	if n.Insensitive {
		inner := constMatcher(string(lowerInto(nil, []byte(k.V.S))), unicode.ToLower(esc))
		m = func(f *Frame, s []byte) bool { return inner(f, f.lower(s)) }
	}
	return m, x, nil
}

func constMatcher(pattern string, esc rune) matcher {
	shape, lit := likeShapeOf(pattern, esc)
	switch shape {
	case likeExact:
		return func(_ *Frame, s []byte) bool { return bytes.Equal(s, lit) }
	case likePrefix:
		return func(_ *Frame, s []byte) bool { return bytes.HasPrefix(s, lit) }
	case likeSuffix:
		return func(_ *Frame, s []byte) bool { return bytes.HasSuffix(s, lit) }
	case likeContains:
		return func(_ *Frame, s []byte) bool { return bytes.Contains(s, lit) }
	case likeAny:
		return func(*Frame, []byte) bool { return true }
	}
	p := []byte(pattern)
	return func(f *Frame, s []byte) bool {
		ok, err := likeMatch(s, p, esc)
		if err != nil {
			f.Fail(err)
		}
		return ok
	}
}

// testLike specialises a constant pattern; nil when there is none.
func (c *compiler) testLike(n *Like) (testFunc, error) {
	m, x, err := c.constLike(n)
	if m == nil || err != nil {
		return nil, err
	}
	not, get := n.Not, x.Bytes
	col, isColumn := n.X.(*Column)
	shape, lit := likeGeneral, []byte(nil)
	if n.Escape == nil && !n.Insensitive {
		shape, lit = likeShapeOf(n.Pattern.(*Const).V.S, '\\')
	}
	if isColumn && shape == likePrefix && !not {
		i, slot := col.Index, c.layout.Slot(col.Index)
		return func(f *Frame) bool { return !f.Row.Null(i) && bytes.HasPrefix(f.Row.Bytes(slot), lit) }, nil
	}
	return func(f *Frame) bool {
		s, null := get(f)
		return !null && m(f, s) != not && f.Err == nil
	}, nil
}
