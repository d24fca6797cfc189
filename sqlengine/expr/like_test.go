package expr

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/sqltypes"
)

// naiveLike is LIKE by its definition, over characters. bad reports a pattern
// that ends in the escape character, about which only the error is open.
func naiveLike(s, p []rune, esc rune) (ok, bad bool) {
	switch {
	case len(p) == 0:
		return len(s) == 0, false
	case p[0] == esc && len(p) == 1:
		return false, true
	case p[0] == esc:
		if len(s) == 0 || s[0] != p[1] {
			return false, false
		}
		return naiveLike(s[1:], p[2:], esc)
	case p[0] == '%':
		for i := range len(s) + 1 {
			if ok, bad := naiveLike(s[i:], p[1:], esc); ok || bad {
				return ok, bad
			}
		}
		return false, false
	case len(s) == 0 || p[0] != '_' && p[0] != s[0]:
		return false, false
	}
	return naiveLike(s[1:], p[1:], esc)
}

func checkLike(t testing.TB, s, p string) {
	if !utf8.ValidString(s) || !utf8.ValidString(p) || len(s) > 24 || strings.Count(p, "%") > 4 || len(p) > 24 {
		return
	}
	for _, esc := range []string{"\\", "", "!"} {
		e, err := escapeRune(esc)
		require.NoError(t, err)
		want, bad := naiveLike([]rune(s), []rune(p), e)
		if bad || strings.HasSuffix(p, esc) && esc != "" {
			continue
		}
		got, err := likeMatch([]byte(s), []byte(p), e)
		if err != nil || got != want {
			t.Fatalf("%q LIKE %q ESCAPE %q: %v, %v; want %v", s, p, esc, got, err, want)
		}
		if f := (&Frame{}); constMatcher(p, e)(f, []byte(s)) != want || f.Err != nil {
			t.Fatalf("%q LIKE %q ESCAPE %q: the constant pattern gives %v", s, p, esc, !want)
		}
		n, err := NewLike(NewConst(sqltypes.StringValue(s)), NewConst(sqltypes.StringValue(p)), NewConst(sqltypes.StringValue(esc)), true, false)
		require.NoError(t, err)
		test, err := Predicate(n, nil)
		require.NoError(t, err)
		if not, err := test(&Frame{}); err != nil || not == want {
			t.Fatalf("%q NOT LIKE %q ESCAPE %q: %v, %v", s, p, esc, not, err)
		}
	}
}

func TestLikeMatchesAsDefined(t *testing.T) {
	alphabet := []string{"", "a", "b", "ä", "%", "_", "\\", "!"}
	var words []string
	for _, a := range alphabet {
		for _, b := range alphabet {
			for _, c := range alphabet {
				words = append(words, a+b+c)
			}
		}
	}
	for _, p := range words {
		for i := 0; i < len(words); i += 3 {
			checkLike(t, words[i], p)
		}
		checkLike(t, "aab", p+"b")
		checkLike(t, "abab", p+"%"+p)
	}
}

func FuzzLike(f *testing.F) {
	f.Add("abcabc", "%b_a%")
	f.Fuzz(func(t *testing.T, s, p string) { checkLike(t, s, p) })
}
