package providertest_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// fault is one way to break the contract.
type fault struct {
	says string // what the suite must say of it
	plan func(r *providers.ScanRequest, p *providers.ScanPlan)
	next func(r *faultyReader, ctx context.Context, out *tuple.Batch) error
	call func(ctx context.Context, p providers.Procedure, args []sqltypes.Value) ([]providers.ResultSet, error)
	info func(info *providers.ProcedureInfo)
}

var faults = map[string]fault{
	"a superset that drops rows": {says: "is missing", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if len(r.Filter) > 0 {
			p.Filter[0], p.Reasons[0], p.Limit, p.Aggregate = providers.Superset, "loose", providers.None, providers.None
			dropFirst(p)
		}
	}},
	"an exact filter that is loose": {says: "is exact, but", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if len(r.Filter) > 0 && r.Limit == 0 && r.Aggregate == nil {
			whole := *r
			whole.Filter = nil
			p.Open = replan(&whole).Open
		}
	}},
	"an order with the nulls elsewhere": {says: "comes before", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if len(r.Order) > 0 {
			other := *r
			other.Order = append([]providers.OrderTerm(nil), r.Order...)
			other.Order[0].NullsFirst = !other.Order[0].NullsFirst
			p.Open = replan(&other).Open
		}
	}},
	"a limit that is one short": {says: "is exact and gives", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if r.Limit > 1 {
			dropFirst(p)
		}
	}},
	"a count of other rows": {says: "aggregate", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if r.Aggregate != nil {
			other := *r
			other.Filter = nil
			if len(r.Filter) > 0 {
				p.Open = replan(&other).Open
			}
		}
	}},
	"a key that is half looked at": {says: "is exact, but", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if r.Keys != nil && len(r.Keys.Columns) > 1 && r.Keys.Tuples != nil {
			half := *r
			half.Keys = &providers.KeyBatch{Columns: r.Keys.Columns[:1]}
			for _, tuple := range r.Keys.Tuples {
				half.Keys.Tuples = append(half.Keys.Tuples, tuple[:1])
			}
			p.Open = replan(&half).Open
		}
	}},
	"an outer expand that is inner": {says: "expand Orders (outer true)", plan: func(r *providers.ScanRequest, p *providers.ScanPlan) {
		if len(r.Expand) > 0 {
			inner := *r
			inner.Expand = append([]providers.ExpandTerm(nil), r.Expand...)
			inner.Expand[0].Outer = false
			p.Open = replan(&inner).Open
		}
	}},
	"verdicts that are too few": {says: "verdicts for", plan: func(_ *providers.ScanRequest, p *providers.ScanPlan) { p.Filter = nil }},
	"no reason for a verdict": {says: "gives no reason", plan: func(_ *providers.ScanRequest, p *providers.ScanPlan) {
		for i := range p.Filter {
			p.Filter[i], p.Reasons[i], p.Limit, p.Aggregate = providers.None, "", providers.None, providers.None
		}
	}},
	"an empty batch": {says: "empty batch", next: func(r *faultyReader, ctx context.Context, out *tuple.Batch) error {
		if r.calls == 1 {
			out.Reset()
			return nil
		}
		return r.BatchReader.Next(ctx, out)
	}},
	"an end that is not repeated": {says: "after the end", next: func(r *faultyReader, ctx context.Context, out *tuple.Batch) error {
		if r.ended {
			return io.ErrUnexpectedEOF
		}
		err := r.BatchReader.Next(ctx, out)
		r.ended = err == io.EOF
		return err
	}},
	"a cancel that is not seen": {says: "under a cancelled context", next: func(r *faultyReader, _ context.Context, out *tuple.Batch) error {
		return r.BatchReader.Next(context.Background(), out)
	}, plan: func(_ *providers.ScanRequest, p *providers.ScanPlan) {
		open := p.Open
		p.Open = func(_ context.Context, b *providers.Budget) (providers.BatchReader, error) {
			return open(context.Background(), b)
		}
	}},
	"a procedure whose result is not what it describes": {says: "and describes", info: func(info *providers.ProcedureInfo) {
		info.Results = []providers.Column{{Name: "Total", Type: sqltypes.Of(sqltypes.BigInt)}}
	}},
	"a procedure that says it changes nothing and does": {says: "when it is made again", call: func() func(context.Context, providers.Procedure, []sqltypes.Value) ([]providers.ResultSet, error) {
		made := 0
		return func(ctx context.Context, p providers.Procedure, args []sqltypes.Value) ([]providers.ResultSet, error) {
			sets, err := p.Call(ctx, args, nil)
			for made++; err == nil && made > 1; made = 0 {
				sets = append(sets, providers.NewResultSet(nil))
			}
			return sets, err
		}
	}()},
	"a required parameter that says it is not": {says: "which is required", info: func(info *providers.ProcedureInfo) { info.Parameters[0].Default = sqltypes.StringValue("EPIC01") }},
	"a procedure that is called although it was cancelled": {says: "after cancel it gives <nil>", call: func(_ context.Context, p providers.Procedure, args []sqltypes.Value) ([]providers.ResultSet, error) {
		sets, err := p.Call(context.Background(), args, nil)
		for i := range sets {
			sets[i].Rows = deaf{sets[i].Rows}
		}
		return sets, err
	}},
	"a parameter with the name of another": {says: "not unique", info: func(info *providers.ProcedureInfo) { info.Parameters[2].Name = "FIRM" }},
	"a procedure that leaves a goroutine": {says: "still running", call: func(ctx context.Context, p providers.Procedure, args []sqltypes.Value) ([]providers.ResultSet, error) {
		go func() { select {} }()
		return p.Call(ctx, args, nil)
	}},
	"a goroutine that stays": {says: "still running", next: func(r *faultyReader, ctx context.Context, out *tuple.Batch) error {
		go func() { select {} }()
		return r.BatchReader.Next(ctx, out)
	}},
}

