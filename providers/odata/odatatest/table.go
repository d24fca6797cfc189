package odatatest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Collation says how the service compares strings.
type Collation uint8

const (
	// BinaryOrder compares bytes of UTF-8.
	BinaryOrder Collation = iota
	// CaseInsensitive compares without regard to case and to trailing blanks,
	// as SQL Server's default collation does.
	CaseInsensitive
)

func (c Collation) fold(s string) string {
	if c == BinaryOrder {
		return s
	}
	return strings.ToLower(s)
}

func (c Collation) compare(a, b string) int {
	if c == CaseInsensitive {
		a, b = strings.ToLower(strings.TrimRight(a, " ")), strings.ToLower(strings.TrimRight(b, " "))
	}
	return strings.Compare(a, b)
}

// compareValues orders two values of comparable kinds, neither of them null.
func (c Collation) compareValues(a, b Value) int {
	switch {
	case a.isNumber() && b.isNumber():
		return compareNumbers(a, b)
	case a.kind == kindString:
		return c.compare(a.s, b.s)
	case a.kind == kindGUID || a.kind == kindBinary:
		return strings.Compare(a.s, b.s)
	}
	x, y := a.i, b.i
	if a.kind != b.kind { // a date beside an instant means its midnight, UTC
		if a.kind == kindDate {
			x *= 86400 * ticksPerSecond
		}
		if b.kind == kindDate {
			y *= 86400 * ticksPerSecond
		}
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// compareNullsFirst is the order of $orderby: null is the smallest value.
func (c Collation) compareNullsFirst(a, b Value) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull():
		return -1
	case b.IsNull():
		return 1
	}
	return c.compareValues(a, b)
}

// table holds the rows of one set in key order. Writers make a new view;
// readers keep the one they started with.
type table struct {
	set       *Set
	columns   map[string]int
	key       []int
	collation Collation
	mu        sync.Mutex // serialises writers and guards cur
	cur       *view
}

// view is one immutable state of a table: rows of the base source and rows
// that were written since.
type view struct {
	t     *table
	base  Source
	refs  []int32   // nil: the base rows as they are; else r >= 0: base row, r < 0: extra[^r]
	extra [][]Value //
	ixMu  sync.Mutex
	index map[string]map[string][]int // navigation lookups by columns that are no key prefix
}

func newTable(s *Set, c Collation) *table {
	t := &table{set: s, columns: map[string]int{}, collation: c}
	for i, col := range s.Columns {
		t.columns[col.Name] = i
	}
	for _, k := range s.Key {
		t.key = append(t.key, t.columns[k])
	}
	rows := s.Rows
	if rows == nil {
		rows = rowSource{}
	}
	t.cur = &view{t: t, base: rows}
	if _, moving := rows.(Snapshotter); !moving && len(t.key) > 0 && t.mustSort() {
		t.cur.refs = identity(rows.Len())
		slices.SortStableFunc(t.cur.refs, func(a, b int32) int {
			for _, k := range t.key {
				if d := c.compareNullsFirst(rows.At(int(a), k), rows.At(int(b), k)); d != 0 {
					return d
				}
			}
			return 0
		})
	}
	return t
}

// mustSort spares generated sources the sort: they lie in key order by
// contract, which only a collation can upset.
func (t *table) mustSort() bool {
	if _, plain := t.set.Rows.(rowSource); plain {
		return true
	}
	if t.collation == BinaryOrder {
		return false
	}
	n := t.set.Rows.Len()
	for _, k := range t.key {
		if t.set.Columns[k].Type == EdmString && n > 0 && t.set.Rows.At(0, k).s != t.set.Rows.At(n-1, k).s {
			return true
		}
	}
	return false
}

func identity(n int) []int32 {
	r := make([]int32, n)
	for i := range r {
		r[i] = int32(i)
	}
	return r
}

func (t *table) view() *view {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.cur.base.(Snapshotter); ok {
		return &view{t: t, base: s.Snapshot()}
	}
	return t.cur
}

func (v *view) len() int {
	if v.refs != nil {
		return len(v.refs)
	}
	return v.base.Len()
}

func (v *view) at(row, col int) Value {
	if v.refs == nil {
		return v.base.At(row, col)
	}
	if r := v.refs[row]; r < 0 {
		return v.extra[^r][col]
	} else {
		return v.base.At(int(r), col)
	}
}

