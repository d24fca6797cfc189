package signin_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp"
	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// Everything that was ever a secret, in whatever spelling, is searched for in everything that anybody might get to see:
// the settings' directory, both logs at the highest verbosity, the errors of a tour of failures, plans, the properties'
// table, and every value that the packages export, printed in every way.
func TestNoSecretIsFoundAnywhere(t *testing.T) {
	tour := newTour(t)
	t.Run("sign-ins that work", tour.signIns)
	t.Run("sign-ins that fail", tour.failures)
	t.Run("connections that cannot be opened", tour.refusals)
	t.Run("stored procedures", tour.procedures)
	t.Run("exported values", tour.values)
	tour.search(t)
}

type tour struct {
	*stage
	cert    certificate
	dir     string // has the logs and the settings
	secrets []string

	mu       sync.Mutex
	evidence evidence
	logs     map[string]*bytes.Buffer
	served   int // connections made
}

func newTour(t *testing.T) *tour {
	cert := newCertificate(t)
	return &tour{
		stage: newStage(t, provider.Options{Clients: []provider.Client{public, basic, post, cert.client()}}),
		cert:  cert, dir: t.TempDir(), evidence: evidence{}, logs: map[string]*bytes.Buffer{},
		secrets: []string{basic.Secret, post.Secret, alice.Password, certificatePassword},
	}
}

// canary makes a secret that is nobody else's, whichever part of it is looked for.
func (o *tour) canary(name string) string {
	secret := fmt.Sprintf("%s & + %% : / of %s %s", rand.Text(), name, rand.Text())
	o.secrets = append(o.secrets, secret)
	return secret
}

// syncWriter is a buffer that several may log to.
type syncWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (s syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// open opens a database that logs all it can.
func (o *tour) open(t *testing.T, sys system, p properties, options ...epicorerp.Option) (*sql.DB, error) {
	t.Helper()
	o.served++
	name := fmt.Sprintf("%s, connection %d", t.Name(), o.served)
	o.logs[name] = &bytes.Buffer{}
	logger := slog.New(slog.NewJSONHandler(syncWriter{&o.mu, o.logs[name]}, &slog.HandlerOptions{Level: slog.Level(-100)}))
	provider := map[string]string{"epicorerp": "Epicor", "odata": "OData"}[sys.driver]
	all := properties{"Provider": provider}.with(sys.properties).with(o.endpoints()).with(properties{
		"AuthScheme": "OAuth", "CallbackURL": callbackURL(t), "Verbosity": "5",
		"Logfile":               filepath.Join(o.dir, fmt.Sprintf("log-%d", o.served)),
		"OAuthSettingsLocation": filepath.Join(o.dir, fmt.Sprintf("settings-%d", o.served), "tokens"),
	}).with(p)
	cfg, err := epicorerp.ParseDSN(all.dsn())
	if err != nil {
		return nil, err
	}
	connector, err := epicorerp.NewConnector(cfg, append(options, epicorerp.WithLogger(logger))...)
	if err != nil {
		return nil, err
	}
	o.evidence.addValue(name+": Config", cfg)
	o.evidence.addValue(name+": Config", *cfg)
	o.evidence.addValue(name+": driver.Connector", connector)
	db := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	o.evidence.addValue(name+": sql.DB", db)
	return db, nil
}

// fail notes an error, and everything that it wraps.
func (o *tour) fail(where string, err error) {
	for err != nil {
		o.evidence.addValue(where, err)
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range several.Unwrap() {
				o.fail(where, e)
			}
			return
		}
		err = errors.Unwrap(err)
	}
}

// show notes what a query returns.
func (o *tour) show(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		o.evidence.add(t.Name()+": "+query, fmt.Sprintln(values...))
	}
	require.NoError(t, rows.Err())
}

// signInsByName are the properties of flows that need nobody at a desk but a person with an HTTP client.
func (o *tour) signInsByName(t *testing.T) map[string]properties {
	pem, err := os.ReadFile(o.cert.pem)
	require.NoError(t, err)
	o.secrets = append(o.secrets, strings.Split(string(pem), "\n")[3])
	return map[string]properties{
		"code":     {"OAuthClientId": public.ID, "OAuthGrantType": "CODE", "InitiateOAuth": "GETANDREFRESH"},
		"device":   {"OAuthClientId": public.ID, "OAuthGrantType": "DEVICE", "InitiateOAuth": "GETANDREFRESH"},
		"password": {"OAuthClientId": post.ID, "OAuthClientSecret": post.Secret, "OAuthGrantType": "PASSWORD", "User": alice.Name, "Password": alice.Password},
		"secret": {"OAuthClientId": basic.ID, "OAuthClientSecret": basic.Secret, "OAuthPasswordGrantMode": "BASIC", "OAuthGrantType": "CODE",
			"InitiateOAuth": "GETANDREFRESH", "OAuthSettingsKey": o.canary("the settings' key")},
		"PFX": o.cert.fromPFX("PS256").with(properties{"OAuthGrantType": "CLIENT", "Scope": "api"}),
		"PEM in the connection string": {"OAuthClientId": "certificate", "OAuthJWTCert": string(pem), "OAuthJWTCertType": "PEMKEY_BLOB",
			"OAuthGrantType": "CLIENT", "Scope": "api"},
	}
}