// replan asks the sound table Customers for another request.
func replan(r *providers.ScanRequest) *providers.ScanPlan {
	t, err := open().Table(context.Background(), "Erp", "Customers")
	if err != nil {
		panic(err)
	}
	p, err := t.Plan(context.Background(), r)
	if err != nil {
		panic(err)
	}
	return p
}

// dropFirst makes a plan lose its first row.
func dropFirst(p *providers.ScanPlan) {
	sound := p.Open
	p.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
		r, err := sound(ctx, b)
		return &faultyReader{BatchReader: r, next: func(r *faultyReader, ctx context.Context, out *tuple.Batch) error {
			err := r.BatchReader.Next(ctx, out)
			if err == nil {
				if out.Truncate(out.Len() - 1); out.Len() == 0 {
					return io.EOF
				}
			}
			return err
		}}, err
	}
}

// faulty is a provider of one table with a fault.
type faulty struct {
	*providertest.Memory
	fault
}

func (f *faulty) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	t, err := f.Memory.Table(ctx, schema, name)
	if err != nil || t.Info().Name != "Customers" {
		return t, err
	}
	return &faultyTable{Table: t, fault: f.fault}, nil
}

func (f *faulty) Procedure(ctx context.Context, schema, name string) (providers.Procedure, error) {
	p, err := f.Memory.Procedure(ctx, schema, name)
	if err != nil || f.call == nil && f.info == nil {
		return p, err
	}
	info := *p.Info()
	info.Parameters = slices.Clone(info.Parameters)
	if f.info != nil && info.Name == "OwedBy" {
		f.info(&info)
	}
	return &faultyProcedure{p, f.fault, &info}, nil
}

type faultyProcedure struct {
	providers.Procedure
	fault
	changed *providers.ProcedureInfo
}

func (p *faultyProcedure) Info() *providers.ProcedureInfo { return p.changed }

func (p *faultyProcedure) Call(ctx context.Context, args []sqltypes.Value, b *providers.Budget) ([]providers.ResultSet, error) {
	if p.call == nil {
		return p.Procedure.Call(ctx, args, b)
	}
	return p.call(ctx, p.Procedure, args)
}

// deaf rows come although their context has ended.
type deaf struct{ providers.BatchReader }

func (d deaf) Next(_ context.Context, out *tuple.Batch) error {
	return d.BatchReader.Next(context.Background(), out)
}

type faultyTable struct {
	providers.Table
	fault
}

func (t *faultyTable) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	p, err := t.Table.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	if t.plan != nil {
		t.plan(r, p)
	}
	if sound := p.Open; t.next != nil {
		p.Open = func(ctx context.Context, b *providers.Budget) (providers.BatchReader, error) {
			r, err := sound(ctx, b)
			if err != nil {
				return nil, err
			}
			return &faultyReader{BatchReader: r, next: t.next}, nil
		}
	}
	return p, nil
}

type faultyReader struct {
	providers.BatchReader
	next  func(r *faultyReader, ctx context.Context, out *tuple.Batch) error
	calls int
	ended bool
}

func (r *faultyReader) Next(ctx context.Context, out *tuple.Batch) error {
	r.calls++
	return r.next(r, ctx, out)
}

const faultVariable = "PROVIDERTEST_FAULT"

// TestOneTableConforms is the suite over a sound table, and, run by
// TestTheSuiteFindsFaults, over one with a fault.
func TestOneTableConforms(t *testing.T) {
	providertest.Run(t, providertest.Harness{Tables: []string{"Customers"}, Calls: calls, Open: func(*testing.T) providers.Provider {
		if f, ok := faults[os.Getenv(faultVariable)]; ok {
			return &faulty{Memory: open(), fault: f}
		}
		return open()
	}})
}

func TestTheSuiteFindsFaults(t *testing.T) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestOneTableConforms$")
			cmd.Env = append(os.Environ(), faultVariable+"="+name)
			out, err := cmd.CombinedOutput()
			var failed *exec.ExitError
			assert.ErrorAs(t, err, &failed, "the suite must fail")
			assert.Contains(t, string(out), f.says)
		})
	}
}
