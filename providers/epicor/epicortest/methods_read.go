package epicortest

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// getRows reads the primary table by its whereClause argument and, for the
// rows found, the rows of every other table that belong to them and satisfy its
// own. Only the primary table is paged.
func (m *invocation) getRows() error {
	all := tables(m.h.Sets())
	skip, take, err := m.s.page(m.args)
	if err != nil {
		return err
	}
	filter, order, err := whereClause(argument(m.args["whereClause"+all[0].Type]))
	if err != nil {
		return err
	}
	rows, more, err := m.h.Query(all[0].Name, filter, order, skip, take)
	if err != nil {
		return err
	}
	found := [][][]byte{rows}
	for _, set := range all[1:] {
		children, err := m.children(all[0], set, rows)
		if err != nil {
			return err
		}
		found = append(found, children)
	}
	return writeTables(m.w, all, found, &more)
}

// children are the rows of a table that belong to some rows of the primary one.
func (m *invocation) children(parent, set *odatatest.Set, rows [][]byte) ([][]byte, error) {
	if !hasColumns(set, parent.Key) || len(rows) == 0 {
		return nil, nil
	}
	own, _, err := whereClause(argument(m.args["whereClause"+set.Type]))
	if err != nil {
		return nil, err
	}
	var parents []string
	for _, row := range rows {
		dec := json.NewDecoder(bytes.NewReader(row))
		dec.UseNumber()
		var values map[string]any
		if err := dec.Decode(&values); err != nil {
			return nil, err
		}
		var key []string
		for _, k := range parent.Key {
			key = append(key, k+" eq "+literal(parent, k, values[k]))
		}
		parents = append(parents, "("+strings.Join(key, " and ")+")")
	}
	filter := "(" + strings.Join(parents, " or ") + ")"
	if own != "" {
		filter += " and (" + own + ")"
	}
	found, _, err := m.h.Query(set.Name, filter, "", 0, -1)
	return found, err
}

func (m *invocation) getList() error {
	sets := m.h.Sets()
	list := sets[len(sets)-1]
	skip, take, err := m.s.page(m.args)
	if err != nil {
		return err
	}
	filter, order, err := whereClause(argument(m.args["whereClause"]))
	if err != nil {
		return err
	}
	rows, more, err := m.h.Query(list.Name, filter, order, skip, take)
	if err != nil {
		return err
	}
	return writeTables(m.w, []*odatatest.Set{list}, [][][]byte{rows}, &more)
}

// key is the filter for the row of the primary table that the arguments name.
func (m *invocation) key() string {
	primary := m.h.Sets()[0]
	var conds []string
	for _, k := range primary.Key {
		if k != "Company" {
			conds = append(conds, k+" eq "+literal(primary, k, m.args[camel(k)]))
		}
	}
	return strings.Join(conds, " and ")
}

// getByID finds one row of the primary table by its key after the company,
// each part under its own name in camel case, and the child rows.
func (m *invocation) getByID() error {
	all, filter := tables(m.h.Sets()), m.key()
	found := make([][][]byte, 0, len(all))
	for i, set := range all {
		if i > 0 && !hasColumns(set, all[0].Key) {
			found = append(found, nil)
			continue
		}
		rows, _, err := m.h.Query(set.Name, filter, "", 0, -1)
		if err != nil {
			return err
		}
		if i == 0 && len(rows) == 0 {
			return &restError{status: 404, kind: recordNotFound, message: "Record not found."}
		}
		found = append(found, rows)
	}
	return writeTables(m.w, all, found, nil)
}

func (m *invocation) deleteByID() error {
	primary := m.h.Sets()[0]
	key := []any{m.c.company.id}
	for _, k := range primary.Key {
		if k != "Company" {
			key = append(key, m.args[camel(k)])
		}
	}
	if err := m.h.Delete(primary.Name, key...); err != nil {
		return err
	}
	writeJSON(m.w, 200, map[string]any{})
	return nil
}
