package acumatica

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// customField is an element of a form that the contract does not have: one that
// a customization project added, a user-defined field, or one of the system's.
type customField struct {
	levels      []string // the members that lead to the collection; nil for the record
	linked      []string // then those of linked entities
	view, field string
	typ         string // of the element, such as CustomStringField
}

var customTypes = map[string]sqltypes.Kind{
	"CustomStringField": sqltypes.Varchar, "CustomDecimalField": sqltypes.Decimal, "CustomIntField": sqltypes.Integer,
	"CustomLongField": sqltypes.BigInt, "CustomShortField": sqltypes.SmallInt, "CustomByteField": sqltypes.SmallInt,
	"CustomDoubleField": sqltypes.Double, "CustomBooleanField": sqltypes.Bool,
	"CustomDateTimeField": sqltypes.TimestampTZ, "CustomGuidField": sqltypes.UUID,
}

// column is the field as a column, named View_Field. Naming what is selected
// costs a $custom, so that it is not part of SELECT *.
func (f *customField) column(l int) column {
	name := strings.Join(append(slices.Clone(f.linked), f.view, f.field), "_")
	place := append(slices.Clone(f.levels), f.linked...)
	c := column{
		Column: providers.Column{Name: name, Type: sqltypes.Of(customTypes[f.typ]), Nullable: true, Hidden: true, Description: "custom field"},
		level:  l, path: append(slices.Clone(f.linked), "custom", f.view, f.field, "value"),
		custom: f.view + "." + f.field,
	}
	for i := range place {
		c.expand = append(c.expand, strings.Join(place[:i+1], "/"))
	}
	if len(place) > 0 {
		c.custom = strings.Join(place, "/") + "/" + c.custom
	} else if f.typ == "CustomStringField" {
		c.option = "cf.String(f='" + f.view + "." + f.field + "')"
	}
	return c
}

// adHocSchema is what an entity has besides the contract.
type adHocSchema struct {
	fields  []customField
	actions []*action // of the form's workflow
}

// readAdHocSchema reads an answer to {entity}/$adHocSchema: the record with its
// custom fields, whose values tell their types, and the actions of its workflow.
func readAdHocSchema(document []byte, e *entity) (*adHocSchema, error) {
	var record map[string]json.RawMessage
	if err := json.Unmarshal(document, &record); err != nil {
		return nil, fmt.Errorf("the schema of custom fields: %w", err)
	}
	out := &adHocSchema{actions: workflowActions(record["_workflowActions"], e)}
	collectCustom(record, e, nil, nil, &out.fields, 0)
	return out, nil
}

// workflowActions reads the actions of a workflow: a list of objects, each of
// which has one or more by name.
func workflowActions(list json.RawMessage, e *entity) (out []*action) {
	var actions []map[string]struct {
		Parameters struct {
			Custom json.RawMessage `json:"custom"`
		} `json:"parameters"`
	}
	if json.Unmarshal(list, &actions) != nil {
		return nil
	}
	for _, named := range actions {
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if plainName(name) {
				out = append(out, &action{entity: e, name: name, dialog: customFields(named[name].Parameters.Custom)})
			}
		}
	}
	return out
}

// customFields reads a custom member: fields by their view and name.
func customFields(member json.RawMessage) (out []customField) {
	var views map[string]map[string]struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(member, &views) != nil {
		return nil
	}
	for _, view := range slices.Sorted(maps.Keys(views)) {
		for _, name := range slices.Sorted(maps.Keys(views[view])) {
			if typ := views[view][name].Type; customTypes[typ] != 0 && plainName(view) && plainName(name) {
				out = append(out, customField{view: view, field: name, typ: typ})
			}
		}
	}
	return out
}

func collectCustom(record map[string]json.RawMessage, e *entity, levels, linked []string, out *[]customField, depth int) {
	for _, f := range customFields(record["custom"]) {
		f.levels, f.linked = levels, linked
		*out = append(*out, f)
	}
	if depth == maxLinkedDepth {
		return
	}
	for _, m := range e.linked {
		var inner map[string]json.RawMessage
		if json.Unmarshal(record[m.name], &inner) == nil && inner != nil {
			collectCustom(inner, m.of, levels, append(slices.Clone(linked), m.name), out, depth+1)
		}
	}
	for _, d := range e.details {
		var rows []map[string]json.RawMessage
		if json.Unmarshal(record[d.name], &rows) == nil && len(rows) > 0 {
			collectCustom(rows[0], d.of, slices.Concat(levels, linked, []string{d.name}), nil, out, depth+1)
		}
	}
}

// plainName keeps out of a $custom what would end it.
func plainName(s string) bool {
	return s != "" && !strings.ContainsAny(s, `',/.&= "\`)
}
