package odatatest

import (
	"slices"
	"sort"
)

// result is the page of a query: positions of rows and how many match in all.
type result struct {
	rows  []int
	count int // meaningful if the query asked for it
	more  bool
}

// bounds is what a filter says about one key column: rows outside cannot
// match. exact means that the filter says nothing else.
type bounds struct {
	lo, hi             *Value
	loClosed, hiClosed bool
	exact              bool
}

// run evaluates the query over all rows of the view, serving at most limit
// rows (-1: no limit) after the query's own skip and token.
//
// A key range is found by binary search, and a page in key order stops when
// it is full, so that its cost does not grow with the set.
func (q *query) run(v *view, limit int) (result, error) {
	windows, exact := q.keyWindows(v)
	skip := q.skip + q.token
	step := q.direction(v)
	if exact && step != 0 && len(windows) == 1 {
		return q.slice(windows[0].lo, windows[0].hi, step, skip, limit), nil
	}
	e := &env{}
	match := func(j int) bool {
		if exact || q.test == nil {
			return true
		}
		e.row = rowRef{v, j}
		return q.test(e).true()
	}
	if step == 0 {
		return q.sorted(v, windows, skip, limit, match, e)
	}
	var r result
	take := func(j int) bool {
		if !match(j) {
			return e.err == nil
		}
		r.count++
		switch {
		case r.count <= skip:
		case limit < 0 || len(r.rows) < limit:
			r.rows = append(r.rows, j)
		default:
			r.more = true
		}
		return q.count || !r.more
	}
	scan(windows, step, take)
	return r, e.err
}

// span is a half-open run of rows.
type span struct{ lo, hi int }

// scan visits the rows of the windows, which are in order, forward or backward
// until f says no.
func scan(windows []span, step int, f func(int) bool) {
	for i := range windows {
		w := windows[i]
		first, end := w.lo, w.hi
		if step < 0 {
			w = windows[len(windows)-1-i]
			first, end = w.hi-1, w.lo-1
		}
		for j := first; j != end; j += step {
			if !f(j) {
				return
			}
		}
	}
}

func (q *query) slice(lo, hi, step, skip, limit int) result {
	n := hi - lo
	r := result{count: n}
	if q.only {
		return r
	}
	from := min(skip, n)
	to := n
	if limit >= 0 {
		to = min(n, from+limit)
	}
	r.more = to < n
	r.rows = make([]int, 0, to-from)
	for i := from; i < to; i++ {
		if step > 0 {
			r.rows = append(r.rows, lo+i)
		} else {
			r.rows = append(r.rows, hi-1-i)
		}
	}
	return r
}

// direction is 1 or -1 if the wanted order is the key's, forward or backward,
// over the columns that vary; else 0.
func (q *query) direction(v *view) int {
	n := v.len()
	if len(q.order) == 0 || n < 2 {
		return 1
	}
	k, dir := 0, 0
	for _, term := range q.order {
		for k < len(q.t.key) && q.t.key[k] != term.column && q.constant(v, q.t.key[k]) {
			k++
		}
		if term.column < 0 {
			return 0
		}
		if q.constant(v, term.column) {
			continue
		}
		if k == len(q.t.key) || q.t.key[k] != term.column {
			return 0
		}
		d := 1
		if term.desc {
			d = -1
		}
		if dir != 0 && d != dir {
			return 0
		}
		dir = d
		k++
	}
	if dir == 0 {
		return 1
	}
	if dir < 0 && k < len(q.t.key) { // ties keep key order, which is forward
		return 0
	}
	return dir
}

// constant holds for a leading key column with one value throughout.
func (q *query) constant(v *view, col int) bool {
	if len(q.t.key) == 0 || q.t.key[0] != col {
		return false
	}
	return v.t.collation.compareNullsFirst(v.at(0, col), v.at(v.len()-1, col)) == 0
}

