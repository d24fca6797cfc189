package providertest_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// ports is a whole provider: one table over a list that a server might send.
type ports struct{}

func (ports) Ping(ctx context.Context) error { return ctx.Err() }
func (ports) DefaultSchema() string          { return "net" }
func (ports) Refresh()                       {}
func (ports) Close() error                   { return nil }
func (ports) Schemas(context.Context) ([]providers.Schema, error) {
	return []providers.Schema{{Name: "net"}}, nil
}
func (ports) Tables(context.Context, string) ([]providers.TableName, error) {
	return []providers.TableName{{Schema: "net", Name: "Ports"}}, nil
}

// Table is found without regard to case; a wrong name is answered by a right one.
func (ports) Table(_ context.Context, schema, name string) (providers.Table, error) {
	if strings.EqualFold(schema, "net") && strings.EqualFold(name, "Ports") {
		return portTable{}, nil
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("table %s.%s not found; there is net.Ports", schema, name)}
}

type portTable struct{}

var portInfo = &providers.TableInfo{Schema: "net", Name: "Ports", Rows: int64(len(portRows)), Key: []int{0},
	Columns: []providers.Column{
		{Name: "Number", Type: sqltypes.Of(sqltypes.Integer)},
		{Name: "Service", Type: sqltypes.Of(sqltypes.Varchar), Nullable: true},
	}}

var portRows = []struct {
	number  int64
	service string // "" is NULL
}{{22, "ssh"}, {80, "http"}, {443, "https"}, {1024, ""}}

func (portTable) Info() *providers.TableInfo { return portInfo }

// Plan does nothing of a request but to choose the columns and, for a start,
// "Number = constant": the rest is left to the engine, each with its reason.
func (portTable) Plan(_ context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p := &providers.ScanPlan{Filter: make([]providers.Verdict, len(r.Filter)), Reasons: make([]string, len(r.Filter)),
		OrderReason: "the list has an order of its own", Layout: tuple.NewLayout(portInfo.Types(r.Columns)),
		Cost: providers.Cost{Rows: int64(len(portRows)), Requests: 1, Bytes: providers.Unknown}}
	number := int64(-1)
	for i, f := range r.Filter {
		if n, ok := numberEquals(f); ok && number < 0 {
			number, p.Filter[i] = n, providers.Exact
		} else {
			p.Reasons[i] = "only Number = constant is looked up"
		}
	}
	p.Requests = []string{"GET /ports"}
	if number >= 0 {
		p.Requests = []string{fmt.Sprintf("GET /ports/%d", number)}
	}
	p.Open = func(ctx context.Context, _ *providers.Budget) (providers.BatchReader, error) {
		return &portReader{columns: r.Columns, number: number}, ctx.Err()
	}
	return p, nil
}

// numberEquals recognises Number = constant.
func numberEquals(f providers.Expr) (int64, bool) {
	c, ok := f.(*providers.Call)
	if !ok || c.Func != providers.Eq {
		return 0, false
	}
	col, isColumn := c.Args[0].(*providers.ColumnRef)
	k, isConst := c.Args[1].(*providers.Const)
	if !isColumn || !isConst || col.Column != 0 || k.Value.Null || !k.Value.Kind.IsInteger() || k.Value.I < 0 {
		return 0, false
	}
	return k.Value.I, true
}

// portReader gives one batch, then the end.
type portReader struct {
	columns []int
	number  int64
	done    bool
}

func (r *portReader) Next(ctx context.Context, out *tuple.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	out.Reset()
	for _, row := range portRows {
		if r.done || r.number >= 0 && row.number != r.number {
			continue
		}
		slots := out.AddRow() // all NULL
		for i, c := range r.columns {
			if c == 0 {
				out.Layout.SetInt(slots, i, row.number)
			} else if row.service != "" {
				if err := out.SetString(slots, i, row.service); err != nil {
					return err
				}
			}
		}
	}
	r.done = true
	if out.Len() == 0 {
		return io.EOF
	}
	return nil
}

func (*portReader) Close() error { return nil }

// A provider that does next to nothing is complete: whatever SQL can ask of
// its rows, the engine does.
func Example() {
	_, rows, err := providertest.Answer(context.Background(), ports{}, sqlengine.Options{Pushdown: true},
		"SELECT COUNT(*), MAX(Service) FROM Ports WHERE Service LIKE '%s%'")
	fmt.Println(rows[0][0].I, rows[0][1].S, err)
	_, plan, err := providertest.Answer(context.Background(), ports{}, sqlengine.Options{Pushdown: true},
		"EXPLAIN SELECT Service FROM Ports WHERE Number = 80 AND Service <> ''")
	for _, line := range plan {
		fmt.Println(line[0].S)
	}
	fmt.Println(err)
	// Output:
	// 2 ssh <nil>
	// Filter Service <> ''
	// └─ Scan net.Ports
	//       sends: GET /ports/80
	//       at the server: Number = 80
	//       here: Service <> '' (only Number = constant is looked up)
	//
	// Rewritten by: predicate pushdown
	// <nil>
}

func TestExampleConforms(t *testing.T) {
	providertest.Run(t, providertest.Harness{Open: func(*testing.T) providers.Provider { return ports{} }})
}
