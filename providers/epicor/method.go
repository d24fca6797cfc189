package epicor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// method is a method of a service, or a function of a library, as a procedure.
// Arguments travel as the members of a JSON object, plain values as themselves
// and datasets as the JSON that the caller gives; those that are NULL are left
// out, so that the server says itself what it misses.
type method struct {
	p       *Provider
	at      *company // where it is called
	info    *providers.ProcedureInfo
	address string
	answer  *shape
	byGet   bool // it has no POST
	// function says that all members of the answer are outputs and that there is
	// no other form: a function's own ErrorMessage is its business.
	function bool
	// whole says that nobody tells what it takes: its one argument is the object.
	whole bool
}

// newMethod makes the procedure of what a description tells.
func (c *catalog) newMethod(schema, address string, d *described, function bool) *method {
	m := &method{p: c.p, at: c.home(), address: address + "/" + url.PathEscape(d.name), answer: d.answer, byGet: d.byGet, function: function}
	m.info = &providers.ProcedureInfo{Schema: schema, Name: d.name, Description: d.description, ReadOnly: d.reads, Parameters: d.parameters}
	out := d.answer
	if !function {
		m.output(returnObj, out.member(returnObj), providers.DirectionReturn)
		out = out.member(outParameters)
	}
	if out != nil {
		for _, o := range out.members {
			m.output(o.name, o.shape, providers.DirectionOut)
		}
	}
	return m
}

// output lists a plain value that the method gives back; tables are not among
// the parameters.
func (m *method) output(name string, s *shape, direction providers.Direction) {
	if s != nil && s.columns == nil && s.members == nil {
		m.info.Parameters = append(m.info.Parameters, providers.Parameter{Name: name, Type: s.typ, Direction: direction})
	}
}

// The members of a method's answer.
const (
	returnObj     = "returnObj"
	outParameters = "parameters"
)

// Info describes the procedure.
func (m *method) Info() *providers.ProcedureInfo { return m.info }

// Call runs the method. What it gives back comes as one result set for each
// table of a dataset, returnObj before the output parameters, and a row of all
// plain values last. An answer of status 200 that has errors inside, as those of
// UpdateExt have, is an error.
//
// What may change something is sent once. A session that has ended meanwhile is
// an error, after which the next call has a new one.
func (m *method) Call(ctx context.Context, args []sqltypes.Value, b *providers.Budget) ([]providers.ResultSet, error) {
	req, err := m.request(args)
	if err != nil {
		return nil, err
	}
	resp, err := m.p.client.Do(ctx, req)
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	defer resp.Release()
	if resp.Status == http.StatusNoContent || resp.Status == http.StatusOK && len(resp.Body) == 0 {
		return nil, nil
	}
	if resp.Status != http.StatusOK {
		return nil, m.refusal(resp)
	}
	members, ok := membersOf(resp.Body)
	if !ok || !json.Valid(resp.Body) {
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Message: fmt.Sprintf(
			"the answer of %s is no JSON object: whether it has done what it was asked for is not known", m.info.Name)}
	}
	if err := m.failure(resp, members); err != nil {
		return nil, err
	}
	size := int64(len(resp.Body)) * answerFactor
	if err := b.Reserve("the answer of "+m.info.Name, size); err != nil {
		return nil, err
	}
	return m.results(members, &reservation{b, size}), nil
}

// answerFactor is how many bytes of memory a byte of an answer comes to, about.
const answerFactor = 4

// request writes the arguments.
func (m *method) request(args []sqltypes.Value) (*httpx.Request, error) {
	h := m.at.traits.Header.Clone()
	body, query, n := map[string]json.RawMessage{}, url.Values{}, 0
	for i := range m.info.Parameters {
		p := &m.info.Parameters[i]
		if !p.Direction.Takes() {
			continue
		}
		v := args[n]
		if n++; v.Null || v.Kind == sqltypes.Null {
			continue
		}
		raw, err := argumentJSON(v)
		if err != nil {
			return nil, &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("%s: parameter %s is not JSON", m.info.Name, p.Name)}
		}
		body[p.Name] = raw
		query.Set(p.Name, argumentText(v))
	}
	for name, values := range m.at.traits.Query {
		query[name] = values
	}
	req := &httpx.Request{Method: http.MethodPost, URL: m.address, Header: h}
	if m.info.ReadOnly {
		req.Idempotent = httpx.IdempotentAlways
	}
	if m.byGet {
		req.Method, req.URL = http.MethodGet, m.address+"?"+query.Encode()
		return req, nil
	}
	if q := m.at.traits.Query.Encode(); q != "" {
		req.URL += "?" + q
	}
	h.Set("Content-Type", "application/json")
	var err error
	if m.whole {
		if req.Body = []byte("{}"); len(body) > 0 {
			req.Body = body[requestParameter]
		}
		return req, nil
	}
	if req.Body, err = json.Marshal(body); err != nil {
		return nil, &providers.Error{Kind: providers.KindParameter, Message: m.info.Name + ": the arguments cannot be written as JSON", Err: err}
	}
	return req, nil
}

