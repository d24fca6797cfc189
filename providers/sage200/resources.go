package sage200

import (
	_ "embed"
	"strings"
	"sync"
)

// resource is a collection that can be read.
type resource struct {
	name string
	// path under the root; {name} stands for an input that the path needs.
	path         string
	writable     bool
	byID         bool // one can be read by its id, which therefore names one
	professional bool // Sage 200 Standard lacks it
	description  string
	fields       []field // nil: the server is asked
}

//go:embed resources.txt
var resourceList string

// knownResources are those of the list in this package.
var knownResources = sync.OnceValue(func() []resource {
	var list []resource
	for line := range strings.Lines(resourceList) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] == "#" {
			continue
		}
		r := resource{name: words[0], path: words[0], writable: strings.ContainsAny(words[1], "AUD"), byID: strings.Contains(words[1], "I")}
		for _, w := range words[2:] {
			if w == "P" {
				r.professional = true
			} else {
				r.path = w
			}
		}
		list = append(list, r)
	}
	return list
})

// keyed says whether the column id names a row: the API reads a row by it, or
// it numbers the members of an enumeration. A view joins several resources and
// may repeat the id of one.
func (r *resource) keyed() bool { return r.byID || strings.HasSuffix(r.name, "_types") }

// isView says that rows are never written: the API has no verb for it, or nothing
// names the row.
func (r *resource) isView() bool { return !r.writable || !r.keyed() }

// inputs are the names of what the path needs.
func (r *resource) inputs() []string {
	var names []string
	for part := range strings.SplitSeq(r.path, "/") {
		if strings.HasPrefix(part, "{") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}
