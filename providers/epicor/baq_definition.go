package epicor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// queryService tells about BAQs what their own metadata does not: descriptions,
// captions, and which of them can be updated. Its methods and their rows are
// those of a server's description of it; what a caption says is proven by no
// recording. Whoever may not ask it, or whose key does not reach it, reads BAQs
// all the same.
const queryService = "Ice.BO.DynamicQuerySvc"

// query is a BAQ as the list of BAQs has it.
type query struct {
	QueryID, Description string
	Updatable            bool
}

// resultField is a column of a BAQ's rows as GetQueryResultSetMetadataByID
// tells it.
type resultField struct {
	Alias, Caption string
	ReadOnly       *bool
}

// queryParameter is a parameter of a BAQ as its definition has it.
type queryParameter struct{ ParameterID, ParameterType, ParameterLabel string }

// ask calls a method of the query service that only reads, and reads the answer
// into out. ok is false if the server does not tell; only the end of the
// caller's patience is an error.
func (c *catalog) ask(ctx context.Context, name, verb string, args map[string]string, out any) (ok bool, err error) {
	address := c.home().services + "/" + queryService + "/" + name
	h := c.home().traits.Header.Clone()
	req := &httpx.Request{Method: verb, Header: h, Idempotent: httpx.IdempotentAlways}
	q := url.Values{}
	for n, v := range c.home().traits.Query {
		q[n] = v
	}
	if verb == http.MethodGet {
		for n, v := range args {
			q.Set(n, v)
		}
	} else {
		h.Set("Content-Type", "application/json")
		if req.Body, err = json.Marshal(args); err != nil {
			return false, err
		}
	}
	if req.URL = address; len(q) > 0 {
		req.URL += "?" + q.Encode()
	}
	resp, err := c.p.client.Do(ctx, req)
	if err != nil {
		return false, ctx.Err()
	}
	defer resp.Release()
	return resp.Status == http.StatusOK && json.Unmarshal(resp.Body, out) == nil, nil
}

// queries lists the BAQs with their descriptions.
func (c *catalog) queries(ctx context.Context, where string) ([]query, error) {
	var answer struct {
		ReturnObj struct{ DynamicQueryList []query } `json:"returnObj"`
	}
	_, err := c.ask(ctx, "GetQueryList", http.MethodGet, map[string]string{"whereClause": where, "pageSize": "0", "absolutePage": "0"}, &answer)
	return answer.ReturnObj.DynamicQueryList, err
}

// describeBAQs adds to a listing what the BAQs are for.
func (c *catalog) describeBAQs(ctx context.Context, tables []providers.TableName) error {
	list, err := c.known.Get(ctx, nil, func(ctx context.Context) ([]query, error) { return c.queries(ctx, "") })
	if err != nil {
		return err
	}
	about := map[string]query{}
	for _, q := range list {
		about[q.QueryID] = q
	}
	for i := range tables {
		tables[i].Description = about[tables[i].Name].text()
	}
	return nil
}

// text is what a BAQ is for, and that it can be updated.
func (q query) text() string {
	s := oneLine(q.Description)
	switch {
	case !q.Updatable:
		return s
	case s == "":
		return "updatable"
	}
	return s + " (updatable)"
}

// definition is what there is to know of a BAQ besides its metadata.
type definition struct {
	query      query
	fields     []resultField
	parameters []odata.Property
}

// define asks for all of it at once.
func (c *catalog) define(ctx context.Context, id string) (*definition, error) {
	d := &definition{}
	var errs [3]error
	var wg sync.WaitGroup
	for i, learn := range [...]func() error{
		func() (err error) { d.parameters, err = c.parameters(ctx, id); return err },
		func() error {
			var answer struct {
				ReturnObj []resultField `json:"returnObj"`
			}
			_, err := c.ask(ctx, "GetQueryResultSetMetadataByID", http.MethodPost, map[string]string{"queryID": id}, &answer)
			d.fields = answer.ReturnObj
			return err
		},
		func() error {
			list, err := c.queries(ctx, "QueryID = '"+strings.ReplaceAll(id, "'", "''")+"'")
			for _, q := range list {
				if strings.EqualFold(q.QueryID, id) {
					d.query = q
				}
			}
			return err
		},
	} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = learn()
		}()
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return d, nil
}

// apply completes the set of a BAQ's rows: captions, and which columns of an
// updatable BAQ can be written.
func (d *definition) apply(set *odata.Set) {
	set.Description = d.query.text()
	for i := range set.Properties {
		p := &set.Properties[i]
		p.ReadOnly = true
		at := slices.IndexFunc(d.fields, func(f resultField) bool { return strings.EqualFold(f.Alias, p.Name) })
		if at < 0 {
			continue
		}
		f := &d.fields[at]
		if caption := oneLine(f.Caption); caption != "" && p.Description == "" {
			p.Description = caption
		}
		p.ReadOnly = !d.query.Updatable || f.ReadOnly == nil || *f.ReadOnly
	}
}

// declared are the parameters of a BAQ's definition, for servers that do not
// describe BAQs. Whether one is mandatory is left to the server to say.
func (c *catalog) declared(ctx context.Context, id string) ([]odata.Property, error) {
	var answer struct {
		ReturnObj struct{ QueryParameter []queryParameter } `json:"returnObj"`
	}
	if _, err := c.ask(ctx, "GetByID", http.MethodPost, map[string]string{"queryID": id}, &answer); err != nil {
		return nil, err
	}
	var out []odata.Property
	for _, q := range answer.ReturnObj.QueryParameter {
		if q.ParameterID == "" {
			continue
		}
		p := input(q.ParameterID, parameterType(q.ParameterType))
		p.Description = oneLine(q.ParameterLabel)
		out = append(out, p)
	}
	return out, nil
}
