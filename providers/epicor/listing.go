package epicor

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// get fetches a document that is not a page of rows.
func (p *Provider) get(ctx context.Context, address, accept string) (*httpx.Response, error) {
	if q := p.set.traits.Query.Encode(); q != "" {
		address += "?" + q
	}
	h := p.set.traits.Header.Clone()
	h.Set("Accept", accept)
	resp, err := p.client.Do(ctx, &httpx.Request{URL: address, Header: h})
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	if resp.Status != http.StatusOK {
		defer resp.Release()
		return nil, p.set.traits.StatusError(resp)
	}
	return resp, nil
}

// list reads a service document: the names of what can be read under an address.
func (p *Provider) list(ctx context.Context, address string) ([]string, error) {
	resp, err := p.get(ctx, address, "application/json")
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	names, err := readDocument(resp.Body)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err,
			Message: fmt.Sprintf("GET %s: no service document: %v", httpx.RedactURL(address), err)}
	}
	return names, nil
}

// readDocument reads a service document in JSON or AtomPub. Servers give the
// latter to v1 clients when they please. Names are those in the addresses.
func readDocument(body []byte) ([]string, error) {
	var names []string
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	if bytes.HasPrefix(body, []byte("<")) {
		var doc struct {
			XMLName     xml.Name
			Collections []struct {
				Href string `xml:"href,attr"`
			} `xml:"workspace>collection"`
		}
		if err := xml.Unmarshal(body, &doc); err != nil {
			return nil, err
		}
		if doc.XMLName.Local != "service" {
			return nil, fmt.Errorf("its root is <%s>, want <service>", doc.XMLName.Local)
		}
		for _, c := range doc.Collections {
			names = append(names, lastPart(c.Href))
		}
	} else {
		var doc struct {
			Value []struct{ Name, URL, Kind string } `json:"value"`
		}
		if err := json.Unmarshal(body, &doc); err != nil {
			return nil, err
		}
		if doc.Value == nil {
			return nil, fmt.Errorf(`it has no "value"`)
		}
		for _, v := range doc.Value {
			if v.Kind == "FunctionImport" {
				continue
			}
			name := lastPart(v.URL)
			if name == "" {
				name = v.Name
			}
			names = append(names, name)
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == "" })
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.Compact(names), nil
}

// lastPart returns the last part of an address, which may be absolute.
func lastPart(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address = strings.TrimRight(address, "/")
	part := address[strings.LastIndexByte(address, '/')+1:]
	if plain, err := url.PathUnescape(part); err == nil {
		return plain
	}
	return part
}

// plausible says whether a name can stand in an address as it is: other names
// are looked for in the lists only.
func plausible(name string) bool {
	if name == "" || name[0] == '.' || len(name) > 200 {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-$", r))
	}) < 0
}

// shortName is a service's name without its namespace of business objects and
// without the ending Svc: Customer for Erp.BO.CustomerSvc.
func shortName(name string) string {
	for _, prefix := range [...]string{"Erp.BO.", "Ice.BO."} {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			name = name[len(prefix):]
		}
	}
	if n := len(name) - len("Svc"); n > 0 && strings.EqualFold(name[n:], "Svc") {
		name = name[:n]
	}
	return name
}

// matching returns the names that a user's name can stand for: itself in
// another case, else those that it is short for.
func matching(name string, names []string) []string {
	var same, short []string
	for _, n := range names {
		if strings.EqualFold(n, name) {
			same = append(same, n)
		} else if strings.EqualFold(shortName(n), shortName(name)) && len(name) < len(n) {
			short = append(short, n)
		}
	}
	if same != nil {
		return same[:1]
	}
	return short
}
