package epicorerp

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
	"github.com/epicorerp/epicorerp/providers/sage200/sage200test"
)

func TestSage200IsReachedUnderItsNameAndByItsProvider(t *testing.T) {
	srv := sage200test.NewServer()
	defer srv.Close()
	held := map[int64]bool{}
	data := srv.Data()
	column := func(set, name string) func(row int) odatatest.Value {
		i := slices.IndexFunc(data.Set(set).Columns, func(c odatatest.Column) bool { return c.Name == name })
		return func(row int) odatatest.Value { return data.Rows(set).At(row, i) }
	}
	for row := range data.Count("customers") {
		held[column("customers", "id")(row).Int64()] = column("customers", "on_hold")(row).Text() == "true"
	}
	want := 0
	for row := range data.Count("sop_orders") {
		if !held[column("sop_orders", "customer_id")(row).Int64()] {
			want++
		}
	}
	require.NotZero(t, want)
	for _, test := range []struct{ driver, prefix string }{{"sage200", ""}, {"epicorerp", "Provider=Sage200;"}, {"odata", "jdbc:sage200:"}} {
		t.Run(test.driver+" "+test.prefix, func(t *testing.T) {
			db, err := sql.Open(test.driver, test.prefix+srv.DSN())
			require.NoError(t, err)
			defer db.Close()
			var orders int
			var total string
			require.NoError(t, db.QueryRow(`SELECT COUNT(*), SUM(o.total_net_value) FROM sop_orders o
				JOIN customers c ON c.id = o.customer_id WHERE NOT c.on_hold`).Scan(&orders, &total))
			assert.Equal(t, want, orders)
			assert.Regexp(t, `^-?[0-9]+\.[0-9]{2}$`, total)
		})
	}
	t.Run("with a wrong key of the subscription", func(t *testing.T) {
		db, err := sql.Open("sage200", srv.DSN()+";SubscriptionKey=")
		require.Error(t, err, "a property that is set twice")
		require.Nil(t, db)
		db, err = sql.Open("sage200", "URL="+srv.URL+";SubscriptionKey=0123456789;OAuthAccessToken="+sage200test.DefaultToken)
		require.NoError(t, err)
		defer db.Close()
		err = db.Ping()
		require.ErrorIs(t, err, ErrAPIKey)
		assert.NotContains(t, err.Error(), "0123456789")
	})
}

func TestSage200TakesTheOnlyCompanyAndListsSeveral(t *testing.T) {
	companies := []sage200test.Company{
		{SiteID: sage200test.DefaultSite, SiteName: "North", CompanyID: 1, CompanyName: "Demodata"},
		{SiteID: sage200test.DefaultSite, SiteName: "North", CompanyID: 2, CompanyName: "Training"},
	}
	for schema, path := range map[string]string{"StandardUK": sage200test.StandardPath, "ProfessionalUK": sage200test.ProfessionalPath} {
		t.Run(schema, func(t *testing.T) {
			open := func(more string, n int) *sql.DB {
				srv := sage200test.NewServer(sage200test.WithPath(path), sage200test.WithCompanies(companies[:n]...))
				t.Cleanup(srv.Close)
				db, err := sql.Open("sage200", "Schema="+schema+";URL="+srv.URL+";SubscriptionKey="+sage200test.DefaultKey+";OAuthAccessToken="+sage200test.DefaultToken+more)
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, db.Close()) })
				return db
			}
			for _, db := range []*sql.DB{open("", 1), open(";Company=training", 2)} {
				var kind, status, city string
				require.NoError(t, db.QueryRow("SELECT TableType FROM sys_tables WHERE TableName = 'customer_views'").Scan(&kind))
				assert.Equal(t, "VIEW", kind)
				require.NoError(t, db.QueryRow(`SELECT document_status, delivery_address_city FROM sop_orders
					WHERE document_status = 'EnumDocumentStatusLive' AND delivery_address_city IS NOT NULL LIMIT 1`).Scan(&status, &city))
				assert.Equal(t, "EnumDocumentStatusLive", status)
				assert.NotEmpty(t, city)
			}
			_, err := open("", 2).Query("SELECT id FROM customers")
			require.ErrorIs(t, err, ErrProperty)
			for _, c := range companies {
				assert.ErrorContains(t, err, fmt.Sprintf("Site=%s;Company=%d (North, %s)", c.SiteID, c.CompanyID, c.CompanyName))
			}
		})
	}
}
