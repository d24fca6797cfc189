package odatatest

import (
	"net/http"
	"strconv"
	"strings"
)

// Applying is how a service answers $apply with filter, groupby and aggregate. The
// zero value answers as the protocol says, null being a group like any other and no
// value to the methods; each member is a way in which services are known, or can be
// feared, to differ.
type Applying struct {
	Unannounced bool // the metadata do not tell
	Refuse      int  // the status by which every $apply is refused, 0 for none
	BareArray   bool // the groups come without an envelope, as ASP.NET Core sends them
	MaxGroups   int  // no more groups are given, without a word; 0 means all of them

	IgnoreFilter  bool // filter() is passed over
	NoNullGroup   bool // rows without a value to group by are left out
	NullAsZero    bool // they are in the group of 0, of the empty text or of false
	BinarySums    bool // sums are computed in binary floating point
	Sums32        bool // sums keep 32 bits
	TextExtremes  bool // the least and the greatest are those of the values' texts
	DistinctRows  bool // countdistinct counts every row
	NullsCounted  bool // a null is 0 to every method
	NoRowIfEmpty  bool // aggregates over no rows are no row
	ZerosIfEmpty  bool // aggregates over no rows are zeros
	TwiceTheFirst bool // the first group comes twice and the last one is not there
}

// WithApply makes a V4 service answer $apply.
func WithApply(a Applying) Option { return func(g *config) { g.apply = &a } }

// application is a compiled $apply.
type application struct {
	filter  evalFn
	by      []int
	methods []applied
}

// applied is one item of aggregate(): column is -1 for $count.
type applied struct {
	column       int
	method, name string
}

// cluster is a group of rows.
type cluster struct {
	key  []Value
	rows []int
}

func (h *Handler) apply(w http.ResponseWriter, r *http.Request, c *compiler, res resource, text string, o options) error {
	if h.cfg.apply.Refuse != 0 {
		return &Error{Status: h.cfg.apply.Refuse, Message: "The query option '$apply' is not implemented."}
	}
	for name := range o {
		if name != "apply" && name != "skiptoken" && name != "format" {
			return notImplemented("The query option '$%s' is not supported beside $apply.", name)
		}
	}
	a, err := c.application(res.t, text)
	if err != nil {
		return err
	}
	q := &query{top: -1}
	if s, ok := o["skiptoken"]; ok {
		if q.token, err = wholeNumber("skiptoken", s); err != nil {
			return err
		}
	}
	groups, err := h.clusters(a, res.v)
	if err != nil {
		return err
	}
	limit, links, err := h.pageLimit(w, r, q, false)
	if err != nil {
		return err
	}
	rest := groups[min(q.token, len(groups)):]
	more := limit >= 0 && len(rest) > limit
	if more {
		rest = rest[:limit]
	}
	var b []byte
	if !h.cfg.apply.BareArray {
		b = append(h.appendContext([]byte{'{'}, r, res.t.set.Name), `,"value":`...)
	}
	b = append(b, '[')
	for i, g := range rest {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = h.appendCluster(b, a, res.v, g); err != nil {
			return err
		}
	}
	b = append(b, ']')
	if !h.cfg.apply.BareArray {
		if more && links {
			b = append(append(b, ','), h.annotation("nextLink")...)
			b = appendString(b, h.nextLink(r, q.token+len(rest)))
		}
		b = append(b, '}')
	}
	return h.sendJSON(w, r, 200, b)
}

// application compiles filter(…)/groupby((…),aggregate(…)) and what is left of it
// without the first or the second.
func (c *compiler) application(t *table, text string) (*application, error) {
	a := &application{}
	c.t = t
	for i, step := range split(text, '/') {
		name, inner, ok := strings.Cut(step, "(")
		if !ok || !strings.HasSuffix(inner, ")") || a.methods != nil {
			return nil, badRequest("'%s' is not a transformation that can stand here.", step)
		}
		inner = inner[:len(inner)-1]
		switch name {
		case "filter":
			e, err := parseExpr(c.h.version, strings.TrimSpace(inner))
			if err != nil || i > 0 {
				return nil, badRequest("filter: %v", err)
			}
			if a.filter, err = c.predicate(e); err != nil {
				return nil, err
			}
		case "groupby":
			parts := split(inner, ',')
			list := strings.TrimSpace(parts[0])
			if len(parts) != 2 || !strings.HasPrefix(list, "(") || !strings.HasSuffix(list, ")") {
				return nil, notImplemented("groupby without aggregate is not supported.")
			}
			for _, name := range split(list[1:len(list)-1], ',') {
				column, ok := t.columns[strings.TrimSpace(name)]
				if !ok {
					return nil, badRequest("Could not find a property named '%s' on type '%s'.", name, c.h.qualifiedType(t.set))
				}
				a.by = append(a.by, column)
			}
			items, ok := strings.CutPrefix(strings.TrimSpace(parts[1]), "aggregate(")
			if !ok || !strings.HasSuffix(items, ")") {
				return nil, notImplemented("groupby takes aggregate alone.")
			}
			if err := c.aggregate(t, a, items[:len(items)-1]); err != nil {
				return nil, err
			}
		case "aggregate":
			if err := c.aggregate(t, a, inner); err != nil {
				return nil, err
			}
		default:
			return nil, notImplemented("The transformation '%s' is not supported.", name)
		}
	}
	if a.methods == nil {
		return nil, notImplemented("$apply without aggregate is not supported.")
	}
	return a, nil
}

