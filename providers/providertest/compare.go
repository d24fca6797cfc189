package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// cellKey is the same for values that are equal.
func cellKey(v sqltypes.Value) string {
	switch {
	case v.Null:
		return "NULL"
	case v.Kind == sqltypes.Decimal:
		return "=" + v.D.TrimZeros().String()
	case v.Kind.Storage() == sqltypes.StoreFloat:
		return "=" + strconv.FormatFloat(v.F, 'g', 12, 64)
	case v.Kind.Storage() == sqltypes.StoreInt:
		return "=" + strconv.FormatInt(v.I, 10)
	}
	return "=" + v.S
}

// rowText prints a row for a failure's message.
func rowText(row []sqltypes.Value) string {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = v.String()
	}
	return "(" + strings.Join(cells, ", ") + ")"
}

// differ says how two results differ, "" if they do not; as sequences when
// ordered, else as multisets.
func differ(got, want [][]sqltypes.Value, ordered bool) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, want %d%s", len(got), len(want), odd(got, want))
	}
	if !ordered {
		if s := odd(got, want); s != "" {
			return "rows differ" + s
		}
		return ""
	}
	for i := range got {
		if rowKey(got[i]) != rowKey(want[i]) {
			return fmt.Sprintf("row %d is %s, want %s", i+1, rowText(got[i]), rowText(want[i]))
		}
	}
	return ""
}

// odd names a row that one side has more often than the other.
func odd(got, want [][]sqltypes.Value) string {
	count := map[string]int{}
	for _, r := range got {
		count[rowKey(r)]++
	}
	for _, r := range want {
		if count[rowKey(r)]--; count[rowKey(r)] < 0 {
			return "; missing " + rowText(r)
		}
	}
	for _, r := range slices.Backward(got) {
		if count[rowKey(r)] > 0 {
			return "; too many " + rowText(r)
		}
	}
	return ""
}

// drain reads a reader to its end.
func drain(ctx context.Context, r providers.BatchReader, l *tuple.Layout) ([][]sqltypes.Value, error) {
	var rows [][]sqltypes.Value
	for b := tuple.NewBatch(l); ; {
		err := r.Next(ctx, b)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if b.Len() == 0 {
			return rows, errors.New("Next gave an empty batch: a batch has at least one row, io.EOF marks the end")
		}
		rows = append(rows, boxed(b)...)
	}
}

func boxed(b *tuple.Batch) [][]sqltypes.Value {
	rows := make([][]sqltypes.Value, b.Len())
	for i := range rows {
		rows[i] = make([]sqltypes.Value, b.Layout.Columns())
		for c := range rows[i] {
			rows[i][c] = b.Layout.Value(b.Row(i), c)
		}
	}
	return rows
}

// scanned runs a planned scan to its end.
func scanned(ctx context.Context, p *providers.ScanPlan) (rows [][]sqltypes.Value, err error) {
	r, err := p.Open(ctx, providers.NewBudget(0))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return drain(ctx, r, p.Layout)
}
