package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// narrowing is what a scan's conditions say of the names of schemas and tables,
// the only columns whose values are known before anything is read.
type narrowing struct {
	filter        []providers.Predicate
	keys          *providers.KeyBatch
	schema, table int // columns; -1 where the table has none
}

// allows reports whether rows of a schema, and of a table if one is given, may
// pass. It errs on the side of yes.
func (n *narrowing) allows(schema string, table ...string) bool {
	known := func(column int) (string, bool) {
		switch {
		case column == n.schema:
			return schema, true
		case column == n.table && len(table) > 0:
			return table[0], true
		}
		return "", false
	}
	for _, f := range n.filter {
		if !may(f, known) {
			return false
		}
	}
	if n.keys == nil || n.keys.Tuples == nil {
		return true
	}
	for _, tuple := range n.keys.Tuples {
		fits := true
		for i, column := range n.keys.Columns {
			name, ok := known(column)
			fits = fits && (!ok || strings.EqualFold(name, tuple[i].S))
		}
		if fits {
			return true
		}
	}
	return false
}

// may tells whether a condition can be true, given the columns whose values
// are known.
func may(e providers.Expr, known func(int) (string, bool)) bool {
	c, ok := e.(*providers.Call)
	if !ok {
		return true
	}
	can := func(a providers.Expr) bool { return may(a, known) }
	switch c.Func {
	case providers.And:
		return !slices.ContainsFunc(c.Args, func(a providers.Expr) bool { return !can(a) })
	case providers.Or:
		return slices.ContainsFunc(c.Args, can)
	case providers.Eq, providers.In:
		return mayEqual(c, known)
	case providers.Like:
		return mayBeLike(c, known)
	}
	return true
}

// mayEqual compares a known name with constants. A name in another case may
// still be meant: it may have been through LOWER.
func mayEqual(c *providers.Call, known func(int) (string, bool)) bool {
	operand, list := sides(c)
	name, ok := nameOf(operand, known)
	if !ok {
		return true
	}
	return slices.ContainsFunc(list, func(x providers.Expr) bool {
		k, constant := x.(*providers.Const)
		return !constant || !k.Value.Null && strings.EqualFold(name, k.Value.S)
	})
}

// sides are the operand of a comparison and what it is compared with.
func sides(c *providers.Call) (operand providers.Expr, list []providers.Expr) {
	if _, constant := c.Args[0].(*providers.Const); constant && len(c.Args) == 2 {
		return c.Args[1], c.Args[:1]
	}
	return c.Args[0], c.Args[1:]
}

// mayBeLike looks at what stands before the pattern's first wildcard.
func mayBeLike(c *providers.Call, known func(int) (string, bool)) bool {
	name, ok := nameOf(c.Args[0], known)
	k, constant := c.Args[1].(*providers.Const)
	if !ok || !constant || k.Value.Null {
		return true
	}
	special := `%_\`
	if len(c.Args) > 2 {
		if esc, ok := c.Args[2].(*providers.Const); ok {
			special += esc.Value.S
		}
	}
	prefix := k.Value.S
	if i := strings.IndexAny(prefix, special); i >= 0 {
		prefix = prefix[:i]
	}
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// nameOf is the value of a known column, whatever its case was turned to.
func nameOf(e providers.Expr, known func(int) (string, bool)) (string, bool) {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return known(e.Column)
	case *providers.Call:
		if e.Func == providers.Lower || e.Func == providers.Upper {
			name, ok := nameOf(e.Args[0], known)
			return name, ok && isASCII(name) // beyond it, case is no matter of single letters
		}
	}
	return "", false
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// named gives the only names that a column can have, if the conditions say so:
// then nobody needs to be asked for a list of them.
func (n *narrowing) named(column int) (names []string, ok bool) {
	if column < 0 {
		return nil, false
	}
	if n.keys != nil && n.keys.Tuples != nil {
		for i, c := range n.keys.Columns {
			if c == column {
				for _, tuple := range n.keys.Tuples {
					names = appendName(names, tuple[i])
				}
				return names, true
			}
		}
	}
	for _, f := range n.filter {
		if names, ok := namedBy(f, column); ok {
			return names, true
		}
	}
	return nil, false
}

func namedBy(e providers.Expr, column int) (names []string, ok bool) {
	c, isCall := e.(*providers.Call)
	if !isCall {
		return nil, false
	}
	switch c.Func {
	case providers.And:
		for _, a := range c.Args {
			if names, ok := namedBy(a, column); ok {
				return names, true
			}
		}
		return nil, false
	case providers.Or:
		for _, a := range c.Args {
			more, ok := namedBy(a, column)
			if !ok {
				return nil, false
			}
			for _, name := range more {
				names = appendName(names, sqltypes.StringValue(name))
			}
		}
		return names, true
	case providers.Eq, providers.In:
		operand, list := sides(c)
		if ref, isColumn := operand.(*providers.ColumnRef); !isColumn || ref.Column != column {
			return nil, false
		}
		for _, x := range list {
			k, constant := x.(*providers.Const)
			if !constant {
				return nil, false
			}
			names = appendName(names, k.Value)
		}
		return names, true
	}
	return nil, false
}

func appendName(names []string, v sqltypes.Value) []string {
	if v.Null || slices.Contains(names, v.S) {
		return names
	}
	return append(names, v.S)
}
