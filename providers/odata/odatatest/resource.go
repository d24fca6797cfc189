package odatatest

import (
	"fmt"
	"net/url"
	"strings"
)

// resource is what a path leads to: rows of a table, or one row.
type resource struct {
	t        *table
	v        *view
	row      int // -1: the whole view
	null     bool
	count    bool
	property int // -1: none
	raw      bool
	set      bool // an entity set itself, as inserts need
}

func (h *Handler) resolve(c *compiler, segs []string) (resource, error) {
	name, key, keyed := cutKey(segs[0])
	container, set, qualified := strings.Cut(name, ".")
	if !qualified {
		container, set = "", name
	}
	t := h.tables[set]
	if t == nil || t.set.Contained || t.set.Container != container {
		return resource{}, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", name)}
	}
	res := resource{t: t, v: c.view(t), row: -1, property: -1, set: !keyed}
	if keyed {
		if err := h.locate(&res, key); err != nil {
			return res, err
		}
	}
	for i, seg := range segs[1:] {
		last := i == len(segs)-2
		switch {
		case seg == "$count" && res.row < 0 && last:
			res.count = true
		case seg == "$value" && res.property >= 0 && last:
			res.raw = true
		case res.property >= 0 || res.row < 0:
			return res, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", seg)}
		default:
			if err := h.step(c, &res, seg); err != nil {
				return res, err
			}
		}
		if res.null && !last {
			return res, &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", seg)}
		}
	}
	return res, nil
}

// step goes from a row to a property or along a navigation property.
func (h *Handler) step(c *compiler, res *resource, seg string) error {
	res.set = false
	name, key, keyed := cutKey(seg)
	if col, ok := res.t.columns[name]; ok && !keyed {
		res.property = col
		return nil
	}
	nav := res.t.set.navigation(name)
	if nav == nil {
		return &Error{Status: 404, Message: fmt.Sprintf("Resource not found for the segment '%s'.", name)}
	}
	target, here, there := c.join(res.t, nav)
	v := c.view(target)
	rows := related(rowRef{res.v, res.row}, v, here, there)
	res.t, res.row = target, -1
	res.v = &view{t: target, base: picking{v, rows}}
	switch {
	case !nav.Many && len(rows) > 0:
		res.row = 0
	case !nav.Many:
		res.null = true
	case keyed:
		return h.locate(res, key)
	}
	return nil
}

func (h *Handler) locate(res *resource, key string) error {
	vals, err := h.parseKey(res.t, key)
	if err != nil {
		return err
	}
	j, found := res.v.find(vals)
	if !found {
		return &Error{Status: 404, Code: "RecordNotFound", Message: "Record not found."}
	}
	res.row, res.set = j, false
	return nil
}

func cutKey(seg string) (name, key string, keyed bool) {
	i := strings.IndexByte(seg, '(')
	if i < 0 || !strings.HasSuffix(seg, ")") {
		return seg, "", false
	}
	return seg[:i], seg[i+1 : len(seg)-1], true
}

// parseKey reads a key predicate: values in key order, or Name=value pairs.
func (h *Handler) parseKey(t *table, s string) ([]Value, error) {
	if len(t.key) == 0 {
		return nil, badRequest("The set '%s' has no key.", t.set.Name)
	}
	parts := split(s, ',')
	if len(parts) != len(t.key) {
		return nil, badRequest("The number of keys specified in the URI does not match number of key properties for the resource '%s'.", t.set.Name)
	}
	out := make([]Value, len(parts))
	named := 0
	for i, part := range parts {
		part = strings.TrimSpace(part)
		pos := i
		if eq := strings.IndexByte(part, '='); eq > 0 && !strings.ContainsAny(part[:eq], "'(") {
			pos = -1
			for k, col := range t.key {
				if t.set.Columns[col].Name == part[:eq] {
					pos = k
				}
			}
			if pos < 0 {
				return nil, badRequest("'%s' is not a key property of '%s'.", part[:eq], t.set.Name)
			}
			part = part[eq+1:]
			named++
		}
		e, err := parseExpr(h.version, part)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		col := t.set.Columns[t.key[pos]]
		l, ok := e.(*literal)
		if !ok || !comparable(l.value.kind, col.Type.kindIn(h.version)) || l.value.IsNull() {
			return nil, badRequest("The key value (%s) does not match type '%s' of key property '%s'.", part, col.Type.name(h.version), col.Name)
		}
		out[pos] = l.value
	}
	if named != 0 && named != len(parts) {
		return nil, badRequest("A key predicate is either all by position or all by name.")
	}
	return out, nil
}

// pathSegments splits the escaped path at slashes outside quotes and unescapes
// each part: a key may hold an escaped slash.
func pathSegments(p string) ([]string, error) {
	var out []string
	start, quoted := 0, false
	add := func(s string) error {
		if s == "" {
			return nil
		}
		u, err := url.PathUnescape(s)
		if err != nil {
			return badRequest("The path is not well encoded: %v", err)
		}
		out = append(out, u)
		return nil
	}
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\'' || strings.HasPrefix(p[i:], "%27"):
			quoted = !quoted
		case p[i] == '/' && !quoted:
			if err := add(p[start:i]); err != nil {
				return nil, err
			}
			start = i + 1
		}
	}
	return out, add(p[start:])
}
