package providertest

import (
	"fmt"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// check is Check for a table whose provider has the other tables too.
func (t *memoryTable) check(e providers.Expr) error {
	switch e := e.(type) {
	case *providers.Exists:
		other := t.other(e.Of)
		if other == nil {
			return fmt.Errorf("there is no table %s", e.Of.Name)
		}
		for _, w := range e.Where {
			if err := other.check(w); err != nil {
				return err
			}
		}
		return nil
	case *providers.Call:
		if e.Func == providers.Not {
			return t.check(e.Args[0])
		}
	}
	return Check(e)
}

// passes is Passes for a table whose provider has the other tables too.
func (t *memoryTable) passes(e providers.Predicate, row []sqltypes.Value) (bool, error) {
	switch e := e.(type) {
	case *providers.Exists:
		return t.exists(e, row)
	case *providers.Call:
		if x, ok := e.Args[0].(*providers.Exists); ok && e.Func == providers.Not {
			found, err := t.exists(x, row)
			return !found && err == nil, err
		}
	}
	return Passes(e, row)
}

func (t *memoryTable) exists(e *providers.Exists, row []sqltypes.Value) (bool, error) {
	other := t.other(e.Of)
rows:
	for _, there := range other.rows {
		for _, p := range e.On {
			a, b := row[p.Here.Column], there[p.There.Column]
			if a.Null || b.Null || sqltypes.Compare(a, b) != 0 {
				continue rows
			}
		}
		for _, w := range e.Where {
			if ok, err := other.passes(w, there); err != nil {
				return false, err
			} else if !ok {
				continue rows
			}
		}
		return true, nil
	}
	return false, nil
}

// other finds a table of the same provider.
func (t *memoryTable) other(info *providers.TableInfo) *memoryTable {
	for _, o := range t.tables {
		if o.info.Name == info.Name && o.info.Schema == info.Schema {
			return o
		}
	}
	return nil
}
