package acumatica

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/jsonpage"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// probe finds out whether the server keeps to filters by the scan's fields: it
// takes the values of a record that is there, and looks whether they are found.
// Nothing is to be found in an entity without records.
func (g *pager) probe(ctx context.Context) (honoured bool, err error) {
	s := g.s
	fields := slices.Clone(s.fields)
	slices.Sort(fields)
	fields = slices.Compact(fields)
	var expands []string
	var parts []column
	for _, c := range s.t.columns {
		if s.t.ofRecord(c.level) && c.option != "" && slices.Contains(fields, c.option) {
			if c.custom != "" {
				return false, nil // seldom enough to be read without a filter
			}
			if l := s.t.levels[c.level]; l.linked {
				c.path, c.expand = append(slices.Clone(l.path), c.path...), append(slices.Clone(l.expand), c.expand...)
			}
			parts = append(parts, c)
			expands = append(expands, c.expand...)
		}
	}
	records, err := g.records(ctx, "", expands, probed)
	if err != nil || len(records) == 0 {
		return err == nil, err
	}
	filter, ok := "", false
	for i := 0; i < len(records) && !ok; i++ {
		filter, ok = equals(parts, records[i])
	}
	if !ok {
		return false, nil
	}
	records, err = g.records(ctx, filter, expands, 1)
	var refused *providers.Error
	if errors.As(err, &refused) && (refused.Status == 400 || refused.Status == 500) {
		return false, nil
	}
	return len(records) > 0, err
}

// probed is how many records are looked through for one that has values in all
// the fields.
const probed = 20

// records asks for the first records, as they are.
func (g *pager) records(ctx context.Context, filter string, expands []string, top int) ([]map[string]json.RawMessage, error) {
	var options []option
	if filter != "" {
		options = append(options, option{"$filter", filter})
	}
	if len(expands) > 0 {
		options = append(options, option{"$expand", strings.Join(distinct(expands), ",")})
	}
	e := g.s.t.on
	resp, err := e.do(ctx, &httpx.Request{
		URL: e.address(g.s.t.root.name, append(options, option{"$top", strconv.Itoa(top)})), Header: e.header(), Stats: g.stats,
	})
	if err != nil {
		return nil, err
	}
	defer resp.Release()
	var records []map[string]json.RawMessage
	if err := json.Unmarshal(resp.Body, &records); err != nil {
		return nil, e.pageError(resp, err)
	}
	return records, nil
}

// equals writes a filter that a record passes. ok is false if it has no value
// that a filter could be written with.
func equals(columns []column, record map[string]json.RawMessage) (filter string, ok bool) {
	var parts []string
	for _, c := range columns {
		raw, found := valueAt(record, c.path)
		if !found {
			return "", false
		}
		w := &filterer{}
		v, ok := constant(c.Type.Kind, raw)
		if !ok {
			return "", false
		}
		cond := w.compare(&c, providers.Eq, v)
		if cond.verdict == providers.None {
			return "", false
		}
		parts = append(parts, cond.text)
	}
	return strings.Join(parts, " and "), len(parts) > 0
}

// valueAt follows a path into a record.
func valueAt(record map[string]json.RawMessage, path []string) (json.RawMessage, bool) {
	raw, found := record[path[0]]
	if !found || string(raw) == "null" {
		return nil, false
	}
	if len(path) == 1 {
		return raw, true
	}
	var inner map[string]json.RawMessage
	if json.Unmarshal(raw, &inner) != nil {
		return nil, false
	}
	return valueAt(inner, path[1:])
}

// constant reads a value of a record as a constant of a filter.
func constant(kind sqltypes.Kind, raw json.RawMessage) (sqltypes.Value, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	switch kind {
	case sqltypes.Bool:
		return sqltypes.BoolValue(text == "true"), true
	case sqltypes.SmallInt, sqltypes.Integer, sqltypes.BigInt, sqltypes.Decimal:
		d, err := sqltypes.ParseNum(text)
		return sqltypes.NumValue(d), err == nil
	case sqltypes.Varchar:
		return sqltypes.StringValue(text), true
	case sqltypes.TimestampTZ, sqltypes.Date:
		t, err := jsonpage.ParseTimestamp([]byte(text))
		return sqltypes.TimestampTZValue(t.Instant()), err == nil
	}
	return sqltypes.Value{}, false
}
