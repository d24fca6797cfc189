package odata_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// aboutItems are conditions on the rows of another table, each with the $filter
// that it becomes where the service is found to know it.
var aboutItems = []struct{ where, filter string }{
	{"EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID)", "Bins/any()"},
	{"NOT EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID)", "not Bins/any()"},
	{"EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID AND b.Bin > 30)", "Bins/any(x:x/Bin gt 30)"},
	{"NOT EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID AND b.Bin <= 41)", "not Bins/any(x:x/Bin le 41)"},
	{"i.ID IN (SELECT b.ItemID FROM Bins b WHERE b.Bin IN (25, 26, 44))", "Bins/any(x:(x/Bin eq 25 or x/Bin eq 26 or x/Bin eq 44))"},
	{"i.ID > 3 AND EXISTS (SELECT 1 FROM Items_Bins b WHERE b.Items_ID = i.ID AND b.Bin < 20 AND b.Bin <> 7)", "ID gt 3 and Bins/any(x:(x/Bin lt 20 and x/Bin ne 7))"},
	{"EXISTS (SELECT 1 FROM Items_Bins b WHERE b.Items_ID = i.ID AND b.Free IS NOT NULL)", "Bins/any(x:x/Free ne null)"},
	{"NOT EXISTS (SELECT 1 FROM Items_Bins b WHERE b.Items_ID = i.ID AND b.Free IS NULL)", "not Bins/any(x:x/Free eq null)"},
	{"NOT EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID AND b.Free < 3)", "not Bins/any(x:x/Free lt 3)"},
	{"EXISTS (SELECT 1 FROM Bins b WHERE b.ItemID = i.ID AND b.Bin > b.Free)", "Bins/any(x:x/Bin gt x/Free)"},
}

// lambdasTurned rewrites each call of any(); not says that "not" stands before it.
func lambdasTurned(turn func(not bool, inside string) string) func(url.Values) {
	return func(q url.Values) {
		before, rest, found := strings.Cut(q.Get("$filter"), "Bins/any(")
		if !found {
			return
		}
		out := ""
		for ; found; before, rest, found = strings.Cut(rest, "Bins/any(") {
			depth, end := 1, 0
			for ; depth > 0; end++ {
				switch rest[end] {
				case '(':
					depth++
				case ')':
					depth--
				}
			}
			kept, not := strings.CutSuffix(before, "not ")
			out += kept + turn(not, rest[:end-1])
			rest = rest[end:]
		}
		q.Set("$filter", out+before)
	}
}

func negated(not bool, text string) string {
	if not {
		return "not (" + text + ")"
	}
	return text
}

// lambdaMisreadings are services that say 200 to any() and mean something else.
var lambdaMisreadings = []misreading{
	{name: "says yes to all", query: lambdasTurned(func(not bool, _ string) string { return negated(not, "1 eq 1") })},
	{name: "says no to all", query: lambdasTurned(func(not bool, _ string) string { return negated(not, "1 eq 2") })},
	{name: "passes over it", query: lambdasTurned(func(bool, string) string { return "1 eq 1" })},
	{name: "passes over the not", query: lambdasTurned(func(_ bool, inside string) string { return "Bins/any(" + inside + ")" })},
	{name: "passes over what is inside", query: lambdasTurned(func(not bool, _ string) string { return negated(not, "Bins/any()") })},
	{name: "finds nothing where something is inside", query: lambdasTurned(func(not bool, inside string) string {
		return negated(not, "Bins/any("+inside+")"+map[bool]string{true: " and 1 eq 2"}[inside != ""])
	})},
	{name: "takes any for all", query: lambdasTurned(func(not bool, inside string) string {
		if inside == "" {
			return negated(not, "Bins/any()")
		}
		return negated(not, "Bins/all("+inside+")")
	})},
	{name: "compares the wrong way round inside", query: lambdasTurned(func(not bool, inside string) string {
		return negated(not, "Bins/any("+strings.NewReplacer(" lt ", " gt ", " gt ", " lt ", " le ", " ge ").Replace(inside)+")")
	})},
	{name: "takes null for little", query: lambdasTurned(func(not bool, inside string) string {
		return negated(not, "Bins/any("+regexp.MustCompile(`(x/\w+) lt (\S+)`).ReplaceAllString(inside, "($1 lt $2 or $1 eq null)")+")")
	})},
	{name: "finds no nulls", query: lambdasTurned(func(not bool, inside string) string {
		return negated(not, "Bins/any("+strings.NewReplacer(" eq null", " eq 99", " ne null", " ne 99").Replace(inside)+")")
	})},
	{name: "looks at all items of the set", option: odatatest.WithLambdaItems(func(all, _ []int) []int { return all })},
	{name: "looks at all items of the set where something is inside", option: odatatest.WithLambdaItems(func(all, _ []int) []int { return all }),
		query: lambdasTurned(func(not bool, inside string) string {
			if inside == "" { // some that are related
				inside = "x:x/ItemID eq ID"
			}
			return negated(not, "Bins/any("+inside+")")
		})},
	{name: "looks at the first item alone", option: odatatest.WithLambdaItems(func(_, related []int) []int { return related[:min(1, len(related))] })},
	{name: "looks at the last item alone", option: odatatest.WithLambdaItems(func(_, related []int) []int { return related[max(0, len(related)-1):] })},
}

