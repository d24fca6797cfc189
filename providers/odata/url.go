package odata

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// option is one query option, its value not yet encoded.
type option struct{ name, value string }

const hex = "0123456789ABCDEF"

// escape percent-encodes text for a query or a path segment. What reads well
// and no server misreads stays: $ , ' ( ) : * @ and, in a query, /.
func escape(s string, query bool) string {
	plain := func(c byte) bool {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			return true
		}
		return strings.IndexByte("-_.~$,'():*@", c) >= 0 || query && c == '/'
	}
	n := 0
	for i := range len(s) {
		if !plain(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	out := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; plain(c) {
			out = append(out, c)
		} else {
			out = append(out, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(out)
}

// requestURL writes the URL of a resource under the root with its options,
// then those that go with every request.
func (s *Service) requestURL(path string, options []option) string {
	var b strings.Builder
	b.WriteString(strings.TrimRight(s.Root, "/"))
	if path != "" {
		b.WriteByte('/')
		b.WriteString(path)
	}
	sep := byte('?')
	if strings.Contains(s.Root, "?") {
		sep = '&'
	}
	write := func(name, value string) {
		b.WriteByte(sep)
		b.WriteString(escape(name, true) + "=" + escape(value, true))
		sep = '&'
	}
	for _, o := range options {
		write(o.name, o.value)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Traits.Query)) {
		for _, v := range s.Traits.Query[name] {
			write(name, v)
		}
	}
	return b.String()
}

// KeyPath returns the path of one entity, Set(1) or Set(A='x',B=2), with the
// values of the key in key order.
func (s *Service) KeyPath(set *Set, key []sqltypes.Value) (string, error) {
	parts := make([]string, len(key))
	for i, v := range key {
		text, err := s.Traits.literal(&set.Properties[set.Key[i].Property], v)
		if err != nil {
			return "", err
		}
		// A literal's own parentheses, quotes and commas are safe in a segment.
		if parts[i] = escape(text, false); len(key) > 1 && !s.Traits.PositionalKeys {
			parts[i] = escape(set.Key[i].Name, false) + "=" + parts[i]
		}
	}
	return set.path() + "(" + strings.Join(parts, ",") + ")", nil
}

// resolveLink makes a next link absolute: it may be relative to the URL that
// it was sent for.
func resolveLink(base, link string) (string, error) {
	b, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	l, err := b.Parse(link)
	if err != nil {
		return "", err
	}
	return l.String(), nil
}
