package epicorerp

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// shop serves n orders, numbered from 1.
func shop(t testing.TB, n int, opts ...odatatest.Option) *odatatest.Server {
	columns := []odatatest.Column{
		{Name: "ID", Type: odatatest.EdmInt32},
		{Name: "Name", Type: odatatest.EdmString, MaxLength: 40, Nullable: true},
		{Name: "Price", Type: odatatest.EdmDecimal, Precision: 18, Scale: 4},
		{Name: "At", Type: odatatest.EdmDateTimeOffset},
		{Name: "Open", Type: odatatest.EdmBoolean},
	}
	rows := make([][]any, n)
	for i := range rows {
		var name any = "order"
		if i%2 == 1 {
			name = nil
		}
		rows[i] = []any{i + 1, name, "10.5000", "2024-02-29T12:00:00Z", i%3 == 0}
	}
	source, err := odatatest.Rows(columns, rows...)
	require.NoError(t, err)
	s := odatatest.NewServer(odatatest.V4, &odatatest.Schema{Namespace: "Shop", Container: "Box", Sets: []*odatatest.Set{
		{Name: "Orders", Type: "Order", Columns: columns, Key: []string{"ID"}, Rows: source},
	}}, opts...)
	t.Cleanup(s.Close)
	return s
}

func open(t testing.TB, s *odatatest.Server, more string) *sql.DB {
	db, err := sql.Open("odata", "URL="+s.URL+";"+more)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// raw gives the driver's own connection.
func raw(t testing.TB, db *sql.DB, do func(*Conn)) {
	conn, err := db.Conn(context.Background())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Raw(func(c any) error {
		do(c.(*Conn))
		return nil
	}))
}

func TestTheDriverIsKnownByFourNames(t *testing.T) {
	known := sql.Drivers()
	for _, name := range []string{"epicorerp", "acumatica", "sage200", "odata"} {
		require.Contains(t, known, name)
		_, err := sql.Open(name, "URL=https://erp.example;Provider=Nonsense")
		assert.ErrorIs(t, err, ErrProperty, "a bad connection string fails in sql.Open")
	}
}

func TestRowsOfAServiceReachTheProgram(t *testing.T) {
	db := open(t, shop(t, 3), "")
	rows, err := db.Query("SELECT ID, Name, Price, At, Open FROM Orders ORDER BY ID")
	require.NoError(t, err)
	defer rows.Close()
	var got [][]any
	for rows.Next() {
		row := make([]any, 5)
		require.NoError(t, rows.Scan(&row[0], &row[1], &row[2], &row[3], &row[4]))
		got = append(got, row)
	}
	require.NoError(t, rows.Err())
	at := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	assert.Equal(t, [][]any{
		{int64(1), "order", "10.5000", at, true}, {int64(2), nil, "10.5000", at, false}, {int64(3), "order", "10.5000", at, false},
	}, got)
	assert.False(t, rows.NextResultSet())
}

