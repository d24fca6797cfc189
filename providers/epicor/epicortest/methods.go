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

func isMethod(name string) bool {
	switch name {
	case "GetRows", "GetList", "GetByID", "UpdateExt":
		return true
	}
	return false
}

// method answers an RPC of a business object: arguments in the body of a POST
// or, for those that only read, in the query of a GET.
func (s *Server) method(w http.ResponseWriter, r *http.Request, c *call, service string) error {
	name := c.rest[1]
	args := map[string]any{}
	switch r.Method {
	case http.MethodGet:
		if name == "UpdateExt" {
			return &restError{status: 405, kind: apiException, message: "The requested resource does not support http method 'GET'."}
		}
		for k, v := range r.URL.Query() {
			args[k] = v[0]
		}
	case http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, 16<<20))
		if err != nil {
			return err
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if len(bytes.TrimSpace(body)) > 0 && dec.Decode(&args) != nil {
			return &restError{status: 400, kind: businessObject, message: "Parameters are not valid JSON."}
		}
	default:
		return &restError{status: 405, kind: apiException, message: "The requested resource does not support http method '" + r.Method + "'."}
	}
	h, err := s.handler(c, service)
	if err != nil {
		return err
	}
	switch name {
	case "GetRows":
		return s.getRows(w, h, args)
	case "GetList":
		return s.getList(w, h, args)
	case "GetByID":
		return s.getByID(w, h, args)
	}
	return s.updateExt(w, h, c, args)
}

// argument prints a JSON value as a query string would hold it.
func argument(x any) string {
	if x == nil {
		return ""
	}
	return fmt.Sprint(x)
}

func page(args map[string]any) (skip, take int, err error) {
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
	if size == 0 {
		return 0, -1, nil
	}
	return size * page, size, nil
}

// getRows reads the primary table by its whereClause argument and, for the
// rows found, every other table of the service.
func (s *Server) getRows(w http.ResponseWriter, h *odatatest.Handler, args map[string]any) error {
	sets := h.Sets()
	skip, take, err := page(args)
	if err != nil {
		return err
	}
	filter, order, err := whereClause(argument(args["whereClause"+sets[0].Type]))
	if err != nil {
		return err
	}
	rows, more, err := h.Query(sets[0].Name, filter, order, skip, take)
	if err != nil {
		return err
	}
	return writeTables(w, sets[:len(sets)-1], [][][]byte{rows}, more)
}

func (s *Server) getList(w http.ResponseWriter, h *odatatest.Handler, args map[string]any) error {
	sets := h.Sets()
	list := sets[len(sets)-1]
	skip, take, err := page(args)
	if err != nil {
		return err
	}
	filter, order, err := whereClause(argument(args["whereClause"]))
	if err != nil {
		return err
	}
	rows, more, err := h.Query(list.Name, filter, order, skip, take)
	if err != nil {
		return err
	}
	return writeTables(w, []*odatatest.Set{list}, [][][]byte{rows}, more)
}

