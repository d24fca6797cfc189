package odata

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/epicorerp/epicorerp/providers"
)

// A server may keep one Edm.DateTime as a day and another as an instant, and
// compare them each in its way: what was tried with one says nothing of the other.
func TestWhatWasTriedOfOneDateTimeIsNotTakenForAnother(t *testing.T) {
	property := func(name, edm string) Property { return Property{Column: providers.Column{Name: name}, Edm: edm} }
	table := &Table{info: &providers.TableInfo{Name: "Orders"}, set: &Set{Properties: []Property{
		property("Placed", "Edm.DateTime"), property("Changed", "Edm.DateTime"), property("Lines", "Edm.Int32"), property("Pages", "Edm.Int32"),
	}}}
	feature := func(column int) string { return table.feature(trial{f: providers.Eq, column: column}) }
	assert.NotEqual(t, feature(0), feature(1))
	assert.Equal(t, "= of Edm.DateTime Orders.Placed", feature(0))
	assert.Equal(t, feature(2), feature(3))
}
