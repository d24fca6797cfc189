package corpora

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	_ "github.com/epicorerp/epicorerp/providers/odata"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// served are the tables of a database as an OData service on a loopback port.
type served struct {
	provider providers.Provider
	server   *odatatest.Server
	of       *providertest.Memory // what it serves: stale when the database has another
}

// over returns the provider of the database's tables as they are now.
func (s *served) over(t *testing.T, db *database) providers.Provider {
	t.Helper()
	require.NoError(t, db.provide())
	if s.of == db.memory {
		return s.provider
	}
	s.close()
	schema := &odatatest.Schema{Namespace: "main", Container: "Tables"}
	for _, table := range db.tables {
		schema.Sets = append(schema.Sets, entitySet(t, table))
	}
	s.server = odatatest.NewServer(odatatest.V4, schema, odatatest.WithCollation(odatatest.BinaryOrder))
	p, err := providers.Open("odata", providers.Options{Properties: map[string]string{"URL": s.server.URL, "Service": "main", "Collation": "server"},
		Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	s.provider, s.of = p, db.memory
	return p
}

func (s *served) close() {
	if s.server != nil {
		_ = s.provider.Close() // of a test's connections, nothing is kept
		s.server.Close()
		s.server = nil
	}
}

// edmTypes are the OData types of the kinds that the served scripts use.
var edmTypes = map[sqltypes.Kind]odatatest.Type{
	sqltypes.Integer: odatatest.EdmInt32, sqltypes.BigInt: odatatest.EdmInt64, sqltypes.Double: odatatest.EdmDouble,
	sqltypes.Varchar: odatatest.EdmString,
}

func entitySet(t *testing.T, table *providertest.MemoryTable) *odatatest.Set {
	set := &odatatest.Set{Name: table.Name, Type: table.Name + "Row", Key: table.Key, ReadOnly: len(table.Key) == 0}
	for _, c := range table.Columns {
		typ, ok := edmTypes[c.Type.Kind]
		require.True(t, ok, "no OData type for column %s %s", c.Name, c.Type)
		set.Columns = append(set.Columns, odatatest.Column{Name: c.Name, Type: typ, Nullable: c.Nullable})
	}
	rows := make([][]any, len(table.Rows))
	for i, row := range table.Rows {
		rows[i] = make([]any, len(row))
		for c, v := range row {
			if v.Null {
				continue
			}
			switch v.Kind.Storage() {
			case sqltypes.StoreInt:
				rows[i][c] = v.I
			case sqltypes.StoreFloat:
				rows[i][c] = v.F
			default:
				rows[i][c] = v.Text()
			}
		}
	}
	var err error
	set.Rows, err = odatatest.Rows(set.Columns, rows...)
	require.NoError(t, err, fmt.Sprintf("table %s", table.Name))
	return set
}