// getByID finds one row of the primary table by its key after the company,
// each part under its own name in camel case, and the child rows.
func (s *Server) getByID(w http.ResponseWriter, h *odatatest.Handler, args map[string]any) error {
	sets := h.Sets()
	var conds []string
	for _, k := range sets[0].Key {
		if k == "Company" {
			continue
		}
		v, ok := args[strings.ToLower(k[:1])+k[1:]]
		if !ok {
			if v, ok = args[k]; !ok {
				return business("Parameter " + strings.ToLower(k[:1]) + k[1:] + " is not found in the input object.")
			}
		}
		conds = append(conds, k+" eq "+s.literal(sets[0], k, v))
	}
	filter := strings.Join(conds, " and ")
	tables := make([][][]byte, 0, len(sets)-1)
	for i, set := range sets[:len(sets)-1] {
		if i > 0 && !hasColumns(set, sets[0].Key) {
			tables = append(tables, nil)
			continue
		}
		rows, _, err := h.Query(set.Name, filter, "", 0, -1)
		if err != nil {
			return err
		}
		if i == 0 && len(rows) == 0 {
			return &restError{status: 404, kind: recordNotFound, message: "Record not found."}
		}
		tables = append(tables, rows)
	}
	return writeTables(w, sets[:len(sets)-1], tables, false)
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

func (s *Server) literal(set *odatatest.Set, column string, v any) string {
	for _, c := range set.Columns {
		if c.Name == column && c.Type == odatatest.EdmString {
			return "'" + strings.ReplaceAll(argument(v), "'", "''") + "'"
		}
	}
	return argument(v)
}

// writeTables prints a tableset: {"returnObj":{"Customer":[…]},"parameters":{…}}.
func writeTables(w http.ResponseWriter, sets []*odatatest.Set, tables [][][]byte, more bool) error {
	var b bytes.Buffer
	b.WriteString(`{"returnObj":{`)
	for i, set := range sets {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:[", set.Type)
		if i < len(tables) {
			b.Write(bytes.Join(tables[i], []byte{','}))
		}
		b.WriteByte(']')
	}
	fmt.Fprintf(&b, `},"parameters":{"morePages":%t}}`, more)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(b.Bytes()) // the client may have gone
	return nil
}

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
func (s *Server) updateExt(w http.ResponseWriter, h *odatatest.Handler, c *call, args map[string]any) error {
	ds, ok := args["ds"].(map[string]any)
	if !ok {
		return business("Parameter ds is not found in the input object.")
	}
	goOn := argument(args["continueProcessingOnError"]) == "true"
	errs := []updateError{}
	for _, set := range h.Sets() {
		rows, _ := ds[set.Type].([]any)
		for _, x := range rows {
			row, ok := x.(map[string]any)
			if !ok {
				return business("Table " + set.Type + " holds a row that is no object.")
			}
			mod := argument(row["RowMod"])
			err := s.applyRow(h, set, mod, row, c.company.id)
			if err == nil {
				continue
			}
			errs = append(errs, updateError{set.Type, "Error", "Business Object", translate(err).message, argument(row["SysRowID"])})
			if !goOn {
				break
			}
		}
	}
	writeJSON(w, 200, map[string]any{"returnObj": map[string]any{"BOUpdError": errs}, "parameters": map[string]any{"ds": ds, "errorsOccurred": len(errs) > 0}})
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

// whereClause translates "CustNum > 10 AND Name = 'x' BY SysRevID" into
// $filter and $orderby.
func whereClause(s string) (filter, order string, err error) {
	words, err := whereWords(s)
	if err != nil {
		return "", "", err
	}
	operators := map[string]string{"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "AND": "and", "OR": "or", "NOT": "not"}
	var out []string
	for i := 0; i < len(words); i++ {
		upper := strings.ToUpper(words[i])
		switch {
		case upper == "BY":
			return strings.Join(out, " "), orderTerms(words[i+1:]), nil
		case (upper == "LIKE" || upper == "BEGINS") && i+1 < len(words) && len(out) > 0:
			fn, arg := "startswith", words[i+1]
			if upper == "LIKE" {
				if !strings.HasSuffix(arg, "%'") || strings.ContainsAny(arg[1:len(arg)-2], "%_") {
					return "", "", business("LIKE is understood with one % at the end only.")
				}
				arg = arg[:len(arg)-2] + "'"
			}
			out[len(out)-1] = fn + "(" + out[len(out)-1] + "," + arg + ")"
			i++
		case operators[upper] != "":
			out = append(out, operators[upper])
		default:
			out = append(out, words[i])
		}
	}
	return strings.Join(out, " "), "", nil
}

func orderTerms(words []string) string {
	var terms []string
	for _, w := range words {
		switch strings.ToUpper(w) {
		case "DESC", "DESCENDING":
			terms[len(terms)-1] += " desc"
		case "ASC", "ASCENDING", ",", "BY":
		default:
			terms = append(terms, strings.Trim(w, ","))
		}
	}
	return strings.Join(terms, ",")
}

// whereWords splits into names, numbers, quoted strings, parentheses and operators.
func whereWords(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		switch ch := s[i]; {
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r':
			i++
		case ch == '\'':
			j := i + 1
			for j < len(s) && (s[j] != '\'' || j+1 < len(s) && s[j+1] == '\'') {
				if s[j] == '\'' {
					j++
				}
				j++
			}
			if j >= len(s) {
				return nil, business("The where clause has an open quote.")
			}
			out = append(out, s[i:j+1])
			i = j + 1
		case strings.ContainsRune("<>=", rune(ch)):
			j := i + 1
			for j < len(s) && strings.ContainsRune("<>=", rune(s[j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		case ch == '(' || ch == ')':
			out = append(out, string(ch))
			i++
		default:
			j := i
			for j < len(s) && !strings.ContainsRune(" \t\r\n'<>=()", rune(s[j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out, nil
}
