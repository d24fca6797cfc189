package epicortest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// functionDef is an Epicor Function: inputs and outputs are lists of Name:type,
// and what it does it does in a company.
type functionDef struct {
	library, name, summary string
	in, out                string
	draft                  bool // not promoted yet: only the staging address has it
	run                    func(s *Server, c *company, args map[string]any) (map[string]any, error)
}

var functions = []functionDef{
	{library: "OrderTools", name: "Multiply", summary: "Multiplies exactly.", in: "Price:n Quantity:i", out: "Total:n Text:s",
		run: func(_ *Server, _ *company, args map[string]any) (map[string]any, error) {
			price, err := odatatest.ParseDecimal(argument(args["Price"]))
			if err != nil {
				return nil, business("Price is not a number.")
			}
			return map[string]any{"Total": price, "Text": argument(args["Quantity"]) + " × " + price.Text()}, nil
		}},
	{library: "OrderTools", name: "OpenLines", summary: "Lists the first open lines of an order.", in: "OrderNum:i", out: "Found:b Lines:any",
		run: openLines},
	{library: "OrderTools", name: "Fail", summary: "Fails as functions do: with 200.", out: "Status:s ErrorMessage:s",
		run: func(*Server, *company, map[string]any) (map[string]any, error) {
			return map[string]any{"Status": "FAILED", "ErrorMessage": "no such pallet"}, nil
		}},
	{library: "OrderTools", name: "Throw", summary: "Throws a business rule's exception.",
		run: func(*Server, *company, map[string]any) (map[string]any, error) {
			return nil, business("The pallet is closed.")
		}},
	{library: "Drafts", name: "Echo", summary: "Gives back what it is given.", in: "Text:s", out: "Text:s", draft: true,
		run: func(_ *Server, c *company, args map[string]any) (map[string]any, error) {
			return map[string]any{"Text": args["Text"], "Company": c.id}, nil
		}},
}

func openLines(s *Server, c *company, args map[string]any) (map[string]any, error) {
	d, err := s.data(c.id, "Erp.BO.SalesOrderSvc")
	if err != nil {
		return nil, err
	}
	source, set := d.Rows("OrderDtls"), d.Set("OrderDtls")
	at := map[string]int{}
	for i, col := range set.Columns {
		at[col.Name] = i
	}
	lines := []map[string]any{}
	for i := 0; i < source.Len() && len(lines) < 3; i++ {
		if source.At(i, at["OrderNum"]).Text() == argument(args["OrderNum"]) && source.At(i, at["OpenLine"]).Int64() == 1 {
			lines = append(lines, map[string]any{"OrderLine": source.At(i, at["OrderLine"]), "PartNum": source.At(i, at["PartNum"]), "OrderQty": source.At(i, at["OrderQty"])})
		}
	}
	return map[string]any{"Found": len(lines) > 0, "Lines": map[string]any{"OrderDtl": lines}}, nil
}

// efx answers /api/v2/efx/{company}: the list of libraries, and a call of a
// function with its inputs as the members of the body, which must be there.
// Under /api/v2/efx/staging/{company} are the libraries that are not promoted, as
// well as the others; nothing lists or describes those.
func (s *Server) efx(w http.ResponseWriter, r *http.Request, c *call) error {
	switch {
	case c.rest[0] == "" && r.Method == http.MethodGet && !c.staging:
		var list []map[string]any
		seen := ""
		for _, f := range functions {
			if f.library != seen && !f.draft {
				list = append(list, map[string]any{"name": f.library, "kind": "FunctionLibrary", "url": f.library})
				seen = f.library
			}
		}
		writeJSON(w, 200, map[string]any{"value": list})
		return nil
	case len(c.rest) != 2:
		return &restError{status: 404, kind: apiException, message: "Function library is not found."}
	}
	for i := range functions {
		f := &functions[i]
		if f.library != c.rest[0] || f.name != c.rest[1] || f.draft && !c.staging {
			continue
		}
		if r.Method != http.MethodPost {
			return &restError{status: 405, kind: apiException, message: "The requested resource does not support http method '" + r.Method + "'."}
		}
		if r.ContentLength == 0 {
			return &restError{status: 400, kind: apiException, message: "Request body is required."}
		}
		args, err := arguments(r, false)
		if err != nil {
			return err
		}
		answer, err := f.run(s, c.company, args)
		if err == nil {
			writeJSON(w, 200, answer)
		}
		return err
	}
	return &restError{status: 404, kind: apiException, message: fmt.Sprintf("Function %s is not found in library %s.", c.rest[1], c.rest[0])}
}

// describeLibrary describes the functions of a library. A server may give the
// document without any path, as WithoutFunctionPaths has it.
func (s *Server) describeLibrary(library string) map[string]any {
	doc := &schemas{byName: map[string]any{}}
	paths, known := map[string]any{}, false
	for _, f := range functions {
		if f.library != library || f.draft {
			continue
		}
		if known = true; !s.cfg.functionPaths {
			continue
		}
		doc.add(f.name+"_input", object(doc.members(f.in), nil))
		doc.add(f.name+"_output", object(doc.members(f.out), nil))
		paths["/"+f.name] = map[string]any{"post": map[string]any{"summary": f.summary, "operationId": f.name,
			"requestBody": map[string]any{"content": jsonContent(f.name + "_input")},
			"responses":   map[string]any{"200": map[string]any{"description": "OK", "content": jsonContent(f.name + "_output")}}}}
	}
	if !known {
		return nil
	}
	return map[string]any{"openapi": "3.0.1", "info": map[string]any{"title": strings.TrimSpace(library), "version": "v2"}, "paths": paths,
		"components": map[string]any{"schemas": doc.byName}}
}
