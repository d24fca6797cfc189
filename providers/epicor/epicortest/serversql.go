package epicortest

import (
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
	filter, _, err := whereClause(plain.Replace(strings.ReplaceAll(strings.ReplaceAll(parts[4], " = 1", " = true"), " = 0", " = false")))
	if err != nil {
		return nil, err
	}
	h, err := m.s.handler(&call{version: odatatest.V4, base: "/sql", company: m.c.company, rest: []string{service}}, service)
	if err != nil {
		return nil, err
	}
	printed, _, err := h.Query(name, sqlBooleans(h.Set(name), filter), "", 0, -1)
	if err != nil {
		return nil, err
	}
	for range m.s.cfg.hiddenRows {
		printed = append(printed, printed[0])
	}
	var groupBy []string
	if parts[5] != "" {
		groupBy = strings.Split(plain.Replace(parts[5]), ", ")
	}
	groups, order := map[string][]map[string]any{}, []string{}
	for _, raw := range printed {
		row := map[string]any{}
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			return nil, err
		}
		key := ""
		for _, g := range groupBy {
			if _, known := row[g]; !known {
				return nil, fmt.Errorf("invalid column name %s", g)
			}
			key += fmt.Sprint(row[g]) + "\x00"
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], row)
	}
	if groupBy == nil && len(order) == 0 {
		order = []string{""}
	}
	slices.Sort(order)
	out := []map[string]any{}
	for _, key := range order {
		result := map[string]any{}
		for _, item := range strings.Split(parts[1], ", ") {
			expression, as, _ := strings.Cut(plain.Replace(item), " as ")
			if result[as], err = aggregate(expression, groups[key]); err != nil {
				return nil, err
			}
		}
		out = append(out, result)
	}
	return out, nil
}

// sqlBooleans leaves "= true" where the column is a truth value and turns it back
// into a number elsewhere.
func sqlBooleans(set *odatatest.Set, filter string) string {
	for _, c := range set.Columns {
		if c.Type != odatatest.EdmBoolean {
			for word, digit := range map[string]string{"true": "1", "false": "0"} {
				filter = regexp.MustCompile(`\b`+c.Name+` eq `+word+`\b`).ReplaceAllString(filter, c.Name+" eq "+digit)
			}
		}
	}
	return filter
}

var aggregateCall = regexp.MustCompile(`^(count|min|max|sum)\((distinct )?(\*|\w+)\)$`)

func aggregate(expression string, rows []map[string]any) (any, error) {
	call := aggregateCall.FindStringSubmatch(expression)
	if call == nil { // a column of the group
		return rows[0][expression], nil
	}
	if call[3] == "*" {
		return len(rows), nil
	}
	seen, n := map[string]bool{}, 0
	var best, sum *big.Int
	for _, row := range rows {
		v, known := row[call[3]]
		if !known {
			return nil, fmt.Errorf("invalid column name %s", call[3])
		}
		text := fmt.Sprint(v)
		if v == nil || call[2] != "" && seen[text] {
			continue
		}
		seen[text] = true
		n++
		if call[1] == "count" {
			continue
		}
		x, ok := new(big.Int).SetString(text, 10)
		if !ok {
			return nil, fmt.Errorf("operand type clash")
		}
		if best == nil || call[1] == "min" && x.Cmp(best) < 0 || call[1] == "max" && x.Cmp(best) > 0 {
			best = x
		}
		if sum == nil {
			sum = new(big.Int)
		}
		sum.Add(sum, x)
	}
	switch {
	case call[1] == "count":
		return n, nil
	case best == nil:
		return nil, nil
	case call[1] == "sum":
		return json.Number(sum.String()), nil
	}
	return json.Number(best.String()), nil
}