// askAboutItems compares the rows of all queries with those of pushdown off.
func askAboutItems(t *testing.T, m misreading, schema func(*testing.T) string) {
	p := m.open(t, schema(t))
	defer p.Close()
	for _, c := range aboutItems {
		for _, sql := range []string{"SELECT i.ID FROM Items i WHERE " + c.where, "SELECT COUNT(*) FROM Items i WHERE " + c.where} {
			_, want, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
			require.NoError(t, err, sql)
			_, got, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
			require.NoError(t, err, sql)
			assert.Empty(t, providertest.Differ(got, want, false), sql)
			if len(want) > 0 && len(want[0]) > 0 {
				assert.NotEqual(t, sqltypes.IntValue(60), want[0][0], "%s: the condition parts the rows", sql)
			}
		}
	}
}

func TestServicesThatMisreadLambdasAreFoundOut(t *testing.T) {
	for _, m := range lambdaMisreadings {
		t.Run(m.name, func(t *testing.T) {
			askAboutItems(t, m, func(t *testing.T) string {
				address, _ := m.serve(t, warehouse(t))
				return address
			})
		})
	}
	for _, status := range []int{400, 500, 501} {
		t.Run(fmt.Sprintf("answers %d", status), func(t *testing.T) {
			m := misreading{status: func(asked url.Values) int {
				if strings.Contains(asked.Get("$filter"), "any(") {
					return status
				}
				return http.StatusOK
			}}
			askAboutItems(t, m, func(t *testing.T) string {
				address, _ := m.serve(t, warehouse(t))
				return address
			})
		})
	}
}

func TestLambdasAreNotAskedForWhereNoItemsComeToTryThemOn(t *testing.T) {
	m := misreading{status: func(asked url.Values) int {
		switch {
		case asked.Has("$expand"):
			return http.StatusInternalServerError
		case strings.Contains(asked.Get("$filter"), "any("):
			t.Errorf("asked for %s", asked.Get("$filter"))
		}
		return http.StatusOK
	}}
	address, _ := m.serve(t, warehouse(t))
	p := m.open(t, address)
	defer p.Close()
	for _, c := range aboutItems {
		if strings.Contains(c.where, "Items_Bins") {
			continue // the view has no other way to its rows
		}
		sql := "SELECT i.ID FROM Items i WHERE " + c.where
		_, want, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
		require.NoError(t, err)
		_, got, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
		require.NoError(t, err, sql)
		assert.Empty(t, providertest.Differ(got, want, false), sql)
	}
}

func TestServicesThatKnowLambdasAreAskedForThem(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	m := misreading{query: func(q url.Values) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, q.Get("$filter"))
	}}
	address, _ := m.serve(t, warehouse(t))
	askAboutItems(t, m, func(*testing.T) string { return address })
	p := m.open(t, address)
	defer p.Close()
	for _, c := range aboutItems {
		sql := "SELECT i.ID FROM Items i WHERE " + c.where
		for range 2 { // the first time it is tried before
			asked = nil
			_, _, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
			require.NoError(t, err)
		}
		for i, filter := range asked {
			assert.True(t, filter == c.filter || i > 0 && strings.HasPrefix(filter, c.filter+" and ID gt "), "%s: %s", sql, filter)
		}
	}
}
