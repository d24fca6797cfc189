package odatatest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Change is a row about to be written: Old is nil for an insert, New for a
// delete. New may be altered.
type Change struct {
	Set      *Set
	Old, New []Value
}

// maxBody bounds a request body; an ERP row is far smaller.
const maxBody = 16 << 20

func (h *Handler) write(w http.ResponseWriter, r *http.Request, res resource, method string) error {
	if res.t.set.ReadOnly || len(res.t.key) == 0 {
		return &Error{Status: 405, Code: "ReadOnly", Message: fmt.Sprintf("The set '%s' cannot be written to.", res.t.set.Name)}
	}
	switch {
	case method == http.MethodPost && res.set && !res.count:
		return h.create(w, r, res)
	case (method == http.MethodPatch || method == "MERGE" && h.version == V3 || method == http.MethodPut) && res.row >= 0 && res.property < 0:
		return h.update(w, r, res, method == http.MethodPut)
	case method == http.MethodDelete && res.row >= 0 && res.property < 0:
		return h.remove(w, r, res)
	}
	return &Error{Status: 405, Message: fmt.Sprintf("The method %s is not allowed here.", method)}
}

// decodeBody reads a JSON object into values by column name; members with '@'
// or "odata." in their names are control information.
func decodeBody(r io.Reader) (map[string]any, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil || len(body) > maxBody {
		return nil, badRequest("Unable to deserialize entity. Input data is not in correct format.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil || m == nil {
		return nil, badRequest("Unable to deserialize entity. Input data is not in correct format.")
	}
	for k := range m {
		if strings.Contains(k, "@") || strings.HasPrefix(k, "odata.") {
			delete(m, k)
		}
	}
	return m, nil
}

// merge puts the named members into row.
func (d *Data) merge(t *table, row []Value, m map[string]any) error {
	for name, x := range m {
		col, ok := t.columns[name]
		if !ok {
			return badRequest("The property '%s' does not exist on type '%s'. Make sure to only use property names that are defined by the type.", name, d.qualifiedType(t.set))
		}
		c := t.set.Columns[col]
		if s, text := x.(string); text && c.Type == EdmEnum {
			en := d.enumByName(c.Enum)
			if en != nil {
				n, err := en.parse(s)
				if err != nil {
					return err
				}
				x = n
			}
		}
		v, err := Convert(x, c.Type)
		if err != nil {
			return badRequest("The property '%s': %v", name, err)
		}
		if v.IsNull() && !c.Nullable {
			return badRequest("The property '%s' cannot be null.", name)
		}
		row[col] = v
	}
	return nil
}

// blank is a new row: null where allowed, else the type's zero.
func blank(s *Set) []Value {
	row := make([]Value, len(s.Columns))
	for i, c := range s.Columns {
		if c.Nullable {
			continue
		}
		switch k := typeKinds[c.Type]; k {
		case kindGUID:
			row[i] = GUID("00000000-0000-0000-0000-000000000000")
		default:
			row[i] = Value{kind: k}
		}
	}
	return row
}

func (d *Data) insert(t *table, m map[string]any, before func(Change) error) (*view, int, error) {
	row := blank(t.set)
	for _, k := range t.key {
		if _, ok := m[t.set.Columns[k].Name]; !ok {
			return nil, 0, badRequest("%s is required.", t.set.Columns[k].Name)
		}
	}
	if err := d.merge(t, row, m); err != nil {
		return nil, 0, err
	}

	err := t.edit(func(v *view) (*view, error) {
		j, found := v.find(v.keyOf(row))
		if found {
			return nil, &Error{Status: 409, Code: "DuplicateRecord", Message: "Duplicate entry found."}
		}
		if before != nil {
			if err := before(Change{Set: t.set, New: row}); err != nil {
				return nil, err
			}
		}

		return v.withRow(j, row, false), nil
	})
	if err != nil {
		return nil, 0, err
	}
	// the answer shows the row as written, whatever others wrote since
	return &view{t: t, base: rowSource{row}}, 0, nil
}

func (h *Handler) create(w http.ResponseWriter, r *http.Request, res resource) error {
	m, err := decodeBody(r.Body)
	if err != nil {
		return err
	}
	v, j, err := h.insert(res.t, m, h.cfg.beforeWrite)
	if err != nil {
		return err
	}
	location := h.root(r) + "/" + res.t.set.address() + h.keyText(v, j)
	w.Header().Set("Location", location)
	if strings.Contains(r.Header.Get("Prefer"), "return=minimal") {
		w.Header().Set("OData-EntityId", location)
		w.Header().Set("Preference-Applied", "return=minimal")
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	s := h.shape(&query{t: res.t})
	if s.etag >= 0 {
		w.Header().Set("ETag", etagOf(v, j, s.etag))
	}
	b, err := h.entity(nil, r, s, v, j)
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, http.StatusCreated, b)
}

// keyText prints the key predicate by position.
func (h *Handler) keyText(v *view, j int) string {
	var b strings.Builder
	for i, c := range v.t.key {
		b.WriteString(map[bool]string{true: "(", false: ","}[i == 0])
		x := v.at(j, c)
		switch {
		case x.kind == kindString:
			b.WriteString("'" + pathEscape(strings.ReplaceAll(x.s, "'", "''")) + "'")
		case h.version == V3 && x.kind == kindGUID:
			b.WriteString("guid'" + x.s + "'")
		default:
			b.WriteString(pathEscape(x.Text()))
		}
	}
	return b.String() + ")"
}

func pathEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > ' ' && c < 0x7f && !strings.ContainsRune(`/%?#"<>\^{}|[]`+"`", rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// precondition checks If-Match against the row as it is under the lock.
func (h *Handler) precondition(r *http.Request, v *view, j int) error {
	set := v.t.set
	if set.ETag == "" {
		return nil
	}
	want := r.Header.Get("If-Match")
	if want == "" {
		if h.cfg.requireETag {
			return &Error{Status: 428, Message: "The request must carry an If-Match header."}
		}
		return nil
	}
	if want != "*" && want != etagOf(v, j, v.t.columns[set.ETag]) {
		return &Error{Status: 412, Message: "The ETag does not match: the row has been changed by another user."}
	}
	return nil
}

func (h *Handler) update(w http.ResponseWriter, r *http.Request, res resource, replace bool) error {
	m, err := decodeBody(r.Body)
	if err != nil {
		return err
	}
	key := res.v.keyOf(res.v.row(res.row))
	next, err := h.change(res.t, key, m, replace, func(v *view, j int) error { return h.precondition(r, v, j) }, h.cfg.beforeWrite)
	if err != nil {
		return err
	}
	v := &view{t: res.t, base: rowSource{next}}
	s := h.shape(&query{t: res.t})
	if s.etag >= 0 {
		w.Header().Set("ETag", etagOf(v, 0, s.etag))
	}
	if !strings.Contains(r.Header.Get("Prefer"), "return=representation") {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	w.Header().Set("Preference-Applied", "return=representation")
	b, err := h.entity(nil, r, s, v, 0)
	if err != nil {
		return err
	}
	return h.sendJSON(w, r, 200, b)
}

func (d *Data) change(t *table, key []Value, m map[string]any, replace bool, check func(*view, int) error, before func(Change) error) ([]Value, error) {
	var next []Value
	err := t.edit(func(v *view) (*view, error) {
		j, found := v.find(key)
		if !found {
			return nil, &Error{Status: 404, Code: "RecordNotFound", Message: "Record not found."}
		}
		if check != nil {
			if err := check(v, j); err != nil {
				return nil, err
			}
		}
		old := v.row(j)
		next = v.row(j)
		if replace {
			next = blank(t.set)
			for _, k := range t.key {
				next[k] = old[k]
			}
		}
		if err := d.merge(t, next, m); err != nil {
			return nil, err
		}
		for _, k := range t.key { // the key of a row is not changed by a body that repeats it otherwise
			next[k] = old[k]
		}
		if before != nil {
			if err := before(Change{Set: t.set, Old: old, New: next}); err != nil {
				return nil, err
			}
		}
		return v.withRow(j, next, true), nil
	})
	return next, err
}

func (d *Data) delete(t *table, key []Value, check func(*view, int) error, before func(Change) error) error {
	return t.edit(func(v *view) (*view, error) {
		j, found := v.find(key)
		if !found {
			return nil, &Error{Status: 404, Code: "RecordNotFound", Message: "Record not found."}
		}
		if check != nil {
			if err := check(v, j); err != nil {
				return nil, err
			}
		}
		if before != nil {
			if err := before(Change{Set: t.set, Old: v.row(j)}); err != nil {
				return nil, err
			}
		}
		return v.without(j), nil
	})
}

func (h *Handler) remove(w http.ResponseWriter, r *http.Request, res resource) error {
	key := res.v.keyOf(res.v.row(res.row))
	err := h.delete(res.t, key, func(v *view, j int) error { return h.precondition(r, v, j) }, h.cfg.beforeWrite)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Data) table(set string) (*table, error) {
	t := d.tables[set]
	if t == nil {
		return nil, fmt.Errorf("no entity set %q", set)
	}
	if len(t.key) == 0 {
		return nil, fmt.Errorf("the entity set %q has no key", set)
	}
	return t, nil
}

func (t *table) keyValues(key []any) ([]Value, error) {
	if len(key) != len(t.key) {
		return nil, fmt.Errorf("the key of %s has %d parts, not %d", t.set.Name, len(t.key), len(key))
	}
	out := make([]Value, len(key))
	for i, x := range key {
		v, err := Convert(x, t.set.Columns[t.key[i]].Type)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", t.set.Columns[t.key[i]].Name, err)
		}
		out[i] = v
	}
	return out, nil
}

// Insert adds a row while the service runs; absent columns are null or zero.
func (d *Data) Insert(set string, row map[string]any) error {
	return d.InsertWith(set, row, nil)
}

// InsertWith is Insert with a WithBeforeWrite function.
func (d *Data) InsertWith(set string, row map[string]any, before func(Change) error) error {
	t, err := d.table(set)
	if err != nil {
		return err
	}
	_, _, err = d.insert(t, row, before)
	return err
}

// Update changes columns of the row with this key (its parts in key order).
func (d *Data) Update(set string, changes map[string]any, key ...any) error {
	return d.UpdateWith(set, changes, nil, key...)
}

// UpdateWith is Update with a WithBeforeWrite function.
func (d *Data) UpdateWith(set string, changes map[string]any, before func(Change) error, key ...any) error {
	t, err := d.table(set)
	if err != nil {
		return err
	}
	k, err := t.keyValues(key)
	if err != nil {
		return err
	}
	_, err = d.change(t, k, changes, false, nil, before)
	return err
}

// Delete removes the row with this key (its parts in key order).
func (d *Data) Delete(set string, key ...any) error {
	t, err := d.table(set)
	if err != nil {
		return err
	}
	k, err := t.keyValues(key)
	if err != nil {
		return err
	}
	return d.delete(t, k, nil, nil)
}

// Count returns the number of rows that a set holds now.
func (d *Data) Count(set string) int {
	if t := d.tables[set]; t != nil {
		return t.view().len()
	}
	return 0
}
