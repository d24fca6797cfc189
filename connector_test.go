package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
)

// fakeProvider has listings and no rows.
type fakeProvider struct {
	ping   func(context.Context) error
	tables []providers.TableName
	pings  atomic.Int32
	closed atomic.Int32
	fresh  int
}

func (p *fakeProvider) Ping(ctx context.Context) error {
	p.pings.Add(1)
	if p.ping == nil {
		return nil
	}
	return p.ping(ctx)
}

func (p *fakeProvider) DefaultSchema() string { return "Main" }
func (p *fakeProvider) Refresh()              { p.fresh++ }
func (p *fakeProvider) Close() error          { p.closed.Add(1); return nil }

func (p *fakeProvider) Schemas(context.Context) ([]providers.Schema, error) {
	return []providers.Schema{{Name: "Main"}, {Name: "Erp.BO.CustomerSvc"}}, nil
}

func (p *fakeProvider) Tables(_ context.Context, schema string) ([]providers.TableName, error) {
	var list []providers.TableName
	for _, t := range p.tables {
		if schema == "" || t.Schema == schema {
			list = append(list, t)
		}
	}
	return list, nil
}

func (p *fakeProvider) Table(_ context.Context, schema, name string) (providers.Table, error) {
	return nil, &Error{Kind: ErrNotFound, Message: "there is no table " + schema + "." + name}
}

func odataConfig(t testing.TB, change func(*Config)) *Config {
	c := NewConfig()
	c.Provider, c.URL = ProviderOData, "https://erp.example/svc"
	if change != nil {
		change(c)
	}
	require.NoError(t, c.Validate())
	return c
}

func connectorOf(t testing.TB, p providers.Provider, change func(*Config)) *connector {
	cfg := odataConfig(t, change)
	return newConnector(cfg, p, nil, newEventLog(cfg, nil), time.Now)
}

func TestWithProviderReadsThatOne(t *testing.T) {
	c, err := NewConnector(odataConfig(t, nil), WithProvider(&fakeProvider{}))
	require.NoError(t, err)
	db := sql.OpenDB(c)
	defer db.Close()
	_, err = db.Query("SELECT a FROM b")
	require.ErrorContains(t, err, "there is no table")
}

func TestTheFirstConnectionsShareOneProof(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
	}{
		{"that the server takes the credentials", nil},
		{"that it does not", &Error{Kind: ErrAuthentication, Message: "wrong password"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan error)
				p := &fakeProvider{ping: func(context.Context) error { return <-answer }}
				c := connectorOf(t, p, nil)
				const many = 5
				got := make(chan error, many)
				for range many {
					go func() {
						_, err := c.Connect(t.Context())
						got <- err
					}()
				}
				synctest.Wait()
				answer <- test.err
				for range many {
					assert.ErrorIs(t, <-got, test.err)
				}
				assert.EqualValues(t, 1, p.pings.Load())
			})
		})
	}
}

func TestAFailedProofIsNotRemembered(t *testing.T) {
	wrong := true
	p := &fakeProvider{ping: func(context.Context) error {
		if wrong {
			return &Error{Kind: ErrAuthentication, Message: "wrong password"}
		}
		return nil
	}}
	c := connectorOf(t, p, nil)
	for range 2 {
		_, err := c.Connect(t.Context())
		require.ErrorIs(t, err, ErrAuthentication)
		require.NotErrorIs(t, err, driver.ErrBadConn)
	}
	wrong = false
	for range 3 {
		_, err := c.Connect(t.Context())
		require.NoError(t, err)
	}
	assert.EqualValues(t, 3, p.pings.Load(), "once it worked nobody asks again")
}

func TestWhoWaitsForAProofThatWasGivenUpMakesItAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakeProvider{}
		p.ping = func(ctx context.Context) error {
			if p.pings.Load() > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		c := connectorOf(t, p, nil)
		first, giveUp := context.WithCancel(t.Context())
		got := make(chan error, 2)
		go func() { _, err := c.Connect(first); got <- err }()
		synctest.Wait()
		go func() { _, err := c.Connect(t.Context()); got <- err }()
		third, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := c.Connect(third); left <- err }()
		synctest.Wait()
		leave()
		assert.Equal(t, context.Canceled, <-left, "who waits obeys its own context")
		giveUp()
		assert.ElementsMatch(t, []error{context.Canceled, nil}, []error{<-got, <-got})
		assert.EqualValues(t, 2, p.pings.Load())
	})
}

func TestConnectOnOpenCanBeTurnedOff(t *testing.T) {
	p := &fakeProvider{ping: func(context.Context) error { return errors.New("down") }}
	c := connectorOf(t, p, func(c *Config) { c.ConnectOnOpen = false })
	conn, err := c.Connect(t.Context())
	require.NoError(t, err)
	assert.Zero(t, p.pings.Load())
	var e *Error
	assert.ErrorAs(t, conn.(*Conn).Ping(t.Context()), &e)
}

