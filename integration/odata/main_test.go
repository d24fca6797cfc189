package odata_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/epicorerp/epicorerp/integration/oracle"
	"github.com/epicorerp/epicorerp/integration/servers"
)

// urlVariable names a running server to use instead of the one that the tests start.
const urlVariable = "EPICORERP_ODATA_URL"

var files = os.DirFS("../testdata")

// services are what every test here talks to: requests go through a recorder to each server.
var services []*recorder

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	urls := map[servers.Kind]string{}
	if url := os.Getenv(urlVariable); url != "" {
		urls["named"] = url
	} else {
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		defer cancel()
		for _, kind := range []servers.Kind{servers.Teiid, servers.Olingo2} {
			server, serr := servers.Start(ctx, servers.Options{Kind: kind, Work: "../.work/java", CSV: "../testdata/erp"})
			if serr != nil {
				return 1, serr
			}
			defer func() { err = errors.Join(err, server.Stop()) }()
			urls[kind] = server.URL
		}
	}
	for kind, url := range urls {
		service, rerr := newRecorder(string(kind), url)
		if rerr != nil {
			return 1, rerr
		}
		defer service.close()
		services = append(services, service)
	}
	slices.SortFunc(services, func(a, b *recorder) int { return strings.Compare(b.name, a.name) })
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
