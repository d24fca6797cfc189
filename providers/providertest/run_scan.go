package providertest

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

func (tb *table) checkInfo(t *testing.T) {
	info := tb.info
	if info.Name == "" || len(info.Columns) == 0 {
		t.Fatalf("a table has a name and columns, this is %q with %d", info.Name, len(info.Columns))
	}
	if info.Rows < providers.Unknown {
		t.Errorf("Rows is %d: an estimate, or Unknown", info.Rows)
	}
	seen := map[string]bool{}
	for i, c := range info.Columns {
		if c.Name == "" || seen[c.Name] {
			t.Errorf("column %d: the name %q is empty or not unique", i, c.Name)
		}
		seen[c.Name] = true
		if c.Type.Kind == sqltypes.Null {
			t.Errorf("column %s has no type", c.Name)
		}
		if info.Find(c.Name) != i {
			t.Errorf("column %s is not found by its name", c.Name)
		}
		if c.Input && !c.Hidden {
			t.Errorf("column %s is an input and not hidden", c.Name)
		}
	}
	for _, k := range info.Key {
		if k < 0 || k >= len(info.Columns) {
			t.Errorf("key column %d is not there", k)
		}
	}
	for _, nav := range info.Navigations {
		for _, p := range nav.Pairs {
			if p.Column < 0 || p.Column >= len(info.Columns) {
				t.Errorf("navigation %s: column %d is not there", nav.Name, p.Column)
			}
		}
	}
}

func (tb *table) checkLookup(t *testing.T) {
	ctx := tb.context(t)
	for _, name := range []string{strings.ToUpper(tb.info.Name), strings.ToLower(tb.info.Name)} {
		found, err := tb.provider.Table(ctx, strings.ToUpper(tb.info.Schema), name)
		if err != nil {
			t.Errorf("Table(%s): %v", name, err)
		} else if found.Info().Name != tb.info.Name {
			t.Errorf("Table(%s) is %s, not %s", name, found.Info().Name, tb.info.Name)
		}
	}
	wrong := tb.info.Name + "z"
	_, err := tb.provider.Table(ctx, tb.info.Schema, wrong)
	if !errors.Is(err, providers.KindNotFound) {
		t.Errorf("Table(%s) gives %v, want an *Error of KindNotFound", wrong, err)
	} else if len(tb.info.Name) > 2 && !strings.Contains(err.Error(), tb.info.Name) {
		t.Errorf("Table(%s) does not offer %s: %v", wrong, tb.info.Name, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := tb.provider.Table(cancelled, tb.info.Schema, tb.info.Name); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Table under a cancelled context gives %v", err)
	}
}

func (tb *table) checkRequired(t *testing.T) {
	_, err := tb.Plan(tb.context(t), &providers.ScanRequest{Columns: tb.all()})
	if !errors.Is(err, providers.KindParameter) {
		t.Errorf("Plan gives %v, want an *Error of KindParameter that names the input", err)
	}
}

func (tb *table) readAll(t *testing.T) {
	p := tb.plan(t, &providers.ScanRequest{Columns: tb.all()})
	if want := tb.info.Types(tb.all()); !sameKinds(p.Layout.Types, want) {
		t.Fatalf("the rows have the types %v, the columns %v", p.Layout.Types, want)
	}
	rows, err := scanned(tb.context(t), p)
	if err != nil {
		t.Fatal(err)
	}
	tb.rows = rows
}

func sameKinds(a, b []sqltypes.Type) bool {
	return slices.EqualFunc(a, b, func(x, y sqltypes.Type) bool { return x.Kind == y.Kind })
}

func (tb *table) checkRows(t *testing.T) {
	seen := map[string]int{}
	for i, row := range tb.rows {
		for c, v := range row {
			if col := &tb.info.Columns[c]; v.Null && !col.Nullable && !col.Input {
				t.Fatalf("row %d: %s is NULL and said never to be", i+1, col.Name)
			}
		}
		if len(tb.info.Key) == 0 {
			continue
		}
		key := rowKey(pick(row, tb.info.Key))
		if first, again := seen[key]; again {
			t.Fatalf("rows %d and %d have the same key %s", first+1, i+1, rowText(pick(row, tb.info.Key)))
		}
		seen[key] = i
	}
}

func (tb *table) checkColumns(t *testing.T) {
	back := tb.plain()
	slices.Reverse(back)
	requests := [][]int{back, back[:1], back[len(back)/2:], nil}
	for _, columns := range requests {
		r := &providers.ScanRequest{Columns: columns}
		p, rows := tb.read(t, r)
		if want := tb.info.Types(columns); !sameKinds(p.Layout.Types, want) {
			t.Errorf("%s: the rows have the types %v, want %v", requestText(tb.info, r), p.Layout.Types, want)
			continue
		}
		if d := differ(rows, project(tb.rows, columns), false); d != "" {
			t.Errorf("%s: %s", requestText(tb.info, r), d)
		}
	}
}

func project(rows [][]sqltypes.Value, columns []int) [][]sqltypes.Value {
	out := make([][]sqltypes.Value, len(rows))
	for i, row := range rows {
		out[i] = pick(row, columns)
	}
	return out
}

func (tb *table) checkEnd(t *testing.T) {
	ctx := tb.context(t)
	p := tb.plan(t, &providers.ScanRequest{Columns: tb.all()})
	r, err := p.Open(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := drain(ctx, r, p.Layout); err != nil {
		t.Error(err)
	}
	for range 3 {
		if err := r.Next(ctx, tuple.NewBatch(p.Layout)); !errors.Is(err, io.EOF) {
			t.Errorf("after the end Next gives %v, not io.EOF", err)
		}
	}
	for range 2 {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	// A reader that is closed before its end.
	if r, err = p.Open(ctx, nil); err != nil {
		t.Fatalf("a plan can be opened again: %v", err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Errorf("Close before the first row: %v", err)
	}
}

// soon is how long a cancelled scan may take to notice.
const soon = 100 * time.Millisecond

func (tb *table) checkCancel(t *testing.T) {
	before := goroutines()
	p := tb.plan(t, &providers.ScanRequest{Columns: tb.all()})
	for _, batches := range []int{0, 1} {
		ctx, cancel := context.WithCancel(tb.context(t))
		defer cancel()
		r, err := p.Open(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := tuple.NewBatch(p.Layout)
		for range batches {
			if err := r.Next(ctx, b); err != nil && !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		}
		cancel()
		done := make(chan error, 1)
		go func() { done <- r.Next(ctx, b) }()
		select {
		case err := <-done:
			// A scan whose end is already proven may say so.
			if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
				t.Errorf("after cancel, Next gives %v", err)
			}
		case <-time.After(20 * soon): // generous: machines are busy
			t.Errorf("after cancel, Next does not return")
			<-done
		}
		if err := r.Close(); err != nil {
			t.Errorf("Close after cancel: %v", err)
		}
	}
	cancelled, cancel := context.WithCancel(tb.context(t))
	cancel()
	r, err := p.Open(cancelled, nil)
	if err == nil {
		err = r.Next(cancelled, tuple.NewBatch(p.Layout))
		_ = r.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a scan under a cancelled context gives %v", err)
	}
	if left := leftOver(before); left != "" {
		t.Errorf("still running after Close:\n%s", left)
	}
}
