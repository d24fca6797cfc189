package signin_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// properties of a connection by name.
type properties map[string]string

// with returns the properties with those of more on top.
func (p properties) with(more properties) properties {
	all := properties{}
	for _, some := range []properties{p, more} {
		for name, value := range some {
			all[name] = value
		}
	}
	return all
}

// dsn writes the connection string.
func (p properties) dsn() string {
	var b strings.Builder
	for name, value := range p {
		fmt.Fprintf(&b, `%s="%s";`, name, strings.ReplaceAll(value, `"`, `""`))
	}
	return b.String()
}

// system is one of the stage's two: the driver's name for it, how to connect, and a query.
type system struct {
	driver     string
	properties properties
	query      string
	rows       int
}

func (s *stage) kinetic() system {
	return system{"epicorerp", properties{
		"URL": s.epicor.URL, "ERPInstance": s.epicor.Instance(), "ApiVersion": "v2", "ApiKey": epicortest.DefaultAPIKey,
		"Company": epicortest.DefaultCompany, "Service": "Erp.BO.CustomerSvc",
	}, "SELECT CustNum, Name FROM Customers WHERE CustNum <= 25", 25}
}

func (s *stage) odata() system {
	return system{"odata", properties{"URL": s.service.URL}, "SELECT ID, Name FROM Items", rowsOfService}
}

// endpoints names the provider's, in place of those that the system would have.
func (s *stage) endpoints() properties {
	return properties{
		"OAuthAuthorizationURL": s.Issuer + "/auth", "OAuthAccessTokenURL": s.Issuer + "/token",
		"OAuthDeviceURL": s.Issuer + "/device/auth", "Scope": "openid offline_access api",
	}
}

// open opens a database that is closed with the test.
func (s system) open(t testing.TB, p properties, options ...epicorerp.Option) *sql.DB {
	t.Helper()
	cfg, err := epicorerp.ParseDSN(properties{"Provider": map[string]string{"epicorerp": "Epicor", "odata": "OData"}[s.driver]}.with(s.properties).with(p).dsn())
	require.NoError(t, err)
	connector, err := epicorerp.NewConnector(cfg, options...)
	require.NoError(t, err)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

// ask runs the system's query and counts its rows.
func (s system) ask(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, s.query)
	if err != nil {
		return err
	}
	n := 0
	for rows.Next() {
		var (
			id   int
			name string
		)
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("row %d: %w (and %w)", n, err, rows.Close())
		}
		n++
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if n != s.rows {
		return fmt.Errorf("%d rows in place of %d", n, s.rows)
	}
	return nil
}

// desk is a person who does by plain HTTP what the driver asks a user to do.
type desk struct {
	provider.Person
	mu    sync.Mutex
	pages int // opened
	codes []epicorerp.DeviceCode
	// ended collects what the person's pages came to.
	ended sync.WaitGroup
	fails []error
}

var _ epicorerp.Prompter = (*desk)(nil)

// Browse signs in behind the caller's back, as a browser does.
func (d *desk) Browse(ctx context.Context, url string) error {
	d.mu.Lock()
	d.pages++
	d.mu.Unlock()
	d.signIn(context.WithoutCancel(ctx), url)
	return nil
}

// DeviceCode types the code.
func (d *desk) DeviceCode(ctx context.Context, code epicorerp.DeviceCode) error {
	d.mu.Lock()
	d.codes = append(d.codes, code)
	d.mu.Unlock()
	d.signIn(context.WithoutCancel(ctx), code.CompleteURL)
	return nil
}

func (d *desk) signIn(ctx context.Context, url string) {
	d.ended.Go(func() {
		page, err := d.SignIn(ctx, url)
		if err == nil && page.Status != 200 {
			err = fmt.Errorf("%s answered %d: %s", page.URL, page.Status, page.Text)
		}
		if err != nil {
			d.mu.Lock()
			d.fails = append(d.fails, err)
			d.mu.Unlock()
		}
	})
}

// prompts waits for the pages under way and returns how often the person was asked for something.
func (d *desk) prompts(t testing.TB) int {
	t.Helper()
	d.ended.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	require.Empty(t, d.fails)
	return d.pages + len(d.codes)
}

// callbackURL returns one with a port that is free.
func callbackURL(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return fmt.Sprintf("http://localhost:%d/callback", l.Addr().(*net.TCPAddr).Port)
}
