package epicortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

func designerMethods() []methodDef {
	return []methodDef{{name: "ParseFromSQL", summary: "Parses a query.", in: inputs("ds:any"), out: "ds:any", run: (*invocation).parseFromSQL}}
}

// selectText is the SQL of this server: aggregates of one table, in groups.
var selectText = regexp.MustCompile(`^select (.+) from (\w+)\.(\w+) as \[T\](?: where (.+?))?(?: group by (.+))?$`)

// parseFromSQL turns a statement into a design: here, its text and the table
// that it names. The tables of the system are not for queries.
func (m *invocation) parseFromSQL() error {
	row := firstRow(m.args["ds"], "DynamicQueryDesigner")
	if argument(row["RowMod"]) != "A" {
		return business("There is no query to parse.")
	}
	text := argument(row["DisplayPhrase"])
	parts := selectText.FindStringSubmatch(text)
	if parts == nil {
		return business("Incorrect syntax near '" + text + "'.")
	}
	if m.s.tableOf(parts[2], parts[3]) == "" {
		return business("References to inaccessible tables: " + parts[2] + "." + parts[3])
	}
	row["QueryTable"] = parts[3]
	writeJSON(m.w, 200, map[string]any{"parameters": map[string]any{"ds": map[string]any{
		"DynamicQueryDesigner": []any{row},
		"QueryTableDesigner":   []any{map[string]any{"QueryID": row["QueryID"], "TableID": "T", "DBSchemaName": parts[2], "DBTableName": parts[3], "TableType": "DB"}},
	}}})
	return nil
}

func firstRow(tableset any, table string) map[string]any {
	ds, _ := tableset.(map[string]any)
	rows, _ := ds[table].([]any)
	if len(rows) == 0 {
		return map[string]any{}
	}
	row, _ := rows[0].(map[string]any)
	if row == nil {
		row = map[string]any{}
	}
	return row
}

// tableOf finds "Service/Set" of a table of the database.
func (s *Server) tableOf(system, table string) string {
	for _, service := range s.serviceDocument() {
		if definitions[service] == nil || !strings.HasPrefix(service, system+".") {
			continue
		}
		d, err := s.data(DefaultCompany, service)
		if err != nil {
			continue
		}
		for _, set := range tables(d.Sets()) {
			if set.Type == table {
				return service + "/" + set.Name
			}
		}
	}
	return ""
}

// execute runs a design. What is wrong with a statement is told in Errors of an
// answer that says 200.
func (m *invocation) execute() error {
	query := firstRow(m.args["queryDS"], "DynamicQuery")
	if argument(query["QueryID"]) == "" {
		return &restError{status: 500, kind: "System.NullReferenceException", message: "Object reference not set to an instance of an object."}
	}
	rows, err := m.selected(argument(query["DisplayPhrase"]))
	failures := []map[string]any{}
	if err != nil {
		rows, failures = []map[string]any{}, append(failures, map[string]any{"ErrorText": "Bad SQL statement. Review the server event logs for details."})
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": map[string]any{"Results": rows, "Errors": failures, "ExecutionInfo": []any{map[string]any{"Name": "ExecutionTime", "Value": "1.5"}}}})
	return nil
}

// selected computes the groups of a statement over the rows of the table, to
// which WithHiddenRows adds some that no set shows.
func (m *invocation) selected(text string) ([]map[string]any, error) {
	parts := selectText.FindStringSubmatch(text)
	if parts == nil {
		return nil, fmt.Errorf("no select")
	}
	place := m.s.tableOf(parts[2], parts[3])
	service, name, _ := strings.Cut(place, "/")
	plain := strings.NewReplacer("[T].", "", "[", "", "]", "")
	filter, _, err := whereClause(plain.Replace(parts[4]))
	if err != nil {
		return nil, err
	}
	h, err := m.s.handler(&call{version: odatatest.V4, base: "/sql", company: m.c.company, rest: []string{service}}, service)
	if err != nil {
		return nil, err
	}
	set := h.Set(name)
	printed, _, err := h.Query(name, sqlLiterals(set, filter), "", 0, -1)
	if err != nil {
		return nil, err
	}
	for range m.s.cfg.hiddenRows {
		printed = append(printed, printed[0])
	}
	t := &sqlRows{set: set, collation: m.s.cfg.collation, v1: m.c.version == odatatest.V3}
	if parts[5] != "" {
		t.groupBy = strings.Split(plain.Replace(parts[5]), ", ")
	}
	if err := t.group(printed); err != nil {
		return nil, err
	}
	out := []map[string]any{}
	for _, key := range t.order {
		result := map[string]any{}
		for _, item := range strings.Split(parts[1], ", ") {
			expression, as, _ := strings.Cut(plain.Replace(item), " as ")
			if result[as], err = t.value(expression, t.groups[key]); err != nil {
				return nil, err
			}
		}
		out = append(out, result)
	}
	return out, nil
}

// sqlLiterals writes the constants of truth values and GUIDs as filters have them.
func sqlLiterals(set *odatatest.Set, filter string) string {
	for _, c := range set.Columns {
		switch c.Type {
		case odatatest.EdmBoolean:
			for digit, word := range map[string]string{"1": "true", "0": "false"} {
				filter = regexp.MustCompile(`\b`+c.Name+` (eq|ne) `+digit+`\b`).ReplaceAllString(filter, c.Name+" $1 "+word)
			}
		case odatatest.EdmGuid:
			filter = regexp.MustCompile(`\b`+c.Name+` (eq|ne) '([0-9a-fA-F-]{36})'`).ReplaceAllString(filter, c.Name+" $1 $2")
		}
	}
	return filter
}

// sqlRows are rows of a table in groups.
type sqlRows struct {
	set       *odatatest.Set
	collation odatatest.Collation
	v1        bool // which prints long numbers as texts and dates without a zone
	groupBy   []string
	groups    map[string][]map[string]any
	order     []string
}

func (t *sqlRows) group(printed [][]byte) error {
	t.groups = map[string][]map[string]any{}
	for _, raw := range printed {
		row := map[string]any{}
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			return err
		}
		key := ""
		for _, g := range t.groupBy {
			v, known := row[g]
			if !known {
				return fmt.Errorf("invalid column name %s", g)
			}
			text := fmt.Sprint(v)
			if t.collation == odatatest.CaseInsensitive {
				text = strings.ToLower(strings.TrimRight(text, " "))
			}
			key += text + "\x00"
		}
		if t.groups[key] == nil {
			t.order = append(t.order, key)
		}
		t.groups[key] = append(t.groups[key], row)
	}
	if t.groupBy == nil && len(t.order) == 0 {
		t.order = []string{""}
	}
	slices.Sort(t.order)
	return nil
}

