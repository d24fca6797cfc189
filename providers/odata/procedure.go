package odata

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// ProcedureSchemas lists the namespaces of the containers that have operations.
func (p *Provider) ProcedureSchemas(ctx context.Context) ([]string, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range l.model.Operations {
		if !slices.Contains(names, o.Namespace) {
			names = append(names, o.Namespace)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Procedures lists the functions and actions of a schema.
func (p *Provider) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	var names []providers.ProcedureName
	for _, o := range l.model.Operations {
		named := func(n providers.ProcedureName) bool { return n.Schema == o.Namespace && n.Name == o.Name }
		if strings.EqualFold(o.Namespace, schema) && !slices.ContainsFunc(names, named) {
			names = append(names, providers.ProcedureName{Schema: o.Namespace, Name: o.Name, Description: o.Description})
		}
	}
	return names, nil
}

// Procedure finds a function or action.
func (p *Provider) Procedure(ctx context.Context, schema, name string) (providers.Procedure, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	var known []string
	var overloads []*Operation
	for _, o := range l.model.Operations {
		switch {
		case schema != "" && !strings.EqualFold(o.Namespace, schema), len(overloads) > 0 && o.Namespace != overloads[0].Namespace:
		case strings.EqualFold(o.Name, name):
			overloads = append(overloads, o)
		default:
			known = append(known, o.Name)
		}
	}
	if len(overloads) > 0 {
		return NewProcedure(l.svc, overloads...), nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"the service has no function or action %q%s", name, nearest.Suffix(name, known))}
}

// Procedure is a function or action of a service as a stored procedure, with all
// overloads of its name.
type Procedure struct {
	svc       *Service
	overloads []*overload
	info      *providers.ProcedureInfo
}

// NewProcedure makes the procedure of the overloads of an operation: the key of
// the entity that it is of, then its own parameters. Functions are read-only.
func NewProcedure(svc *Service, overloads ...*Operation) *Procedure {
	o := overloads[0]
	p := &Procedure{svc: svc, info: &providers.ProcedureInfo{
		Schema: o.Namespace, Name: o.Name, Description: o.Description, ReadOnly: !o.Action, Results: o.results()}}
	for _, o := range overloads {
		p.add(o)
	}
	return p
}

// Info describes the procedure.
func (p *Procedure) Info() *providers.ProcedureInfo { return p.info }

// Call calls the function or action.
func (p *Procedure) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	o, args, err := p.overload(args)
	if err != nil {
		return nil, err
	}
	request, err := p.request(o, args)
	if err != nil {
		return nil, err
	}
	resp, err := p.svc.send(ctx, request)
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	if resp.Status < 200 || resp.Status > 299 {
		return nil, p.svc.Traits.StatusError(resp)
	}
	if o.op.Result == nil || resp.Status == http.StatusNoContent {
		return nil, nil
	}
	r := &resultReader{svc: p.svc, op: o.op, header: p.svc.header(), url: resp.URL}
	if err := r.take(resp); err != nil {
		return nil, err
	}
	return []providers.ResultSet{{Columns: o.op.results(), Rows: r}}, nil
}

