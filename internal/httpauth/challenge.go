package httpauth

import "strings"

// Challenge is one way to authenticate that a server offers.
type Challenge struct {
	Scheme string
	// Token is the token68 that some schemes have in place of parameters.
	Token string
	// Params are the parameters, their names in lower case, their values unquoted.
	Params map[string]string
}

// Challenges reads the values of WWW-Authenticate (RFC 9110, section 11.6.1):
// each may hold several challenges, with the same commas between them as between
// the parameters of one. What cannot be read is passed over up to the next comma.
func Challenges(values []string) []Challenge {
	var all []Challenge
	for _, v := range values {
		r := challengeReader{rest: v}
		for r.next() {
		}
		all = append(all, r.found...)
	}
	return all
}

// challengeReader reads one field value.
type challengeReader struct {
	rest  string
	found []Challenge
}

// next reads a scheme or a parameter, and reports whether there is more.
func (r *challengeReader) next() bool {
	r.rest = strings.TrimLeft(r.rest, " \t,")
	if r.rest == "" {
		return false
	}
	word := r.take(isTokenByte)
	switch after := strings.TrimLeft(r.rest, " \t"); {
	case word == "":
		r.skip()
	case strings.HasPrefix(after, "="):
		r.rest = strings.TrimLeft(after[1:], " \t")
		value, ok := r.value()
		if !ok || len(r.found) == 0 {
			r.skip()
			break
		}
		params := r.found[len(r.found)-1].Params
		if name := strings.ToLower(word); params[name] == "" { // the first counts
			params[name] = value
		}
	default:
		r.rest = after
		r.found = append(r.found, Challenge{Scheme: word, Token: r.token68(), Params: map[string]string{}})
	}
	return true
}

func (r *challengeReader) take(is func(byte) bool) string {
	n := 0
	for n < len(r.rest) && is(r.rest[n]) {
		n++
	}
	word := r.rest[:n]
	r.rest = r.rest[n:]
	return word
}

// value reads a token or a quoted string.
func (r *challengeReader) value() (string, bool) {
	if !strings.HasPrefix(r.rest, `"`) {
		v := r.take(func(b byte) bool { return b != ',' && b != ' ' && b != '\t' })
		return v, v != ""
	}
	var b strings.Builder
	for i := 1; i < len(r.rest); i++ {
		switch c := r.rest[i]; {
		case c == '"':
			r.rest = r.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(r.rest):
			i++
			b.WriteByte(r.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	r.rest = ""
	return "", false
}

// token68 reads what fills the whole place up to the next comma, or nothing: a
// parameter has something behind its first "=" that is no "=".
func (r *challengeReader) token68() string {
	end := strings.IndexByte(r.rest, ',')
	if end < 0 {
		end = len(r.rest)
	}
	word := strings.TrimRight(r.rest[:end], " \t")
	body := strings.TrimRight(word, "=")
	if body == "" || strings.ContainsFunc(body, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-._~+/", c))
	}) {
		return ""
	}
	r.rest = r.rest[end:]
	return word
}

func (r *challengeReader) skip() {
	if i := strings.IndexByte(r.rest, ','); i >= 0 {
		r.rest = r.rest[i:]
		return
	}
	r.rest = ""
}

// isTokenByte goes by RFC 9110, section 5.6.2.
func isTokenByte(b byte) bool {
	return b > ' ' && b < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, rune(b))
}

// offered names the schemes of challenges, for errors.
func offered(all []Challenge) string {
	var names []string
	for _, c := range all {
		names = append(names, c.Scheme)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