func (c *compiler) aggregate(t *table, a *application, items string) error {
	for _, item := range split(items, ',') {
		words := strings.Fields(item)
		switch {
		case len(words) == 3 && words[0] == "$count" && words[1] == "as":
			a.methods = append(a.methods, applied{-1, "", words[2]})
			continue
		case len(words) != 5 || words[1] != "with" || words[3] != "as":
			return badRequest("'%s' is not an aggregate expression.", item)
		}
		column, ok := t.columns[words[0]]
		if !ok {
			return badRequest("Could not find a property named '%s' on type '%s'.", words[0], c.h.qualifiedType(t.set))
		}
		if _, clash := t.columns[words[4]]; clash {
			return badRequest("The alias '%s' is a property of type '%s'.", words[4], c.h.qualifiedType(t.set))
		}
		kind := t.set.Columns[column].Type.kindIn(c.h.version)
		switch words[2] {
		case "sum":
			if !numeric(kind) {
				return badRequest("'%s' cannot be summed.", words[0])
			}
		case "min", "max", "countdistinct":
		default:
			return notImplemented("The aggregation method '%s' is not supported.", words[2])
		}
		a.methods = append(a.methods, applied{column, words[2], words[4]})
	}
	return nil
}

// clusters groups the rows in the order in which groups first occur.
func (h *Handler) clusters(a *application, v *view) ([]*cluster, error) {
	how, found := h.cfg.apply, map[string]*cluster{}
	var out []*cluster
	e := &env{}
	for j := range v.len() {
		if a.filter != nil && !how.IgnoreFilter {
			if e.row = (rowRef{v, j}); !a.filter(e).true() {
				continue
			}
		}
		key, id, null := make([]Value, len(a.by)), "", false
		for i, column := range a.by {
			key[i] = v.at(j, column)
			null = null || key[i].IsNull()
			if key[i].IsNull() && how.NullAsZero {
				key[i] = zeroOf(v.t.set.Columns[column].Type)
			}
			id += strconv.FormatBool(key[i].IsNull()) + h.identity(key[i]) + "\x00"
		}
		if null && how.NoNullGroup {
			continue
		}
		if found[id] == nil {
			found[id] = &cluster{key: key}
			out = append(out, found[id])
		}
		found[id].rows = append(found[id].rows, j)
	}
	if len(out) == 0 && len(a.by) == 0 && !how.NoRowIfEmpty {
		out = append(out, &cluster{})
	}
	if how.MaxGroups > 0 && len(out) > how.MaxGroups {
		out = out[:how.MaxGroups]
	}
	if how.TwiceTheFirst && len(out) > 1 && len(out[0].rows) == len(out[len(out)-1].rows) {
		out[len(out)-1] = out[0]
	}
	return out, e.err
}

// identity is the same for values that the service takes for equal.
func (h *Handler) identity(v Value) string {
	switch v.kind {
	case kindString:
		if h.collation == CaseInsensitive {
			return h.collation.fold(strings.TrimRight(v.s, " "))
		}
	case kindDecimal:
		v = trimDecimal(v.coefficient(), int(v.scale))
	}
	return v.Text()
}

func zeroOf(t Type) Value {
	switch typeKinds[t] {
	case kindInt:
		return Int(0)
	case kindDecimal:
		return Decimal(0, 0)
	case kindDouble:
		return Double(0)
	case kindString:
		return String("")
	case kindBool:
		return Bool(false)
	}
	return Value{kind: typeKinds[t]}
}

func (h *Handler) appendCluster(b []byte, a *application, v *view, g *cluster) ([]byte, error) {
	b = append(b, `{"@odata.id":null`...)
	for i, column := range a.by {
		col := v.t.set.Columns[column]
		b = append(appendString(append(b, ','), col.Name), ':')
		b = appendJSON(b, g.key[i], col.Type, h.version, h.enumByName(col.Enum))
	}
	for _, m := range a.methods {
		x, t := Int(int64(len(g.rows))), EdmInt64
		if m.column >= 0 {
			var err error
			if x, err = h.aggregated(m, v, g.rows); err != nil {
				return nil, err
			}
			if m.method == "min" || m.method == "max" {
				t = v.t.set.Columns[m.column].Type
			}
			if h.cfg.apply.ZerosIfEmpty && len(g.rows) == 0 {
				x = zeroOf(t)
			}
		}
		b = append(appendString(append(b, ','), m.name), ':')
		b = appendJSON(b, x, t, h.version, nil)
	}
	return append(b, '}'), nil
}

// aggregated is the outcome of a method, null if no row has a value.
func (h *Handler) aggregated(m applied, v *view, rows []int) (Value, error) {
	how, t := h.cfg.apply, v.t.set.Columns[m.column].Type
	seen := map[string]bool{}
	var out Value
	for _, j := range rows {
		x := v.at(j, m.column)
		if x.IsNull() && how.NullsCounted {
			x = zeroOf(t)
		}
		if x.IsNull() {
			continue
		}
		seen[h.identity(x)] = true
		if m.method == "sum" && how.BinarySums {
			x = Double(x.float())
		}
		if out.IsNull() {
			out = x
			continue
		}
		var err error
		switch d := h.compareAs(x, out); {
		case m.method == "sum":
			if out, err = arithmetic("add", out, x); err != nil {
				return Value{}, badRequest("%v", err)
			}
			if how.Sums32 && out.kind == kindInt {
				out = Int(int64(int32(out.i)))
			}
		case m.method == "min" && d < 0, m.method == "max" && d > 0:
			out = x
		}
	}
	if m.method != "countdistinct" {
		return out, nil
	}
	if how.DistinctRows {
		return Int(int64(len(rows))), nil
	}
	return Int(int64(len(seen))), nil
}

func (h *Handler) compareAs(a, b Value) int {
	if h.cfg.apply.TextExtremes {
		return strings.Compare(a.Text(), b.Text())
	}
	return h.collation.compareValues(a, b)
}
