package epicorerp

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// caller is a provider with one procedure, which answers with the token it was
// given and, in a second result, with its length.
type caller struct {
	fakeProvider
	fails error
}

var renewInfo = &providers.ProcedureInfo{Schema: "Main", Name: "Renew", ReadOnly: true, Parameters: []providers.Parameter{
	{Name: "Token", Type: sqltypes.Of(sqltypes.Varchar), Required: true, Secret: true},
	{Name: "Times", Type: sqltypes.Of(sqltypes.Integer)},
}}

func (p *caller) ProcedureSchemas(context.Context) ([]string, error) {
	return []string{"Main", "Erp.BO.CustomerSvc"}, nil
}

func (p *caller) Procedures(_ context.Context, schema string) ([]providers.ProcedureName, error) {
	return []providers.ProcedureName{{Schema: schema, Name: "Renew"}}, nil
}

func (p *caller) Procedure(_ context.Context, _, name string) (providers.Procedure, error) {
	if !strings.EqualFold(name, "Renew") {
		return nil, &Error{Kind: ErrNotFound, Message: "no such procedure"}
	}
	return renewal{p}, nil
}

type renewal struct{ caller *caller }

func (r renewal) Info() *providers.ProcedureInfo { return renewInfo }

func (r renewal) Call(_ context.Context, args []sqltypes.Value, _ *providers.Budget) ([]providers.ResultSet, error) {
	if r.caller.fails != nil {
		return nil, r.caller.fails
	}
	return []providers.ResultSet{
		providers.NewResultSet([]providers.Column{{Name: "Token", Type: sqltypes.Of(sqltypes.Varchar)}, {Name: "Times", Type: sqltypes.Of(sqltypes.Integer), Nullable: true}}, args),
		providers.NewResultSet([]providers.Column{{Name: "Length", Type: sqltypes.Of(sqltypes.BigInt)}}, []sqltypes.Value{sqltypes.IntValue(int64(len(args[0].S)))}),
	}, nil
}

func openCaller(t *testing.T, p *caller, change func(*Config), o ...Option) *sql.DB {
	c, err := NewConnector(odataConfig(t, change), append(o, WithProvider(p))...)
	require.NoError(t, err)
	db := sql.OpenDB(c)
	t.Cleanup(func() { db.Close() })
	return db
}

func TestEveryFormOfACallReachesTheProcedure(t *testing.T) {
	db := openCaller(t, &caller{}, nil)
	for _, test := range []struct {
		sql  string
		args []any
	}{
		{"EXEC Renew 'abc', 5", nil},
		{"EXEC Renew ?, ?", []any{"abc", 5}},
		{"EXECUTE renew Token = ?, times = '5'", []any{"abc"}},
		{"EXEC Main.Renew @Times = @n, @Token = @t", []any{sql.Named("t", "abc"), sql.Named("n", int64(5))}},
		{"EXEC [Main].[Renew] @Token=:t, @Times=2+3", []any{sql.Named("t", "abc")}},
		{"CALL Renew('ab' || ?, ?)", []any{"c", "5"}},
		{"{call Renew(?, 5)}", []any{"abc"}},
	} {
		t.Run(test.sql, func(t *testing.T) {
			var token string
			var times int
			require.NoError(t, db.QueryRow(test.sql, test.args...).Scan(&token, &times))
			assert.Equal(t, "abc 5", fmt.Sprint(token, " ", times))

			stmt, err := db.Prepare(test.sql)
			require.NoError(t, err)
			defer stmt.Close()
			require.NoError(t, stmt.QueryRow(test.args...).Scan(&token, &times))
			assert.Equal(t, "abc 5", fmt.Sprint(token, " ", times))
			_, err = stmt.Exec(test.args...)
			require.NoError(t, err)
			_, err = db.Exec(test.sql, test.args...)
			require.NoError(t, err)
		})
	}
}

