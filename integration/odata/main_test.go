package odata_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/teiid"
)

// urlVariable names a running server to use instead of the one that the tests start.
const urlVariable = "EPICORERP_ODATA_URL"

var files = os.DirFS("../testdata")

// service is what every test here talks to: the requests go through a recorder to the server.
var service *recorder

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	url := os.Getenv(urlVariable)
	if url == "" {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		server, serr := teiid.Start(ctx, teiid.Options{Work: "../.work/teiid", CSV: "../testdata/erp"})
		if serr != nil {
			return 1, serr
		}
		defer func() {
			if serr := server.Stop(); err == nil {
				err = serr
			}
		}()
		url = server.URL
	}
	if service, err = newRecorder(url); err != nil {
		return 1, err
	}
	defer service.close()
	return m.Run(), nil
}

// asker answers the queries that the driver is compared with.
type asker func(context.Context, oracle.Query) (oracle.Answer, error)

// newAsker asks PostgreSQL where one is named, and what it said before otherwise.
func newAsker(t *testing.T) asker {
	t.Helper()
	if url := os.Getenv(oracle.URLVariable); url != "" {
		pg, err := oracle.OpenPostgres(t.Context(), url, files, "erp")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := pg.Close(); err != nil {
				t.Error(err)
			}
		})
		return pg.Ask
	}
	recorded, err := oracle.ReadRecorded(files, "recorded")
	if err != nil {
		t.Fatal(err)
	}
	return func(_ context.Context, q oracle.Query) (oracle.Answer, error) { return recorded.Ask(q) }
}
