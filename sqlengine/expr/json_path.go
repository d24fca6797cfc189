package expr

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSONPath is a path into a JSON document: $ and steps such as .key, ."key",
// .*, [0], [last], [last-1], [1 to 3], [*] and **, as SQL/JSON and MySQL write
// them.
type JSONPath struct {
	steps []jsonStep
	// lax is SQL/JSON's way: a step for an object goes into the elements of an
	// array, and a step for an array takes another value for an array of one.
	lax bool
}

type stepKind uint8

const (
	stepKey stepKind = iota
	stepElements
	stepAnyKey
	stepAnyElement
	stepDescend
	stepEither // a key of an object or the number of an element
)

type jsonStep struct {
	kind     stepKind
	key      []byte
	from, to int64 // from the end below 0: -1 is the last
}

func errPath(path, problem string) *Error {
	return errf("2203F", "'%s' is not a JSON path: %s", clip(path), problem)
}

// ParseJSONPath reads a path; lax is SQL/JSON's way, which "strict" in front
// turns off, and without it the path means what it does in MySQL.
func ParseJSONPath(text string, lax bool) (*JSONPath, error) {
	p, rest := &JSONPath{lax: lax}, strings.TrimSpace(text)
	if s, ok := strings.CutPrefix(rest, "lax "); ok {
		p.lax, rest = true, strings.TrimSpace(s)
	} else if s, ok := strings.CutPrefix(rest, "strict "); ok {
		p.lax, rest = false, strings.TrimSpace(s)
	}
	if !strings.HasPrefix(rest, "$") {
		return nil, errPath(text, "it must begin with $")
	}
	for rest = strings.TrimSpace(rest[1:]); rest != ""; rest = strings.TrimSpace(rest) {
		step, n, problem := readStep(rest)
		if problem != "" {
			return nil, errPath(text, problem)
		}
		p.steps, rest = append(p.steps, step), rest[n:]
	}
	if n := len(p.steps); n > 0 && p.steps[n-1].kind == stepDescend {
		return nil, errPath(text, "** must be followed by a step")
	}
	return p, nil
}

// readStep reads the step at the start of s and says how long it is.
func readStep(s string) (step jsonStep, n int, problem string) {
	switch {
	case strings.HasPrefix(s, "**"):
		return jsonStep{kind: stepDescend}, 2, ""
	case strings.HasPrefix(s, ".."):
		return jsonStep{kind: stepDescend}, 1, ""
	case strings.HasPrefix(s, ".*"):
		return jsonStep{kind: stepAnyKey}, 2, ""
	case strings.HasPrefix(s, `."`):
		key, n, ok := quotedKey(s[1:])
		if !ok {
			return step, 0, "a quote is not closed"
		}
		return jsonStep{kind: stepKey, key: key}, 1 + n, ""
	case s[0] == '.':
		n := 1 + strings.IndexFunc(s[1:]+".", func(r rune) bool {
			return r < utf8.RuneSelf && !(r == '_' || r == '$' || '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z')
		})
		switch {
		case n == 1:
			return step, 0, "a dot must be followed by a key, which goes between double quotes unless it is a word"
		case n < len(s) && s[n] == '(':
			return step, 0, "methods are not supported"
		}
		return jsonStep{kind: stepKey, key: []byte(s[1:n])}, n, ""
	case s[0] == '[':
		return readSubscript(s)
	case s[0] == '?':
		return step, 0, "filters are not supported"
	}
	r, _ := utf8.DecodeRuneInString(s)
	return step, 0, strconv.QuoteRune(r) + " begins no step"
}

func quotedKey(s string) (key []byte, n int, ok bool) {
	b := []byte(s)
	n = stringEnd(b, 0)
	if n < 2 || b[n-1] != '"' {
		return nil, 0, false
	}
	return appendUnescaped(nil, b[1:n-1]), n, true
}

// readSubscript reads [n], [last], [last-n], [n to m], [*] or ["key"].
func readSubscript(s string) (step jsonStep, n int, problem string) {
	inner := strings.TrimLeft(s[1:], " ")
	if strings.HasPrefix(inner, `"`) || strings.HasPrefix(inner, "'") {
		at := len(s) - len(inner)
		end := strings.Index(s[at+1:], inner[:1]) + at + 1
		closing := strings.TrimLeft(s[end+1:], " ")
		if end <= at || !strings.HasPrefix(closing, "]") {
			return step, 0, "a key between brackets is not closed"
		}
		return jsonStep{kind: stepKey, key: []byte(s[at+1 : end])}, len(s) - len(closing) + 1, ""
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return step, 0, "a bracket is not closed"
	}
	inner = strings.TrimSpace(s[1:end])
	if inner == "*" {
		return jsonStep{kind: stepAnyElement}, end + 1, ""
	}
	low, high, isRange := strings.Cut(inner, " to ")
	step.kind = stepElements
	var ok bool
	if step.from, ok = subscript(low); ok && isRange {
		step.to, ok = subscript(high)
	} else {
		step.to = step.from
	}
	if !ok {
		return step, 0, "between brackets stand numbers from 0, last, last-1 and so on, a range such as 1 to 3, or *"
	}
	return step, end + 1, ""
}

func subscript(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if back, ok := strings.CutPrefix(s, "last"); ok {
		back = strings.TrimSpace(back)
		if back == "" {
			return -1, true
		}
		n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(back, "-")), 10, 32)
		return -1 - n, err == nil && n >= 0 && back[0] == '-'
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n, err == nil && n >= 0
}

