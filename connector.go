package epicorerp

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/procedures"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqlengine/parse"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// Option gives a connector what a connection string cannot hold.
type Option func(*settings)

type settings struct {
	transport http.RoundTripper
	logger    *slog.Logger
	clock     func() time.Time
	tokens    tokenstore.Store
	prompter  Prompter
	provider  providers.Provider
}

// WithTransport sends requests through rt; of an *http.Client give its
// Transport. Proxy, firewall, certificates and HTTP2 are then rt's business and
// cannot be set as properties. Retries, timeouts and sign-in stay the driver's.
func WithTransport(rt http.RoundTripper) Option { return func(s *settings) { s.transport = rt } }

// WithLogger logs to l, besides the Logfile property: failures and failed
// requests at slog.LevelWarn, statements and requests at slog.LevelInfo,
// headers' names and connections at slog.LevelDebug. Secrets are masked.
func WithLogger(l *slog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithClock replaces time.Now, as CURRENT_TIMESTAMP and the log see it.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.clock = now } }

// WithTokenStore keeps the tokens of sign-in in s, in place of
// OAuthSettingsLocation: connectors that share a store share a login. Without
// it each connector logs in for itself where AuthScheme is EpicorToken.
func WithTokenStore(store tokenstore.Store) Option { return func(s *settings) { s.tokens = store } }

// WithPrompter shows users through p what they need to sign in: the page, in
// place of the system's browser, and the code of OAuthGrantType=DEVICE, which
// has no other way to reach them.
func WithPrompter(p Prompter) Option { return func(s *settings) { s.prompter = p } }

// WithProvider reads p in place of the system that the properties name: the
// driver over a system of one's own, or over rows in memory in a test. The
// properties that concern SQL and the log apply; the connector closes p.
func WithProvider(p providers.Provider) Option { return func(s *settings) { s.provider = p } }

var (
	_ driver.Connector = (*connector)(nil)
	_ io.Closer        = (*connector)(nil)
)

// NewConnector makes a connector for sql.OpenDB. It checks cfg, keeps a copy,
// and does no I/O. sql.DB.Close closes it.
func NewConnector(cfg *Config, opts ...Option) (driver.Connector, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.Clone()
	if err := checkParser(cfg); err != nil {
		return nil, err
	}
	set := settings{clock: time.Now}
	for _, option := range opts {
		option(&set)
	}
	log := newEventLog(cfg, set.logger)
	signIn, err := newSignIn(cfg, set, log)
	if err != nil {
		return nil, driverError(context.Background(), err)
	}
	provider := set.provider
	if provider == nil {
		o := providers.Options{
			Properties: providerProperties(cfg), Transport: set.transport, Tokens: set.tokens, Logger: log.requests, Now: set.clock,
		}
		if signIn != nil {
			o.SignIn = tokenSource{signIn}
		}
		if provider, err = providers.Open(cfg.Provider, o); err != nil {
			return nil, driverError(context.Background(), err)
		}
	}
	return newConnector(cfg, provider, signIn, log, set.clock), nil
}

// newConnector joins a provider with an engine.
func newConnector(cfg *Config, p providers.Provider, signIn *oauth.Client, log *eventLog, clock func() time.Time) *connector {
	calls := storedProcedures(cfg, p, signIn)
	var listed func(providers.TableName) bool
	if cfg.BrowsableSchemas+cfg.Tables+cfg.Views != "" {
		b := browsed{Provider: p, schemas: cfg.BrowsableSchemas.Items(), tables: cfg.Tables.Items(), views: cfg.Views.Items()}
		p, listed = b, b.shows
	}
	// The configuration is valid: the list reads without error.
	if pseudo, err := cfg.PseudoColumnList(); err == nil && len(pseudo) > 0 {
		p = revealed{Provider: p, columns: pseudo}
	}
	return &connector{cfg: cfg, provider: p, signIn: signIn, log: log, clock: clock, engine: sqlengine.New(p, sqlengine.Options{
		Dialect: dialects[cfg.Dialect], Parser: parserFront(cfg), Pushdown: cfg.Pushdown, MaxMemory: cfg.MaxMemory, MaxRows: cfg.MaxRows, MaxRecursion: cfg.MaxRecursion,
		SpillDirectory: cfg.SpillDirectory, NoSpill: !cfg.Spill,
		Zone: cfg.TimeZone(), Now: clock, User: cfg.User, Version: serverVersion(cfg.Dialect), Readonly: cfg.Readonly,
		ViewSchema: cfg.UserViewsSchemaName, Facts: catalogFacts(cfg), Listed: listed, Procedures: calls,
	})}
}

// storedProcedures are the driver's own and those of the system.
func storedProcedures(cfg *Config, p providers.Provider, signIn *oauth.Client) providers.ProcedureProvider {
	var o procedures.Options
	if cfg.CallbackURL != oauth.DefaultCallback {
		o.CallbackURL = cfg.CallbackURL
	}
	var flows oauth.SignIn // stays nil without a client
	if signIn != nil {
		flows = signIn
	}
	all := procedures.New(p, flows, o)
	if cfg.BrowsableSchemas != "" {
		return browsedProcedures{ProcedureProvider: all, schemas: cfg.BrowsableSchemas.Items()}
	}
	return all
}

const nativeParser = "native"

// checkParser refuses a parser that the program has not imported, before the
// first statement does.
func checkParser(cfg *Config) error {
	if cfg.SQLParser == nativeParser || parse.Registered(cfg.SQLParser) {
		return nil
	}
	return propertyError("SQLParser", "%s is not part of this program: import _ %q, or leave the property out",
		cfg.SQLParser, "github.com/epicorerp/epicorerp/sqlengine/parse/xwb")
}