func TestCallsAreReadInEveryDialect(t *testing.T) {
	for _, test := range []struct {
		dialect, sql string
		args         []any
	}{
		{"mysql", `EXEC Renew "abc", 5`, nil},
		{"mysql", "CALL `Main`.`Renew`('ab\\c', ?)", []any{5}},
		{"postgres", "CALL Renew($1, $2)", []any{"abc", 5}},
		{"postgres", `EXEC "Main"."Renew" @Token = $1, Times = $2::int`, []any{"abc", "5"}},
		{"postgres", "{call Renew($$abc$$, Times => 5)}", nil},
	} {
		t.Run(test.dialect+" "+test.sql, func(t *testing.T) {
			db := openCaller(t, &caller{}, func(c *Config) { c.Dialect = test.dialect })
			var token string
			var times int
			require.NoError(t, db.QueryRow(test.sql, test.args...).Scan(&token, &times))
			assert.Equal(t, "abc 5", fmt.Sprint(token, " ", times))
		})
	}
}

func TestTheResultsOfACallComeOneAfterTheOther(t *testing.T) {
	db := openCaller(t, &caller{}, nil)
	rows, err := db.Query("EXEC Renew 'abc'")
	require.NoError(t, err)
	defer rows.Close()
	require.True(t, rows.Next())
	var token string
	var times sql.NullInt64
	require.NoError(t, rows.Scan(&token, &times))
	assert.False(t, times.Valid)
	require.False(t, rows.Next())
	require.True(t, rows.NextResultSet())
	columns, err := rows.Columns()
	require.NoError(t, err)
	assert.Equal(t, []string{"Length"}, columns)
	require.True(t, rows.Next())
	var length int
	require.NoError(t, rows.Scan(&length))
	assert.Equal(t, 3, length)
	require.False(t, rows.Next())
	require.False(t, rows.NextResultSet())
	require.NoError(t, rows.Err())

	t.Run("also from the middle of one", func(t *testing.T) {
		rows, err := db.Query("EXEC Renew 'abc'")
		require.NoError(t, err)
		defer rows.Close()
		require.True(t, rows.NextResultSet())
		require.True(t, rows.Next())
		require.NoError(t, rows.Scan(&length))
	})
	t.Run("and a query has one", func(t *testing.T) {
		rows, err := db.Query("SELECT 1")
		require.NoError(t, err)
		defer rows.Close()
		require.True(t, rows.Next())
		assert.False(t, rows.NextResultSet())
	})
}

func TestAConnectionWithoutOAuthSaysHowToGetTheProceduresThatSignIn(t *testing.T) {
	db := openCaller(t, &caller{}, nil)
	for _, call := range []string{"EXEC GetOAuthAuthorizationUrl", "EXEC GetOAuthAccessToken AuthMode='APP'", "EXEC RefreshOAuthAccessToken @OAuthRefreshToken='x'", "CALL GetAdminConsentURL()"} {
		_, err := db.Query(call)
		require.ErrorIs(t, err, ErrProperty, call)
		assert.ErrorContains(t, err, "AuthScheme")
	}
	_, err := db.Query("EXEC RefreshOAuthAccessToken OAuthRefreshToken=''")
	require.ErrorIs(t, err, ErrParameter)
	_, err = db.Query("EXEC GetOAuthAuthorizatonURL")
	require.ErrorIs(t, err, ErrNotFound)
	assert.ErrorContains(t, err, "did you mean `GetOAuthAuthorizationURL`?")
}

