package epicorerp

import (
	"context"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// revealed is a provider whose tables show the input columns that the
// PseudoColumns property names: they become part of SELECT *.
type revealed struct {
	providers.Provider
	columns []PseudoColumn
}

func (r revealed) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	t, err := r.Provider.Table(ctx, schema, name)
	if err != nil {
		return nil, err
	}
	return r.reveal(t), nil
}

// reveal wraps a table that has something to show. A table that takes inputs
// which its metadata does not tell stays one.
func (r revealed) reveal(t providers.Table) providers.Table {
	info := *t.Info()
	info.Columns = slices.Clone(info.Columns)
	shown := false
	for i := range info.Columns {
		if c := &info.Columns[i]; c.Input && c.Hidden && r.names(&info, c.Name) {
			c.Hidden, shown = false, true
		}
	}
	if !shown {
		return t
	}
	table := revealedTable{Table: t, info: &info}
	if in, ok := t.(providers.InputTable); ok {
		return revealedInputs{revealedTable: table, inputs: in, by: r}
	}
	return table
}

func (r revealed) names(t *providers.TableInfo, column string) bool {
	return slices.ContainsFunc(r.columns, func(p PseudoColumn) bool {
		return (p.Table == "*" || strings.EqualFold(p.Table, t.Name) || strings.EqualFold(p.Table, t.Schema+"."+t.Name)) &&
			(p.Column == "*" || strings.EqualFold(p.Column, column))
	})
}

type revealedTable struct {
	providers.Table
	info *providers.TableInfo
}

func (t revealedTable) Info() *providers.TableInfo { return t.info }

type revealedInputs struct {
	revealedTable
	inputs providers.InputTable
	by     revealed
}

// WithInput keeps what is shown; the new input stays hidden, as it was named
// by the query and not by the property.
func (t revealedInputs) WithInput(name string) providers.Table {
	return t.by.reveal(t.inputs.WithInput(name))
}
