package sage200_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

const otherSite = "0f5c2a11-77aa-4c1d-9d7e-5b1a2c3d4e5f"

var severalCompanies = sage200test.WithCompanies(
	sage200test.Company{SiteID: sage200test.DefaultSite, SiteName: "North", SiteShortName: "N", CompanyID: 1, CompanyName: "Demodata"},
	sage200test.Company{SiteID: sage200test.DefaultSite, SiteName: "North", SiteShortName: "N", CompanyID: 2, CompanyName: "Training"},
	sage200test.Company{SiteID: otherSite, SiteName: "South", SiteShortName: "S", CompanyID: 1, CompanyName: "Southern Ltd"},
)

// lastPlace returns X-Site and X-Company of the last request.
func lastPlace(s *sage200test.Server) [2]string {
	all := s.Requests()
	h := all[len(all)-1].Header
	return [2]string{h.Get("X-Site"), h.Get("X-Company")}
}

func TestSiteAndCompanyAreFoundByWhatIsGivenOfThem(t *testing.T) {
	for _, test := range []struct {
		name          string
		site, company string
		opt           sage200test.Option
		want          [2]string
	}{
		{"the only one", "", "", nil, [2]string{sage200test.DefaultSite, "1"}},
		{"names", "south", "southern ltd", severalCompanies, [2]string{otherSite, "1"}},
		{"the only company of a site", "S", "", severalCompanies, [2]string{otherSite, "1"}},
		{"a company that only one site has", "", "Training", severalCompanies, [2]string{sage200test.DefaultSite, "2"}},
		{"an id and a name", sage200test.DefaultSite, "Training", severalCompanies, [2]string{sage200test.DefaultSite, "2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var opts []sage200test.Option
			if test.opt != nil {
				opts = append(opts, test.opt)
			}
			s := serve(t, opts...)
			p := connect(t, s, "Site", test.site, "Company", test.company)
			mustQuery(t, p, "SELECT id FROM currencies")
			assert.Equal(t, test.want, lastPlace(s))
			assert.Equal(t, 1, s.CountPath(sage200test.ProfessionalPath+"/sites"), "asked once for all requests")
		})
	}
	t.Run("ids are taken as they are", func(t *testing.T) {
		s := serve(t, severalCompanies)
		mustQuery(t, connect(t, s, "Company", "2"), "SELECT id FROM currencies")
		assert.Zero(t, s.CountPath(sage200test.ProfessionalPath+"/sites"))
	})
}

func TestAChoiceOfCompaniesIsLeftToTheUserAndListed(t *testing.T) {
	s := serve(t, severalCompanies)
	e := failure(t, connect(t, s, "Site", "", "Company", "").Ping(t.Context()), providers.KindProperty)
	assert.Equal(t, "Site and Company are missing, and the user may open several companies: "+
		"Site="+sage200test.DefaultSite+";Company=1 (North, Demodata), Site="+sage200test.DefaultSite+";Company=2 (North, Training), "+
		"Site="+otherSite+";Company=1 (South, Southern Ltd)", e.Message)
	e = failure(t, connect(t, s, "Site", "North", "Company", "").Ping(t.Context()), providers.KindProperty)
	assert.Contains(t, e.Message, "several companies go by Site=North: ")
	e = failure(t, connect(t, s, "Site", "East", "Company", "").Ping(t.Context()), providers.KindProperty)
	assert.Contains(t, e.Message, "no company goes by Site=East; the user may open Site="+sage200test.DefaultSite)
	none := serve(t, sage200test.WithCompanies())
	e = failure(t, connect(t, none, "Site", "", "Company", "").Ping(t.Context()), providers.KindPermission)
	assert.Contains(t, e.Message, "no company")
}

// source is a token source that can renew.
type source struct {
	token   string
	next    string
	refused []string
}

func (s *source) Token(context.Context) (string, error) { return s.token, nil }

func (s *source) Refused(_ context.Context, token string) (bool, error) {
	s.refused = append(s.refused, token)
	if token == s.token && s.next != "" {
		s.token, s.next = s.next, ""
		return true, nil
	}
	return token != s.token, nil
}

func TestAServerWithoutTheListOfSitesIsPinged(t *testing.T) {
	s := serve(t, sage200test.WithoutSites())
	require.NoError(t, connect(t, s).Ping(t.Context()))
	failure(t, connect(t, s, "OAuthAccessToken", "wrong").Ping(t.Context()), providers.KindAuthentication)
	require.NoError(t, connect(t, serve(t, sage200test.WithoutSites(), sage200test.WithDenied("currencies"))).Ping(t.Context()))
}

func TestTheEditionPicksTheAddress(t *testing.T) {
	for schema, want := range map[string]string{
		"StandardUK": "https://api.columbus.sage.com/uk/sage200/accounts/v1/sites", "ProfessionalUK": "https://api.columbus.sage.com/uk/sage200extra/accounts/v1/sites",
	} {
		var asked string
		p := open(t, providers.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			asked = r.URL.String()
			return nil, context.Canceled
		}), Properties: map[string]string{"Schema": schema, "SubscriptionKey": "key", "OAuthAccessToken": "token", "MaxRetries": "0"}})
		require.Error(t, p.Ping(t.Context()))
		assert.Equal(t, want, asked)
	}
	for name, missing := range map[string]map[string]string{
		"Schema is missing": {"SubscriptionKey": "k", "OAuthAccessToken": "t"}, "SubscriptionKey is missing": {"Schema": "StandardUK", "OAuthAccessToken": "t"},
		"OAuthAccessToken is missing": {"Schema": "StandardUK", "SubscriptionKey": "k"}, "neither StandardUK nor ProfessionalUK": {"Schema": "Gold", "SubscriptionKey": "k", "OAuthAccessToken": "t"},
	} {
		_, err := providers.Open("sage200", providers.Options{Properties: missing})
		assert.ErrorContains(t, err, name)
		assert.ErrorIs(t, err, providers.KindProperty)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
