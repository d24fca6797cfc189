package odatatest

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// query is one compiled set of query options over one table: of a request or
// of an $expand item.
type query struct {
	t       *table
	filter  expr
	test    evalFn
	order   []orderTerm
	columns []int // nil: all
	top     int   // -1: absent
	skip    int
	count   bool
	only    bool // $count segment: the rows themselves are not wanted
	expand  []expansion
	token   int // rows already served before this page
}

type orderTerm struct {
	column int // -1: an expression
	f      evalFn
	desc   bool
}

type expansion struct {
	nav         *Navigation
	view        *view
	here, there []int
	q           *query
	options     options // of which q is made
}

// options holds system query options by name, without the '$'.
type options map[string]string

// split cuts at top-level separators: not inside quotes or parentheses.
func split(s string, sep byte) []string {
	var out []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == sep && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// parseQueryString decodes the query by hand: a V3 server takes ';' and '+'
// as they are written, and url.ParseQuery refuses the former.
func parseQueryString(raw string) (url.Values, error) {
	v := url.Values{}
	for _, part := range strings.Split(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, badRequest("The query string is not well encoded: %v", err)
		}
		x, err := url.QueryUnescape(value)
		if err != nil {
			return nil, badRequest("The query string is not well encoded: %v", err)
		}
		v[n] = append(v[n], x)
	}
	return v, nil
}

var knownOptions = map[string]string{"$filter": "34", "$select": "34", "$orderby": "34", "$top": "34", "$skip": "34",
	"$expand": "34", "$format": "34", "$inlinecount": "3", "$count": "4", "$skiptoken": "34"}

// options checks the names of the system query options: they are
// case-sensitive, and an unknown one is an error unless the service ignores
// such.
func (h *Handler) options(vals url.Values) (options, map[string]string, error) {
	out, aliases := options{}, map[string]string{}
	for name, v := range vals {
		switch {
		case strings.HasPrefix(name, "@"):
			aliases[name] = v[0]
		case name == "$apply" && h.cfg.apply != nil && h.version == V4:
			out["apply"] = v[0]
		case !strings.HasPrefix(name, "$"):
		case strings.Contains(knownOptions[name], strconv.Itoa(int(h.version))):
			if len(v) > 1 {
				return nil, nil, badRequest("Query option '%s' was specified more than once, but it must be specified at most once.", name)
			}
			out[name[1:]] = v[0]
		case !h.cfg.lenientOptions:
			return nil, nil, badRequest("The query parameter '%s' is not supported.", name)
		}
	}
	return out, aliases, nil
}

func wholeNumber(name, s string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 0, badRequest("Invalid value '%s' for $%s query option found. The $%s query option requires a non-negative integer value.", s, name, name)
	}
	return n, nil
}