// sorted collects the matches, keeping no more than a few times the rows that
// the page needs.
func (q *query) sorted(v *view, windows []span, skip, limit int, match func(int) bool, e *env) (result, error) {
	type entry struct {
		j    int
		keys []Value
	}
	less := func(a, b entry) int {
		for i, term := range q.order {
			d := v.t.collation.compareNullsFirst(a.keys[i], b.keys[i])
			if term.desc {
				d = -d
			}
			if d != 0 {
				return d
			}
		}
		return a.j - b.j
	}
	need := -1
	if limit >= 0 {
		need = skip + limit + 1
	}
	var r result
	var buf []entry
	scan(windows, 1, func(j int) bool {
		if !match(j) {
			return e.err == nil
		}
		r.count++
		keys := make([]Value, len(q.order))
		e.row = rowRef{v, j}
		for i, term := range q.order {
			keys[i] = term.f(e)
		}
		buf = append(buf, entry{j, keys})
		if need >= 0 && len(buf) >= 2*need+1024 {
			slices.SortFunc(buf, less)
			buf = buf[:need]
		}
		return e.err == nil
	})
	if e.err != nil {
		return r, e.err
	}
	slices.SortFunc(buf, less)
	buf = buf[min(skip, len(buf)):]
	if limit >= 0 && len(buf) > limit {
		buf, r.more = buf[:limit], true
	}
	for _, x := range buf {
		r.rows = append(r.rows, x.j)
	}
	return r, nil
}

// keyWindows narrows the rows by what the filter says about the key, column
// after column as long as each is pinned to one value. Where a column is tied
// to a list of values (in, or of eq: the lookups of a join), each has a window
// of its own.
func (q *query) keyWindows(v *view) (windows []span, exact bool) {
	lo, hi := 0, v.len()
	if q.filter == nil {
		return []span{{lo, hi}}, true
	}
	exact = true
	conj := conjuncts(q.filter, nil)
	used := make([]bool, len(conj))
	for _, col := range q.t.key {
		if lo >= hi {
			break
		}
		b := bounds{}
		for i, e := range conj {
			eb, ok := q.boundsOf(e, col)
			if !ok {
				continue
			}
			b = intersect(b, eb, v.t.collation)
			if eb.exact {
				used[i] = true
			}
		}
		if b.lo == nil && b.hi == nil {
			if v.t.collation.compareNullsFirst(v.at(lo, col), v.at(hi-1, col)) == 0 {
				continue
			}
			break
		}
		lo, hi = window(v, lo, hi, col, b)
		if lo < hi && v.t.collation.compareNullsFirst(v.at(lo, col), v.at(hi-1, col)) != 0 {
			for _, e := range conj {
				if points, ok := q.points(e, col); ok {
					return q.pointWindows(v, span{lo, hi}, col, points), false
				}
			}
			break
		}
	}
	for _, u := range used {
		exact = exact && u
	}
	return []span{{lo, hi}}, exact
}

// pointWindows finds the rows of each value, in order and each once.
func (q *query) pointWindows(v *view, within span, col int, points []Value) []span {
	c := v.t.collation
	slices.SortFunc(points, c.compareNullsFirst)
	out := []span{}
	for i, p := range points {
		if i > 0 && c.compareNullsFirst(points[i-1], p) == 0 {
			continue
		}
		lo, hi := window(v, within.lo, within.hi, col, bounds{lo: &p, hi: &p, loClosed: true, hiClosed: true})
		if lo < hi {
			out = append(out, span{lo, hi})
		}
	}
	return out
}

// points lists the values outside of which e cannot hold for the column.
func (q *query) points(e expr, col int) ([]Value, bool) {
	b, ok := e.(*binary)
	if !ok {
		return nil, false
	}
	switch b.op {
	case "or":
		x, okx := q.points(b.x, col)
		y, oky := q.points(b.y, col)
		return append(x, y...), okx && oky
	case "and":
		if x, ok := q.points(b.x, col); ok {
			return x, true
		}
		return q.points(b.y, col)
	case "eq":
		if eb, ok := q.boundsOf(e, col); ok {
			return []Value{*eb.lo}, true
		}
	case "in":
		list, isList := b.y.(*array)
		if !isList || !q.isColumn(b.x, col) {
			return nil, false
		}
		var out []Value
		for _, it := range list.items {
			v, ok := q.literalFor(it, col)
			if !ok {
				return nil, false
			}
			out = append(out, v)
		}
		return out, true
	}
	return nil, false
}

func conjuncts(e expr, out []expr) []expr {
	if b, ok := e.(*binary); ok && b.op == "and" {
		return conjuncts(b.y, conjuncts(b.x, out))
	}
	return append(out, e)
}

func window(v *view, lo, hi, col int, b bounds) (int, int) {
	c := v.t.collation
	if b.lo != nil {
		lo += sort.Search(hi-lo, func(i int) bool {
			d := c.compareNullsFirst(v.at(lo+i, col), *b.lo)
			return d > 0 || d == 0 && b.loClosed
		})
	}
	if b.hi != nil {
		hi = lo + sort.Search(hi-lo, func(i int) bool {
			d := c.compareNullsFirst(v.at(lo+i, col), *b.hi)
			return d > 0 || d == 0 && !b.hiClosed
		})
	}
	return lo, hi
}

