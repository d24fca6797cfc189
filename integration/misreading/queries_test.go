package misreading_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

var files = os.DirFS("../testdata")

// queryTime is what one query may take on a busy machine: these servers look at every row for each request.
const queryTime = 60 * time.Second

// open connects to a server of the test's own: one of them keeps some of the memory of each request, and ends when it
// has 4 GB.
func open(t *testing.T, kind servers.Kind, properties string) *sql.DB {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	server, err := servers.Start(ctx, servers.Options{Kind: kind, Work: "../.work/node", CSV: "../testdata/erp"})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	db, err := sql.Open("epicorerp", "Provider=OData;AuthScheme=None;URL="+server.URL+properties)
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
	byFile, names := map[string][]oracle.Query{}, []string(nil)
	for i, q := range queries {
		if i%share != 0 {
			continue
		}
		if byFile[q.File] == nil {
			names = append(names, q.File)
		}
		byFile[q.File] = append(byFile[q.File], q)
	}
	for _, kind := range []servers.Kind{servers.FEMock, servers.JayStack} {
		t.Run(string(kind), func(t *testing.T) {
			equal, asked := 0, 0
			for _, name := range names {
				t.Run(name, func(t *testing.T) {
					db := open(t, kind, "")
					for _, q := range byFile[name] {
						asked++
						t.Run(q.Name, func(t *testing.T) {
							if why := unlike[kind][q.Name]; why != "" {
								t.Skip(why)
							}
							if answered(t, db, recorded, q) {
								equal++
							}
						})
					}
				})
			}
			t.Logf("%d of %d queries are equal", equal, asked)
			assert.Greater(t, asked, 60)
			assert.Greater(t, equal, asked*9/10)
		})
	}
}

// answered says whether a query has the recorded answer. It may be refused by a clear error, and else must have it.
func answered(t *testing.T, db *sql.DB, recorded oracle.Recorded, q oracle.Query) bool {
	ctx, cancel := context.WithTimeout(t.Context(), queryTime)
	defer cancel()
	want, err := recorded.Ask(q)
	require.NoError(t, err)
	got, err := oracle.AskDriver(ctx, db, want.Types, q.SQL, q.Args...)
	var refused *epicorerp.Error
	if errors.As(err, &refused) && (refused.Kind == epicorerp.ErrUnsupported || refused.Kind == epicorerp.ErrResponse) {
		t.Logf("refused: %v", err)
		return false
	}
	require.NoError(t, err, q.SQL)
	return assert.Empty(t, oracle.Diff(want, got, q.Ordered), q.SQL)
}
