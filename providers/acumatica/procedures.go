package acumatica

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// ProcedureSchemas is the contract-based interface alone: the others only read.
func (*Provider) ProcedureSchemas(context.Context) ([]string, error) {
	return []string{schemaREST}, nil
}

// Procedures lists the actions of the entities, named Entity_Action, and
// Entity_Put for each entity.
func (p *Provider) Procedures(ctx context.Context, schema string) ([]providers.ProcedureName, error) {
	if !strings.EqualFold(schema, schemaREST) {
		return nil, nil
	}
	e, err := p.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	var names []providers.ProcedureName
	for _, c := range e.calls() {
		names = append(names, providers.ProcedureName{Schema: schemaREST, Name: c.name(), Description: c.description()})
	}
	return names, nil
}

// Procedure finds an action. One of a workflow is not listed: which there are takes
// a request for each entity.
func (p *Provider) Procedure(ctx context.Context, schema, name string) (providers.Procedure, error) {
	var names []string
	if strings.EqualFold(schema, schemaREST) {
		e, err := p.endpoint(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range e.calls() {
			if strings.EqualFold(c.name(), name) {
				return newProcedure(e, c), nil
			}
			names = append(names, c.name())
		}
		more, err := e.workflowCalls(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, c := range more {
			if strings.EqualFold(c.name(), name) {
				return newProcedure(e, c), nil
			}
			names = append(names, c.name())
		}
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"schema %s has no procedure %q%s", schema, name, nearest.Suffix(name, names))}
}

// callable is what a procedure stands for: an action of an entity, or without
// one, the writing of a record.
type callable struct {
	entity *entity
	action *action
}

// calls are the callables of an endpoint. An inquiry is asked as a table.
func (e *endpoint) calls() []callable {
	var out []callable
	for _, of := range e.contract.entities {
		if !isInquiry(of) {
			out = append(out, callable{entity: of})
		}
	}
	for _, a := range e.contract.actions {
		out = append(out, callable{a.entity, a})
	}
	return out
}

// workflowCalls are the callables of the workflow of the entity that a procedure's
// name begins with.
func (e *endpoint) workflowCalls(ctx context.Context, name string) (out []callable, err error) {
	prefix, _, _ := strings.Cut(name, "_")
	of := e.contract.find(prefix)
	if of == nil || isInquiry(of) {
		return nil, nil
	}
	known, err := e.adHocSchema(ctx, of)
	if err != nil {
		return nil, err
	}
	for _, a := range known.actions {
		out = append(out, callable{of, a})
	}
	return out, nil
}

func (c callable) name() string {
	if c.action == nil {
		return c.entity.name + "_Put"
	}
	return c.entity.name + "_" + c.action.name
}

func (c callable) description() string {
	if c.action == nil {
		return "inserts a record, or updates the one with the same keys, and gives it back"
	}
	return "does " + c.action.name + " to the record that id, or its keys, name"
}

// procedure is a callable with its parameters.
type procedure struct {
	on   *endpoint
	call callable
	info *providers.ProcedureInfo
	// fields are the members of the record that the parameters give, the rest of
	// them are the action's.
	fields []field
	result *table // of Put
	shown  []int  // its columns
}

func newProcedure(on *endpoint, c callable) *procedure {
	p := &procedure{on: on, call: c, info: &providers.ProcedureInfo{Schema: schemaREST, Name: c.name(), Description: c.description()}}
	taken := map[string]bool{idColumn: true}
	add := func(name, description string, typ sqltypes.Type) {
		taken[strings.ToLower(name)] = true
		p.info.Parameters = append(p.info.Parameters, providers.Parameter{Name: name, Type: typ, Description: description})
	}
	var own []field
	if c.action != nil {
		own = c.action.parameters
	}
	add(idColumn, "the system's id of the record", sqltypes.Of(sqltypes.UUID))
	p.fields = c.entity.ordered()
	for _, f := range p.fields {
		name := f.name
		if strings.EqualFold(name, idColumn) || slices.ContainsFunc(own, func(o field) bool { return strings.EqualFold(o.name, name) }) {
			name = c.entity.name + "_" + name
		}
		add(name, "field of the record", f.typ)
	}
	for _, f := range own {
		add(f.name, "parameter of the action", f.typ)
	}
	if c.action != nil {
		for _, f := range c.action.dialog {
			name := f.field
			if taken[strings.ToLower(name)] {
				name = f.view + "_" + f.field
			}
			add(name, "what the dialog box of the action asks for", sqltypes.Of(customTypes[f.typ]))
		}
	}
	if c.action == nil {
		p.result = newTable(on, shape{[]level{{name: c.entity.name}}, []*entity{c.entity}}, nil)
		for i, col := range p.result.info.Columns {
			if !col.Hidden || col.Name == idColumn {
				p.shown = append(p.shown, i)
				p.info.Results = append(p.info.Results, col)
			}
		}
	}
	return p
}

// Info describes the procedure.
func (p *procedure) Info() *providers.ProcedureInfo { return p.info }

// Call writes the record, or has the action done to it.
func (p *procedure) Call(ctx context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	record, err := p.record(args)
	if err != nil {
		return nil, err
	}
	ctx, end := ofStatement(ctx)
	defer end()
	if p.call.action == nil {
		return p.put(ctx, record)
	}
	invocation := map[string]any{"entity": record}
	parameters := map[string]any{}
	for i, f := range p.call.action.parameters {
		if err := p.set(parameters, f.name, args[1+len(p.fields)+i]); err != nil {
			return nil, err
		}
	}
	if err := p.answerDialog(parameters, args[1+len(p.fields)+len(p.call.action.parameters):]); err != nil {
		return nil, err
	}
	if len(p.call.action.parameters)+len(parameters) > 0 {
		invocation["parameters"] = parameters
	}
	if err := p.act(ctx, invocation); err != nil {
		return nil, err
	}
	return []providers.ResultSet{providers.NewResultSet(nil)}, nil
}

// answerDialog adds what the action's dialog box would have been given.
func (p *procedure) answerDialog(parameters map[string]any, args []sqltypes.Value) error {
	views := map[string]map[string]any{}
	for i, f := range p.call.action.dialog {
		if args[i].Null {
			continue
		}
		value, err := fieldValue(args[i])
		if err != nil {
			return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("%s of %s: %v", f.field, p.info.Name, err)}
		}
		if views[f.view] == nil {
			views[f.view] = map[string]any{}
		}
		views[f.view][f.field] = map[string]any{"type": f.typ, "value": value}
	}
	if len(views) > 0 {
		parameters["custom"] = views
	}
	return nil
}