func TestTheProceduresThatSignInAreListed(t *testing.T) {
	db := openCaller(t, &caller{}, func(c *Config) { c.BrowsableSchemas = "Main" })
	names := func(query string) (list []string) {
		rows, err := db.Query(query)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var schema, name string
			require.NoError(t, rows.Scan(&schema, &name))
			list = append(list, schema+"."+name)
		}
		require.NoError(t, rows.Err())
		return list
	}
	assert.Equal(t, []string{"sys.GetOAuthAuthorizationURL", "sys.GetOAuthAccessToken", "sys.RefreshOAuthAccessToken", "sys.GetAdminConsentURL", "Main.Renew"},
		names("SELECT SchemaName, ProcedureName FROM sys_procedures"), "BrowsableSchemas hides the other service")
	assert.Equal(t, []string{"GetOAuthAccessToken.AuthMode", "GetOAuthAccessToken.CallbackURL", "GetOAuthAccessToken.Verifier", "GetOAuthAccessToken.Scope",
		"GetOAuthAccessToken.State", "GetOAuthAccessToken.Prompt"},
		names("SELECT ProcedureName, ColumnName FROM sys_procedureparameters WHERE ProcedureName = 'GetOAuthAccessToken' AND Direction = 1"))
	assert.Equal(t, []string{"GetOAuthAccessToken.OAuthAccessToken", "GetOAuthAccessToken.OAuthRefreshToken", "GetOAuthAccessToken.ExpiresIn"},
		names("SELECT ProcedureName, ColumnName FROM sys_procedureparameters WHERE ProcedureName = 'GetOAuthAccessToken' AND Direction = 3"))
	assert.Empty(t, names("SELECT SchemaName, ProcedureName FROM sys_procedures WHERE SchemaName = 'Erp.BO.CustomerSvc'"))
}

// TestNoLogAndNoErrorHoldsWhatACallWasGiven searches for canaries in all that
// is written, whether the call works, fails, or makes no sense.
func TestNoLogAndNoErrorHoldsWhatACallWasGiven(t *testing.T) {
	path := filepath.Join(t.TempDir(), "driver.log")
	var own bytes.Buffer
	p := &caller{}
	db := openCaller(t, p, func(c *Config) { c.Logfile, c.Verbosity = path, 5 },
		WithLogger(slog.New(slog.NewTextHandler(&own, &slog.HandlerOptions{Level: levelAll}))))
	var errs strings.Builder
	run := func(text string, args ...any) {
		if _, err := db.Exec(text, args...); err != nil {
			fmt.Fprintf(&errs, "%v\n%+v\n", err, err)
		}
		rows, err := db.Query(text, args...)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		fmt.Fprintf(&errs, "%v\n", err)
	}
	for _, text := range []string{
		"EXEC Renew 'canary'", "EXEC Renew @Token='canary'", "EXEC Renew Token=N'canary'", "CALL Renew('can' || 'canary')", "{call Renew('canary')}",
		"EXEC RefreshOAuthAccessToken OAuthRefreshToken='canary'", "EXEC GetOAuthAccessToken 'WEB', 'canary', 'canary'",
		"-- renews\nEXEC Renew 'canary'", "EXEC Renew /* canary */ 'canary'", "SELECT 1; EXEC Renew 'canary'", "EXEC Renew 'x'; -- canary\n", "EXPLAIN EXEC Renew 'canary'",
		"EXEC Renew 'canary", "EXEC Renew 'it's canary'", "EXEC Renew \"canary\"", "EXEC Renew canary", "EXEC Renew [canary", "EXEC Renew 'a' canary", "EXEC Renew 'x', 'canary'",
		"EXEC Renwe 'canary'", "Renew 'canary'", "EXE Renew 'canary'", "EXEC @rc = Renew 'canary'", "EXEC Renew 'x' OUTPUT 'canary'", "EXEC Renew CAST('canary' AS INT)",
		"EXEC Renew 'x', DATE 'canary'", "EXEC Renew 'x', ABS('canary')", "EXEC Renew 'x', 'canary' || 5", "EXEC Renew 'canary', 'y', 'z'", "INSERT INTO t#TEMP EXEC Renew 'canary'",
	} {
		run(text)
	}
	run("EXEC Renew ?", "canary")
	run("EXEC Renew 'x', ?", "canary")
	run("EXEC Renew 'x', @a", sql.Named("a", "canary"))
	p.fails = &Error{Kind: ErrAuthentication, Message: "refused"}
	run("EXEC Renew 'canary'")
	require.NoError(t, db.Close())

	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, text := range map[string]string{"the log file": string(file), "the caller's log": own.String(), "the errors": errs.String()} {
		require.NotEmpty(t, text, name)
		for line := range strings.Lines(text) {
			assert.NotContains(t, line, "canary", name)
		}
	}
	assert.Contains(t, string(file), `sql="EXEC Renew @Token=***"`, "what was called is told")
	assert.Contains(t, own.String(), "msg=arguments")
}
