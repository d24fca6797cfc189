package epicortest

import (
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// dynamicQueryMethods tell about BAQs.
func dynamicQueryMethods() []methodDef {
	return []methodDef{
		{name: "GetQueryList", summary: "This method returns a list of BAQs that meet the criteria. The result can be paged.", reads: true,
			in: inputs("whereClause:s pageSize:i absolutePage:i"), returns: "any", out: "morePages:b", run: (*invocation).queryList},
		{name: "Execute", summary: "This method executes a query and returns the result dataset.", in: inputs("queryDS:any executionParams:any"), returns: "any", run: (*invocation).execute},
		{name: "GetQueryResultSetMetadataByID", summary: "This method returns a list of groups of attributes and values, each group per query's display field.",
			in: inputs("queryID:s"), returns: "any", run: (*invocation).queryColumns},
		{name: "GetByID", summary: "Returns a query's definition.", reads: true, in: inputs("queryID:s"), returns: "any", run: (*invocation).queryDefinition},
	}
}

// queryList lists the BAQs, all or the one whose QueryID is asked for.
func (m *invocation) queryList() error {
	where := argument(m.args["whereClause"])
	only, one := strings.CutPrefix(where, "QueryID = '")
	if where != "" && (!one || !strings.HasSuffix(only, "'")) {
		return business("The where clause is not valid.")
	}
	only = strings.TrimSuffix(only, "'")
	skip, take, err := m.s.page(m.args)
	if err != nil {
		return err
	}
	list := []map[string]any{}
	for _, b := range baqs() {
		if one && b.id != only {
			continue
		}
		list = append(list, map[string]any{"Company": m.c.company.id, "QueryID": b.id, "Description": b.description, "AuthorID": "manager", "IsShared": true,
			"Updatable": b.updatable != "", "ExtQuery": false, "SystemFlag": strings.HasPrefix(b.id, "z"), "RowMod": ""})
	}
	list = list[min(skip, len(list)):]
	more := take >= 0 && take < len(list)
	if more {
		list = list[:take]
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": map[string]any{"DynamicQueryList": list, "ExtensionTables": []any{}}, "parameters": map[string]any{"morePages": more}})
	return nil
}

// queryColumns describes the columns of a BAQ.
func (m *invocation) queryColumns() error {
	id := argument(m.args["queryID"])
	b := findBAQ(id)
	if b == nil {
		return &restError{status: 404, kind: apiException, message: "Dynamic query is not found " + id}
	}
	out := []map[string]any{}
	for n, c := range columns(b.columns) {
		typ := map[odatatest.Type]string{odatatest.EdmString: "System.String", odatatest.EdmInt32: "System.Int32", odatatest.EdmInt64: "System.Int64", odatatest.EdmDecimal: "System.Decimal",
			odatatest.EdmBoolean: "System.Boolean", odatatest.EdmDateTime: "System.DateTime"}[c.Type]
		out = append(out, map[string]any{"alias": c.Name, "typeName": typ, "seq": n + 1, "caption": caption(c.Name), "format": "", "like": strings.Replace(c.Name, "_", ".", 1),
			"readOnly": !slices.Contains(strings.Fields(b.updatable), c.Name), "required": false, "attributes": map[string]any{}})
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": out})
	return nil
}

// queryDefinition gives the tables of a BAQ's definition that tell parameters.
func (m *invocation) queryDefinition() error {
	id := argument(m.args["queryID"])
	b := findBAQ(id)
	if b == nil {
		return &restError{status: 404, kind: apiException, message: "Dynamic query is not found " + id}
	}
	parameters := []map[string]any{}
	for _, p := range b.parameters {
		typ := map[string]string{"string": "nvarchar", "integer": "int", "boolean": "bit", "date": "date"}[p.kind]
		parameters = append(parameters, map[string]any{"Company": m.c.company.id, "QueryID": id, "ParameterID": p.name, "ParameterType": typ, "ParameterLabel": p.name, "SkipIfEmpty": !p.required, "RowMod": ""})
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": map[string]any{
		"DynamicQuery": []any{map[string]any{"QueryID": id, "Description": b.description, "Updatable": b.updatable != ""}}, "QueryParameter": parameters}})
	return nil
}

// caption makes a label of a column's name: Order Num of OrderHed_OrderNum.
func caption(name string) string {
	_, field, _ := strings.Cut(name, "_")
	var b strings.Builder
	for i, r := range field {
		if i > 0 && r >= 'A' && r <= 'Z' && field[i-1] >= 'a' && field[i-1] <= 'z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