func (o *tour) signIns(t *testing.T) {
	for name, p := range o.signInsByName(t) {
		for _, sys := range []system{o.kinetic(), o.odata()} {
			t.Run(name+" at "+sys.driver, func(t *testing.T) {
				db, err := o.open(t, sys, p, epicorerp.WithPrompter(&desk{Person: alice}))
				require.NoError(t, err)
				require.NoError(t, sys.ask(t.Context(), db))
				o.guard.RefuseIssued()
				require.NoError(t, sys.ask(t.Context(), db))
				o.show(t, db, "EXPLAIN "+sys.query)
				o.show(t, db, "SELECT * FROM sys_connection_props")
				o.show(t, db, "SELECT * FROM sys_procedures")
				o.show(t, db, "SELECT * FROM sys_procedureparameters")
				file, err := os.ReadFile(filepath.Join(o.dir, fmt.Sprintf("log-%d", o.served)))
				require.NoError(t, err)
				for _, log := range []string{string(file), o.logs[fmt.Sprintf("%s, connection %d", t.Name(), o.served)].String()} {
					require.Contains(t, log, sys.query, "there is something to search")
					require.Contains(t, log, o.Issuer+"/token")
				}
				conn, err := db.Conn(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, conn.Close()) }()
				require.NoError(t, conn.Raw(func(c any) error {
					o.evidence.addValue(t.Name()+": driver.Conn", c)
					stmt, err := c.(driver.Conn).Prepare(sys.query)
					o.evidence.addValue(t.Name()+": driver.Stmt", stmt)
					return errors.Join(err, stmt.Close())
				}))
			})
		}
	}
}