// query compiles the options for rows of t.
func (c *compiler) query(t *table, o options) (*query, error) {
	q := &query{t: t, top: -1}
	c.t = t
	var err error
	if s, ok := o["filter"]; ok {
		if q.filter, err = parseExpr(c.h.version, strings.TrimSpace(s)); err != nil {
			return nil, badRequest("%v", err)
		}
		if q.test, err = c.predicate(q.filter); err != nil {
			return nil, err
		}
	}
	if s, ok := o["top"]; ok {
		if q.top, err = wholeNumber("top", s); err != nil {
			return nil, err
		}
	}
	if s, ok := o["skip"]; ok {
		if q.skip, err = wholeNumber("skip", s); err != nil {
			return nil, err
		}
	}
	if s, ok := o["skiptoken"]; ok {
		if q.token, err = wholeNumber("skiptoken", s); err != nil {
			return nil, err
		}
	}
	switch s := o["inlinecount"]; s {
	case "allpages":
		q.count = true
	case "", "none":
	default:
		return nil, badRequest("Unknown $inlinecount option, only allowed are 'allpages' and 'none'.")
	}
	switch s := o["count"]; s {
	case "true":
		q.count = true
	case "", "false":
	default:
		return nil, badRequest("Invalid value '%s' for $count query option found. Valid values are 'true' and 'false'.", s)
	}
	if s, ok := o["orderby"]; ok {
		if q.order, err = c.orderBy(t, s); err != nil {
			return nil, err
		}
	}
	nested := map[string][]string{}
	if s, ok := o["select"]; ok {
		if q.columns, err = c.selection(t, s, nested); err != nil {
			return nil, err
		}
	}
	if s, ok := o["expand"]; ok {
		if q.expand, err = c.expansions(t, s, nested); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (c *compiler) orderBy(t *table, s string) ([]orderTerm, error) {
	var out []orderTerm
	for _, item := range split(s, ',') {
		item = strings.TrimSpace(item)
		term := orderTerm{column: -1}
		if strings.HasSuffix(item, " desc") {
			term.desc, item = true, strings.TrimSpace(item[:len(item)-5])
		} else if strings.HasSuffix(item, " asc") {
			item = strings.TrimSpace(item[:len(item)-4])
		}
		e, err := parseExpr(c.h.version, item)
		if err != nil {
			return nil, badRequest("%v", err)
		}
		x, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		term.f = x.f
		if col, ok := t.columns[item]; ok {
			term.column = col
		}
		out = append(out, term)
	}
	return out, nil
}

// selection reads $select. Paths through a navigation property are kept for
// the $expand that must go with them (V3).
func (c *compiler) selection(t *table, s string, nested map[string][]string) ([]int, error) {
	seen := map[int]bool{}
	cols := []int{}
	all := false
	for _, item := range split(s, ',') {
		item = strings.TrimSpace(item)
		if nav, rest, deep := strings.Cut(item, "/"); deep && t.set.navigation(nav) != nil {
			nested[nav] = append(nested[nav], rest)
			continue
		}
		if item == "*" {
			all = true
		} else if col, ok := t.columns[item]; ok {
			if !seen[col] {
				seen[col] = true
				cols = append(cols, col)
			}
		} else if t.set.navigation(item) == nil {
			return nil, badRequest("Could not find a property named '%s' on type '%s'.", item, c.h.qualifiedType(t.set))
		}
	}
	if all || len(cols) == 0 && len(nested) > 0 {
		return nil, nil
	}
	sort.Ints(cols) // a service prints the properties in their own order
	return cols, nil
}

// expansions reads $expand: V4 A($select=x;$expand=B),C and V3 A/B,C.
func (c *compiler) expansions(t *table, s string, selects map[string][]string) ([]expansion, error) {
	type item struct {
		opts options
		deep []string
	}
	items, order := map[string]*item{}, []string{}
	for _, part := range split(s, ',') {
		part = strings.TrimSpace(part)
		name, rest := part, ""
		if i := strings.IndexAny(part, "(/"); i >= 0 {
			name, rest = part[:i], part[i:]
		}
		if items[name] == nil {
			items[name] = &item{opts: options{}}
			order = append(order, name)
		}
		it := items[name]
		switch {
		case rest == "":
		case rest[0] == '/' && c.h.version == V3:
			it.deep = append(it.deep, rest[1:])
		case rest[0] == '(' && strings.HasSuffix(rest, ")") && c.h.version == V4:
			for _, opt := range split(rest[1:len(rest)-1], ';') {
				k, v, ok := strings.Cut(strings.TrimSpace(opt), "=")
				k = strings.TrimPrefix(k, "$")
				if !ok || !strings.Contains("filter select orderby top skip count expand", k) {
					return nil, badRequest("The option '%s' is not understood in $expand.", opt)
				}
				it.opts[k] = v
			}
		default:
			return nil, badRequest("Term '%s' is not valid in a $expand expression.", part)
		}
	}
	var out []expansion
	for _, name := range order {
		nav := t.set.navigation(name)
		if nav == nil {
			return nil, badRequest("Could not find a property named '%s' on type '%s'.", name, c.h.qualifiedType(t.set))
		}
		it := items[name]
		if len(it.deep) > 0 {
			it.opts["expand"] = strings.Join(it.deep, ",")
		}
		if sel := selects[name]; len(sel) > 0 {
			it.opts["select"] = strings.Join(sel, ",")
		}
		target, here, there := c.join(t, nav)
		sub := *c
		q, err := sub.query(target, it.opts)
		if err != nil {
			return nil, err
		}
		out = append(out, expansion{nav: nav, view: c.view(target), here: here, there: there, q: q, options: it.opts})
	}
	return out, nil
}
