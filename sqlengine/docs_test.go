package sqlengine_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/procedures"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

// granted signs everybody in.
type granted struct{}

func (granted) AuthorizationURL(_ context.Context, r oauth.AuthorizationRequest) (string, error) {
	return "https://idp.example/authorize?state=" + r.State, nil
}

func (granted) Exchange(context.Context, oauth.ExchangeRequest) (oauth.Tokens, error) {
	return oauth.Tokens{Access: "access", Refresh: "refresh", ExpiresIn: time.Hour}, nil
}

func (granted) Refresh(context.Context, string) (oauth.Tokens, error) { return oauth.Tokens{}, nil }

func (granted) AdminConsentURL(context.Context, string, string, string) (string, error) {
	return "https://idp.example/adminconsent", nil
}

// TestTheQueriesOfTheDocumentationRun runs every query that docs/sql.md shows,
// with pushdown and without.
func TestTheQueriesOfTheDocumentationRun(t *testing.T) {
	text, err := os.ReadFile("../docs/sql.md")
	require.NoError(t, err)
	m := erp(t)
	here, pushed := here, pushed
	here.Procedures = procedures.New(m, granted{}, procedures.Options{})
	pushed.Procedures = here.Procedures
	blocks := strings.Split(string(text), "```sql\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		sql, _, closed := strings.Cut(block, "```")
		require.True(t, closed)
		first, _, _ := strings.Cut(sql, "\n")
		t.Run(first, func(t *testing.T) {
			_, want, err := providertest.Answer(t.Context(), m, here, sql)
			require.NoError(t, err, sql)
			assert.NotEmpty(t, want, sql)
			if strings.HasPrefix(sql, "EXPLAIN") {
				return
			}
			_, got, err := providertest.Answer(t.Context(), m, pushed, sql)
			require.NoError(t, err, sql)
			assert.Empty(t, providertest.Differ(got, want, false), sql)
		})
	}
}