// request makes the request of a call: a GET of a function, whose parameters V4
// takes by aliases and others among the query options, or a POST of an action,
// whose parameters are its body. Operations of services of V2 take theirs among
// the query options whatever the method.
func (p *Procedure) request(o *overload, args []sqltypes.Value) (*httpx.Request, error) {
	t, op := &p.svc.Traits, o.op
	path, err := p.path(o, args[:o.keys])
	if err != nil {
		return nil, err
	}
	q := &httpx.Request{Header: p.svc.header()}
	q.Header.Del("Prefer")
	var options []option
	var names []string
	body := map[string]json.RawMessage{}
	inBody := op.Action && op.Method == ""
	for i := range op.Parameters {
		param, v := &op.Parameters[i], args[o.keys+i]
		if v.Null || v.Kind == sqltypes.Null {
			if !param.Nullable && param.Type.Kind == sqltypes.Varchar {
				return nil, p.wrong(param.Name, "it must be given")
			}
			if inBody || t.Version != V4 {
				continue // what is left out is null, or the operation's own default
			}
		}
		text, err := p.text(param, v, inBody)
		if err != nil {
			return nil, p.wrong(param.Name, err.Error())
		}
		switch {
		case inBody:
			body[param.Path[0]] = json.RawMessage(text)
		case t.Version == V4:
			names = append(names, escape(param.Path[0], false)+"=@"+param.Path[0])
			options = append(options, option{"@" + param.Path[0], text})
		default:
			options = append(options, option{param.Path[0], text})
		}
	}
	if !op.Action && t.Version == V4 {
		path += "(" + strings.Join(names, ",") + ")"
	}
	q.URL = p.svc.requestURL(path, options)
	if op.Action {
		q.Method = first(op.Method, http.MethodPost)
	}
	if inBody {
		if q.Body, err = json.Marshal(body); err != nil {
			return nil, p.wrong("a parameter", "it is no JSON text")
		}
		q.Header.Set("Content-Type", "application/json")
		if t.Version == V3 && t.Format == Verbose {
			q.Header.Set("Content-Type", "application/json;odata=verbose")
		}
	}
	return q, nil
}

func (p *Procedure) wrong(parameter, why string) error {
	return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("parameter %s of %s: %s", parameter, p.info.Name, why)}
}

func (p *Procedure) path(o *overload, key []sqltypes.Value) (string, error) {
	wire := escape(o.op.Wire, false)
	switch set := o.op.Set; {
	case set == nil:
		return wire, nil
	case o.keys == 0:
		return set.path() + "/" + wire, nil
	default:
		path, err := p.svc.KeyPath(set, key)
		if err != nil {
			return "", p.wrong("of the key", err.Error())
		}
		return path + "/" + wire, nil
	}
}

// text writes an argument as a literal of the query or as JSON.
func (p *Procedure) text(param *Property, v sqltypes.Value, inBody bool) (string, error) {
	switch {
	case v.Null || v.Kind == sqltypes.Null:
		return "null", nil
	case param.Edm == "" && param.Enum == nil: // an object or a collection
		if !json.Valid([]byte(v.Text())) {
			return "", fmt.Errorf("it takes a JSON text")
		}
		return v.Text(), nil
	case !inBody:
		return p.svc.Traits.literal(param, v)
	}
	return p.svc.Traits.jsonText(param, v)
}

// jsonText writes a value that is not NULL as JSON of the version.
func (t *Traits) jsonText(p *Property, v sqltypes.Value) (string, error) {
	if v.Kind == sqltypes.Varbinary {
		encoding := base64.URLEncoding
		if t.Version != V4 {
			encoding = base64.StdEncoding
		}
		return strconv.Quote(encoding.EncodeToString([]byte(v.S))), nil
	}
	plain := *t
	plain.Version, plain.DateLiterals = V4, false
	text, err := plain.literal(p, v)
	if err != nil {
		return "", err
	}
	switch p.Edm {
	case "Edm.Boolean", "Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32":
		return text, nil
	case "Edm.Int64", "Edm.Decimal":
		if t.Version == V4 {
			return text, nil
		}
	case "Edm.Double", "Edm.Single":
		return text, nil
	case "Edm.DateTime":
		text = strings.TrimSuffix(strings.TrimPrefix(text, "datetime'"), "'")
	case "Edm.Time":
		text = strings.TrimSuffix(strings.TrimPrefix(text, "time'"), "'")
	case "Edm.DateTimeOffset", "Edm.Date", "Edm.TimeOfDay", "Edm.Guid":
	default: // text, and the name of an enumeration's member
		text = v.Text()
	}
	return string(quoteJSON(nil, text)), nil
}

// resultReader gives the rows of a result, page by page.
type resultReader struct {
	svc    *Service
	op     *Operation
	header http.Header
	url    string // where the page came from
	next   string
	seen   map[string]bool
	batch  *tuple.Batch
	at     int
}

// Next gives some rows.
func (r *resultReader) Next(ctx context.Context, out *tuple.Batch) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.batch != nil && r.at < r.batch.Len() {
			out.Reset()
			for ; r.at < r.batch.Len() && out.Len() < tuple.TargetRows; r.at++ {
				row := out.AddRow()
				for c := range r.batch.Layout.Columns() {
					if err := out.CopyColumn(row, c, r.batch.Row(r.at), r.batch.Layout, c); err != nil {
						return err
					}
				}
			}
			return nil
		}
		if r.next == "" {
			return io.EOF
		}
		if err := r.follow(ctx); err != nil {
			return err
		}
	}
}