func TestTheProviderIsClosedOnceAndLast(t *testing.T) {
	t.Run("with the connector when no connection is open", func(t *testing.T) {
		p := &fakeProvider{}
		db := sql.OpenDB(connectorOf(t, p, nil))
		require.NoError(t, db.Ping())
		require.NoError(t, db.Close())
		require.NoError(t, db.Close())
		assert.EqualValues(t, 1, p.closed.Load())
	})
	t.Run("with the last connection in use", func(t *testing.T) {
		p := &fakeProvider{}
		c := connectorOf(t, p, nil)
		db := sql.OpenDB(c)
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		require.NoError(t, db.Close())
		assert.Zero(t, p.closed.Load())
		require.NoError(t, conn.Close())
		assert.EqualValues(t, 1, p.closed.Load())
		_, err = c.Connect(t.Context())
		assert.ErrorIs(t, err, ErrConnection)
		assert.EqualValues(t, 1, p.closed.Load())
	})
}

func TestAClosedConnectionIsBadAndAnOpenOneIsNot(t *testing.T) {
	c := connectorOf(t, &fakeProvider{}, nil)
	opened, err := c.Connect(t.Context())
	require.NoError(t, err)
	conn := opened.(*Conn)
	conn.session.Schema = "Other"
	assert.True(t, conn.IsValid())
	require.NoError(t, conn.ResetSession(t.Context()))
	assert.Empty(t, conn.session.Schema)
	prepared, err := conn.Prepare("SELECT 1")
	require.NoError(t, err)

	require.NoError(t, conn.Close())
	require.NoError(t, conn.Close())
	assert.False(t, conn.IsValid())
	for name, do := range map[string]func() error{
		"ping":    func() error { return conn.Ping(t.Context()) },
		"reset":   func() error { return conn.ResetSession(t.Context()) },
		"prepare": func() error { _, err := conn.Prepare("SELECT 1"); return err },
		"query":   func() error { _, err := conn.QueryContext(t.Context(), "SELECT 1", nil); return err },
		"run":     func() error { _, err := prepared.(*stmt).QueryContext(t.Context(), nil); return err },
		"exec":    func() error { _, err := conn.ExecContext(t.Context(), "USE x", nil); return err },
		"begin":   func() error { _, err := conn.BeginTx(t.Context(), driver.TxOptions{ReadOnly: true}); return err },
	} {
		assert.Equal(t, driver.ErrBadConn, do(), name)
	}
}