func TestRowsAreScannedIntoWhatTheColumnTypesSuggest(t *testing.T) {
	db := open(t, shop(t, 2), "")
	rows, err := db.Query("SELECT ID, Name, Price, At FROM Orders ORDER BY ID")
	require.NoError(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	require.NoError(t, err)
	var described []string
	for _, c := range types {
		described = append(described, c.Name()+" "+c.DatabaseTypeName()+" "+c.ScanType().String())
	}
	assert.Equal(t, []string{"ID INTEGER int64", "Name VARCHAR sql.NullString", "Price DECIMAL string", "At TIMESTAMPTZ time.Time"}, described)
	length, ok := types[1].Length()
	assert.Equal(t, []any{int64(40), true}, []any{length, ok})
	precision, scale, ok := types[2].DecimalSize()
	assert.Equal(t, []any{int64(18), int64(4), true}, []any{precision, scale, ok})

	var id int
	var name sql.NullString
	var price Decimal
	var at sql.NullTime
	require.True(t, rows.Next())
	require.NoError(t, rows.Scan(&id, &name, &price, &at))
	assert.Equal(t, "10.5000", price.String())
	var maybe sql.Null[Decimal]
	require.True(t, rows.Next())
	require.NoError(t, rows.Scan(&id, &name, &maybe, &at))
	assert.Equal(t, "10.5000", maybe.V.String())
	assert.False(t, name.Valid)
}

func TestAPreparedStatementIsRunWithOtherArguments(t *testing.T) {
	db := open(t, shop(t, 5), "")
	for _, text := range []string{"SELECT ID FROM Orders WHERE ID = ?", "SELECT ID FROM Orders WHERE ID = $1"} {
		prepared, err := db.Prepare(text)
		require.NoError(t, err)
		for _, id := range []int64{4, 2} {
			var got int64
			require.NoError(t, prepared.QueryRow(id).Scan(&got))
			assert.Equal(t, id, got)
		}
		_, err = prepared.Query()
		assert.Error(t, err)
		require.NoError(t, prepared.Close())
	}
}

func TestArgumentsAreBoundByNameAndPlace(t *testing.T) {
	db := open(t, shop(t, 5), "")
	count := func(text string, args ...any) (n int) {
		rows, err := db.Query(text, args...)
		require.NoError(t, err, text)
		for rows.Next() {
			n++
		}
		require.NoError(t, rows.Err())
		return n
	}
	assert.Equal(t, 2, count("SELECT ID FROM Orders WHERE ID >= ? AND ID <= ?", 2, uint64(3)))
	assert.Equal(t, 2, count("SELECT ID FROM Orders WHERE ID = :id OR ID = :id + 1", sql.Named("id", 2)))
	assert.Equal(t, 1, count("SELECT ID FROM Orders WHERE ID = @id", sql.Named("id", 2)))
	assert.Equal(t, 5, count("SELECT ID FROM Orders WHERE Price = ?", num(t, "10.5")))
	assert.Equal(t, 0, count("SELECT ID FROM Orders WHERE Price = ?", (*Decimal)(nil)))

	_, err := db.Query("SELECT ID FROM Orders WHERE ID = ?")
	assert.EqualError(t, err, "parameter: expected 1 arguments, got 0")
	_, err = db.Query("SELECT ID FROM Orders WHERE ID = ?", []int{1})
	assert.ErrorContains(t, err, "unsupported type []int")
}

func TestErrorsTellKindStateAndPlace(t *testing.T) {
	db := open(t, shop(t, 1), "")
	for _, test := range []struct {
		text  string
		kind  error
		state string
		at    int
	}{
		{"SELECT FROM Orders", ErrSyntax, "42601", 8},
		{"SELECT Nonsense FROM Orders", ErrColumn, "42703", 8},
		{"SELECT ID FROM Nothing", ErrNotFound, "42P01", 0},
		{"DELETE FROM Orders", ErrUnsupported, "0A000", 1},
	} {
		t.Run(test.text, func(t *testing.T) {
			_, err := db.Query(test.text)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.ErrorIs(t, err, test.kind)
			assert.Equal(t, test.state, e.SQLState())
			if test.at > 0 {
				assert.Equal(t, test.at, e.Position)
			}
		})
	}
}

func TestExecRunsWhatYieldsRowsAndWhatDoesNot(t *testing.T) {
	s := shop(t, 3)
	db := open(t, s, "")
	result, err := db.Exec("SELECT ID FROM Orders")
	require.NoError(t, err)
	n, err := result.RowsAffected()
	require.NoError(t, err)
	assert.Zero(t, n)
	_, err = db.Exec("SELECT ID FROM Orders WHERE ID / 0 = 1")
	assert.ErrorIs(t, err, ErrValue, "its rows were read")

	rows, err := db.Query("USE Shop")
	require.NoError(t, err)
	assert.False(t, rows.Next())
	require.NoError(t, rows.Err())
}

func TestASessionEndsWithItsUse(t *testing.T) {
	db := open(t, shop(t, 1), "")
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), "USE Shop")
	require.NoError(t, err)
	require.NoError(t, conn.Raw(func(c any) error {
		assert.Equal(t, "Shop", c.(*Conn).session.Schema)
		return nil
	}))
	require.NoError(t, conn.Close())
	raw(t, db, func(c *Conn) { assert.Empty(t, c.session.Schema) })
}

