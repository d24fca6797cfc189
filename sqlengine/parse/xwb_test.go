package parse

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/epicorerp/epicorerp/sqlengine/ast"
	"github.com/stretchr/testify/require"
	"github.com/xwb1989/sqlparser"
)

// xwbAccepts reports whether xwb1989/sqlparser reads the text, and reads it in
// the sense that the text has: it misreads some, which must not pass.
func xwbAccepts(sql string) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false // it panics on some texts
		}
	}()
	for _, sign := range []string{`"`, "||", "//", "/*!", "@", `\`, "#", "--"} {
		if strings.Contains(sql, sign) {
			return false
		}
	}
	toks, err := lex(sql)
	if err != nil {
		return false
	}
	for i := range toks {
		switch t := &toks[i]; {
		case t.kind == tString && i > 0 && !beforeString(&toks[i-1]):
			return false
		case t.upper == "ROLLUP" || t.upper == "CUBE":
			return false
		case t.upper == "ANY" || t.upper == "ALL" || t.upper == "SOME" || t.upper == "TOP":
			if toks[i+1].text == "(" { // plain calls to it
				return false
			}
		}
	}
	stmt, err := sqlparser.ParseStrictDDL(sql)
	if err != nil {
		return false
	}
	switch stmt.(type) {
	case *sqlparser.OtherRead, *sqlparser.OtherAdmin, *sqlparser.Show, *sqlparser.DDL, *sqlparser.DBDDL:
		return false
	}
	return true
}

func lex(sql string) (toks []token, err error) {
	defer func() {
		if b, ok := recover().(bailout); ok {
			err = b.err
		}
	}()
	l := &lexer{src: sql, dialect: MySQL}
	return l.run(), nil
}

// beforeString reports whether a string behind t is an operand, and no alias
// or prefixed literal.
func beforeString(t *token) bool {
	switch t.kind {
	case tOp:
		return t.text != ")"
	case tWord:
		switch t.upper {
		case "AND", "OR", "NOT", "LIKE", "REGEXP", "RLIKE", "ESCAPE", "BETWEEN", "IN", "WHEN", "THEN", "ELSE", "CASE",
			"SELECT", "WHERE", "HAVING", "BY", "SEPARATOR", "INTERVAL", "DIV", "MOD", "LIMIT", "ON", "IS":
			return true
		}
	}
	return false
}

// knownRefusal reports whether the refusal is one of those made on purpose,
// where xwb1989 reads a text that has no meaning or more than one.
func knownRefusal(sql string, err error) bool {
	for _, reason := range []string{
		"list parameters are not supported",
		"parameters of two kinds",
		"neither a number nor a name",
		"comparisons do not chain",
		"does not belong to",          // INSERT INTO t (u.a)
		"expected a unit such as DAY", // INTERVAL 1 xyz DAY
		`expected "," or ")"`,         // aliases inside calls
		"ON or USING",                 // a LEFT JOIN b JOIN c JOIN d ON p ON q
	} {
		if strings.Contains(err.Error(), reason) {
			return true
		}
	}
	var perr *Error
	if !errors.As(err, &perr) {
		return false
	}
	// A word that begins a clause is no alias here, an interval has a unit of a
	// known list, a parameter's name has no dots, and * needs FROM.
	toks, _ := lex(sql)
	for i := range toks {
		if toks[i].upper == "INTERVAL" && ast.Pos(toks[i].start) < perr.Pos {
			return true
		}
		if ast.Pos(toks[i].start) != perr.Pos {
			continue
		}
		if ast.Clause(toks[i].upper) && toks[i].kind == tWord || i > 0 && ast.Clause(toks[i-1].upper) {
			return true
		}
		return i > 0 && (toks[i-1].text == "*" || toks[i-1].kind == tParam && toks[i].text[0] == '.' || toks[0].upper == "USE")
	}
	return true
}

// Texts made of the corpus by chance changes: whatever xwb1989 reads rightly
// must be read here too.
func TestWhatXWB1989ReadsIsReadHereToo(t *testing.T) {
	lines := corpus(t)
	var words []string
	for _, c := range lines {
		words = append(words, strings.Fields(c.sql)...)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	accepted, refused := 0, 0
	check := func(sql string) {
		if !xwbAccepts(sql) {
			return
		}
		accepted++
		if _, err := Parse(sql, Options{Dialect: MySQL}); err != nil {
			refused++
			if !knownRefusal(sql, err) {
				t.Errorf("%s\n\t%v", sql, err)
			}
		}
	}
	for _, c := range lines {
		check(c.sql)
		for range 60 {
			check(mutate(rng, c.sql, words))
		}
	}
	require.Greater(t, accepted, 500, "the gate lets too little through to prove anything")
	require.Less(t, refused*20, accepted, "too many refusals are put down to purpose")
	t.Log(fmt.Sprint(accepted, " texts, refused on purpose ", refused))
}

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
