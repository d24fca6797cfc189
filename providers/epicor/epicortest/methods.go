package epicortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// methodDef is a method of a service: what its description says, and what it
// does. Arguments and outputs are lists of Name:type; see columns for the types,
// ds is a tableset.
type methodDef struct {
	name, summary string
	reads         bool // changes nothing: it can be called by GET too
	in            func(sets []*odatatest.Set) string
	returns       string // type of returnObj: "" for none, rows, list and errors for tablesets
	out           string // output parameters
	run           func(m *invocation) error
}

// invocation is one call of a method.
type invocation struct {
	s    *Server
	w    http.ResponseWriter
	h    *odatatest.Handler
	c    *call
	args map[string]any
}

func inputs(list string) func([]*odatatest.Set) string {
	return func([]*odatatest.Set) string { return list }
}

// methods are those of a service: the standard ones of every business object,
// and its own.
func methods(service string) []methodDef {
	defs := []methodDef{
		{name: "GetRows", summary: "Returns a dataset containing all rows that satisfy the where clauses.", reads: true, in: whereClauses, returns: "rows", out: "morePages:b", run: (*invocation).getRows},
		{name: "GetList", summary: "Returns a list of rows that satisfy the where clause.", reads: true, in: inputs("whereClause:s pageSize:i absolutePage:i"), returns: "list", out: "morePages:b", run: (*invocation).getList},
		{name: "GetByID", summary: "Returns the dataset of one row given its ID.", reads: true, in: keyArguments, returns: "rows", run: (*invocation).getByID},
		{name: "DeleteByID", summary: "Deletes a row given its ID.", in: keyArguments, run: (*invocation).deleteByID},
		{name: "Update", summary: "Commits the DataSet changes to the data store.", in: inputs("ds:ds"), out: "ds:ds", run: (*invocation).update},
		{name: "UpdateExt", summary: "Apply input data to service by calling GetByID/GetNew/Update methods.", in: inputs("ds:ds continueProcessingOnError:b rollbackParentOnChildError:b"),
			returns: "errors", out: "ds:ds errorsOccurred:b", run: (*invocation).updateExt},
	}
	return append(defs, ownMethods(service)...)
}

func findMethod(service, name string) *methodDef {
	var found *methodDef
	for _, m := range methods(service) {
		if m.name == name {
			found = &m // a service's own goes before the standard one
		}
	}
	return found
}

// tables are the sets of a service that are tables of its tableset: all but List.
func tables(sets []*odatatest.Set) []*odatatest.Set { return sets[:len(sets)-1] }

func whereClauses(sets []*odatatest.Set) string {
	var b strings.Builder
	for _, s := range tables(sets) {
		b.WriteString("whereClause" + s.Type + ":s ")
	}
	return b.String() + "pageSize:i absolutePage:i"
}

// keyArguments are the key of the primary table after the company, in camel case.
func keyArguments(sets []*odatatest.Set) string {
	var list []string
	for _, k := range sets[0].Key {
		if k == "Company" {
			continue
		}
		for _, c := range sets[0].Columns {
			if c.Name == k {
				list = append(list, camel(k)+":"+map[bool]string{true: "s", false: "i"}[c.Type == odatatest.EdmString])
			}
		}
	}
	return strings.Join(list, " ")
}

func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// method answers an RPC of a business object: arguments in the body of a POST
// or, for those that only read, in the query of a GET.
func (s *Server) method(w http.ResponseWriter, r *http.Request, c *call, service string, def *methodDef) error {
	args, err := arguments(r, def.reads)
	if err != nil {
		return err
	}
	h, err := s.handler(c, service)
	if err != nil {
		return err
	}
	for _, f := range strings.Fields(def.in(h.Sets())) {
		name, _, _ := strings.Cut(f, ":")
		if _, given := args[name]; !given && name != "continueProcessingOnError" && name != "rollbackParentOnChildError" {
			return business("Parameter " + name + " is not found in the input object.")
		}
	}
	return def.run(&invocation{s, w, h, c, args})
}

func arguments(r *http.Request, reads bool) (map[string]any, error) {
	args := map[string]any{}
	switch {
	case r.Method == http.MethodGet && reads:
		for k, v := range r.URL.Query() {
			args[k] = v[0]
		}
	case r.Method == http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
		if err != nil {
			return nil, err
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if len(bytes.TrimSpace(body)) > 0 && dec.Decode(&args) != nil {
			return nil, &restError{status: 400, kind: businessObject, message: "Parameters are not valid JSON."}
		}
	default:
		return nil, &restError{status: 405, kind: apiException, message: "The requested resource does not support http method '" + r.Method + "'."}
	}
	return args, nil
}

// argument prints a JSON value as a query string would hold it.
func argument(x any) string {
	if x == nil {
		return ""
	}
	return fmt.Sprint(x)
}

// page reads the paging arguments. The server may give no more than some rows at
// once whatever it is asked for, and count pages from 1.
func (s *Server) page(args map[string]any) (skip, take int, err error) {
	most := s.cfg.rowsPage
	size, page := 0, 0
	if t := argument(args["pageSize"]); t != "" {
		if size, err = strconv.Atoi(t); err != nil || size < 0 {
			return 0, 0, business("pageSize is not a valid integer.")
		}
	}
	if t := argument(args["absolutePage"]); t != "" {
		if page, err = strconv.Atoi(t); err != nil || page < 0 {
			return 0, 0, business("absolutePage is not a valid integer.")
		}
	}
	switch {
	case size == 0 && most == 0:
		return 0, -1, nil
	case size == 0:
		return 0, most, nil
	}
	skip, take = size*max(0, page-s.cfg.firstPage), size
	if most > 0 {
		take = min(take, most) // cut in silence: the next page begins where it would anyway
	}
	return skip, take, nil
}

func hasColumns(set *odatatest.Set, names []string) bool {
	have := " " + strings.Join(columnNames(set.Columns), " ") + " "
	for _, n := range names {
		if !strings.Contains(have, " "+n+" ") {
			return false
		}
	}
	return true
}

func literal(set *odatatest.Set, column string, v any) string {
	for _, c := range set.Columns {
		if c.Name == column && c.Type == odatatest.EdmString {
			return "'" + strings.ReplaceAll(argument(v), "'", "''") + "'"
		}
	}
	return argument(v)
}

// writeTables prints a tableset: {"returnObj":{"Customer":[…]},"parameters":{…}}.
func writeTables(w http.ResponseWriter, sets []*odatatest.Set, tables [][][]byte, more *bool) error {
	var b bytes.Buffer
	b.WriteString(`{"returnObj":{`)
	for i, set := range sets {
		fmt.Fprintf(&b, "%q:[", set.Type)
		b.Write(bytes.Join(tables[i], []byte{','}))
		b.WriteString(`],`)
	}
	b.WriteString(`"ExtensionTables":[]}`)
	if more != nil {
		fmt.Fprintf(&b, `,"parameters":{"morePages":%t}`, *more)
	}
	b.WriteByte('}')
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b.Bytes()) // the client may have gone
	return nil
}