// echo answers every request with what it was sent.
func echo(t *testing.T, status int, contentType, format string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		form, sent := r.Clone(r.Context()), ""
		form.Body = io.NopCloser(bytes.NewReader(body))
		if form.ParseForm() == nil {
			for _, name := range slices.Sorted(maps.Keys(form.Form)) {
				sent += strings.Join(form.Form[name], " ") + " "
			}
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+r.Header.Get("Authorization")+`"`)
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, format, strings.ReplaceAll(sent+r.Header.Get("Authorization")+" "+string(body), `"`, `\"`))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func (o *tour) failures(t *testing.T) {
	const jsonType = "application/json"
	client := properties{"OAuthClientId": post.ID, "OAuthClientSecret": post.Secret, "OAuthGrantType": "CLIENT", "Scope": "api"}
	user := properties{"OAuthClientId": public.ID, "OAuthGrantType": "PASSWORD", "User": alice.Name, "Password": alice.Password}
	refresh := properties{"OAuthClientId": public.ID, "OAuthGrantType": "CODE", "InitiateOAuth": "REFRESH"}
	certificate := o.cert.fromPFX("RS256").with(properties{"OAuthGrantType": "CLIENT", "Scope": "api"})
	oauthError, page := `{"error":"invalid_request","error_description":"%s"}`, "<html><body><h1>Oops</h1>%s</body></html>"
	cases := map[string]properties{
		"a wrong secret":                       client.with(properties{"OAuthClientSecret": o.canary("a wrong secret")}),
		"a wrong secret in Basic":              client.with(properties{"OAuthClientId": basic.ID, "OAuthClientSecret": o.canary("a wrong Basic secret"), "OAuthPasswordGrantMode": "BASIC"}),
		"a wrong password":                     user.with(properties{"Password": o.canary("a wrong password")}),
		"a code that nobody issued":            refresh.with(properties{"OAuthVerifier": o.canary("a code")}),
		"an address without a sign-in begun":   refresh.with(properties{"OAuthVerifier": "http://localhost/callback?state=x&code=" + strings.ReplaceAll(o.canary("a code in an address"), " ", "+")}),
		"a refresh token that nobody issued":   refresh.with(properties{"OAuthRefreshToken": o.canary("a refresh token")}),
		"an access token that nobody issued":   {"InitiateOAuth": "OFF", "OAuthAccessToken": strings.ReplaceAll(o.canary("an access token"), " ", "-")},
		"nothing to begin with":                refresh,
		"a certificate's wrong password":       certificate.with(properties{"OAuthJWTCertPassword": o.canary("a certificate")}),
		"a certificate that is none":           certificate.with(properties{"OAuthJWTCert": o.canary("a certificate that is none"), "OAuthJWTCertType": "PEMKEY_BLOB"}),
		"a provider that is not there":         client.with(properties{"OAuthAccessTokenURL": "http://127.0.0.1:1/token"}),
		"a settings' directory that is a file": client.with(properties{"OAuthSettingsLocation": filepath.Join(o.cert.pem, "tokens")}),
	}
	for name, p := range map[string]properties{"a secret": client, "a user": user, "a certificate": certificate} {
		cases["a provider that says what it was sent, with "+name] = p.with(properties{"OAuthAccessTokenURL": echo(t, 400, jsonType, oauthError)})
		cases["a provider that refuses the client with what it was sent, with "+name] = p.with(properties{"OAuthAccessTokenURL": echo(t, 401, jsonType, `{"error":"invalid_client","error_description":"%s"}`)})
		cases["a provider that fails with a page of what it was sent, with "+name] = p.with(properties{"OAuthAccessTokenURL": echo(t, 500, "text/html", page)})
		cases["a provider whose answer has no token, with "+name] = p.with(properties{"OAuthAccessTokenURL": echo(t, 200, jsonType, `{"hello":"%s"}`)})
		cases["a provider whose answer is no JSON, with "+name] = p.with(properties{"OAuthAccessTokenURL": echo(t, 200, "text/html", page)})
		cases["a resource that refuses with what it was sent, with "+name] = p.with(properties{"URL": echo(t, 401, jsonType, `{"error":{"code":"401","message":"%s"}}`)})
		cases["a resource that forbids with what it was sent, with "+name] = p.with(properties{"URL": echo(t, 403, jsonType, `{"error":{"code":"403","message":"%s"}}`)})
		cases["a resource that fails with what it was sent, with "+name] = p.with(properties{"URL": echo(t, 500, "text/html", page), "MaxRetries": "0"})
		cases["a resource that answers with what it was sent, with "+name] = p.with(properties{"URL": echo(t, 200, "text/html", page)})
	}
	for name, p := range cases {
		for _, sys := range []system{o.kinetic(), o.odata()} {
			t.Run(name+" at "+sys.driver, func(t *testing.T) {
				db, err := o.open(t, sys, p, epicorerp.WithPrompter(&desk{Person: alice}))
				if err == nil {
					err = sys.ask(t.Context(), db)
				}
				require.Error(t, err)
				o.fail(t.Name(), err)
			})
		}
	}
}

func (o *tour) refusals(t *testing.T) {
	for name, dsn := range map[string]string{
		"a property that does not exist": `URL="https://h";OAuthClientSecret="%s";Nonsense=1`,
		"a secret's name misspelt":       `URL="https://h";OAuthClientSecrets="%s"`,
		"a quote that is not closed":     `URL="https://h";OAuthClientSecret="%s`,
		"a quote too many":               `URL="https://h";OAuthClientSecret=""%s"`,
		"a wrong number":                 `URL="https://h";OAuthClientSecret="%s";OAuthExpiresIn=soon`,
		"a secret in the address":        `URL="https://user:%s@h/";AuthScheme=OAuth`,
		"a secret given twice":           `URL="https://h";OAuthRefreshToken="%s";OAuthRefreshToken="other"`,
		"a wrong grant type":             `URL="https://h";AuthScheme=OAuth;OAuthRefreshToken="%s";OAuthGrantType=NONE`,
	} {
		t.Run(name, func(t *testing.T) {
			dsn := fmt.Sprintf(dsn, o.canary(name))
			cfg, err := epicorerp.ParseDSN(dsn)
			o.fail(t.Name(), err)
			o.evidence.addValue(t.Name(), cfg)
			if err == nil {
				o.fail(t.Name(), cfg.Validate())
			}
			_, err = sql.Open("epicorerp", dsn)
			o.fail(t.Name(), err)
		})
	}
}

