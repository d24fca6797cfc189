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
	root string // URL and instance, without a slash at its end
	// named are the companies of the property Company, in its order; all says that
	// those that the user may see are meant besides.
	named    []string
	all      bool
	baseName string       // default schema
	traits   odata.Traits // of any company

	context     callContext
	licence     string // GUID that calls claim, "" for the server's choice
	apiKey      string
	holdSession bool
	serverSQL   bool // let the database aggregate
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
	s.named = distinctFold(strings.Split(o.String("Company"), ","))
	if at := slices.Index(s.named, allCompanies); at >= 0 {
		s.named, s.all = slices.Delete(s.named, at, at+1), true
	}
	version := odata.V3
	switch v := o.String("ApiVersion"); strings.ToLower(v) {
	case "", "v1":
	case "v2":
		if len(s.named) == 0 && !s.all {
			return nil, badProperty("Company is missing: ApiVersion=v2 has it in every address; * stands for all that the user may see")
		}
		version = odata.V4
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
	s.context = callContext{Plant: o.String("Plant"), Language: o.String("Language"), FormatCulture: o.String("FormatCulture")}
	var err error
	s.traits, err = kineticTraits(o, version)
	return s, err
}

// v1Services is where the services of v1 lie, of any company.
const v1Services = "/api/v1"

// servicesOf is where the services of a company lie.
func (s *settings) servicesOf(company string) string {
	if s.traits.Version == odata.V3 {
		return s.root + v1Services
	}
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

// callSettingsHeader carries what a call works in.
const callSettingsHeader = "CallSettings"

// callContext is the value of that header.
type callContext struct {
	Company       string `json:",omitempty"`
	Plant         string `json:",omitempty"`
	Language      string `json:",omitempty"`
	FormatCulture string `json:",omitempty"`
}

// callSettings is the header of calls in a company, "" for none. The company of
// v2 stands in the URL, which wins.
func (s *settings) callSettings(company string) string {
	c := s.context
	if s.traits.Version == odata.V3 {
		c.Company = company
	}
	if text := headerJSON(c); text != "{}" {
		return text
	}
	return ""
}

// firstNamed is the company that calls work in that say no other: "" is the
// user's default.
func (s *settings) firstNamed() string {
	if len(s.named) == 0 {
		return ""
	}
	return s.named[0]
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