// argumentJSON writes a value as JSON.
func argumentJSON(v sqltypes.Value) (json.RawMessage, error) {
	switch v.Kind {
	case sqltypes.Bool:
		return json.RawMessage(strconv.FormatBool(v.I != 0)), nil
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal:
		return json.RawMessage(v.Text()), nil
	case sqltypes.JSON:
		if !json.Valid([]byte(v.S)) {
			return nil, errors.New("not JSON")
		}
		return json.RawMessage(v.S), nil
	}
	return json.Marshal(argumentText(v))
}

// argumentText writes a value as a query string has it.
func argumentText(v sqltypes.Value) string {
	switch v.Kind {
	case sqltypes.Bool:
		return strconv.FormatBool(v.I != 0)
	case sqltypes.Timestamp:
		return string(sqltypes.AppendTimestamp(nil, v.I, 'T'))
	}
	return v.Text()
}

// refusal reads an answer that is an error.
func (m *method) refusal(resp *httpx.Response) error {
	e := m.at.traits.StatusError(resp)
	if e.Kind == providers.KindSession && m.p.auth.session != nil {
		m.p.auth.session.ended(resp.SentHeader("SessionInfo"))
	}
	if !m.info.ReadOnly && e.Kind != providers.KindRateLimit {
		e.Retryable = false
	}
	return e
}

// failure finds the errors in an answer that says 200.
func (m *method) failure(resp *httpx.Response, members []member) error {
	if m.function {
		// Only what no function would give back stands for a failure of the call.
		if memberOf(members, "HttpStatus") != nil && memberOf(members, "ErrorType") != nil {
			return m.refusal(resp)
		}
		return nil
	}
	if memberOf(members, returnObj) == nil && memberOf(members, outParameters) == nil {
		if e := ownError(resp); e != nil {
			return m.refusal(resp)
		}
		return nil
	}
	var parts struct {
		ReturnObj struct {
			BOUpdError []updateErrorRow
		} `json:"returnObj"`
		Parameters struct {
			ErrorsOccurred bool `json:"errorsOccurred"`
		} `json:"parameters"`
	}
	// A returnObj of another form has no such errors.
	_ = json.Unmarshal(resp.Body, &parts)
	if len(parts.ReturnObj.BOUpdError) > 0 || parts.Parameters.ErrorsOccurred {
		return refusedRows(parts.ReturnObj.BOUpdError)
	}
	return nil
}

// results makes the result sets.
func (m *method) results(members []member, r *reservation) []providers.ResultSet {
	a := &answer{zoned: m.at.traits.Version == odata.V4}
	if m.function {
		a.addAll(members, m.answer, 0)
		return r.hold(a.result())
	}
	if raw := memberOf(members, returnObj); raw != nil {
		a.add(returnObj, raw, m.answer.member(returnObj), 0)
	}
	outputs, _ := membersOf(memberOf(members, outParameters))
	a.addAll(outputs, m.answer.member(outParameters), 0)
	return r.hold(a.result())
}

// reservation is the memory of an answer: it is given back when the last of its
// result sets is closed.
type reservation struct {
	budget *providers.Budget
	size   int64
}

func (r *reservation) hold(sets []providers.ResultSet) []providers.ResultSet {
	if len(sets) == 0 {
		r.budget.Release(r.size)
		return nil
	}
	last := &sets[len(sets)-1]
	last.Rows = &heldRows{last.Rows, r}
	return sets
}

type heldRows struct {
	rows providers.BatchReader
	held *reservation
}

func (h *heldRows) Next(ctx context.Context, out *tuple.Batch) error { return h.rows.Next(ctx, out) }

func (h *heldRows) Close() error {
	if h.held != nil {
		h.held.budget.Release(h.held.size)
		h.held = nil
	}
	return h.rows.Close()
}

// requestParameter is the one parameter of a function that nobody describes.
const requestParameter = "request"
