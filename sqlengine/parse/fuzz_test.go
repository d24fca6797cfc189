package parse

import (
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
)

// Whatever the text, there is a tree or an error; and a tree's printed text
// reads back as the same tree.
func FuzzParse(f *testing.F) {
	for _, c := range statements(f) {
		f.Add(c.sql, uint8(c.dialect))
	}
	f.Fuzz(func(t *testing.T, sql string, dialect uint8) {
		stmt, err := Parse(sql, Options{Dialect: Dialect(dialect % 3), MaxDepth: 200})
		if err != nil {
			return
		}
		text := ast.Print(stmt)
		again, err := Parse(text, Options{})
		if err != nil {
			t.Fatalf("%q\nprints as %q\nwhich is refused: %v", sql, text, err)
		}
		if !ast.Equal(stmt, again) {
			t.Fatalf("%q\nprints as %q\nwhich prints as %q", sql, text, ast.Print(again))
		}
		Params(stmt)
	})
}
