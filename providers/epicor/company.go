package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// company is one company as requests reach it: v2 has it in the address, v1 in
// the header CallSettings.
type company struct {
	id       string       // "" for the user's default, which only v1 has
	services string       // absolute URL under which the services lie
	traits   odata.Traits // with the header
}

// allCompanies stands in the property Company for every one that the user may
// see.
const allCompanies = "*"

// at is how requests reach a company.
func (s *settings) at(id string) company {
	c := company{id: id, services: s.servicesOf(id), traits: s.traits}
	if settings := s.callSettings(id); settings != "" {
		c.traits.Header = s.traits.Header.Clone()
		c.traits.Header.Set(callSettingsHeader, settings)
	}
	return c
}

// companies are those of the connection: those that the property names, in its
// order, and with "*" all others that the user may see. The first is where
// metadata is read and procedures are called; of "*" alone it is the one that
// the user was last in.
func (p *Provider) companies(ctx context.Context) ([]company, error) {
	ids := slices.Clone(p.set.named)
	if p.set.all {
		list, err := p.userCompanies(ctx)
		if err != nil {
			return nil, err
		}
		ids = distinctFold(append(ids, list...))
	}
	if len(ids) == 0 {
		ids = []string{""}
	}
	out := make([]company, len(ids))
	for i, id := range ids {
		out[i] = p.set.at(id)
	}
	return out, nil
}

// distinctFold leaves of texts that differ in case alone the first, and no
// blank one.
func distinctFold(list []string) (out []string) {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.ContainsFunc(out, func(t string) bool { return strings.EqualFold(s, t) }) {
			out = append(out, s)
		}
	}
	return out
}

// userFile is the method that tells of the user who calls it, whoever that is:
// "Uses the security credentials to retrieve the UserFile record", says the
// vendor's description of it.
const userFile = "/Ice.BO.UserFileSvc/GetUserFile"

// userCompanies lists the companies that the user may see. They are the rows of
// UserComp beside the user's own record: the description of GetUserFile has both
// in one tableset, and clients in production read the same rows as the set
// UserComps. Where they are not given, the record's CompList is split at the
// tildes that lists of Kinetic have between their entries; nobody has recorded
// one of this column.
//
// A connection that names a company asks at its address. One that names none has
// no address of v2 to ask at, and asks v1, which takes the user's default.
func (p *Provider) userCompanies(ctx context.Context) ([]string, error) {
	address, traits := p.set.root+v1Services, p.set.traits
	if len(p.set.named) > 0 {
		c := p.set.at(p.set.named[0])
		address, traits = c.services, c.traits
	}
	h := traits.Header.Clone()
	h.Set("Content-Type", "application/json")
	address += userFile
	if q := traits.Query.Encode(); q != "" {
		address += "?" + q
	}
	resp, err := p.client.Do(ctx, &httpx.Request{Method: http.MethodPost, URL: address, Header: h, Body: []byte("{}"), Idempotent: httpx.IdempotentAlways})
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	defer resp.Release()
	if resp.Status != http.StatusOK {
		return nil, unlistedCompanies(traits.StatusError(resp))
	}
	list := readUserCompanies(resp.Body)
	if len(list) == 0 {
		return nil, unlistedCompanies(&providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "the answer of GetUserFile names none."})
	}
	return list, nil
}

// readUserCompanies finds the companies in the answer of GetUserFile, the one
// that the user was last in before the others.
func readUserCompanies(body []byte) []string {
	var answer struct {
		ReturnObj struct {
			UserFile []struct{ CurComp, CompList string }
			UserComp []struct{ Company string }
		} `json:"returnObj"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.ReturnObj.UserFile) == 0 {
		return nil
	}
	user := answer.ReturnObj.UserFile[0]
	var list []string
	for _, c := range answer.ReturnObj.UserComp {
		list = append(list, c.Company)
	}
	if list = distinctFold(list); len(list) == 0 {
		list = distinctFold(strings.Split(user.CompList, "~"))
	}
	if at := slices.IndexFunc(list, func(c string) bool { return strings.EqualFold(c, user.CurComp) }); at > 0 {
		current := list[at]
		list = slices.Insert(slices.Delete(list, at, at+1), 0, current)
	}
	return list
}

// unlistedCompanies says what to do where the server does not list companies.
// Errors that concern every request stay what they are.
func unlistedCompanies(e *providers.Error) error {
	if !unlisted(e) || errors.Is(e, providers.KindServer) && e.Retryable {
		return e
	}
	e.Message = "Company=*: the companies of the user cannot be listed: " + e.Message + " Name them, as in Company=EPIC06,EPIC07."
	return e
}
