package csvdir

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// kinds are the types that a first line may name.
var kinds = map[string]sqltypes.Kind{
	"BOOLEAN": sqltypes.Bool, "INTEGER": sqltypes.Integer, "BIGINT": sqltypes.BigInt, "DECIMAL": sqltypes.Decimal,
	"VARCHAR": sqltypes.Varchar, "DATE": sqltypes.Date, "TIMESTAMP": sqltypes.Timestamp,
}

// table is one file, as its first line describes it.
type table struct {
	path string
	info *providers.TableInfo
}

func openTable(path, name string) (*table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &providers.Error{Kind: providers.KindConnection, Message: fmt.Sprintf("%s.csv: %v", name, err), Err: err}
	}
	defer f.Close()
	head, err := csv.NewReader(f).Read()
	if err != nil {
		return nil, damaged(name, 1, "no line of column names: %w", err)
	}
	t := &table{path: path, info: &providers.TableInfo{Schema: schema, Name: name, View: true, Rows: providers.Unknown}}
	for _, column := range head {
		text, notNull := strings.CutSuffix(strings.TrimSpace(column), " NOT NULL")
		columnName, typeName, _ := strings.Cut(text, " ")
		kind, known := kinds[strings.ToUpper(strings.TrimSpace(typeName))]
		if !known {
			return nil, damaged(name, 1, "the column %s has no type of BOOLEAN, INTEGER, BIGINT, DECIMAL, VARCHAR, DATE, TIMESTAMP behind it", columnName)
		}
		t.info.Columns = append(t.info.Columns, providers.Column{Name: columnName, Type: sqltypes.Of(kind), Nullable: !notNull, ReadOnly: true})
	}
	return t, nil
}

// Info describes the table.
func (t *table) Info() *providers.TableInfo { return t.info }

// Plan answers what of a request is done here: the choice of columns, and
// conditions that compare a column with a text or a whole number by "=". The
// engine does the rest, and EXPLAIN says why.
func (t *table) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{
		Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		OrderReason: "a file has an order of its own",
		Layout:      tuple.NewLayout(t.info.Types(r.Columns)),
		Cost:        providers.Cost{Rows: providers.Unknown, Requests: 1, Bytes: providers.Unknown},
		Requests:    []string{"READ " + t.info.Name + ".csv"},
	}
	var wanted []equality
	for i, f := range r.Filter {
		if e, ok := t.equality(f); ok {
			wanted = append(wanted, e)
			p.Filter[i] = providers.Exact
		} else {
			p.Reasons[i] = "only column = constant is looked for while a file is read"
		}
	}
	columns := append([]int(nil), r.Columns...)
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return newReader(ctx, t, columns, wanted)
	}
	return p, nil
}

// equality is column = constant, both as the file would have them.
type equality struct {
	column int
	text   string
}

// equality recognises a condition that the text of a field decides: there is
// one way to write a text, and for a whole number the one that Value.Text has,
// to which fields are brought before they are compared.
func (t *table) equality(f providers.Predicate) (equality, bool) {
	call, ok := f.(*providers.Call)
	if !ok || call.Func != providers.Eq {
		return equality{}, false
	}
	column, isColumn := call.Args[0].(*providers.ColumnRef)
	constant, isConstant := call.Args[1].(*providers.Const)
	if !isColumn || !isConstant || constant.Value.Null || constant.Value.Kind != column.T.Kind {
		return equality{}, false
	}
	switch kind := column.T.Kind; {
	case kind.IsInteger():
		return equality{column.Column, constant.Value.Text()}, true
	case kind == sqltypes.Varchar && constant.Value.S != "": // an empty field is NULL
		return equality{column.Column, constant.Value.S}, true
	}
	return equality{}, false
}
