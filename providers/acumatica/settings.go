package acumatica

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// The schemas.
const (
	schemaREST = "REST"
	schemaGI   = "GI"
	schemaDAC  = "DAC"
)

// settings is what the properties of a connection come to. It holds secrets
// and is never printed.
type settings struct {
	site     string // URL of the instance, without a slash at its end
	tenant   string // Company
	schema   string // default schema
	endpoint string // EndpointName, "" for Default
	version  string // EndpointVersion, "" for the newest
	custom   bool   // IncludeCustomFields
	branch   string // Branch, "" for the user's
	locale   string // Locale, "" for the site's
	traits   odata.Traits
}

func badProperty(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &providers.Error{Kind: providers.KindProperty, Message: err.Error(), Err: errors.Unwrap(err)}
}

// DefaultSchema is the schema that a value of the property Schema makes the
// default one: REST, GI for OData, DAC for ODataV4; "" if it is none of those.
func DefaultSchema(property string) string {
	switch strings.ToLower(property) {
	case "", "rest":
		return schemaREST
	case "odata":
		return schemaGI
	case "odatav4":
		return schemaDAC
	}
	return ""
}

func newSettings(o providers.Options) (*settings, error) {
	s := &settings{
		site: SiteURL(o.String("URL")), tenant: o.String("Company"),
		endpoint: o.String("EndpointName"), version: o.String("EndpointVersion"), custom: o.Bool("IncludeCustomFields"),
		branch: o.String("Branch"), locale: o.String("Locale"),
	}
	if s.site == "" {
		return nil, badProperty("URL is missing: give the address of the instance, such as https://myserver.acumatica.com")
	}
	if s.schema = DefaultSchema(o.String("Schema")); s.schema == "" {
		return nil, badProperty("Schema: %q is none of REST, OData and ODataV4", o.String("Schema"))
	}
	if s.schema != schemaREST && s.tenant == "" {
		return nil, s.noTenant(s.schema)
	}
	var err error
	s.traits, err = odata.TraitsFor(o, odata.V4)
	// Requests of a session are served one after the other.
	s.traits.Concurrency = 1
	s.traits.DecodeError = s.decodeError
	return s, err
}

// SiteURL is the address of the instance by the property URL, without a slash at
// its end. Some write the address of the contract-based interface, which lies
// under it.
func SiteURL(url string) string {
	url = strings.TrimRight(url, "/")
	if i := len(url) - len("/entity"); i > 0 && strings.EqualFold(url[i:], "/entity") {
		url = url[:i]
	}
	return url
}

func (s *settings) noTenant(schema string) error {
	return badProperty("Company is missing: the tenant's login name stands in every address of schema %s", schema)
}

// feed returns the root of an OData interface.
func (s *settings) feed(name string) string {
	return s.site + "/t/" + url.PathEscape(s.tenant) + "/api/odata/" + name
}

// place tells a request which branch and language it is for: what a sign-in has
// not said, since there was none with a token, and OData has no session of it.
func (s *settings) place(r *http.Request, token bool) {
	set := func(name, value string) {
		if value != "" && r.Header.Get(name) == "" {
			r.Header.Set(name, value)
		}
	}
	set("Accept-Language", s.locale)
	if token && s.own(r.URL) {
		set("PX-CbApiBranch", s.branch)
	}
}

// own reports an address of the contract-based interface.
func (s *settings) own(u *url.URL) bool {
	root, err := url.Parse(s.site)
	return err == nil && strings.HasPrefix(u.Path, strings.TrimRight(root.Path, "/")+"/entity")
}
