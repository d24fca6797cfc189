//go:build cgo && unix

package main

import (
	"context"
	"database/sql"
	"io"
	"strings"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// driverOf is the driver over rows in memory, packed as the decoder of pages
// packs them.
type driverOf struct {
	memory int64 // MaxMemory; 0 for the default
	spill  bool
	bytes  int64
}

func (*driverOf) name() string    { return "epicorerp" }
func (o *driverOf) stored() int64 { return o.bytes }

func (o *driverOf) load(d *data) (*sql.DB, error) {
	p, err := pack(d)
	if err != nil {
		return nil, err
	}
	o.bytes = p.table("Orders").bytes()
	return o.open(p)
}

// pack takes the rows in.
func pack(d *data) (*packed, error) {
	p := newPacked()
	orders, customers := p.table("Orders"), p.table("Customers")
	for i := range d.orders {
		r := &d.orders[i]
		b, row := orders.row()
		l := b.Layout
		l.SetInt(row, 0, r.num)
		l.SetInt(row, 1, r.cust)
		l.SetInt(row, 2, r.date)
		err := b.SetNum(row, 3, sqltypes.NewNum(r.amount, moneyScale))
		if err == nil {
			err = b.SetNum(row, 4, sqltypes.NewNum(r.freight, moneyScale))
		}
		if l.SetInt(row, 5, 0); r.open {
			l.SetInt(row, 5, 1)
		}
		if err == nil {
			err = b.SetString(row, 6, r.status)
		}
		if err == nil {
			err = b.SetString(row, 7, r.po)
		}
		if err != nil {
			return nil, err
		}
	}
	for i := range d.customers {
		r := &d.customers[i]
		b, row := customers.row()
		b.Layout.SetInt(row, 0, r.num)
		err := b.SetString(row, 1, r.name)
		if err == nil {
			err = b.SetString(row, 2, r.country)
		}
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// open gives a database over rows that are loaded.
func (o *driverOf) open(p *packed) (*sql.DB, error) {
	cfg := epicorerp.NewConfig()
	cfg.Provider, cfg.URL = epicorerp.ProviderOData, "http://localhost/"
	cfg.Spill = o.spill
	if o.memory > 0 {
		cfg.MaxMemory = o.memory
	}
	connector, err := epicorerp.NewConnector(cfg, epicorerp.WithProvider(p))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// packed is a provider of tables that lie in memory as packed batches. It does
// nothing that it could leave to the engine.
type packed struct{ tables []*packedTable }

func newPacked() *packed {
	money := sqltypes.DecimalType(18, moneyScale)
	integer, text := sqltypes.Of(sqltypes.BigInt), sqltypes.Of(sqltypes.Varchar)
	column := func(name string, t sqltypes.Type) providers.Column { return providers.Column{Name: name, Type: t} }
	return &packed{tables: []*packedTable{
		newPackedTable("Orders", column("OrderNum", integer), column("CustNum", integer), column("OrderDate", sqltypes.Of(sqltypes.Date)),
			column("Amount", money), column("Freight", money), column("Open", sqltypes.Of(sqltypes.Bool)), column("Status", text), column("PONum", text)),
		newPackedTable("Customers", column("CustNum", integer), column("Name", text), column("Country", text)),
	}}
}

func (p *packed) table(name string) *packedTable {
	for _, t := range p.tables {
		if strings.EqualFold(t.info.Name, name) {
			return t
		}
	}
	return nil
}

func (p *packed) Ping(context.Context) error { return nil }
func (p *packed) DefaultSchema() string      { return "main" }
func (p *packed) Refresh()                   {}
func (p *packed) Close() error               { return nil }
func (p *packed) Schemas(context.Context) ([]providers.Schema, error) {
	return []providers.Schema{{Name: "main"}}, nil
}
func (p *packed) Tables(context.Context, string) ([]providers.TableName, error) {
	return []providers.TableName{{Schema: "main", Name: "Orders"}, {Schema: "main", Name: "Customers"}}, nil
}
func (p *packed) Table(_ context.Context, _, name string) (providers.Table, error) {
	if t := p.table(name); t != nil {
		return t, nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: "there is no table " + name}
}

type packedTable struct {
	info    *providers.TableInfo
	layout  *tuple.Layout
	batches []*tuple.Batch
}

func newPackedTable(name string, columns ...providers.Column) *packedTable {
	info := &providers.TableInfo{Schema: "main", Name: name, Columns: columns}
	all := make([]int, len(columns))
	for i := range all {
		all[i] = i
	}
	return &packedTable{info: info, layout: tuple.NewLayout(info.Types(all))}
}

// row returns a new row and its batch.
func (t *packedTable) row() (*tuple.Batch, []uint64) {
	last := len(t.batches) - 1
	if last < 0 || t.batches[last].Len() == tuple.TargetRows {
		b := tuple.NewBatch(t.layout)
		b.Slots = make([]uint64, 0, tuple.TargetRows*t.layout.Stride())
		if last >= 0 {
			b.Arena = make([]byte, 0, len(t.batches[last].Arena)+len(t.batches[last].Arena)/16)
		}
		t.batches = append(t.batches, b)
		last++
	}
	t.info.Rows++
	return t.batches[last], t.batches[last].AddRow()
}

func (t *packedTable) bytes() (n int64) {
	for _, b := range t.batches {
		n += int64(b.Bytes())
	}
	return n
}

func (t *packedTable) Info() *providers.TableInfo { return t.info }

func (t *packedTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{Filter: make([]providers.Verdict, len(r.Filter)), Cost: providers.Cost{Rows: t.info.Rows, Requests: 1},
		Layout: tuple.NewLayout(t.info.Types(r.Columns))}
	text := false
	for _, c := range r.Columns {
		text = text || t.layout.Types[c].Kind.Storage() == sqltypes.StoreBytes
	}
	p.Open = func(context.Context, *providers.Budget) (providers.BatchReader, error) {
		return &packedReader{t: t, columns: r.Columns, text: text}, nil
	}
	return p, nil
}

// packedReader copies the columns that are asked for.
type packedReader struct {
	t       *packedTable
	columns []int
	text    bool // one of them has text
	at      int
}

func (r *packedReader) Next(ctx context.Context, out *tuple.Batch) error {
	if r.at == len(r.t.batches) {
		return io.EOF
	}
	b := r.t.batches[r.at]
	r.at++
	out.Reset()
	if r.text {
		out.Arena = append(out.Arena, b.Arena...)
	}
	for i := range b.Len() {
		src, dst := b.Row(i).Slots, out.AddRow()
		for to, from := range r.columns {
			dst[1+to] = src[1+from]
		}
		dst[0] = 0 // there are no NULLs, and fewer than 64 columns
	}
	return ctx.Err()
}

func (r *packedReader) Close() error { return nil }
