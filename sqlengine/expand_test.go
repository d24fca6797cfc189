package sqlengine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// TestJoinsAlongNavigationsOfServersThatRelateMore joins over a server that
// relates rows which are not equal, as one does that compares texts without
// regard to case; here it relates all rows to all.
func TestJoinsAlongNavigationsOfServersThatRelateMore(t *testing.T) {
	const pairs = "o.Company = c.Company AND o.CustNum = c.CustNum"
	for name, test := range map[string]struct {
		sql      string
		expanded bool
	}{
		"an inner join drops the rows that are not equal":        {"SELECT c.Name, o.Total FROM Erp.BO.CustomerSvc.Customers c JOIN Orders o ON " + pairs, true},
		"so does one that reads no key, and one with conditions": {"SELECT o.Total FROM Erp.BO.CustomerSvc.Customers c JOIN Orders o ON " + pairs + " WHERE o.Total > 10", true},
		"an outer join is done here":                             {"SELECT c.Name, o.Total FROM Erp.BO.CustomerSvc.Customers c LEFT JOIN Orders o ON " + pairs, false},
		"nulls that shall be equal are related to nothing":       {"SELECT c.Name, o.Total FROM Erp.BO.CustomerSvc.Customers c JOIN Orders o ON o.Company = c.Company AND o.CustNum IS NOT DISTINCT FROM c.CustNum", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := erp(t).Weakened(func(_ *providers.TableInfo, r *providers.ScanRequest, p *providers.ScanPlan) {
				if len(r.Expand) > 0 {
					p.Expand = providers.Superset
				}
			})
			_, want, err := providertest.Answer(t.Context(), m, here, test.sql)
			require.NoError(t, err)
			require.NotEmpty(t, want)
			_, got, err := providertest.Answer(t.Context(), m, pushed, test.sql)
			require.NoError(t, err)
			assert.Empty(t, providertest.Differ(got, want, false))
			_, plan, err := providertest.Answer(t.Context(), m, pushed, "EXPLAIN "+test.sql)
			require.NoError(t, err)
			assert.Equal(t, test.expanded, slices.ContainsFunc(plan, func(row []sqltypes.Value) bool {
				return strings.Contains(row[0].S, "with the related rows of Orders")
			}))
		})
	}
}