func (o *tour) procedures(t *testing.T) {
	sys := o.odata()
	db, err := o.open(t, sys, properties{"OAuthClientId": basic.ID, "OAuthClientSecret": basic.Secret, "OAuthPasswordGrantMode": "BASIC", "InitiateOAuth": "OFF", "OAuthGrantType": "CODE"})
	require.NoError(t, err)
	callback := callbackURL(t)
	var address string
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL='"+callback+"', Scope='openid offline_access api', Prompt='consent'").Scan(&address))
	o.evidence.add("the address where the user signs in", address)
	arrived, err := alice.Callback(t.Context(), address)
	require.NoError(t, err)
	var access, refreshToken string
	var expires int
	code := arrived.Query().Get("code")
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='"+code+"'").Scan(&access, &refreshToken, &expires))
	require.NoError(t, db.QueryRowContext(t.Context(), "EXEC RefreshOAuthAccessToken OAuthRefreshToken=?", refreshToken).Scan(&access, &refreshToken, &expires))
	for _, statement := range []string{
		"EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='%s'",
		"EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='%s', State='elsewhere'",
		"EXEC RefreshOAuthAccessToken OAuthRefreshToken='%s'",
		"EXEC RefreshOAuthAccessToken @OAuthRefreshToken='%s'",
		"CALL RefreshOAuthAccessToken('%s')",
		"EXEC RefreshOAuthAccessToken OAuthRefreshToken='%s' oops",
		"EXEC RefreshOAuthAccessToken OAuthRefreshToken='%s', Nonsense='1'",
		"EXEC NoSuchProcedure OAuthRefreshToken='%s'",
		"EXPLAIN EXEC RefreshOAuthAccessToken OAuthRefreshToken='%s'",
	} {
		statement = fmt.Sprintf(statement, strings.ReplaceAll(o.canary(statement), "'", ""))
		rows, err := db.QueryContext(t.Context(), statement)
		if err == nil {
			for rows.Next() {
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if !strings.HasPrefix(statement, "EXPLAIN") {
			assert.Error(t, err, statement)
		}
		o.fail(t.Name()+": "+statement[:20], err)
	}
	_, err = db.ExecContext(t.Context(), "EXEC RefreshOAuthAccessToken OAuthRefreshToken=?", o.canary("an argument"))
	require.Error(t, err)
	o.fail(t.Name()+": an argument", err)
}

func (o *tour) values(t *testing.T) {
	location := filepath.Join(o.dir, "values", "tokens")
	options := tokenstore.Options{Key: o.canary("the key of a store")}
	store, err := tokenstore.Open(location, options)
	require.NoError(t, err)
	token := tokenstore.Token{Access: o.canary("access"), Refresh: o.canary("refresh"), Seed: o.canary("seed"),
		Pending: tokenstore.Pending{State: "state", Verifier: o.canary("verifier")}}
	_, err = store.Update(t.Context(), "key", func(_ context.Context, _ tokenstore.Token) (tokenstore.Token, error) { return token, nil })
	require.NoError(t, err)
	wrong, err := tokenstore.Open(location, tokenstore.Options{Key: o.canary("the wrong key of a store")})
	require.NoError(t, err)
	_, _, err = wrong.Load(t.Context(), "key")
	require.Error(t, err)
	o.fail("a store with the wrong key", err)
	memory := tokenstore.NewMemory()
	_, err = memory.Update(t.Context(), "key", func(_ context.Context, _ tokenstore.Token) (tokenstore.Token, error) { return token, nil })
	require.NoError(t, err)
	for name, v := range map[string]any{
		"tokenstore.Token": token, "*tokenstore.Token": &token, "tokenstore.Pending": token.Pending, "tokenstore.Options": options,
		"tokenstore.Store": store, "tokenstore.Memory": memory, "epicorerp.Secret": epicorerp.NewSecret(o.canary("a Secret")),
		"epicorerp.Option": epicorerp.WithTokenStore(store),
	} {
		o.evidence.addValue(name, v)
	}
}

// search looks for all secrets, those that the provider has seen among them, in all the evidence.
func (o *tour) search(t *testing.T) {
	o.secrets = append(o.secrets, o.events(t).Secrets()...)
	o.evidence.addFiles(t, o.dir)
	for name, log := range o.logs {
		o.evidence.add(name+": WithLogger", log.String())
	}
	size := 0
	scan := newScanner(o.secrets)
	for where, text := range o.evidence {
		size += text.Len()
		for _, found := range scan.find(text.String()) {
			assert.Fail(t, "a secret is found", "%s\n%s", where, found)
		}
	}
	t.Logf("%d secrets in %d spellings are in none of %d texts of %d bytes", len(o.secrets), len(scan.forms), len(o.evidence), size)
}