var aggregateCall = regexp.MustCompile(`^(count|min|max|sum)\((distinct )?(\*|\w+)\)$`)

// value computes an item of a group.
func (t *sqlRows) value(expression string, rows []map[string]any) (any, error) {
	call := aggregateCall.FindStringSubmatch(expression)
	if call == nil { // a column of the group
		return t.print(expression, rows[0][expression]), nil
	}
	if call[3] == "*" {
		return len(rows), nil
	}
	values, err := t.values(call[3], call[2] != "", rows)
	switch {
	case err != nil:
		return nil, err
	case call[1] == "count":
		return len(values), nil
	case len(values) == 0:
		return nil, nil
	case call[1] == "sum":
		return t.sum(call[3], values)
	}
	best := values[0]
	for _, v := range values {
		if d := compareSQL(v, best); call[1] == "min" && d < 0 || call[1] == "max" && d > 0 {
			best = v
		}
	}
	return t.print(call[3], best), nil
}

// values are those of a column that are not null, each once if need be.
func (t *sqlRows) values(column string, distinct bool, rows []map[string]any) (out []any, err error) {
	seen := map[any]bool{}
	for _, row := range rows {
		v, known := row[column]
		if !known {
			return nil, fmt.Errorf("invalid column name %s", column)
		}
		if v == nil || distinct && seen[v] {
			continue
		}
		seen[v] = true
		out = append(out, v)
	}
	return out, nil
}

// compareSQL compares numbers as numbers and instants, which are all printed in
// one way, as texts.
func compareSQL(a, b any) int {
	x, number := new(big.Rat).SetString(fmt.Sprint(a))
	y, other := new(big.Rat).SetString(fmt.Sprint(b))
	if number && other {
		return x.Cmp(y)
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func (t *sqlRows) sum(column string, values []any) (any, error) {
	sum, scale := new(big.Rat), 0
	for _, v := range values {
		n, isNumber := v.(json.Number)
		x, ok := new(big.Rat).SetString(string(n))
		if !isNumber || !ok {
			return nil, fmt.Errorf("operand data type is invalid for sum operator")
		}
		if _, fraction, found := strings.Cut(string(n), "."); found {
			scale = max(scale, len(fraction))
		}
		sum.Add(sum, x)
	}
	return t.print(column, json.Number(sum.FloatString(scale))), nil
}

// print writes a value of a column as the version has it.
func (t *sqlRows) print(column string, v any) any {
	if !t.v1 || v == nil {
		return v
	}
	for _, c := range t.set.Columns {
		if c.Name != column {
			continue
		}
		switch c.Type {
		case odatatest.EdmDecimal, odatatest.EdmInt64:
			return fmt.Sprint(v)
		case odatatest.EdmDateTime:
			return strings.TrimSuffix(fmt.Sprint(v), "Z")
		}
	}
	return v
}
