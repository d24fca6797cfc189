package epicortest

import (
	"fmt"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// updateError is one row of the BOUpdError table.
type updateError struct {
	TableName     string
	ErrorLevel    string
	ErrorType     string
	ErrorText     string
	ErrorSysRowID string
}

// updateExt applies each row by its RowMod: "A" adds, "U" updates, "D"
// deletes. It answers 200 whatever happened; the errors lie in BOUpdError.
func (m *invocation) updateExt() error {
	ds, ok := m.args["ds"].(map[string]any)
	if !ok {
		return business("Parameter ds is not found in the input object.")
	}
	goOn := argument(m.args["continueProcessingOnError"]) == "true"
	errs := []updateError{}
	for _, set := range m.h.Sets() {
		rows, _ := ds[set.Type].([]any)
		for _, x := range rows {
			row, ok := x.(map[string]any)
			if !ok {
				return business("Table " + set.Type + " holds a row that is no object.")
			}
			mod := argument(row["RowMod"])
			err := m.s.applyRow(m.h, set, mod, row, m.c.company.id)
			if err == nil {
				continue
			}
			errs = append(errs, updateError{set.Type, "Error", "Business Object", translate(err).message, argument(row["SysRowID"])})
			if !goOn {
				break
			}
		}
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": map[string]any{"BOUpdError": errs}, "parameters": map[string]any{"ds": ds, "errorsOccurred": len(errs) > 0}})
	return nil
}

// update applies each row by its RowMod as updateExt does, but stops at the
// first refusal and answers with it.
func (m *invocation) update() error {
	ds, ok := m.args["ds"].(map[string]any)
	if !ok {
		return business("Parameter ds is not found in the input object.")
	}
	for _, set := range m.h.Sets() {
		rows, _ := ds[set.Type].([]any)
		for _, x := range rows {
			row, ok := x.(map[string]any)
			if !ok {
				return business("Table " + set.Type + " holds a row that is no object.")
			}
			if err := m.s.applyRow(m.h, set, argument(row["RowMod"]), row, m.c.company.id); err != nil {
				return err
			}
		}
	}
	writeJSON(m.w, 200, map[string]any{"parameters": map[string]any{"ds": ds}})
	return nil
}

func (s *Server) applyRow(h *odatatest.Handler, set *odatatest.Set, mod string, row map[string]any, company string) error {
	if set.ReadOnly {
		return fmt.Errorf("%s cannot be updated", set.Name)
	}
	if co, ok := row["Company"]; ok && argument(co) != company {
		return business("Company " + argument(co) + " is not the current company.")
	}
	row["Company"] = company
	if !hasColumns(set, []string{"Company"}) {
		delete(row, "Company")
	}
	changes := map[string]any{}
	for k, v := range row {
		if k != "SysRevID" && k != "SysRowID" && k != "RowMod" {
			changes[k] = v
		}
	}
	key := make([]any, len(set.Key))
	for i, k := range set.Key {
		if key[i] = row[k]; key[i] == nil && mod != "A" {
			return business(k + " is required.")
		}
	}
	switch mod {
	case "A":
		return h.InsertWith(set.Name, changes, s.beforeWrite)
	case "U":
		want := row["SysRevID"]
		return h.UpdateWith(set.Name, changes, func(c odatatest.Change) error {
			for i, col := range set.Columns {
				if col.Name == "SysRevID" && want != nil && argument(want) != c.Old[i].Text() {
					return business("Row has been modified by another user and couldn't be updated.")
				}
			}
			return s.beforeWrite(c)
		}, key...)
	case "D":
		return h.Delete(set.Name, key...)
	case "":
		return nil // the unchanged before-image of an update
	}
	return business("RowMod " + mod + " is not valid.")
}
