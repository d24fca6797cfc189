package epicorerp

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheLogFileTellsAsMuchAsVerbosityAsksFor(t *testing.T) {
	for _, test := range []struct {
		verbosity    int
		tells, hides []string
	}{
		{1, []string{"msg=statement", "SELECT ID", "rows=3", "statement failed", "SQL"}, []string{"http request", "connection opened"}},
		{2, []string{"msg=statement", "http request"}, []string{"headers=", "connection opened"}},
		{3, []string{"headers="}, []string{"connection opened"}},
		{4, []string{"connection opened", "connection closed", "msg=connect"}, []string{"arguments"}},
		{5, []string{"arguments", "BIGINT"}, []string{"types=7"}},
	} {
		t.Run(fmt.Sprint("at ", test.verbosity), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "driver.log")
			s := shop(t, 3)
			db, err := sql.Open("odata", fmt.Sprintf("URL=%s;Logfile=%q;Verbosity=%d;User=me;Password=geheim!", s.URL, path, test.verbosity))
			require.NoError(t, err)
			_, err = os.Stat(path)
			require.ErrorIs(t, err, os.ErrNotExist, "no file before the first connection")
			_, err = db.Exec("SELECT ID FROM Orders WHERE Name <> 'geheim!' OR ID < ? OR ID IS NOT NULL", 7)
			require.NoError(t, err)
			_, err = db.Exec("SELECT FROM SQL")
			require.Error(t, err)
			require.NoError(t, db.Close())

			text, err := os.ReadFile(path)
			require.NoError(t, err)
			for _, part := range test.tells {
				assert.Contains(t, string(text), part)
			}
			for _, part := range test.hides {
				assert.NotContains(t, string(text), part)
			}
			assert.NotContains(t, string(text), "geheim!")
		})
	}
}

func TestALogFileThatCannotBeOpenedIsAnErrorOfTheProperty(t *testing.T) {
	db, err := sql.Open("odata", "URL=https://erp.example;Logfile="+filepath.Join(t.TempDir(), "missing", "driver.log"))
	require.NoError(t, err)
	defer db.Close()
	err = db.Ping()
	assert.ErrorIs(t, err, ErrProperty)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, `property "Logfile"`)
}

func TestSecretsAreMaskedInWhateverFormTheyReachTheLog(t *testing.T) {
	cfg := odataConfig(t, func(c *Config) {
		c.User, c.Password = "me", NewSecret("ge/heim+1")
		c.CustomHeaders = NewSecret("X-Key: schluessel")
	})
	var out bytes.Buffer
	log := newEventLog(cfg, slog.New(slog.NewTextHandler(&out, nil))).logger
	log.With("bound", "ge/heim+1").WithGroup("g").Error("pass ge/heim+1",
		"text", "a schluessel b", "error", errors.New("ge%2Fheim%2B1"), "auth", "Basic bWU6Z2UvaGVpbSsx",
		slog.Group("in", "deep", cfg), "number", 7)
	for _, secret := range []string{"ge/heim+1", "ge%2Fheim", "schluessel", "bWU6"} {
		assert.NotContains(t, out.String(), secret)
	}
	assert.Contains(t, out.String(), "g.number=7")
	assert.Equal(t, 5, strings.Count(out.String(), "***")-strings.Count(cfg.Redacted(), "***"), out.String())
}

func TestALoggerOfOnesOwnDecidesItsLevel(t *testing.T) {
	var out bytes.Buffer
	log := newEventLog(odataConfig(t, nil), slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn})))
	log.ended(context.Background(), "SELECT 1", 1, 0, nil)
	assert.Empty(t, out.String())
	log.failed(context.Background(), "SELECT 1", errors.New("boom"))
	assert.Contains(t, out.String(), "boom")
	assert.Equal(t, context.Background(), log.traced(context.Background()), "nobody listens")
}
