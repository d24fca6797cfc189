package parse

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/require"
)

const mutationsPerLine = 40

// Chance changes of the corpus reach deeper into the grammar than chance bytes
// do: what is still read must print as a text that reads the same.
func TestChangedStatementsPrintFaithfully(t *testing.T) {
	lines := statements(t)
	var words []string
	for _, c := range lines {
		words = append(words, strings.Fields(c.sql)...)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	read := 0
	for _, c := range lines {
		for i := range mutationsPerLine {
			sql := mutate(rng, c.sql, words)
			stmt, err := Parse(sql, Options{Dialect: Dialect(i % 3)})
			if err != nil {
				continue
			}
			read++
			text := ast.Print(stmt)
			again, err := Parse(text, Options{})
			if err != nil {
				t.Errorf("%s\nprints as %s\n%v", sql, text, err)
			} else if !ast.Equal(stmt, again) {
				t.Errorf("%s\nprints as %s\nwhich prints as %s", sql, text, ast.Print(again))
			}
		}
	}
	require.Greater(t, read, 1000)
	t.Log(read, "texts")
}

// mutate exchanges, adds or removes a word or two.
func mutate(rng *rand.Rand, sql string, words []string) string {
	parts := strings.Fields(sql)
	if len(parts) == 0 {
		return sql
	}
	for range 1 + rng.IntN(2) {
		i, j := rng.IntN(len(parts)), rng.IntN(len(parts))
		switch rng.IntN(4) {
		case 0:
			parts[i] = words[rng.IntN(len(words))]
		case 1:
			parts[i], parts[j] = parts[j], parts[i]
		case 2:
			parts = append(parts[:i:i], append([]string{words[rng.IntN(len(words))]}, parts[i:]...)...)
		default:
			if len(parts) > 1 {
				parts = append(parts[:i:i], parts[i+1:]...)
			}
		}
	}
	return strings.Join(parts, " ")
}