// Close ends the reading.
func (r *resultReader) Close() error {
	r.batch, r.next = nil, ""
	return nil
}

// follow fetches the page that the next link leads to.
func (r *resultReader) follow(ctx context.Context) error {
	link, err := resolveLink(r.url, r.next)
	if err != nil {
		return &providers.Error{Kind: providers.KindResponse, Message: "the next link is not a URL", Err: err}
	}
	if err := r.svc.Client.CheckOrigin(link); err != nil {
		return &providers.Error{Kind: providers.KindOrigin, Message: fmt.Sprintf(
			"the next link of %s leads to another server, %s, and is not followed", r.op.Name, r.svc.Traits.shown(link)), Err: err}
	}
	if r.seen[link] {
		return &providers.Error{Kind: providers.KindResponse, Message: fmt.Sprintf("the next links of %s go round in a circle", r.op.Name)}
	}
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.seen[link] = true
	resp, err := r.svc.get(ctx, link, r.header, nil)
	if err != nil {
		return err
	}
	defer resp.Release()
	r.url = resp.URL
	return r.take(resp)
}

// take reads the rows of an answer.
func (r *resultReader) take(resp *httpx.Response) error {
	rows, next, err := r.items(resp.Body)
	if err == nil {
		err = r.decode(rows)
	}
	if err != nil {
		return r.svc.Traits.pageError(resp, err)
	}
	r.next, r.at = next, 0
	return nil
}

func (r *resultReader) decode(rows []byte) error {
	set := r.op.Result.Items
	projection := jsonpage.Projection{}
	var types []sqltypes.Type
	for i := range set.Properties {
		types = append(types, set.Properties[i].Type)
		projection.Paths = append(projection.Paths, set.Properties[i].Path)
	}
	projection.Layout = tuple.NewLayout(types)
	scanner, err := jsonpage.NewScanner(projection.Members(nil), jsonpage.Options{Shape: jsonpage.Shape{Scalars: r.op.Result.Plain}})
	if err != nil {
		return err
	}
	decoder, err := jsonpage.NewRowDecoder(scanner, &projection, r.svc.Traits.Zone)
	if err != nil {
		return err
	}
	r.batch = tuple.NewBatch(projection.Layout)
	scanner.Reset(rows)
	for scanner.Next() {
		if err := decoder.Append(r.batch); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// items finds the array of the result's rows in an answer: one value or object
// is an array of one.
func (r *resultReader) items(body []byte) (rows []byte, next string, err error) {
	t, result := &r.svc.Traits, r.op.Result
	if body, err = t.rows(body, nil); err != nil {
		return nil, "", err
	}
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	var top map[string]json.RawMessage
	if err := json.Unmarshal(body, &top); err != nil {
		return nil, "", err
	}
	raw := json.RawMessage(body)
	if d := top["d"]; d != nil {
		raw, top = d, nil
		if err := json.Unmarshal(d, &top); err == nil {
			// A value, or a complex one, has the name of the operation around it.
			short := r.op.Wire[strings.LastIndexByte(r.op.Wire, '.')+1:]
			if inner := top[short]; inner != nil && len(top) == 1 {
				raw = inner
			} else if inner := top["results"]; inner != nil {
				raw = inner
			}
		}
	} else if result.Many || result.Plain {
		raw = top["value"]
	}
	for _, name := range [...]string{"@odata.nextLink", "@nextLink", "odata.nextLink", "__next"} {
		if text := jsonText(top[name]); text != "" {
			next = text
		}
	}
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0:
		return nil, "", fmt.Errorf("the answer has no %s", map[bool]string{true: "rows", false: "value"}[result.Many])
	case raw[0] == '[' && result.Many:
		return raw, next, nil
	case string(raw) == "null":
		return []byte("[]"), "", nil
	}
	return slices.Concat([]byte("["), raw, []byte("]")), next, nil
}
