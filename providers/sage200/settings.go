package sage200

import (
	"errors"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// The addresses of the two editions; the Schema property names them.
var editions = map[string]string{
	"standarduk":     "https://api.columbus.sage.com/uk/sage200/accounts/v1",
	"professionaluk": "https://api.columbus.sage.com/uk/sage200extra/accounts/v1",
}

// EditionURL is the address of an edition, "" if there is none of that name.
func EditionURL(schema string) string { return editions[strings.ToLower(schema)] }

// What the API promises of $top: developer.sage.com/200/guides/query-parameters.
const maxTop = 5000

// settings is what the properties of a connection come to. It holds secrets
// and is never printed.
type settings struct {
	root          string // without a slash at its end
	standard      bool   // the edition is Standard
	key           httpx.Secret
	site, company string // as the properties give them
	files         []string
	traits        odata.Traits
}

func badProperty(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &providers.Error{Kind: providers.KindProperty, Message: err.Error(), Err: errors.Unwrap(err)}
}

func newSettings(o providers.Options) (*settings, error) {
	edition := strings.ToLower(o.String("Schema"))
	s := &settings{
		root: strings.TrimRight(o.String("URL"), "/"), standard: edition == "standarduk",
		key: httpx.Secret(o.String("SubscriptionKey")), site: o.String("Site"), company: o.String("Company"),
	}
	switch {
	case edition != "" && EditionURL(edition) == "":
		return nil, badProperty("Schema: %q is neither StandardUK nor ProfessionalUK", o.String("Schema"))
	case s.root == "" && edition == "":
		return nil, badProperty("Schema is missing: give StandardUK or ProfessionalUK, or the address of another server in URL")
	case s.root == "":
		s.root = EditionURL(edition)
	}
	if s.key == "" {
		return nil, badProperty("SubscriptionKey is missing: give the key of the Sage developer portal")
	}
	for name := range strings.SplitSeq(o.String("OpenAPIFiles"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			s.files = append(s.files, name)
		}
	}
	var err error
	if s.traits, err = odata.TraitsFor(o, odata.V4); err != nil {
		return nil, err
	}
	s.traits.DecodeError = s.decodeError
	s.habits()
	return s, nil
}

// habits corrects what OData promises by what the API is documented to do: rows
// in a bare array with nothing that says whether more follow, at most 5,000 at a
// time, a count by itself, three functions in $filter and no "in" and no "not".
// The database behind it is SQL Server, with a collation that nobody tells.
func (s *settings) habits() {
	t := &s.traits
	t.Bare, t.SilentCap, t.MaxTop, t.PreferPageSize = true, true, maxTop, false
	t.ClippedInstants, t.DateLiterals = true, true
	t.Functions = map[string]bool{"contains": true, "startswith": true, "endswith": true}
}
