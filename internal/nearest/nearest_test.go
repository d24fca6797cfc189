package nearest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestName(t *testing.T) {
	columns := []string{"Name", "CustNum", "OrderNum", "CreditHold", "ÜberName"}
	for name, test := range map[string]struct{ typed, want string }{
		"two letters swapped":         {"Nmae", "Name"},
		"a letter missing":            {"CustNm", "CustNum"},
		"a letter too many":           {"OrderNumm", "OrderNum"},
		"another case is no mistake":  {"creditHOLD", "CreditHold"},
		"letters beyond ASCII":        {"überNme", "ÜberName"},
		"nothing like it":             {"Warehouse", ""},
		"short names allow one slip":  {"Nam", "Name"},
		"an empty name means nothing": {"", ""},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.want, Name(test.typed, columns)) })
	}
}

func TestSuffix(t *testing.T) {
	assert.Equal(t, "; did you mean `Name`?", Suffix("Nmae", []string{"Name"}))
	assert.Empty(t, Suffix("Nmae", nil))
}