// record is the record that the arguments describe.
func (p *procedure) record(args []sqltypes.Value) (map[string]any, error) {
	record := map[string]any{}
	if !args[0].Null {
		record[idColumn] = args[0].S
	}
	for i, f := range p.fields {
		if err := p.set(record, f.name, args[1+i]); err != nil {
			return nil, err
		}
	}
	if len(record) == 0 {
		return nil, &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
			"%s needs a record: give id, or the fields that are its keys", p.info.Name)}
	}
	return record, nil
}

// set gives a member its value; NULL leaves it as it is.
func (p *procedure) set(into map[string]any, name string, v sqltypes.Value) error {
	if v.Null {
		return nil
	}
	value, err := fieldValue(v)
	if err != nil {
		return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf("%s of %s: %v", name, p.info.Name, err)}
	}
	into[name] = map[string]any{"value": value}
	return nil
}

// send sends a record. It may be written when no answer comes, so that it is
// not sent twice.
func (p *procedure) send(ctx context.Context, method, path string, body any) (*httpx.Response, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	h := p.on.header()
	h.Set("Content-Type", "application/json")
	return p.answered(ctx, &httpx.Request{Method: method, URL: p.on.address(path, nil), Header: h, Body: encoded, Idempotent: httpx.IdempotentNever})
}

// answered sends a request that may be answered by a promise.
func (p *procedure) answered(ctx context.Context, r *httpx.Request) (*httpx.Response, error) {
	resp, err := p.on.client.Do(ctx, r)
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	switch resp.Status {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return resp, nil
	}
	defer resp.Release()
	return nil, p.on.set.statusError(resp)
}

// act invokes the action and waits until it is done.
func (p *procedure) act(ctx context.Context, invocation map[string]any) error {
	resp, err := p.send(ctx, http.MethodPost, p.call.entity.name+"/"+p.call.action.name, invocation)
	if err != nil {
		return err
	}
	for resp.Status == http.StatusAccepted {
		wait := pollDelay(resp.Header)
		address, err := located(resp)
		resp.Release()
		if err != nil {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		if resp, err = p.answered(ctx, &httpx.Request{URL: address, Header: p.on.header()}); err != nil {
			return err
		}
	}
	resp.Release()
	return nil
}

// located is where an operation that goes on can be asked for.
func located(resp *httpx.Response) (string, error) {
	base, err := url.Parse(resp.URL)
	if err != nil {
		return "", err
	}
	at := resp.Header.Get("Location")
	to, err := base.Parse(at)
	if err != nil || at == "" {
		return "", &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID,
			Message: "the server goes on with the action, and does not say where to ask for its end"}
	}
	return to.String(), nil
}

// usualDelay is the time between two questions whether an action is done, each
// of which counts among the requests that a licence has for a minute.
const usualDelay = 2 * time.Second

func pollDelay(h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	return usualDelay
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// put writes a record and gives back what it has become.
func (p *procedure) put(ctx context.Context, record map[string]any) ([]providers.ResultSet, error) {
	resp, err := p.send(ctx, http.MethodPut, p.call.entity.name, record)
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	s := &scan{t: p.result, entity: true}
	s.read(p.shown)
	rows, err := newRowReader(s)
	if err != nil {
		return nil, err
	}
	b := tuple.NewBatch(s.layout)
	rows.levels[0].scanner.Reset(resp.Body)
	for rows.levels[0].scanner.Next() {
		if err := rows.row(0, rows.levels[0].scanner, b); err != nil {
			return nil, err
		}
	}
	if err := rows.levels[0].scanner.Err(); err != nil {
		return nil, p.on.pageError(resp, err)
	}
	out := make([][]sqltypes.Value, b.Len())
	for i := range out {
		for c := range s.layout.Columns() {
			out[i] = append(out[i], s.layout.Value(b.Row(i), c))
		}
	}
	return []providers.ResultSet{providers.NewResultSet(p.info.Results, out...)}, nil
}
