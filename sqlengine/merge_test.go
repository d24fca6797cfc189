package sqlengine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// ledger has tables with numbers for keys, that claim to be large: orders, their
// lines, of which some have no order, notes of which some have no number, and a
// few small ones beside.
func ledger(t testing.TB) *providertest.Memory {
	r := rand.New(rand.NewPCG(21, 22))
	integer, text := sqltypes.Of(sqltypes.Integer), sqltypes.Of(sqltypes.Varchar)
	amount := sqltypes.Type{Kind: sqltypes.Decimal, Precision: 12, Scale: 2}
	num := func(n int) sqltypes.Value {
		v := sqltypes.IntValue(int64(n))
		v.Kind = sqltypes.Integer
		return v
	}
	orders := providertest.MemoryTable{Name: "Orders", Key: []string{"OrderNum"}, Claimed: 1_000_000, Columns: []providers.Column{
		{Name: "OrderNum", Type: integer}, {Name: "CustNum", Type: integer, Nullable: true}, {Name: "Total", Type: amount}}}
	lines := providertest.MemoryTable{Name: "Lines", Key: []string{"OrderNum", "Line"}, Claimed: 3_000_000, Columns: []providers.Column{
		{Name: "OrderNum", Type: integer}, {Name: "Line", Type: integer}, {Name: "Part", Type: text, Nullable: true}}}
	notes := providertest.MemoryTable{Name: "Notes", Key: []string{"OrderNum", "Seq"}, Claimed: 400_000, Columns: []providers.Column{
		{Name: "OrderNum", Type: integer, Nullable: true}, {Name: "Seq", Type: integer}, {Name: "Note", Type: text}}}
	ships := providertest.MemoryTable{Name: "Ships", Key: []string{"OrderNum"}, Claimed: 50_000, Columns: []providers.Column{
		{Name: "OrderNum", Type: integer}, {Name: "Boxes", Type: integer}}}
	parts := providertest.MemoryTable{Name: "Parts", Key: []string{"Part"}, Claimed: 500_000, Columns: []providers.Column{
		{Name: "Part", Type: text}, {Name: "Weight", Type: integer}}}
	unsized := providertest.MemoryTable{Name: "Logs", Key: []string{"OrderNum"}, Unsized: true, Columns: []providers.Column{{Name: "OrderNum", Type: integer}}}
	for i := range 60 {
		customer := sqltypes.NullOf(sqltypes.Integer)
		if r.IntN(4) > 0 {
			customer = num(r.IntN(5))
		}
		if r.IntN(5) > 0 {
			orders.Rows = append(orders.Rows, []sqltypes.Value{num(i), customer, sqltypes.NumValue(sqltypes.NewNum(int64(r.IntN(3000)), 2))})
		}
		for line := range r.IntN(4) {
			lines.Rows = append(lines.Rows, []sqltypes.Value{num(i), num(line), sqltypes.StringValue(fmt.Sprint("P", r.IntN(6)))})
		}
		if r.IntN(2) == 0 {
			ships.Rows = append(ships.Rows, []sqltypes.Value{num(i), num(r.IntN(3))})
		}
		for seq := range r.IntN(3) {
			of := num(i)
			if r.IntN(5) == 0 {
				of = sqltypes.NullOf(sqltypes.Integer)
			}
			notes.Rows = append(notes.Rows, []sqltypes.Value{of, num(10*i + seq), sqltypes.StringValue(fmt.Sprint("note ", r.IntN(9)))})
		}
		if i < 5 {
			parts.Rows = append(parts.Rows, []sqltypes.Value{sqltypes.StringValue(fmt.Sprint("P", i)), num(i)})
			unsized.Rows = append(unsized.Rows, []sqltypes.Value{num(i)})
		}
	}
	m := providertest.NewMemory("dbo")
	for _, table := range []providertest.MemoryTable{orders, lines, notes, ships, parts, unsized} {
		r.Shuffle(len(table.Rows), func(i, j int) { table.Rows[i], table.Rows[j] = table.Rows[j], table.Rows[i] })
		require.NoError(t, m.Add(table))
	}
	return m
}

// TestMergeJoinPlans plays testdata/merge.txtar: what EXPLAIN prints of joins that
// are made by merging, or are not. Each must give the rows that it gives without.
func TestMergeJoinPlans(t *testing.T) {
	m := ledger(t)
	playGolden(t, "testdata/merge.txtar", func(t *testing.T, sql string, _ []sqlengine.Arg) string {
		_, want, err := providertest.Answer(t.Context(), m, here, sql)
		require.NoError(t, err)
		cramped := pushed
		cramped.MaxMemory = 1
		for _, o := range []sqlengine.Options{pushed, cramped} {
			_, got, err := providertest.Answer(t.Context(), m, o, sql)
			require.NoError(t, err)
			assert.Empty(t, providertest.Differ(got, want, strings.Contains(sql, "ORDER BY")), sql)
		}
		return strings.Join(planOf(t, m, sql), "\n")
	})
}

