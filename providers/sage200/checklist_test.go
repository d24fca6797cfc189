package sage200_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
	"github.com/epicorerp/epicorerp/sqlengine"
)

// TestHabitsOfSage200 goes through the habits of the real server that break
// clients, each with what the driver makes of it. The forms of its errors are
// in TestEveryFormOfErrorIsUnderstood.
func TestHabitsOfSage200(t *testing.T) {
	t.Run("401 for a wrong X-Site or X-Company too: told from that of a token by the list of sites", func(t *testing.T) {
		for name, opts := range map[string][]sage200test.Option{
			"in so many words": {severalCompanies}, "in the same words": {severalCompanies, sage200test.WithQuietTokenErrors()},
		} {
			t.Run(name, func(t *testing.T) {
				s := serve(t, opts...)
				t.Run("a token that has run out is renewed, once", func(t *testing.T) {
					src := &source{token: "old", next: sage200test.DefaultToken}
					p := open(t, providers.Options{Properties: properties(s), SignIn: src})
					mustQuery(t, p, "SELECT id FROM currencies")
					assert.Equal(t, []string{"old"}, src.refused)
				})
				t.Run("a token that nothing replaces is an authentication error", func(t *testing.T) {
					src := &source{token: "old"}
					p := open(t, providers.Options{Properties: properties(s), SignIn: src})
					_, err := query(t.Context(), p, "SELECT id FROM currencies")
					failure(t, err, providers.KindAuthentication)
					assert.NotContains(t, err.Error(), "old")
				})
				t.Run("a wrong company is no reason to renew, and is named", func(t *testing.T) {
					src := &source{token: sage200test.DefaultToken, next: "another"}
					p := open(t, providers.Options{Properties: properties(s, "Company", "77"), SignIn: src})
					_, err := query(t.Context(), p, "SELECT id FROM currencies")
					e := failure(t, err, providers.KindProperty)
					assert.Contains(t, e.Message, "the server does not know Site="+sage200test.DefaultSite+";Company=77; the user may open Site=")
					assert.Empty(t, src.refused)
					failure(t, p.Ping(t.Context()), providers.KindProperty)
				})
			})
		}
	})
	t.Run("401 for a wrong subscription key: an error of its own", func(t *testing.T) {
		_, err := query(t.Context(), connect(t, serve(t), "SubscriptionKey", "canary-0123456789"), "SELECT id FROM currencies")
		failure(t, err, providers.KindAPIKey)
		assert.NotContains(t, err.Error(), "canary-0123456789")
	})
	t.Run("403 where the user's role lacks the module, 404 where the version lacks the resource: said in those words", func(t *testing.T) {
		p := connect(t, serve(t, sage200test.WithDenied("suppliers"), sage200test.WithoutResources("products")))
		_, err := p.Table(t.Context(), "", "suppliers")
		assert.Contains(t, failure(t, err, providers.KindPermission).Message, "the user's role lacks the module")
		_, err = p.Table(t.Context(), "", "products")
		assert.Contains(t, failure(t, err, providers.KindNotFound).Message, "this version of Sage 200 has no such resource")
	})
	t.Run("$skip without $orderby is 400: never sent", func(t *testing.T) {
		s := serve(t)
		p := connect(t, s, "Pagesize", "40", "Collation", "server")
		for _, sql := range []string{
			"SELECT name FROM customers ORDER BY name", "SELECT id FROM customers ORDER BY balance LIMIT 7 OFFSET 20",
			"SELECT name FROM customer_views", "SELECT * FROM sop_orders ORDER BY document_date DESC",
		} {
			mustQuery(t, p, sql)
		}
		skipped := 0
		for _, l := range sent(s) {
			if strings.Contains(l, "$skip") {
				skipped++
				assert.Contains(t, l, "$orderby", l)
			}
		}
		assert.NotZero(t, skipped)
	})
	t.Run("500 rows where $top is left out, and nothing that says so: $top always goes, and the end is proven", func(t *testing.T) {
		s := serve(t, sage200test.WithRows("customers", 701))
		assert.Len(t, mustQuery(t, connect(t, s), "SELECT id FROM customers"), 701)
		for _, l := range sent(s) {
			assert.Regexp(t, `\$top=|\$count=true$`, l)
		}
	})
	t.Run("5,000 rows at most, cut in silence or refused: asked for in pages of no more, and a cut page loses nothing", func(t *testing.T) {
		for name, opt := range map[string]sage200test.Option{"cut": sage200test.WithMaxTop(5000), "refused": sage200test.WithTopRejected()} {
			t.Run(name, func(t *testing.T) {
				s := serve(t, opt, sage200test.WithRows("warehouse_holdings", 5003))
				assert.Len(t, mustQuery(t, connect(t, s, "Pagesize", "9999"), "SELECT id FROM warehouse_holdings"), 5003)
				for _, l := range sent(s) {
					assert.NotContains(t, l, "9999")
				}
			})
		}
		t.Run("by less than is documented", func(t *testing.T) {
			s := serve(t, sage200test.WithMaxTop(7))
			for _, tab := range []string{"customers", "customer_views", "sop_order_line_views"} {
				p := connect(t, s)
				n := mustQuery(t, p, "SELECT COUNT(*) FROM "+tab)
				rows, err := readAll(t.Context(), table(t, p, tab), &providers.ScanRequest{Columns: []int{0, 1}})
				require.NoError(t, err)
				assert.Len(t, rows, map[string]int{"130": 130, "700": 700}[n[0]])
			}
		})
	})
	t.Run("$count is a bare number: read as one, and what is none is an error", func(t *testing.T) {
		s := serve(t)
		assert.Equal(t, []string{"130"}, mustQuery(t, connect(t, s), "SELECT COUNT(*) FROM customers"))
		assert.Equal(t, []string{"customers?$count=true"}, sent(s))
		for _, body := range []string{`[]`, `{"count":6}`, `"6"`, `-1`, ``} {
			_, err := query(t.Context(), connect(t, serve(t, always(answer(200, body)))), "SELECT COUNT(*) FROM currencies")
			failure(t, err, providers.KindResponse)
		}
	})
	t.Run("200 with no body on DELETE: nothing is written by the driver, which refuses DELETE itself, and for rows such an answer is an error", func(t *testing.T) {
		s := serve(t)
		p := connect(t, s)
		before := mustQuery(t, p, "SELECT id FROM departments ORDER BY id")
		s.ResetCounters()
		_, err := query(t.Context(), p, "DELETE FROM departments WHERE id = "+before[0])
		require.ErrorContains(t, err, "DELETE")
		assert.Zero(t, s.Count())
		r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, s.URL+"/departments/"+before[0], nil)
		require.NoError(t, err)
		for name, value := range map[string]string{"Authorization": "Bearer " + sage200test.DefaultToken, "ocp-apim-subscription-key": sage200test.DefaultKey,
			"X-Site": sage200test.DefaultSite, "X-Company": "1"} {
			r.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Zero(t, resp.ContentLength)
		assert.Equal(t, before[1:], mustQuery(t, p, "SELECT id FROM departments ORDER BY id"), "what another program deletes is gone at once")
		_, err = query(t.Context(), connect(t, serve(t, always(answer(http.StatusOK, "")))), "SELECT id FROM departments")
		assert.Contains(t, failure(t, err, providers.KindResponse).Message, "empty")
	})
	t.Run("no in, no not, three functions in $filter: nothing else is sent, and the rest is done here", func(t *testing.T) {
		s := serve(t)
		p := connect(t, s)
		for _, sql := range []string{
			"SELECT id FROM customers WHERE id IN (1012, 1013) AND NOT (balance > 5 AND on_hold)", "SELECT id FROM customers WHERE name NOT LIKE 'A%' AND LOWER(name) LIKE '%a%'",
			"SELECT id FROM customers WHERE LENGTH(name) > 5 OR balance / 2 > 10 OR MOD(id, 2) = 0", "SELECT id FROM customers WHERE NOT (name LIKE '%s' OR id NOT IN (1012, 1013, 1014))",
		} {
			s.ResetCounters()
			_, rows, err := providertest.Answer(t.Context(), p, sqlengine.Options{Pushdown: true}, sql)
			require.NoError(t, err, sql)
			for _, l := range sent(s) {
				assert.NotRegexp(t, `%20(in|has|add|sub|mul|div|mod)%20|not%20|not\(|(length|tolower|toupper|trim|indexof|substring)\(`, l)
			}
			_, here, err := providertest.Answer(t.Context(), p, sqlengine.Options{}, sql)
			require.NoError(t, err)
			assert.Empty(t, providertest.Differ(rows, here, false), sql)
		}
	})
	t.Run("enumerations are numbers that print as names: a name is compared, and a value the server refuses is compared here", func(t *testing.T) {
		p := connect(t, serve(t))
		assert.Empty(t, mustQuery(t, p, "SELECT id FROM sop_orders WHERE document_status = 'Nonsense'"))
		assert.Empty(t, mustQuery(t, p, "SELECT id FROM sop_orders WHERE document_status = '2'"), "SQL compares the name that is read")
		want := mustQuery(t, p, "SELECT COUNT(*) FROM sop_orders WHERE document_status || '' = 'EnumDocumentStatusLive'")
		require.NotEqual(t, []string{"0"}, want)
		assert.Equal(t, want, mustQuery(t, p, "SELECT COUNT(*) FROM sop_orders WHERE document_status = 'EnumDocumentStatusLive'"))
	})
	t.Run("dates are bare, and instants have more digits than are sent: whole seconds are asked for, and the rest compared here", func(t *testing.T) {
		s := serve(t)
		p := connect(t, s)
		at := mustQuery(t, p, "SELECT id, date_time_updated FROM customers WHERE id < 1040")
		s.ResetCounters()
		found := 0
		for _, line := range at {
			id, when, _ := strings.Cut(line, "|")
			if strings.Contains(when, ".") {
				found++
				assert.Contains(t, mustQuery(t, p, "SELECT id FROM customers WHERE date_time_updated = TIMESTAMP WITH TIME ZONE '"+when+"'"), id)
			}
		}
		assert.NotZero(t, found)
		for _, l := range sent(s) {
			assert.Regexp(t, `date_time_updated%20ge%20[-0-9]+T[0-9:%A]+Z%20`, l)
		}
		s.ResetCounters()
		mustQuery(t, p, "SELECT id FROM sop_orders WHERE document_date >= DATE '2016-03-01'")
		assert.Contains(t, sent(s)[0], "document_date%20ge%202016-03-01&")
	})
	t.Run("decimals come with their places: exact to the digit", func(t *testing.T) {
		for _, line := range mustQuery(t, connect(t, serve(t)), "SELECT total_net_value, exchange_rate FROM sop_orders WHERE total_net_value IS NOT NULL AND exchange_rate IS NOT NULL LIMIT 20") {
			assert.Regexp(t, `^-?\d+\.\d{2}\|-?\d+\.\d{6}$`, line)
		}
	})
	t.Run("objects and collections come only when expanded: columns and tables that are asked for when they are named", func(t *testing.T) {
		s := serve(t)
		p := connect(t, s)
		star := mustQuery(t, p, "SELECT * FROM sop_orders WHERE id = 1003")
		require.Len(t, star, 1)
		for _, line := range sent(s) {
			assert.NotContains(t, line, "$expand", "SELECT * asks for what comes by itself")
		}
		named := mustQuery(t, p, "SELECT id, delivery_address_city, delivery_address_id FROM sop_orders WHERE id = 1003")
		assert.Regexp(t, `^1003\|[^|]*\|\d+$`, named[0])
		document := mustQuery(t, p, "SELECT customer FROM sop_orders WHERE id = 1003")
		assert.Contains(t, document[0], `"reference":`)
		inTable := mustQuery(t, p, "SELECT sop_orders_id, id, line_quantity FROM sop_orders_lines WHERE sop_orders_id = 1003 ORDER BY id")
		inResource := mustQuery(t, p, "SELECT 1003, id, line_quantity FROM sop_order_lines WHERE sop_order_id = 1003 ORDER BY id")
		require.NotEmpty(t, inTable)
		assert.Equal(t, inResource, inTable)
		all := mustQuery(t, p, "SELECT COUNT(*), COUNT(DISTINCT id) FROM sop_orders_lines")
		assert.Equal(t, []string{"700|700"}, all)
	})
	t.Run("some resources are listed under a row of another alone: that row's id must be given", func(t *testing.T) {
		_, err := query(t.Context(), connect(t, serve(t)), "SELECT * FROM sop_order_lines")
		assert.Contains(t, failure(t, err, providers.KindParameter).Message, "add WHERE sop_order_id = …")
	})
}
