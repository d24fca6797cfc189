package odata

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
)

// capabilities are the words of ODataCapabilities that are not functions.
var capabilities = map[string]func(*Traits) *bool{
	"filter":  func(t *Traits) *bool { return &t.Filter },
	"orderby": func(t *Traits) *bool { return &t.OrderBy },
	"top":     func(t *Traits) *bool { return &t.Top },
	"skip":    func(t *Traits) *bool { return &t.Skip },
	"count":   func(t *Traits) *bool { return &t.Count },
	"select":  func(t *Traits) *bool { return &t.Select },
	"expand":  func(t *Traits) *bool { return &t.Expand },
	"search":  func(t *Traits) *bool { return &t.Search },
	"batch":   func(t *Traits) *bool { return &t.Batch },
	"keyset":  func(t *Traits) *bool { return &t.Keyset },
	"in":      func(t *Traits) *bool { return &t.In },
	"apply":   func(t *Traits) *bool { return &t.Apply },
	"query":   func(t *Traits) *bool { return &t.QuerySegment },
	"any":     func(t *Traits) *bool { return &t.Any },
}

// functionWords are those that are functions and operators of $filter.
var functionWords = []string{
	"contains", "startswith", "endswith", "year", "month", "day", "hour", "minute", "add", "sub", "mul", "has", "null",
}

// allow obeys ODataCapabilities: words alone are all that the service is asked
// for, and vouched for; +word and -word change what it is asked for anyway.
func (t *Traits) allow(text string) error {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
	if len(words) == 0 {
		return nil
	}
	t.Functions, t.said = maps.Clone(t.Functions), map[string]bool{}
	if slices.ContainsFunc(words, func(w string) bool { return w[0] != '-' && w[0] != '+' }) {
		for _, field := range capabilities {
			*field(t) = false
		}
		t.Functions, t.Vouched = map[string]bool{"null": false}, true
	}
	for _, w := range words {
		name, on := strings.ToLower(strings.TrimLeft(w, "+-")), w[0] != '-'
		t.said[name] = on
		switch field := capabilities[name]; {
		case field != nil:
			*field(t) = on
		case slices.Contains(functionWords, name):
			t.Functions[name] = on
		case name == "none":
		default:
			known := slices.Concat(slices.Sorted(maps.Keys(capabilities)), functionWords, []string{"none"})
			return &providers.Error{Kind: providers.KindProperty, Message: fmt.Sprintf(
				"property %q: there is no capability %q%s; there are %s", "ODataCapabilities", w, nearest.Suffix(name, known), strings.Join(known, ", "))}
		}
	}
	return nil
}

// announced is what the metadata say of a capability, unless ODataCapabilities
// has the word.
func (t *Traits) announced(word string, on bool) bool {
	if said, ok := t.said[word]; ok {
		return said
	}
	return on && !t.Vouched
}