func (v *view) row(j int) []Value {
	out := make([]Value, len(v.t.set.Columns))
	for c := range out {
		out[c] = v.at(j, c)
	}
	return out
}

// compareKey orders row j against the leading key values.
func (v *view) compareKey(j int, key []Value) int {
	for i, want := range key {
		if d := v.t.collation.compareNullsFirst(v.at(j, v.t.key[i]), want); d != 0 {
			return d
		}
	}
	return 0
}

// find returns the position of a full key, or where it would be inserted.
func (v *view) find(key []Value) (int, bool) {
	j := sort.Search(v.len(), func(j int) bool { return v.compareKey(j, key) >= 0 })
	return j, j < v.len() && v.compareKey(j, key) == 0
}

// keyRange returns the half-open run of rows that start with these key values.
func (v *view) keyRange(key []Value) (lo, hi int) {
	n := v.len()
	lo = sort.Search(n, func(j int) bool { return v.compareKey(j, key) >= 0 })
	hi = lo + sort.Search(n-lo, func(j int) bool { return v.compareKey(lo+j, key) > 0 })
	return lo, hi
}

// lookup returns the rows whose columns equal the values; null equals nothing.
func (v *view) lookup(cols []int, want []Value) []int {
	for _, w := range want {
		if w.IsNull() {
			return nil
		}
	}
	if len(cols) <= len(v.t.key) {
		ordered := make([]Value, len(cols))
		prefix := true
		for i, c := range cols {
			p := slices.Index(v.t.key[:len(cols)], c)
			if p < 0 {
				prefix = false
				break
			}
			ordered[p] = want[i]
		}
		if prefix {
			lo, hi := v.keyRange(ordered)
			out := make([]int, 0, hi-lo)
			for j := lo; j < hi; j++ {
				out = append(out, j)
			}
			return out
		}
	}
	return v.indexOn(cols)[v.indexKey(want)]
}

func (v *view) indexKey(vals []Value) string {
	var b []byte
	for _, x := range vals {
		b = appendJSON(b, x, EdmString, V4, nil)
		b = append(b, 0)
	}
	return v.t.collation.fold(string(b))
}

func (v *view) indexOn(cols []int) map[string][]int {
	v.ixMu.Lock()
	defer v.ixMu.Unlock()
	name := fmt.Sprint(cols)
	if ix := v.index[name]; ix != nil {
		return ix
	}
	ix := map[string][]int{}
	vals := make([]Value, len(cols))
	for j := 0; j < v.len(); j++ {
		for i, c := range cols {
			vals[i] = v.at(j, c)
		}
		k := v.indexKey(vals)
		ix[k] = append(ix[k], j)
	}
	if v.index == nil {
		v.index = map[string]map[string][]int{}
	}
	v.index[name] = ix
	return ix
}

// edit runs f on the current view under the writers' lock; f returns the next
// view or an error.
func (t *table) edit(f func(v *view) (*view, error)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, derived := t.cur.base.(Snapshotter); derived {
		return &Error{Status: 405, Code: "ReadOnly", Message: "The set '" + t.set.Name + "' cannot be written to."}
	}
	next, err := f(t.cur)
	if err == nil {
		t.cur = next
	}
	return err
}

func (v *view) keyOf(row []Value) []Value {
	k := make([]Value, len(v.t.key))
	for i, c := range v.t.key {
		k[i] = row[c]
	}
	return k
}

// withRow returns a view with the row put in at j, or in place of row j.
func (v *view) withRow(j int, row []Value, replace bool) *view {
	refs := v.refs
	if refs == nil {
		refs = identity(v.base.Len())
	}
	n := &view{t: v.t, base: v.base, extra: append(v.extra[:len(v.extra):len(v.extra)], row)}
	ref := int32(^(len(n.extra) - 1))
	if replace {
		n.refs = slices.Clone(refs)
		n.refs[j] = ref
	} else {
		n.refs = slices.Insert(slices.Clone(refs), j, ref)
	}
	return n
}

func (v *view) without(j int) *view {
	refs := v.refs
	if refs == nil {
		refs = identity(v.base.Len())
	}
	return &view{t: v.t, base: v.base, extra: v.extra, refs: slices.Delete(slices.Clone(refs), j, j+1)}
}
