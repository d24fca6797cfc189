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
	lines := corpus(t)
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