func planOf(t *testing.T, p providers.Provider, sql string) []string {
	_, rows, err := providertest.Answer(t.Context(), p, pushed, "EXPLAIN "+sql)
	require.NoError(t, err)
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = row[0].S
	}
	return lines
}

func TestMergeJoinsGiveTheSameRowsUnderAnyVerdicts(t *testing.T) {
	m := ledger(t)
	sides := []string{"Orders", "Lines", "Notes", "Ships"}
	merged := 0
	r := rand.New(rand.NewPCG(23, 24))
	for seed := range uint64(1200) {
		a := r.IntN(len(sides))
		b := (a + 1 + r.IntN(len(sides)-1)) % len(sides)
		sql, ordered := "SELECT * FROM "+sides[a]+" a", r.IntN(2) == 0
		switch kind := r.IntN(5); kind {
		case 0, 1, 2:
			sql += []string{" JOIN ", " LEFT JOIN ", " FULL JOIN "}[kind] + sides[b] + " b ON a.OrderNum = b.OrderNum"
			if r.IntN(3) == 0 {
				sql += " AND a.OrderNum % 3 <> 1"
			}
			if third := sides[r.IntN(len(sides))]; r.IntN(3) == 0 && third != sides[a] && third != sides[b] {
				sql += " LEFT JOIN " + third + " c ON c.OrderNum = a.OrderNum"
			}
		case 3:
			sql += " WHERE EXISTS (SELECT 1 FROM " + sides[b] + " b WHERE b.OrderNum = a.OrderNum)"
		case 4:
			sql += " WHERE NOT EXISTS (SELECT 1 FROM " + sides[b] + " b WHERE b.OrderNum = a.OrderNum AND a.OrderNum < 40)"
		}
		if ordered {
			sql = "SELECT OrderNum, COUNT(*) FROM (" + strings.Replace(sql, "*", "a.OrderNum", 1) + " ORDER BY a.OrderNum) s GROUP BY OrderNum ORDER BY 1"
			if r.IntN(2) == 0 {
				sql = strings.Replace(sql, "SELECT OrderNum, COUNT(*) FROM (", "", 1)
				sql, _, _ = strings.Cut(sql, ") s GROUP")
				sql += []string{"", " NULLS FIRST", " DESC"}[r.IntN(3)]
			}
		}
		_, want, err := providertest.Answer(t.Context(), m, here, sql)
		require.NoError(t, err, sql)
		for _, p := range []providers.Provider{m, m.Chaos(seed)} {
			_, got, err := providertest.Answer(t.Context(), p, pushed, sql)
			require.NoError(t, err, sql)
			require.Empty(t, providertest.Differ(got, want, ordered), sql)
			if strings.Contains(strings.Join(planOf(t, p, sql), "\n"), "merge join") {
				merged++
			}
		}
	}
	t.Logf("%d plans had a merge join", merged)
	assert.Greater(t, merged, 300, "merge joins were hardly tested")
}

// unruly is a provider whose tables promise an order and do not keep it.
type unruly struct{ providers.Provider }

type unrulyTable struct{ providers.Table }

func (u unruly) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	t, err := u.Provider.Table(ctx, schema, name)
	return unrulyTable{t}, err
}

func (u unrulyTable) Plan(ctx context.Context, r *providers.ScanRequest) (*providers.ScanPlan, error) {
	promised, err := u.Table.Plan(ctx, r)
	if err != nil {
		return nil, err
	}
	plain := *r
	plain.Order = nil
	kept, err := u.Table.Plan(ctx, &plain)
	if err == nil {
		promised.Open = kept.Open
	}
	return promised, err
}

func TestAServerThatBreaksItsOrderIsReadWithoutIt(t *testing.T) {
	m := ledger(t)
	sql := "SELECT o.OrderNum, n.Seq FROM Orders o JOIN Notes n ON n.OrderNum = o.OrderNum"
	require.Contains(t, strings.Join(planOf(t, unruly{m}, sql), "\n"), "Inner merge join")
	_, want, err := providertest.Answer(t.Context(), m, here, sql)
	require.NoError(t, err)
	_, got, err := providertest.Answer(t.Context(), unruly{m}, pushed, sql)
	require.NoError(t, err)
	assert.Empty(t, providertest.Differ(got, want, false))
}