// Each calls visit with every value at the path, in order, until it returns
// false. doc must be valid JSON; the values are pieces of it.
func (p *JSONPath) Each(f *Frame, doc []byte, visit func(value []byte) bool) {
	p.each(f, jsonRoot(doc), 0, visit)
}

// First returns the first value at the path.
func (p *JSONPath) First(f *Frame, doc []byte) (value []byte, found bool) {
	value, n := p.upTo(f, doc, 1)
	return value, n > 0
}

// upTo returns the first value and how many there are, counting to most.
func (p *JSONPath) upTo(f *Frame, doc []byte, most int) (value []byte, n int) {
	if v, ok, plain := p.walk(f, jsonRoot(doc)); plain {
		return v, int(b2i(ok))
	}
	p.Each(f, doc, func(v []byte) bool {
		if n == 0 {
			value = v
		}
		n++
		return n < most
	})
	return value, n
}

// walk goes a path that leads to one value at most; plain is false where it
// may fork.
func (p *JSONPath) walk(f *Frame, v []byte) (value []byte, found, plain bool) {
	for i := range p.steps {
		s, ok := &p.steps[i], false
		switch {
		case s.kind == stepKey && v[0] == '{':
			v, ok = jsonMember(f, v, s.key)
		case s.kind == stepElements && s.from == s.to && v[0] == '[':
			v, ok = jsonElement(v, s.from)
		case s.kind == stepEither:
			if v[0] == '{' {
				v, ok = jsonMember(f, v, s.key)
			} else if s.to == 1 {
				v, ok = jsonElement(v, s.from)
			}
		default:
			return nil, false, false
		}
		if !ok {
			return nil, false, true
		}
	}
	return v, true, true
}

func (p *JSONPath) each(f *Frame, v []byte, step int, visit func([]byte) bool) bool {
	if step == len(p.steps) {
		return visit(v)
	}
	s := &p.steps[step]
	switch s.kind {
	case stepDescend:
		return p.descend(f, v, step+1, visit)
	case stepKey, stepAnyKey:
		if v[0] == '[' && p.lax {
			return everyItem(v, func(item []byte) bool { return item[0] == '[' || p.each(f, item, step, visit) })
		}
		if v[0] != '{' {
			return true
		}
		if s.kind == stepAnyKey {
			return everyItem(v, func(item []byte) bool { return p.each(f, item, step+1, visit) })
		}
		m, ok := jsonMember(f, v, s.key)
		return !ok || p.each(f, m, step+1, visit)
	}
	if v[0] != '[' {
		one := s.kind == stepAnyElement && p.lax || s.kind == stepElements && (s.from == 0 || s.from == -1)
		return !one || p.each(f, v, step+1, visit)
	}
	if s.kind == stepAnyElement {
		return everyItem(v, func(item []byte) bool { return p.each(f, item, step+1, visit) })
	}
	return p.elements(f, v, step, visit)
}

func (p *JSONPath) elements(f *Frame, v []byte, step int, visit func([]byte) bool) bool {
	it := itemsOf(v)
	n := it.count()
	from, to := p.steps[step].from, p.steps[step].to
	if from < 0 {
		from += n
	}
	if to < 0 {
		to += n
	}
	for i := max(from, 0); i <= to && i < n; i++ {
		if item, ok := jsonElement(v, i); ok && !p.each(f, item, step+1, visit) {
			return false
		}
	}
	return true
}

// descend goes on from a value and from everything below it.
func (p *JSONPath) descend(f *Frame, v []byte, step int, visit func([]byte) bool) bool {
	strict := *p // what an array holds is visited by itself
	strict.lax = false
	if !strict.each(f, v, step, visit) {
		return false
	}
	return everyItem(v, func(item []byte) bool { return p.descend(f, item, step, visit) })
}

func everyItem(v []byte, visit func(item []byte) bool) bool {
	for it := itemsOf(v); ; {
		_, item, ok := it.next()
		if !ok {
			return true
		}
		if !visit(item) {
			return false
		}
	}
}

// pathOfNames makes the path of PostgreSQL's #>: names of keys, or numbers of
// elements where an array is met.
func pathOfNames(names []string) *JSONPath {
	p := &JSONPath{}
	for _, name := range names {
		s := jsonStep{kind: stepEither, key: []byte(name)}
		if n, err := strconv.ParseInt(name, 10, 32); err == nil {
			s.from, s.to = n, 1 // 1 says that it is a number
		}
		p.steps = append(p.steps, s)
	}
	return p
}

// ArrayLiteral reads PostgreSQL's '{a,0,"b c"}'.
func ArrayLiteral(s string) ([]string, bool) {
	b := bytes.TrimSpace([]byte(s))
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return nil, false
	}
	b = bytes.TrimSpace(b[1 : len(b)-1])
	var out []string
	for len(b) > 0 {
		end, name := 0, ""
		if b[0] == '"' {
			if end = stringEnd(b, 0); end < 2 || b[end-1] != '"' {
				return nil, false
			}
			name = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(string(b[1 : end-1]))
		} else {
			for end < len(b) && b[end] != ',' {
				end++
			}
			if name = strings.TrimSpace(string(b[:end])); name == "" {
				return nil, false
			}
		}
		out = append(out, name)
		if b = bytes.TrimSpace(b[end:]); len(b) > 0 {
			if b[0] != ',' || len(b) == 1 {
				return nil, false
			}
			b = bytes.TrimSpace(b[1:])
		}
	}
	return out, true
}
