package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
)

// Behind one type of the metadata a server may keep a day and an instant, a decimal
// and a float, and compare them each in its way: what was tried with one column says
// nothing of another.
func TestWhatWasTriedOfOneColumnIsNotTakenForAnother(t *testing.T) {
	property := func(name string) Property { return Property{Column: providers.Column{Name: name}, Edm: "Edm.DateTime"} }
	table := &Table{path: "Orders", set: &Set{Properties: []Property{property("Placed"), property("Changed")}}}
	for name, x := range map[string]trial{
		"= of Orders.Placed":            {f: providers.Eq},
		"IS NULL of Orders.Placed":      {f: providers.IsNull},
		"< of YEAR(Orders.Placed)":      {f: providers.Lt, part: providers.Year},
		"$orderby by Orders.Placed":     {order: []providers.OrderTerm{{Column: 0}}},
		"text with \" in Orders.Placed": {f: providers.Eq, mark: '"'},
	} {
		assert.Equal(t, name, table.feature(x))
		other := x
		if other.column = 1; x.order != nil {
			other.order = []providers.OrderTerm{{Column: 1}}
		}
		assert.NotEqual(t, table.feature(x), table.feature(other))
	}
}
