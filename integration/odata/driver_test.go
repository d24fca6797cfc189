package odata_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	_ "github.com/epicorerp/epicorerp"
)

// pushdowns are the two settings between which no answer may differ.
var pushdowns = []struct{ name, property string }{
	{"with pushdown", ""},
	{"without pushdown", ";Pushdown=off"},
}

// eachService runs a test on every service with both settings of pushdown.
func eachService(t *testing.T, test func(*testing.T, *recorder, *sql.DB)) {
	for _, service := range services {
		for _, p := range pushdowns {
			t.Run(service.name+" "+p.name, func(t *testing.T) { test(t, service, open(t, service, p.property)) })
		}
	}
}

// open opens the driver on a service.
func open(t *testing.T, service *recorder, properties string) *sql.DB {
	t.Helper()
	db, err := sql.Open("epicorerp", "Provider=OData;AuthScheme=None;URL="+service.url+properties)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
