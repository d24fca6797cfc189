package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// functionPrefix begins the schemas of Epicor Functions: efx.OrderTools is the
// library OrderTools.
const functionPrefix = "efx."

// stagingPrefix begins the schemas of libraries that are not promoted yet, or as
// they will be: efx.staging.OrderTools is OrderTools where its author tries it
// out.
const stagingPrefix = functionPrefix + "staging."

func cutFunctionPrefix(schema string) (library string, ok bool) {
	if len(schema) <= len(functionPrefix) || !strings.EqualFold(schema[:len(functionPrefix)], functionPrefix) {
		return "", false
	}
	return schema[len(functionPrefix):], true
}

// functionRoot is where the libraries of the company lie; only v2 has any. stage
// is "staging/" for those that are not promoted.
func (c *catalog) functionRoot(stage string) string {
	return c.p.set.root + "/api/v2/efx/" + stage + url.PathEscape(c.home().id)
}

// libraryNames lists the function libraries. That a server lists them at
// /api/v2/efx/{Company} is a client's word, and what the list looks like nobody's:
// names are taken where they may stand. Without a list, a library is found by
// whoever names it.
func (c *catalog) libraryNames(ctx context.Context) ([]string, error) {
	if c.p.set.traits.Version != odata.V4 {
		return nil, nil
	}
	return c.libraries.Get(ctx, nil, func(ctx context.Context) ([]string, error) {
		resp, err := c.p.get(ctx, c.functionRoot("")+"/", "application/json")
		if err != nil {
			return nil, err
		}
		defer resp.Release()
		return readLibraries(resp.Body), nil
	})
}

// readLibraries finds names in an array, bare or under "value", of texts or of
// objects that are called by their name, id or address.
func readLibraries(body []byte) []string {
	if members, ok := membersOf(body); ok {
		body = memberOf(members, "value")
	}
	var list []json.RawMessage
	if json.Unmarshal(body, &list) != nil {
		return nil
	}
	var names []string
	for _, raw := range list {
		var name string
		if json.Unmarshal(raw, &name) != nil {
			var entry struct{ Name, LibraryID, URL string }
			if json.Unmarshal(raw, &entry) != nil {
				continue
			}
			for _, n := range [...]string{entry.LibraryID, entry.Name, lastPart(entry.URL)} {
				if name == "" {
					name = n
				}
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// library reads the description of a library, at an address that is taken to be
// that of its services' sisters. Servers have been seen to describe libraries by
// documents without any function; such are called all the same.
func (c *catalog) library(ctx context.Context, name string) (*methodSet, error) {
	p := c.p
	if p.set.traits.Version != odata.V4 {
		return nil, &providers.Error{Kind: providers.KindUnsupported, Message: fmt.Sprintf("%s%s: Epicor Functions are called through v2 alone: set ApiVersion=v2", functionPrefix, name)}
	}
	if staged, ok := strings.CutPrefix(strings.ToLower(functionPrefix+name), stagingPrefix); ok {
		return c.stagedLibrary(name[len(name)-len(staged):])
	}
	names, err := c.libraryNames(ctx)
	if err != nil && !unlisted(err) {
		return nil, err
	}
	listed := false
	for _, n := range names {
		if strings.EqualFold(n, name) {
			name, listed = n, true
		}
	}
	if !listed && len(names) > 0 {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no function library %q%s", name, suggestion(name, names))}
	}
	if !plausible(name) {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no function library %q", name)}
	}
	s := &methodSet{name: functionPrefix + name, address: c.functionRoot("") + "/" + url.PathEscape(name)}
	list, err := c.describedAt(ctx, p.set.root+"/api/swagger/v2/efx/"+url.PathEscape(c.home().id)+"/"+url.PathEscape(name))
	if err != nil && (!unlisted(err) || !listed && errors.Is(err, providers.KindNotFound)) {
		return nil, err
	}
	s.undescribed = len(list) == 0
	for _, d := range list {
		d.reads = false // whatever a function does is its author's business
		s.methods = append(s.methods, c.newMethod(s.name, s.address, d, true))
	}
	return s, nil
}

// stagedLibrary is a library that is not promoted yet. Several clients call its
// functions at /api/v2/efx/staging/{Company}/{Library}/{Function}, one with
// arguments on a live server; nobody has seen such libraries listed or described
// under /api, so that they and their functions are taken at their word.
func (c *catalog) stagedLibrary(name string) (*methodSet, error) {
	if !plausible(name) {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no function library %q", name)}
	}
	return &methodSet{name: stagingPrefix + name, address: c.functionRoot("staging/") + "/" + url.PathEscape(name), undescribed: true}, nil
}

// undescribedFunction is a function of which nothing is known but its name.
func (c *catalog) undescribedFunction(s *methodSet, name string) *method {
	m := c.newMethod(s.name, s.address, &described{
		name: name, description: "not described by the server: request is the JSON object that it is called with",
		parameters: []providers.Parameter{{Name: requestParameter, Type: sqltypes.Of(sqltypes.JSON), Description: "inputs as a JSON object, {} if left out"}},
	}, true)
	m.whole = true
	return m
}
