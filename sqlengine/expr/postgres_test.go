package expr

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testdata/postgres15.tsv holds what PostgreSQL 15 answers: expression, tab,
// the value's text, or "!" and the SQLSTATE. testdata/own.tsv lists the
// expressions whose answer differs on purpose, each with ours and the reason.
func TestValuesAreThoseOfPostgreSQL(t *testing.T) {
	own := map[string][]string{}
	for _, l := range tsv(t, "testdata/own.tsv") {
		require.Len(t, l, 3, "%q", l)
		own[l[0]] = l[1:]
	}
	asked := map[string]bool{}
	for _, l := range tsv(t, "testdata/postgres15.tsv") {
		require.Len(t, l, 2, "%q", l)
		asked[l[0]] = true
		want := l[1]
		if o, ok := own[l[0]]; ok {
			assert.NotEqual(t, want, o[0], "%s no longer differs", l[0])
			want = o[0]
		}
		assert.Equal(t, want, answer(t, l[0]), l[0])
	}
	for e := range own {
		if !asked[e] {
			assert.Equal(t, own[e][0], answer(t, e), e)
		}
	}
}

func answer(t *testing.T, sql string) string {
	got, err := evalSQL(t, sql)
	if err == nil {
		return got
	}
	var e *Error
	if errors.As(err, &e) {
		return "!" + e.SQLState()
	}
	return "!! " + err.Error()
}

func tsv(t *testing.T, path string) [][]string {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "-- ") {
			out = append(out, strings.Split(line, "\t"))
		}
	}
	return out
}
