package epicor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// settings is what the properties of a connection come to. It holds secrets
// and is never printed.
type settings struct {
	root     string // URL and instance, without a slash at its end
	services string // absolute URL under which the services lie
	company  string // the first of companies
	// companies are those of the connection, in the order of the property; more
	// than one only with v2, where each has addresses of its own.
	companies []string
	baseName  string // default schema
	traits    odata.Traits

	callSettings string // header of that name, "" for none
	licence      string // GUID that calls claim, "" for the server's choice
	apiKey       string
	holdSession  bool
	serverSQL    bool // let the database aggregate
}

// licences are the GUIDs behind the names that Kinetic's documents use.
var licences = map[string]string{
	"default":          "00000003-B615-4300-957B-34956697F040",
	"webservice":       "00000003-9439-4B30-A6F4-6D2FD4B9FD0F",
	"webserviceshared": "00000003-231B-4E2B-9B47-13F87EA9A0A3",
	"eccwebservice":    "00000003-079B-4C49-9D0A-EF8236247504",
}

func badProperty(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &providers.Error{Kind: providers.KindProperty, Message: err.Error(), Err: errors.Unwrap(err)}
}

// newSettings reads the properties. It needs no more validation of them than
// what would send a request to the wrong place.
func newSettings(o providers.Options) (*settings, error) {
	s := &settings{
		root:   strings.TrimRight(o.String("URL"), "/"),
		apiKey: o.String("ApiKey"), holdSession: o.Bool("Session"), serverSQL: o.Bool("ServerSQL"), baseName: o.String("Service"),
	}
	if s.root == "" {
		return nil, badProperty("URL is missing: give the server's root, such as https://myserver.EpicorSaaS.com")
	}
	if instance := strings.Trim(o.String("ERPInstance"), "/"); instance != "" {
		s.root += (&url.URL{Path: "/" + instance}).EscapedPath()
	}
	if s.baseName == "" {
		s.baseName = baqSchema
	}
	for _, c := range strings.Split(o.String("Company"), ",") {
		if c = strings.TrimSpace(c); c != "" && !slices.ContainsFunc(s.companies, func(k string) bool { return strings.EqualFold(k, c) }) {
			s.companies = append(s.companies, c)
		}
	}
	if len(s.companies) > 0 {
		s.company = s.companies[0]
	}
	version := odata.V3
	switch v := o.String("ApiVersion"); strings.ToLower(v) {
	case "", "v1":
		s.services = s.root + "/api/v1"
		if len(s.companies) > 1 {
			return nil, badProperty("Company: several companies need ApiVersion=v2, which has the company in every address; give one")
		}
	case "v2":
		if s.company == "" {
			return nil, badProperty("Company is missing: ApiVersion=v2 has it in every address")
		}
		version = odata.V4
		s.services = s.servicesOf(s.company)
	default:
		return nil, badProperty("ApiVersion: %q is neither v1 nor v2", v)
	}
	if name := o.String("License"); name != "" {
		if s.licence = licences[strings.ToLower(name)]; s.licence == "" {
			s.licence = name
		}
		if len(s.licence) != 36 || strings.Count(s.licence, "-") != 4 {
			return nil, badProperty("License: %q is neither a GUID nor Default, WebService, WebServiceShared or ECCWebService", name)
		}
	}
	s.callSettings = s.callSettingsFor(o, version)
	var err error
	s.traits, err = kineticTraits(o, version)
	return s, err
}

// servicesOf is where the services of a company lie in v2.
func (s *settings) servicesOf(company string) string {
	return s.root + "/api/v2/odata/" + url.PathEscape(company)
}

// kineticTraits is what is known of Kinetic's services. Of the functions of
// $filter, production clients prove contains and startswith, and nothing else.
func kineticTraits(o providers.Options, v odata.Version) (odata.Traits, error) {
	t, err := odata.TraitsFor(o, v)
	if err != nil {
		return t, err
	}
	t.SilentCap, t.PreferPageSize, t.PositionalKeys = true, false, true
	t.Functions = map[string]bool{"contains": true, "startswith": true}
	t.KeysetText = t.ServerCollation
	t.UniformColumns = []string{"Company"}
	if t.Header == nil {
		t.Header = http.Header{}
	}
	t.Header.Set("Accept", "application/json")
	return t, nil
}

// callSettings makes the header that carries what a call works in. The company
// of v2 stands in the URL, which wins.
func (s *settings) callSettingsFor(o providers.Options, v odata.Version) string {
	var cs struct {
		Company       string `json:",omitempty"`
		Plant         string `json:",omitempty"`
		Language      string `json:",omitempty"`
		FormatCulture string `json:",omitempty"`
	}
	if v == odata.V3 {
		cs.Company = s.company
	}
	cs.Plant, cs.Language, cs.FormatCulture = o.String("Plant"), o.String("Language"), o.String("FormatCulture")
	if text := headerJSON(cs); text != "{}" {
		return text
	}
	return ""
}

// headerJSON writes a value as JSON in ASCII alone, since a header has no
// agreed encoding.
func headerJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "{}" // structs of strings cannot fail
	}
	var b strings.Builder
	for _, r := range string(raw) {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
