package sage200

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// header returns the headers of a request that is not for rows.
func (s *settings) header() http.Header {
	h := s.traits.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Accept", "application/json")
	return h
}

// address is the URL of a path with a query, which may be "", and what goes with
// every request.
func (s *settings) address(path, query string) string {
	address, sep := s.root+"/"+path, "?"
	for _, q := range [...]string{query, s.traits.Query.Encode()} {
		if q != "" {
			address, sep = address+sep+q, "&"
		}
	}
	return address
}

// get fetches a document that is not a page of rows.
func (p *Provider) get(ctx context.Context, path, query string) (*httpx.Response, error) {
	resp, err := p.client.Do(ctx, &httpx.Request{URL: p.set.address(path, query), Header: p.set.header()})
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	if resp.Status != http.StatusOK {
		defer resp.Release()
		return nil, p.set.decodeError(resp)
	}
	return resp, nil
}

var pathInput = regexp.MustCompile(`\{[^}]*\}`)

// metadata asks the server for the fields of a resource. One that lies under
// another is asked for by its own name first, and then under the row of id 0,
// since a description needs no rows.
func (p *Provider) metadata(ctx context.Context, r *resource) ([]field, error) {
	paths := []string{r.name}
	if r.path != r.name {
		paths = append(paths, pathInput.ReplaceAllString(r.path, "0"))
	}
	var first error
	for _, path := range paths {
		resp, err := p.get(ctx, path, "$metadata=true")
		if err == nil {
			defer resp.Release()
			fields, err := readMetadata(resp.Body)
			if err != nil {
				return nil, p.set.unreadable(resp, err)
			}
			return fields, nil
		}
		if first == nil {
			first = err
		}
		if e, ok := err.(*providers.Error); !ok || e.Kind != providers.KindNotFound {
			return nil, err
		}
	}
	return nil, first
}

// readMetadata reads the answer to $metadata=true: an array of fields, each with
// name and type. Members that are not known are passed over.
func readMetadata(body []byte) ([]field, error) {
	var list []metadataField
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("no list of fields: %w", err)
	}
	fields := fieldsOf(list, 0)
	if len(fields) == 0 {
		return nil, fmt.Errorf("a list of fields without a field")
	}
	return fields, nil
}

// metadataField is a field as $metadata=true describes it. Names are matched
// without regard to case; of those with an underscore both spellings are taken.
type metadataField struct {
	Name, Type, Format, Description string
	MaxLength, Max_Length           int
	ReadOnly, Read_Only             bool
	Properties, Fields, Items       json.RawMessage
}

// isName says whether a field can be named in a query option.
func isName(name string) bool { return name != "" && !strings.ContainsAny(name, "/.,?&=#() '") }

func fieldsOf(list []metadataField, depth int) []field {
	var fields []field
	for _, m := range list {
		if !isName(m.Name) {
			continue
		}
		f := field{
			Name: m.Name, Type: m.Type, Format: m.Format, Description: oneLine(m.Description),
			MaxLength: max(m.MaxLength, m.Max_Length), ReadOnly: m.ReadOnly || m.Read_Only,
		}
		for _, raw := range [...]json.RawMessage{m.Properties, m.Fields, m.Items} {
			var members []metadataField
			if depth < maxDepth && len(f.Members) == 0 && json.Unmarshal(raw, &members) == nil {
				f.Members = fieldsOf(members, depth+1)
			}
		}
		fields = append(fields, f)
	}
	return fields
}