func TestAnEndedContextOpensNothing(t *testing.T) {
	p := &fakeProvider{}
	c := connectorOf(t, p, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Connect(ctx)
	assert.Equal(t, context.Canceled, err)
	assert.Zero(t, p.pings.Load())
}

func TestListingsShowWhatThePropertiesName(t *testing.T) {
	tables := []providers.TableName{
		{Schema: "Main", Name: "Orders"}, {Schema: "Main", Name: "Lines"}, {Schema: "Main", Name: "Totals", View: true},
		{Schema: "Erp.BO.CustomerSvc", Name: "Orders"},
	}
	for _, test := range []struct {
		name                   string
		schemas, tables, views List
		wantSchemas            []string
		wantTables             []string // of all schemas
	}{
		{name: "everything by default", wantSchemas: []string{"Main", "Erp.BO.CustomerSvc"}, wantTables: []string{"Main.Orders", "Main.Lines", "Main.Totals", "Erp.BO.CustomerSvc.Orders"}},
		{name: "some schemas", schemas: "main", wantSchemas: []string{"Main"}, wantTables: []string{"Main.Orders", "Main.Lines", "Main.Totals"}},
		{name: "tables and not views", tables: "ORDERS", wantSchemas: []string{"Main", "Erp.BO.CustomerSvc"}, wantTables: []string{"Main.Orders", "Main.Totals", "Erp.BO.CustomerSvc.Orders"}},
		{name: "a table by its full name", tables: "Erp.BO.CustomerSvc.Orders", views: "None", wantSchemas: []string{"Main", "Erp.BO.CustomerSvc"}, wantTables: []string{"Erp.BO.CustomerSvc.Orders"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := connectorOf(t, &fakeProvider{tables: tables}, func(c *Config) {
				c.BrowsableSchemas, c.Tables, c.Views = test.schemas, test.tables, test.views
			})
			var schemas, names []string
			list, err := c.provider.Schemas(t.Context())
			require.NoError(t, err)
			for _, s := range list {
				schemas = append(schemas, s.Name)
			}
			all, err := c.provider.Tables(t.Context(), "")
			require.NoError(t, err)
			for _, n := range all {
				names = append(names, n.Schema+"."+n.Name)
			}
			assert.Equal(t, test.wantSchemas, schemas)
			assert.Equal(t, test.wantTables, names)
			if test.schemas != "" {
				hidden, err := c.provider.Tables(t.Context(), "Erp.BO.CustomerSvc")
				require.NoError(t, err)
				assert.Empty(t, hidden)
			}
		})
	}
}

func TestAConnectionTellsOfItsServer(t *testing.T) {
	p := &fakeProvider{tables: []providers.TableName{{Schema: "Main", Name: "Orders"}, {Schema: "Other", Name: "Parts"}}}
	opened, err := connectorOf(t, p, nil).Connect(t.Context())
	require.NoError(t, err)
	conn := opened.(*Conn)
	assert.Equal(t, "OData", conn.Provider())
	conn.Config().URL = "changed"
	assert.Equal(t, "https://erp.example/svc", conn.Config().URL)

	here, err := conn.Tables(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, []providers.TableName{{Schema: "Main", Name: "Orders"}}, here, "of the default schema")
	conn.session.Schema = "Other"
	there, err := conn.Tables(t.Context(), "")
	require.NoError(t, err)
	assert.Equal(t, []providers.TableName{{Schema: "Other", Name: "Parts"}}, there, "of the session's schema")
	_, err = conn.Describe(t.Context(), "", "Nothing")
	assert.EqualError(t, err, "not found: there is no table Other.Nothing")
	require.NoError(t, conn.Refresh(t.Context()))
	assert.Equal(t, 1, p.fresh)
}

func TestAConnectorIsRefusedAtOnceForAWrongConfig(t *testing.T) {
	_, err := NewConnector(NewConfig())
	var wrong *ConfigError
	require.ErrorAs(t, err, &wrong)
	assert.ErrorIs(t, err, ErrProperty)
	assert.NotErrorIs(t, err, ErrAuthentication)

	cfg := odataConfig(t, func(c *Config) { c.ProxyServer = "proxy" })
	_, err = NewConnector(cfg, WithTransport(http.DefaultTransport))
	assert.ErrorIs(t, err, ErrProperty)
	assert.ErrorContains(t, err, "cannot be combined with a transport of your own")
}

func TestAConnectorKeepsItsOwnCopyOfTheConfig(t *testing.T) {
	cfg := odataConfig(t, nil)
	c, err := NewConnector(cfg)
	require.NoError(t, err)
	cfg.URL = "changed"
	assert.Equal(t, "https://erp.example/svc", c.(*connector).cfg.URL)
	assert.Equal(t, erpDriver{ProviderOData}, c.Driver())
}

func TestAConnectorAndItsDatabasePrintNoSecret(t *testing.T) {
	const secret = "canary-of-the-application"
	c, err := NewConnector(odataConfig(t, func(c *Config) {
		c.AuthScheme, c.OAuthClientId, c.OAuthClientSecret = "OAuthClient", "app", NewSecret(secret)
		c.OAuthAccessTokenURL, c.OAuthSettingsLocation = "https://idp.example/token", "memory://"+t.Name()
	}))
	require.NoError(t, err)
	db := sql.OpenDB(c)
	defer func() { require.NoError(t, db.Close()) }()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		assert.NotContains(t, fmt.Sprintf(verb, c), secret)
		assert.NotContains(t, fmt.Sprintf(verb, c), fmt.Sprintf("%x", secret))
		assert.NotContains(t, fmt.Sprintf(verb, db), secret)
	}
	assert.Contains(t, fmt.Sprint(c), "OAuthClientSecret=***")
}

func TestTheProviderIsGivenItsPropertiesInTheClear(t *testing.T) {
	cfg := odataConfig(t, func(c *Config) { c.User, c.Password = "me", NewSecret("geheim!") })
	got := providerProperties(cfg)
	assert.Equal(t, "geheim!", got["Password"])
	assert.Equal(t, "Basic", got["AuthScheme"])
	assert.Equal(t, "1000", got["Pagesize"])
	assert.NotContains(t, got, "ERPInstance", "it belongs to another provider")
}

func TestAParserThatIsNotImportedIsRefusedWhenTheDatabaseIsOpened(t *testing.T) {
	_, err := NewConnector(odataConfig(t, func(c *Config) { c.SQLParser = "xwb1989" }))
	require.ErrorIs(t, err, ErrProperty)
	require.ErrorContains(t, err, `import _ "github.com/epicorerp/epicorerp/sqlengine/parse/xwb"`)
	_, err = NewConnector(odataConfig(t, nil))
	require.NoError(t, err)
}
