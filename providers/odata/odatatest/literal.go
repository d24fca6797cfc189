package odatatest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var (
	reNumber   = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?`)
	reDate     = regexp.MustCompile(`^-?[0-9]{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])`)
	reDateTime = regexp.MustCompile(`^-?[0-9]{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])`)
	reTime     = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?`)
)

// literal reads a primitiveLiteral, if one stands here.
func (p *parser) literal() (expr, bool, error) {
	at, rest := p.i, p.s[p.i:]
	take := func(n int, v Value) (expr, bool, error) {
		p.i += n
		return &literal{at: at, value: v}, true, nil
	}
	if rest == "" {
		return nil, false, nil
	}
	if rest[0] == '\'' {
		s, err := p.quoted()
		return &literal{at: at, value: String(s)}, true, err
	}
	if p.v == V4 && len(rest) >= 36 && isGUID(rest[:36]) && !identifierAt(rest, 36) {
		return take(36, GUID(rest[:36]))
	}
	c := rest[0]
	if c >= '0' && c <= '9' || (c == '-' || c == '+') && len(rest) > 1 && rest[1] >= '0' && rest[1] <= '9' {
		return p.numeric(rest)
	}
	if strings.HasPrefix(rest, "-INF") && !identifierAt(rest, 4) {
		return take(4, Double(math.Inf(-1)))
	}
	name := p.qualified()
	end := p.i
	p.i = at
	if name == "" {
		return nil, false, nil
	}
	if p.i = end; p.peek() == '\'' {
		return p.prefixed(at, name)
	}
	p.i = at
	switch name {
	case "null":
		return take(4, Value{})
	case "true", "false":
		return take(len(name), Bool(name == "true"))
	case "INF":
		return take(3, Double(math.Inf(1)))
	case "NaN":
		return take(3, Double(math.NaN()))
	}
	return nil, false, nil
}

func identifierAt(s string, i int) bool {
	return i < len(s) && (s[i] == '_' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z')
}

func (p *parser) numeric(rest string) (expr, bool, error) {
	at := p.i
	take := func(n int, v Value) (expr, bool, error) {
		p.i += n
		if identifierAt(p.s, p.i) {
			return nil, true, p.fail("unexpected character after a literal")
		}
		return &literal{at: at, value: v}, true, nil
	}
	if p.v == V4 {
		if m := reDateTime.FindString(rest); m != "" {
			v, ok := parseDateTime(strings.ToUpper(m))
			if !ok {
				return nil, true, p.fail("'%s' is not a date with a time", m)
			}
			return take(len(m), v)
		}
		if m := reDate.FindString(rest); m != "" {
			v, ok := parseDateTime(m)
			if !ok {
				return nil, true, p.fail("'%s' is not a date", m)
			}
			return take(len(m), Date(int(floorDiv(v.i, 86400*ticksPerSecond))))
		}
		if m := reTime.FindString(rest); m != "" {
			v, ok := parseTimeOfDay(m)
			if !ok {
				return nil, true, p.fail("'%s' is not a time of day", m)
			}
			return take(len(m), v)
		}
	}
	m := reNumber.FindString(rest)
	if p.v == V3 && len(m) < len(rest) {
		switch rest[len(m)] {
		case 'L', 'l':
			n, err := strconv.ParseInt(m, 10, 64)
			if err != nil {
				return nil, true, p.fail("'%s' is not an Edm.Int64", m)
			}
			return take(len(m)+1, Int(n))
		case 'M', 'm':
			v, err := ParseDecimal(m)
			if err != nil {
				return nil, true, p.fail("%v", err)
			}
			return take(len(m)+1, v)
		case 'F', 'f', 'D', 'd':
			f, _ := strconv.ParseFloat(m, 64)
			return take(len(m)+1, Double(f))
		}
	}
	if strings.ContainsAny(m, "eE") {
		f, _ := strconv.ParseFloat(m, 64)
		return take(len(m), Double(f))
	}
	if !strings.Contains(m, ".") {
		if n, err := strconv.ParseInt(m, 10, 64); err == nil {
			return take(len(m), Int(n))
		}
	}
	v, err := ParseDecimal(m)
	if err != nil {
		return nil, true, p.fail("%v", err)
	}
	return take(len(m), v)
}

// prefixed reads name'...': a typed literal or an enumeration member.
func (p *parser) prefixed(at int, name string) (expr, bool, error) {
	body, err := p.quoted()
	if err != nil {
		return nil, true, err
	}
	v, ok := Value{}, false
	switch lower := strings.ToLower(name); {
	case p.v == V4 && lower == "duration", p.v == V3 && lower == "time":
		v, ok = parseDuration(body)
	case p.v == V4 && lower == "binary":
		b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(body, "="))
		v, ok = Binary(b), err == nil
	case p.v == V3 && (name == "X" || lower == "binary"):
		b, err := hex.DecodeString(body)
		v, ok = Binary(b), err == nil
	case p.v == V3 && lower == "datetime":
		v, ok = parseDateTime(body)
		ok = ok && !strings.ContainsAny(body, "Z+") && v.scale == 0
	case p.v == V3 && lower == "datetimeoffset":
		v, ok = parseDateTime(body)
	case p.v == V3 && lower == "guid":
		v, ok = GUID(body), isGUID(body)
	case p.v == V4 && (lower == "geography" || lower == "geometry"):
		v, ok = String(body), strings.HasPrefix(body, "SRID=")
	case p.v == V4 && strings.Contains(name, "."):
		return &literal{at: at, value: String(body), enum: name}, true, nil
	default:
		p.i = at
		return nil, true, p.fail("'%s' is not a literal prefix of this version", name)
	}
	if !ok {
		p.i = at
		return nil, true, p.fail("'%s' is not a valid %s literal", body, name)
	}
	return &literal{at: at, value: v}, true, nil
}

// quoted reads 'text' with doubled quotes.
func (p *parser) quoted() (string, error) {
	start := p.i
	p.i++
	var b strings.Builder
	for {
		n := strings.IndexByte(p.s[p.i:], '\'')
		if n < 0 {
			p.i = start
			return "", p.fail("the string has no closing quote")
		}
		b.WriteString(p.s[p.i : p.i+n])
		p.i += n + 1
		if p.peek() != '\'' {
			return b.String(), nil
		}
		b.WriteByte('\'')
		p.i++
	}
}

func (p *parser) jsonString() (string, error) {
	start := p.i
	if p.peek() != '"' {
		return "", p.fail("expected a string in double quotes")
	}
	for i := p.i + 1; i < len(p.s); i++ {
		switch p.s[i] {
		case '\\':
			i++
		case '"':
			var s string
			if err := json.Unmarshal([]byte(p.s[start:i+1]), &s); err != nil {
				return "", p.fail("bad string: %v", err)
			}
			p.i = i + 1
			return s, nil
		}
	}
	return "", p.fail("the string has no closing quote")
}