func TestExplainAndListings(t *testing.T) {
	db := open(t, shop(t, 1), "")
	raw(t, db, func(c *Conn) {
		plan, err := c.Explain(t.Context(), "SELECT Name FROM Orders WHERE ID = :id", sql.Named("id", 7))
		require.NoError(t, err)
		assert.Contains(t, plan, "GET ")
		assert.Contains(t, plan, "7")
		_, err = c.Explain(t.Context(), "SELECT Nonsense FROM Orders")
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, 8, e.Position, "counted in the caller's text")

		schemas, err := c.Schemas(t.Context())
		require.NoError(t, err)
		require.Len(t, schemas, 1)
		tables, err := c.Tables(t.Context(), schemas[0].Name)
		require.NoError(t, err)
		require.Len(t, tables, 1)
		info, err := c.Describe(t.Context(), "", "orders")
		require.NoError(t, err)
		assert.Equal(t, "Orders", info.Name)
		assert.Equal(t, []int{0}, info.Key)
	})
}

func TestTransactionsOnlyRead(t *testing.T) {
	db := open(t, shop(t, 1), "")
	for _, test := range []struct {
		name    string
		opts    *sql.TxOptions
		refusal string
	}{
		{"read-only", &sql.TxOptions{ReadOnly: true}, ""},
		{"read-only, READ COMMITTED", &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelReadCommitted}, ""},
		{"read-write", nil, "&sql.TxOptions{ReadOnly: true}, or use none (in gorm: SkipDefaultTransaction: true)"},
		{"read-only, SERIALIZABLE", &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelSerializable}, "isolation level Serializable is not possible"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tx, err := db.BeginTx(t.Context(), test.opts)
			if test.refusal != "" {
				assert.ErrorIs(t, err, ErrUnsupported)
				assert.ErrorContains(t, err, test.refusal)
				return
			}
			require.NoError(t, err)
			var id int
			require.NoError(t, tx.QueryRow("SELECT ID FROM Orders").Scan(&id))
			require.NoError(t, tx.Commit())

			tx, err = db.BeginTx(t.Context(), test.opts)
			require.NoError(t, err)
			require.NoError(t, tx.Rollback())
		})
	}
	t.Run("a cancelled one leaves its connection in the pool", func(t *testing.T) {
		db.SetMaxOpenConns(1)
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		require.NoError(t, err)
		cancel()
		assert.Error(t, tx.Commit())
		raw(t, db, func(*Conn) {})
		assert.Equal(t, 1, db.Stats().OpenConnections)
	})
}

func TestARefusedSignInIsOneRequestAndNoBadConnection(t *testing.T) {
	var asked atomic.Int32
	s := shop(t, 1, odatatest.WithFault(func(*http.Request, int) *odatatest.Fault {
		asked.Add(1)
		return &odatatest.Fault{Status: http.StatusUnauthorized}
	}))
	db := open(t, s, "User=me;Password=geheim!")
	_, err := db.Query("SELECT ID FROM Orders")
	assert.ErrorIs(t, err, ErrAuthentication)
	assert.NotErrorIs(t, err, driver.ErrBadConn)
	assert.NotContains(t, err.Error(), "geheim!")
	assert.EqualValues(t, 1, asked.Load())
}

func TestAFailingServerIsNoBadConnection(t *testing.T) {
	var asked atomic.Int32
	s := shop(t, 1, odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
		if strings.HasSuffix(r.URL.Path, "/Orders") {
			asked.Add(1)
			return &odatatest.Fault{Status: http.StatusInternalServerError}
		}
		return nil
	}))
	db := open(t, s, "MaxRetries=0")
	rows, err := db.Query("SELECT ID FROM Orders")
	if err == nil {
		assert.False(t, rows.Next())
		err = rows.Err()
	}
	assert.ErrorIs(t, err, ErrServer)
	assert.NotErrorIs(t, err, driver.ErrBadConn)
	assert.EqualValues(t, 1, asked.Load())
}

