package odata

import (
	"errors"
	"net/http"
	"sync"
)

// unusable is an answer of $apply that is none.
type unusable struct {
	why string
	// now says that the answer is to blame and not what was asked: under other
	// conditions it may do.
	now bool
}

func (e *unusable) Error() string { return e.why }

// refusing are the statuses by which a service says that it does not know what it
// was asked for.
var refusing = map[int]bool{
	http.StatusBadRequest: true, http.StatusNotFound: true, http.StatusMethodNotAllowed: true,
	http.StatusInternalServerError: true, http.StatusNotImplemented: true,
}

// refused remembers an answer that is none. Errors that have nothing to do with
// $apply stay as they are.
func (g *grouping) refused(part *groupPart, err error) error {
	var u *unusable
	switch {
	case !errors.As(err, &u):
		return err
	case u.now:
		return g.refuse(g.groupURL(part), u.why)
	}
	return g.refuse(g.text(part), u.why)
}

// refusals are what a table is not asked for again, by what was asked and why not.
type refusals struct {
	mu  sync.Mutex
	why map[string]string
}

// maxRefusals bounds what is remembered: conditions differ from query to query.
const maxRefusals = 1000

func (r *refusals) note(asked, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil || len(r.why) >= maxRefusals {
		r.why = map[string]string{}
	}
	r.why[asked] = why
}

func (r *refusals) of(asked string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why[asked]
}

// refuse remembers what the table is not to be asked for again: "" is $apply at all,
// the text of a part that part, its URL that part under these conditions. The query is
// planned anew without.
func (g *grouping) refuse(asked, why string) error {
	g.t.refusals.note(asked, why)
	return untrusted("$apply of " + g.t.info.Name + ": " + why)
}
