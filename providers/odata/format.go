package odata

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/epicorerp/epicorerp/providers"
)

// Format is how a service writes its answers.
type Format uint8

// The formats.
const (
	Light   Format = iota // V4's JSON and V3's JSON light; of V2 there is Verbose alone
	Verbose               // {"d":{"results":[…]}}
	Atom                  // feeds of XML
)

// String returns the format as messages name it.
func (f Format) String() string { return [...]string{"JSON", "verbose JSON", "Atom"}[f] }

// wrapped says that answers have the form of verbose JSON: those in Atom are
// turned into it.
func (t *Traits) wrapped() bool { return t.Version == V2 || t.Format != Light }

// envelope is the version whose names the members of an answer have.
func (t *Traits) envelope() Version {
	if t.wrapped() {
		return V2
	}
	return t.Version
}

// accept is the media type to ask for.
func (t *Traits) accept() string {
	switch {
	case t.Format == Atom:
		return "application/atom+xml"
	case t.Version == V3 && t.Format == Verbose:
		return "application/json;odata=verbose"
	}
	return accept[t.Version]
}

// formatOf finds out how a service of V2 or V3 answers, by its service document:
// those of before 2012 know no JSON light, some know Atom alone and say so by 406
// or 415. A service that refuses the document for another reason is taken to
// speak the JSON of its version.
func (s *Service) formatOf(ctx context.Context) (Format, error) {
	if s.Traits.Version == V4 {
		return Light, nil
	}
	try := *s
	formats := []Format{Light, Verbose, Atom}
	if s.Traits.Version == V2 {
		formats = []Format{Light, Atom}
	}
	for _, f := range formats {
		try.Traits.Format = f
		body, refused, err := try.document(ctx)
		switch {
		case err != nil:
			return Light, err
		case refused:
			continue
		case f == Light && bytes.HasPrefix(body, []byte("<")):
			return Atom, nil
		case f == Light && wrappedIn(body):
			return Verbose, nil
		}
		return f, nil
	}
	return Light, nil
}

// wrappedIn says that a JSON document is an object whose member is "d".
func wrappedIn(body []byte) bool {
	body, ok := bytes.CutPrefix(body, []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimSpace(body), []byte(`"d"`))
}

// document fetches the service document. refused says that the server has it in
// another format.
func (s *Service) document(ctx context.Context) (body []byte, refused bool, err error) {
	h := s.header()
	if s.Traits.Format == Atom {
		h.Set("Accept", "application/atomsvc+xml, application/atom+xml;q=0.9, application/xml;q=0.8")
	}
	resp, err := s.get(ctx, s.documentURL(), h, nil)
	var e *providers.Error
	switch {
	case err == nil:
		defer resp.Release()
		return bytes.Clone(bytes.TrimSpace(resp.Body)), false, nil
	case errors.As(err, &e) && (e.Status == http.StatusNotAcceptable || e.Status == http.StatusUnsupportedMediaType):
		return nil, true, nil
	case errors.As(err, &e) && (e.Kind == providers.KindNotFound || e.Kind == providers.KindBusiness || e.Kind == providers.KindUnsupported):
		return nil, false, nil
	}
	return nil, false, err
}

// rows returns an answer as JSON of the form that the service is taken to speak.
func (t *Traits) rows(body []byte, set *Set) ([]byte, error) {
	switch {
	case len(bytes.TrimSpace(body)) == 0 || !t.wrapped():
		return body, nil
	case t.Format == Atom:
		return atomToJSON(body, set)
	}
	return wrapped(body), nil
}

// verboseMembers are the names with which the inside of verbose JSON begins, and
// nothing else does.
var verboseMembers = [...]string{`"results"`, `"__count"`, `"__next"`, `"__metadata"`}

// wrapped puts the "d" around verbose JSON that some servers, and proxies that
// mean well, leave out: {"results":[…]}, an entity with __metadata, or the rows
// alone. Anything else stays, and is an error that shows it.
func wrapped(body []byte) []byte {
	inner := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	bare := bytes.HasPrefix(inner, []byte("["))
	if object, ok := bytes.CutPrefix(inner, []byte("{")); ok {
		object = bytes.TrimSpace(object)
		for _, name := range verboseMembers {
			bare = bare || bytes.HasPrefix(object, []byte(name))
		}
	}
	if !bare {
		return body
	}
	return slices.Concat([]byte(`{"d":`), inner, []byte("}"))
}