func intersect(a, b bounds, c Collation) bounds {
	if b.lo != nil && (a.lo == nil || c.compareNullsFirst(*b.lo, *a.lo) > 0 || c.compareNullsFirst(*b.lo, *a.lo) == 0 && !b.loClosed) {
		a.lo, a.loClosed = b.lo, b.loClosed
	}
	if b.hi != nil && (a.hi == nil || c.compareNullsFirst(*b.hi, *a.hi) < 0 || c.compareNullsFirst(*b.hi, *a.hi) == 0 && !b.hiClosed) {
		a.hi, a.hiClosed = b.hi, b.hiClosed
	}
	return a
}

// boundsOf says what e implies for a key column: for "or" the hull of both
// sides, for "in" the hull of the list.
func (q *query) boundsOf(e expr, col int) (bounds, bool) {
	b, ok := e.(*binary)
	if !ok {
		return bounds{}, false
	}
	c := q.t.collation
	switch b.op {
	case "and":
		x, okx := q.boundsOf(b.x, col)
		y, oky := q.boundsOf(b.y, col)
		out := intersect(x, y, c)
		out.exact = false
		return out, okx || oky
	case "or":
		x, okx := q.boundsOf(b.x, col)
		y, oky := q.boundsOf(b.y, col)
		if !okx || !oky {
			return bounds{}, false
		}
		return hull(x, y, c), true
	case "in":
		list, isList := b.y.(*array)
		if !isList || !q.isColumn(b.x, col) || len(list.items) == 0 {
			return bounds{}, false
		}
		var out bounds
		for i, it := range list.items {
			v, ok := q.literalFor(it, col)
			if !ok {
				return bounds{}, false
			}
			p := bounds{lo: &v, hi: &v, loClosed: true, hiClosed: true}
			if i == 0 {
				out = p
			} else {
				out = hull(out, p, c)
			}
		}
		return out, true
	}
	x, y, op := b.x, b.y, b.op
	if q.isColumn(y, col) {
		x, y = y, x
		op = map[string]string{"eq": "eq", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}[op]
	}
	if !q.isColumn(x, col) {
		return bounds{}, false
	}
	v, ok := q.literalFor(y, col)
	if !ok {
		return bounds{}, false
	}
	switch op {
	case "eq":
		return bounds{lo: &v, hi: &v, loClosed: true, hiClosed: true, exact: true}, true
	case "gt", "ge":
		return bounds{lo: &v, loClosed: op == "ge", exact: true}, true
	case "lt", "le": // nulls sort below, and are not less: no exact claim unless the column has none
		return bounds{hi: &v, hiClosed: op == "le", exact: !q.t.set.Columns[col].Nullable}, true
	}
	return bounds{}, false
}

func hull(x, y bounds, c Collation) bounds {
	out := bounds{}
	if x.lo != nil && y.lo != nil {
		out.lo, out.loClosed = x.lo, x.loClosed
		if d := c.compareNullsFirst(*y.lo, *x.lo); d < 0 || d == 0 && y.loClosed {
			out.lo, out.loClosed = y.lo, y.loClosed
		}
	}
	if x.hi != nil && y.hi != nil {
		out.hi, out.hiClosed = x.hi, x.hiClosed
		if d := c.compareNullsFirst(*y.hi, *x.hi); d > 0 || d == 0 && y.hiClosed {
			out.hi, out.hiClosed = y.hi, y.hiClosed
		}
	}
	return out
}

func (q *query) isColumn(e expr, col int) bool {
	p, ok := e.(*path)
	return ok && len(p.segs) == 1 && p.segs[0].kind == segMember && p.segs[0].name == q.t.set.Columns[col].Name
}

// literalFor takes a literal that compares with the column without any
// conversion that could move it.
func (q *query) literalFor(e expr, col int) (Value, bool) {
	l, ok := e.(*literal)
	if !ok || l.enum != "" || l.value.IsNull() || isNaN(l.value) {
		return Value{}, false
	}
	k := typeKinds[q.t.set.Columns[col].Type]
	if k == l.value.kind || numeric(k) && l.value.isNumber() && l.value.kind != kindDouble {
		return l.value, true
	}
	return Value{}, false
}
