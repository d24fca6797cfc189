package catalog

import (
	"context"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// definition is a table of the catalog. Exactly one of the functions makes its
// rows: of facts, or one schema, listed or described table, or procedure, at a
// time.
type definition struct {
	schema, name string
	doc          string
	// columns are names with a type where it is not text, and ! for NOT NULL.
	columns string
	// schemaColumn and tableColumn hold the names that conditions narrow by.
	schemaColumn, tableColumn string

	facts    func(*Catalog) []Row
	ofSchema func(*Catalog, providers.Schema) []Row
	ofTable  func(*Catalog, providers.TableName) []Row
	ofInfo   func(*Catalog, *providers.TableInfo) []Row

	ofProcedure     func(*Catalog, providers.ProcedureName) []Row
	ofProcedureInfo func(*Catalog, *providers.ProcedureInfo) []Row
}

var columnKinds = map[string]sqltypes.Kind{"int": sqltypes.Integer, "bigint": sqltypes.BigInt, "bool": sqltypes.Bool}

// table is a definition that a Catalog fills.
type table struct {
	catalog       *Catalog
	def           *definition
	info          *providers.TableInfo
	schema, table int // columns, -1 for none
}

func newTable(c *Catalog, d *definition) *table {
	t := &table{catalog: c, def: d, schema: -1, table: -1}
	t.info = &providers.TableInfo{Schema: d.schema, Name: d.name, Description: d.doc, View: true, Rows: d.estimate()}
	for i, text := range strings.Split(d.columns, ",") {
		words := strings.Fields(text)
		column := providers.Column{Name: strings.TrimSuffix(words[0], "!"), Type: sqltypes.Of(sqltypes.Varchar), ReadOnly: true}
		column.Nullable = column.Name == words[0]
		if len(words) > 1 {
			column.Type = sqltypes.Of(columnKinds[words[1]])
		}
		switch column.Name {
		case d.schemaColumn:
			t.schema = i
		case d.tableColumn:
			t.table = i
		}
		t.info.Columns = append(t.info.Columns, column)
	}
	return t
}

// estimate is how many rows a table may have: to choose a plan, and right to a
// power of ten at best.
func (d *definition) estimate() int64 {
	switch {
	case d.ofSchema != nil:
		return 1000
	case d.ofTable != nil:
		return 3000
	case d.ofInfo != nil:
		return 100_000
	}
	return 100
}

// remote reports a table that reads of the server.
func (d *definition) remote() bool { return d.facts == nil }

func (t *table) Info() *providers.TableInfo { return t.info }

// maxNames is how many names of schemas and tables one lookup may hold.
const maxNames = 100

// Plan takes of a request the conditions that narrow what is read, and leaves
// all of them to be checked by the engine.
func (t *table) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{
		Filter:  make([]providers.Verdict, len(r.Filter)),
		Reasons: make([]string, len(r.Filter)),
		Cost:    providers.Cost{Rows: t.info.Rows, Requests: providers.Unknown, Bytes: providers.Unknown},
		Layout:  tuple.NewLayout(t.info.Types(r.Columns)),
	}
	n := &narrowing{schema: t.schema, table: t.table}
	for i, f := range r.Filter {
		p.Reasons[i] = "the catalog is computed in the driver"
		if t.def.remote() && t.mentionsName(f) {
			p.Filter[i], p.Reasons[i] = providers.Superset, "it narrows what is read, and is checked here"
			n.filter = append(n.filter, f)
		}
	}
	if k := r.Keys; k != nil && t.def.remote() && slices.ContainsFunc(k.Columns, t.isName) {
		p.Keys, p.MaxKeys, n.keys = providers.Superset, maxNames, k
	}
	if !t.def.remote() {
		p.Cost.Requests, p.Cost.Bytes = 0, 0
	} else if _, named := n.named(t.schema); !named {
		p.Hints = append(p.Hints, t.def.name+" looks through every schema of the server; a condition on "+
			t.def.schemaColumn+", or the BrowsableSchemas property, narrows that")
	}
	columns := slices.Clone(r.Columns)
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return t.open(ctx, n, columns, p.Layout)
	}
	return p, nil
}

func (t *table) isName(column int) bool {
	return column >= 0 && (column == t.schema || column == t.table)
}

func (t *table) mentionsName(e providers.Expr) bool {
	switch e := e.(type) {
	case *providers.ColumnRef:
		return t.isName(e.Column)
	case *providers.Call:
		return slices.ContainsFunc(e.Args, t.mentionsName)
	}
	return false
}