// parserFront is the parser's name among the fronts of package parse.
func parserFront(cfg *Config) string {
	if cfg.SQLParser == nativeParser {
		return ""
	}
	return cfg.SQLParser
}

var dialects = map[string]parse.Dialect{"ansi": parse.ANSI, "mysql": parse.MySQL, "postgres": parse.Postgres}

// serverVersion is what VERSION() answers. Clients read from it what a server
// of that family can do.
func serverVersion(dialect string) string {
	if dialect == "postgres" {
		return "PostgreSQL 15.0 (epicorerp)"
	}
	return "8.0.36-epicorerp"
}

// providerProperties are the properties that a provider is made from, secrets
// in the clear.
func providerProperties(cfg *Config) map[string]string {
	values := map[string]string{}
	for _, p := range propertyTable() {
		if p.at != nil && p.belongsTo(cfg.Provider) {
			values[p.Name] = p.text(cfg, false)
		}
	}
	values["AuthScheme"] = string(cfg.Auth())
	values["OAuthScheme"] = cfg.AuthScheme
	values["Service"] = cfg.DefaultSchema()
	if cfg.Provider == ProviderAcumatica || cfg.Provider == ProviderOData {
		values["URL"] = cfg.BaseURL() // of which sign-in makes addresses too
	}
	return values
}

// connector owns what all connections of a sql.DB share: the provider with its
// HTTP connections, sign-in and catalogue, the engine and the log.
type connector struct {
	cfg      *Config
	provider providers.Provider
	signIn   *oauth.Client // nil where no bearer token is sent
	engine   *sqlengine.Engine
	log      *eventLog
	clock    func() time.Time

	mu     sync.Mutex
	conns  int // open
	closed bool
	proven bool   // the server has taken the credentials once
	proof  *proof // under way

	views viewFile
}

// proof is a Ping that several first connections wait for.
type proof struct {
	done chan struct{}
	err  error
}

// Format writes the masked connection string under every verb and flag: what a
// connector holds to sign in with is nobody's to print.
func (c *connector) Format(f fmt.State, _ rune) {
	// A failing fmt.State has nobody to report to.
	_, _ = io.WriteString(f, "connector{"+c.cfg.Redacted()+"}")
}

// Driver returns the driver, under the name whose default is the provider.
func (c *connector) Driver() driver.Driver { return erpDriver{c.cfg.Provider} }

// Connect opens a connection. With ConnectOnOpen the first ones wait for proof
// that the server answers and takes the credentials.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := c.retain(); err != nil {
		return nil, err
	}
	err := c.log.open()
	if err == nil {
		err = c.views.define(c.cfg.UserDefinedViews, c.engine)
	}
	if err == nil && c.cfg.ConnectOnOpen {
		err = c.prove(ctx)
	}
	if err != nil {
		if ended := c.release(); ended != nil {
			err = errors.Join(err, ended)
		}
		return nil, err
	}
	c.log.opened(ctx)
	return &Conn{connector: c}, nil
}

// prove pings until it worked once. Connections that come while a ping is under
// way share its outcome, so that a wrong password is tried once and not once a
// connection; a failure is not remembered.
func (c *connector) prove(ctx context.Context) error {
	for {
		c.mu.Lock()
		p, mine := c.proof, false
		switch {
		case c.proven:
			c.mu.Unlock()
			return nil
		case p == nil:
			p, mine = &proof{done: make(chan struct{})}, true
			c.proof = p
		}
		c.mu.Unlock()
		if mine {
			p.err = c.ping(ctx)
			// With InitiateOAuth=OFF there may be nothing to prove yet: the stored
			// procedures get a token, and all else fails for the want of one.
			noToken := errors.Is(p.err, oauth.ErrNoToken) && c.cfg.InitiateOAuth != "REFRESH"
			if noToken {
				p.err = nil
			}
			c.mu.Lock()
			c.proof = nil
			c.proven = c.proven || p.err == nil && !noToken
			c.mu.Unlock()
			close(p.done)
			return p.err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
		}
		if p.err != nil && !isContextError(p.err) {
			return p.err
		}
		// Whoever pinged gave up, which says nothing about the server.
	}
}

func (c *connector) ping(ctx context.Context) error {
	start := c.clock()
	err := driverError(ctx, c.provider.Ping(c.log.traced(ctx)))
	c.log.pinged(ctx, c.clock().Sub(start), err)
	return err
}

func (c *connector) retain() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return &Error{Kind: ErrConnection, Message: "the connector is closed"}
	}
	c.conns++
	return nil
}

// release ends what the connector owns after Close and with the last
// connection, since sql.DB.Close does not wait for connections in use.
func (c *connector) release() error {
	c.mu.Lock()
	c.conns--
	last := c.closed && c.conns == 0
	c.mu.Unlock()
	c.log.released()
	if last {
		return c.end()
	}
	return nil
}

// Close refuses new connections and, when the last one is closed, ends the
// provider's sessions, its idle HTTP connections and the log file.
func (c *connector) Close() error {
	c.mu.Lock()
	last := !c.closed && c.conns == 0
	c.closed = true
	c.mu.Unlock()
	if last {
		return c.end()
	}
	return nil
}

func (c *connector) end() error {
	err := driverError(context.Background(), c.provider.Close())
	if c.signIn != nil {
		err = errors.Join(err, c.signIn.Close())
	}
	return errors.Join(err, c.log.close())
}
