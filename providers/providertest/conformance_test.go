package providertest_test

import (
	"fmt"
	"testing"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
)

func TestMemoryConforms(t *testing.T) {
	providertest.Run(t, providertest.Harness{
		Open:    func(*testing.T) providers.Provider { return open() },
		Calls:   calls,
		Queries: []providertest.Query{{SQL: "SELECT Plant, Part FROM BAQ WHERE Plant = 'MfgSys' ORDER BY Part", Ordered: true}},
	})
}

func TestChaosConforms(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			providertest.Run(t, providertest.Harness{Open: func(*testing.T) providers.Provider { return open().Chaos(seed) }})
		})
	}
}

func TestServerThatDoesNothingConforms(t *testing.T) {
	providertest.Run(t, providertest.Harness{Open: func(*testing.T) providers.Provider {
		return open().Weakened(func(info *providers.TableInfo, r *providers.ScanRequest, p *providers.ScanPlan) {
			for i, f := range r.Filter {
				if c, ok := f.(*providers.Call); !ok || c.Func != providers.Eq || info.Name != "BAQ" {
					p.Filter[i] = providers.None
				}
			}
			p.Order, p.Limit, p.Aggregate, p.Keys, p.Expand = 0, 0, 0, 0, 0
		})
	}})
}
