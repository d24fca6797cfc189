package epicortest

import (
	"encoding/json"
	"strings"
)

// ownMethods are what some services have besides the standard methods: one that
// makes a new row without keeping it, one that gives a value back, one with
// output parameters, one that changes data.
func ownMethods(service string) []methodDef {
	switch service {
	case "Erp.BO.CustomerSvc":
		return []methodDef{
			{name: "GetNewCustomer", summary: "Inserts a new row in the DataSet with defaults populated.", in: inputs("ds:ds"), out: "ds:ds", run: (*invocation).getNew},
		}
	case "Erp.BO.PartSvc":
		return []methodDef{
			{name: "PartExists", summary: "Checks if the part exists.", reads: true, in: inputs("partNum:s"), returns: "b", run: (*invocation).partExists},
		}
	case "Erp.BO.SalesOrderSvc":
		return []methodDef{
			{name: "CheckOrderHeld", summary: "Tells whether an order is held, and in what words.", reads: true, in: inputs("orderNum:i"), out: "held:b message:s orderAmt:n since:d", run: (*invocation).checkOrderHeld},
			{name: "CloseOrder", summary: "Closes an order.", in: inputs("orderNum:i"), run: (*invocation).closeOrder},
		}
	case "Ice.BO.BAQDesignerSvc":
		return designerMethods()
	case "Ice.BO.DynamicQuerySvc":
		return dynamicQueryMethods()
	case "Ice.BO.UserFileSvc":
		return userFileMethods()
	}
	return nil
}

// getNew adds a row to the dataset that came; nothing is kept.
func (m *invocation) getNew() error {
	ds, _ := m.args["ds"].(map[string]any)
	if ds == nil {
		ds = map[string]any{}
	}
	primary := m.h.Sets()[0]
	row := map[string]any{}
	for _, c := range primary.Columns {
		row[c.Name] = nil
		if !c.Nullable {
			row[c.Name] = zero(c)
		}
	}
	row["Company"], row["RowMod"] = m.c.company.id, "A"
	rows, _ := ds[primary.Type].([]any)
	ds[primary.Type] = append(rows, row)
	writeJSON(m.w, 200, map[string]any{"parameters": map[string]any{"ds": ds}})
	return nil
}

// rows reads rows of a set as they are printed.
func (m *invocation) rows(set, filter string) ([]map[string]any, error) {
	found, _, err := m.h.Query(set, filter, "", 0, -1)
	var out []map[string]any
	for _, raw := range found {
		row := map[string]any{}
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		if err := dec.Decode(&row); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, err
}

func (m *invocation) partExists() error {
	found, err := m.rows("Parts", "PartNum eq "+literal(m.h.Sets()[0], "PartNum", m.args["partNum"]))
	if err == nil {
		writeJSON(m.w, 200, map[string]any{"returnObj": len(found) > 0})
	}
	return err
}

func (m *invocation) order() (map[string]any, error) {
	found, err := m.rows("SalesOrders", "OrderNum eq "+argument(m.args["orderNum"]))
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, &restError{status: 404, kind: recordNotFound, message: "Record not found."}
	}
	return found[0], nil
}

func (m *invocation) checkOrderHeld() error {
	order, err := m.order()
	if err != nil {
		return err
	}
	message := "The order is free."
	if order["OrderHeld"] == true {
		message = "The order is held."
	}
	writeJSON(m.w, 200, map[string]any{"parameters": map[string]any{"held": order["OrderHeld"], "message": message, "orderAmt": order["OrderAmt"], "since": order["OrderDate"]}})
	return nil
}

func (m *invocation) closeOrder() error {
	order, err := m.order()
	if err != nil {
		return err
	}
	if order["OpenOrder"] != true {
		return business("Order is already closed.")
	}
	if err := m.h.UpdateWith("SalesOrders", map[string]any{"OpenOrder": false}, m.s.beforeWrite, m.c.company.id, m.args["orderNum"]); err != nil {
		return err
	}
	writeJSON(m.w, 200, map[string]any{})
	return nil
}