// hanging returns a server that answers for metadata, and for rows not before
// the test ends or the client leaves.
func hanging(t testing.TB, from int32) (s *odatatest.Server, reached chan struct{}) {
	reached = make(chan struct{}, 100)
	release := make(chan struct{})
	var pages atomic.Int32
	s = shop(t, 100, odatatest.WithPageSize(20), odatatest.WithFault(func(r *http.Request, _ int) *odatatest.Fault {
		if strings.HasSuffix(r.URL.Path, "/Orders") && pages.Add(1) >= from {
			reached <- struct{}{}
			select {
			case <-r.Context().Done():
			case <-release:
			}
			return &odatatest.Fault{Drop: true}
		}
		return nil
	}))
	t.Cleanup(func() { close(release) })
	return s, reached
}

func TestCancellingEndsAQueryThatTheServerNeverAnswers(t *testing.T) {
	t.Run("its first page", func(t *testing.T) {
		s, reached := hanging(t, 1)
		db := open(t, s, "")
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-reached; cancel() }()
		rows, err := db.QueryContext(ctx, "SELECT ID FROM Orders")
		if err == nil {
			assert.False(t, rows.Next())
			err = rows.Err()
		}
		assert.Equal(t, context.Canceled, err)
		leavesNothing(t, db)
	})
	t.Run("a later page", func(t *testing.T) {
		s, reached := hanging(t, 2)
		db := open(t, s, "Pagesize=20")
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.QueryContext(ctx, "SELECT ID FROM Orders")
		require.NoError(t, err)
		require.True(t, rows.Next())
		go func() { <-reached; cancel() }()
		n := 1
		for rows.Next() {
			n++
		}
		assert.ErrorIs(t, rows.Err(), context.Canceled)
		assert.Less(t, n, 100, "the rest was never sent")
		leavesNothing(t, db)
	})
	t.Run("by its deadline", func(t *testing.T) {
		s, _ := hanging(t, 1)
		db := open(t, s, "")
		require.NoError(t, db.Ping())
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		rows, err := db.QueryContext(ctx, "SELECT ID FROM Orders")
		if err == nil {
			assert.False(t, rows.Next())
			err = rows.Err()
		}
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		leavesNothing(t, db)
	})
	t.Run("which Close does too", func(t *testing.T) {
		s, _ := hanging(t, 2)
		db := open(t, s, "Pagesize=20")
		rows, err := db.Query("SELECT ID FROM Orders")
		require.NoError(t, err)
		require.True(t, rows.Next())
		require.NoError(t, rows.Close())
		require.NoError(t, rows.Err())
		leavesNothing(t, db)
	})
}

// leavesNothing closes db and waits until no goroutine of the driver, nor a
// connection of its HTTP client, is left.
func leavesNothing(t *testing.T, db *sql.DB) {
	require.NoError(t, db.Close())
	ours := []string{"epicorerp/internal/", "epicorerp/sqlengine", "epicorerp.(*rows)", "epicorerp.(*Conn)", "providers/odata.(", "net/http.(*persistConn)"}
	var left string
	for range 500 {
		left = ""
		buf := make([]byte, 1<<20)
		for stack := range bytes.SplitSeq(buf[:runtime.Stack(buf, true)], []byte("\n\n")) {
			if slices.ContainsFunc(ours, func(name string) bool { return bytes.Contains(stack, []byte(name)) }) {
				left += string(stack) + "\n\n"
			}
		}
		if left == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	assert.Empty(t, left)
}

func TestATransportOfOnesOwnCarriesTheRequests(t *testing.T) {
	s := shop(t, 1)
	cfg := odataConfig(t, func(c *Config) { c.URL = s.URL })
	carried := &countingTransport{}
	c, err := NewConnector(cfg, WithTransport(carried))
	require.NoError(t, err)
	db := sql.OpenDB(c)
	defer db.Close()
	require.NoError(t, db.Ping())
	assert.Positive(t, carried.n.Load())
}

type countingTransport struct{ n atomic.Int32 }

func (c *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

func TestTheClockIsTheOneGiven(t *testing.T) {
	s := shop(t, 1)
	cfg := odataConfig(t, func(c *Config) { c.URL = s.URL })
	moment := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	c, err := NewConnector(cfg, WithClock(func() time.Time { return moment }))
	require.NoError(t, err)
	db := sql.OpenDB(c)
	defer db.Close()
	var now time.Time
	require.NoError(t, db.QueryRow("SELECT CURRENT_TIMESTAMP").Scan(&now))
	assert.Equal(t, moment, now)
}
