package misreading_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

var (
	files = os.DirFS("../testdata")
	urls  = map[servers.Kind]string{}
)

// queryTime is what one query may take on a busy machine: these servers look at every row for each request.
const queryTime = 60 * time.Second

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	for _, kind := range []servers.Kind{servers.FEMock, servers.JayStack} {
		server, serr := servers.Start(ctx, servers.Options{Kind: kind, Work: "../.work/node", CSV: "../testdata/erp"})
		if serr != nil {
			return 1, serr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		urls[kind] = server.URL
	}
	return m.Run(), nil
}

func open(t *testing.T, kind servers.Kind, properties string) *sql.DB {
	db, err := sql.Open("epicorerp", "Provider=OData;AuthScheme=None;URL="+urls[kind]+properties)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	return db
}

// unlike are queries whose answers cannot be equal, since a server does not send what it was given.
var unlike = map[servers.Kind]map[string]string{
	servers.FEMock: {"casts between numbers and strings": "it makes numbers of decimals, which have no zeros at their end"},
}

// share is the part of all queries that is asked: these servers look at every row for each request.
const share = 3

// TestMisreadingServersGiveWhatPostgreSQLGives asks every third query: most must be equal, and none may be answered
// wrongly.
func TestMisreadingServersGiveWhatPostgreSQLGives(t *testing.T) {
	recorded, err := oracle.ReadRecorded(files, "recorded")
	require.NoError(t, err)
	queries, err := oracle.ReadQueries(files, "queries")
	require.NoError(t, err)
	for kind := range urls {
		t.Run(string(kind), func(t *testing.T) {
			db := open(t, kind, "")
			equal, asked := 0, 0
			for i, q := range queries {
				if i%share != 0 {
					continue
				}
				asked++
				t.Run(q.File+"/"+q.Name, func(t *testing.T) {
					if why := unlike[kind][q.Name]; why != "" {
						t.Skip(why)
					}
					ctx, cancel := context.WithTimeout(t.Context(), queryTime)
					defer cancel()
					want, err := recorded.Ask(q)
					require.NoError(t, err)
					got, err := oracle.AskDriver(ctx, db, want.Types, q.SQL, q.Args...)
					var refused *epicorerp.Error
					if errors.As(err, &refused) {
						t.Logf("refused: %v", err)
						return
					}
					require.NoError(t, err, q.SQL)
					if assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL) {
						equal++
					}
				})
			}
			t.Logf("%d of %d queries are equal", equal, asked)
			assert.Greater(t, asked, 60)
			assert.Greater(t, equal, asked*9/10)
		})
	}
}
