package sage200

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// place is the company that requests are about: the values of X-Site and
// X-Company.
type place struct{ site, company string }

// siteCompany is one entry of GET /sites: a company that the user may open.
type siteCompany struct {
	SiteID        string      `json:"site_id"`
	SiteName      string      `json:"site_name"`
	SiteShortName string      `json:"site_short_name"`
	CompanyID     json.Number `json:"company_id"`
	CompanyName   string      `json:"company_name"`
}

func (c siteCompany) String() string {
	return fmt.Sprintf("Site=%s;Company=%s (%s, %s)", c.SiteID, c.CompanyID, c.SiteName, c.CompanyName)
}

// placed says whether Site and Company are ids, so that nothing has to be found.
func (s *settings) placed() bool {
	_, err := strconv.Atoi(s.company)
	return err == nil && isGUID(s.site)
}

// findPlace takes Site and Company as they are if they are ids, and else looks
// among the companies that the user may open: by name, or for the only one.
func (a *authorizer) findPlace(ctx context.Context) (place, error) {
	site, company := a.set.site, a.set.company
	if a.set.placed() {
		return place{site, company}, nil
	}
	sites, err := a.sites(ctx)
	if err != nil {
		return place{}, err
	}
	var fit []siteCompany
	for _, c := range sites {
		if named(site, c.SiteID, c.SiteName, c.SiteShortName) && named(company, c.CompanyID.String(), c.CompanyName) {
			fit = append(fit, c)
		}
	}
	switch {
	case len(fit) == 1:
		return place{fit[0].SiteID, fit[0].CompanyID.String()}, nil
	case len(sites) == 0:
		return place{}, &providers.Error{Kind: providers.KindPermission, Message: "the user may open no company: give the user access to one in Sage 200's administration"}
	case len(fit) == 0:
		return place{}, badProperty("Site and Company: no company goes by %s; the user may open %s", given(site, company), listed(sites))
	case site == "" && company == "":
		return place{}, badProperty("Site and Company are missing, and the user may open several companies: %s", listed(fit))
	}
	return place{}, badProperty("Site and Company: several companies go by %s: %s", given(site, company), listed(fit))
}

// among says whether the user may open the place.
func (p place) among(sites []siteCompany) error {
	for _, c := range sites {
		if strings.EqualFold(p.site, c.SiteID) && p.company == c.CompanyID.String() {
			return nil
		}
	}
	return badProperty("Site and Company: the server does not know %s; the user may open %s", given(p.site, p.company), listed(sites))
}

// named says whether one of the names is meant; nothing means any.
func named(wanted string, names ...string) bool {
	return wanted == "" || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, wanted) })
}

func given(site, company string) string {
	var parts []string
	if site != "" {
		parts = append(parts, "Site="+site)
	}
	if company != "" {
		parts = append(parts, "Company="+company)
	}
	return strings.Join(parts, ";")
}

// maxListed bounds how many companies an error lists.
const maxListed = 20

func listed(sites []siteCompany) string {
	var texts []string
	for i, c := range sites {
		if i == maxListed {
			texts = append(texts, fmt.Sprintf("and %d more", len(sites)-i))
			break
		}
		texts = append(texts, c.String())
	}
	return strings.Join(texts, ", ")
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if hex := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'; dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

// sites asks for the companies that the user may open. It needs no company, and
// sees to the token itself.
func (a *authorizer) sites(ctx context.Context) ([]siteCompany, error) {
	for attempt := 0; ; attempt++ {
		h := a.set.header()
		token, err := a.sign(ctx, h)
		if err != nil {
			return nil, err
		}
		resp, err := a.client.Do(ctx, &httpx.Request{URL: a.set.address("sites", ""), Header: h, NoAuth: true})
		if err != nil {
			return nil, odata.TransportError(ctx, err)
		}
		if resp.Status == http.StatusOK {
			defer resp.Release()
			var sites []siteCompany
			if err := json.Unmarshal(resp.Body, &sites); err != nil {
				return nil, a.set.unreadable(resp, err)
			}
			return sites, nil
		}
		e := a.set.decodeError(resp)
		resp.Release()
		if resp.Status != http.StatusUnauthorized || e.Kind == providers.KindAPIKey || attempt > 0 {
			return nil, e
		}
		renewed, err := a.source.Refused(ctx, token)
		if err != nil {
			return nil, err
		}
		if !renewed {
			return nil, e
		}
	}
}
