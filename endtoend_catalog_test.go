package epicorerp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// asked counts the requests of a server: for metadata, for service documents,
// and others.
func asked(s *epicortest.Server) (metadata, documents, others int) {
	for _, r := range s.Requests() {
		switch {
		case strings.HasSuffix(r.Path, "/$metadata"):
			metadata++
		case strings.HasSuffix(r.Path, "Svc/") || strings.HasSuffix(r.Path, "/v1/") || strings.HasSuffix(r.Path, "/EPIC06/"):
			documents++
		default:
			others++
		}
	}
	return metadata, documents, others
}

func TestTheCatalogReadsNoMoreThanItIsAskedFor(t *testing.T) {
	for _, test := range []struct {
		name, query         string
		rows                int // -1 for some
		metadata, documents int
	}{
		{"facts ask nobody", "SELECT * FROM sys_sqlinfo WHERE Name = 'COUNT'", 1, 0, 0},
		{"properties ask nobody", "SELECT Value FROM sys_connection_props WHERE Name = 'ERPInstance'", 1, 0, 0},
		{"schemas are one list", "SELECT SchemaName FROM sys_schemas WHERE SchemaName = 'Erp.BO.CustomerSvc'", 1, 0, 1},
		{"schemas by a pattern are one list", "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'Erp.BO.Cust%'", -1, 0, 1},
		{"the tables of a schema are its metadata", "SELECT TableName FROM sys_tables WHERE SchemaName = 'Erp.BO.CustomerSvc'", 3, 1, 0},
		{"a table of a schema is its metadata", "SELECT * FROM information_schema.tables WHERE table_schema = 'Erp.BO.CustomerSvc' AND table_name = 'Customers'", 1, 1, 0},
		{"the columns of a table are its schema's metadata", "SELECT ColumnName FROM sys_tablecolumns WHERE SchemaName = 'Erp.BO.CustomerSvc' AND TableName = 'ShipToes'", -1, 1, 0},
		{"the key of two tables is the metadata of their schemas", "SELECT TableName, ColumnName FROM sys_primarykeys WHERE SchemaName IN ('Erp.BO.CustomerSvc', 'Erp.BO.PartSvc') AND TableName IN ('Customers', 'Parts')", 4, 2, 0},
		{"the columns of a BAQ are what is told of it alone", "SELECT ColumnName FROM sys_tablecolumns WHERE SchemaName = 'BaqSvc' AND TableName = 'PartsByVendor'", -1, 1, 0},
		{"a schema that is not there has nothing", "SELECT TableName FROM sys_tables WHERE SchemaName = 'Erp.BO.NothingSvc'", 0, 1, 1},
		{"the catalog's own schemas ask nobody", "SELECT TableName FROM sys_tables WHERE SchemaName = 'sys' AND TableName LIKE 'sys_key%'", 1, 0, 0},
		{"a join looks up what its other side names", "SELECT c.ColumnName FROM (VALUES ('Erp.BO.CustomerSvc', 'Customers')) AS t(s, n) JOIN sys_tablecolumns c ON c.SchemaName = t.s AND c.TableName = t.n", -1, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachVersion(t, func(t *testing.T, version string) {
				s := kinetic(t)
				db := openDB(t, s, version, "ConnectOnOpen=false")
				rows, err := texts(t.Context(), db, test.query)
				require.NoError(t, err)
				if test.rows < 0 {
					assert.NotEmpty(t, rows)
				} else {
					assert.Len(t, rows, test.rows)
				}
				metadata, documents, others := asked(s)
				assert.LessOrEqual(t, metadata, test.metadata, "%v", s.Requests())
				assert.LessOrEqual(t, documents, test.documents, "%v", s.Requests())
				assert.LessOrEqual(t, others, 3, "parameters, captions and purpose of a BAQ: %v", s.Requests())
			})
		})
	}
}

func TestListingEveryTableReadsNoMetadata(t *testing.T) {
	eachVersion(t, func(t *testing.T, version string) {
		s := kinetic(t)
		db := openDB(t, s, version, "ConnectOnOpen=false")
		all, err := texts(t.Context(), db, "SELECT SchemaName, TableName, TableType FROM sys_tables WHERE TableType <> 'SYSTABLE'")
		require.NoError(t, err)
		assert.Contains(t, all, "Erp.BO.CustomerSvc | Customers | TABLE")
		assert.Contains(t, all, "Erp.BO.CustomerSvc | List | VIEW")
		metadata, documents, _ := asked(s)
		schemas, err := texts(t.Context(), db, "SELECT SchemaName FROM sys_schemas")
		require.NoError(t, err)
		assert.LessOrEqual(t, documents, len(schemas), "a document a service, their list and the BAQs'")
		assert.LessOrEqual(t, metadata, 2, "of services that have no document: %v", s.Requests())

		before := s.Count()
		columns, err := texts(t.Context(), db, "SELECT SchemaName, COUNT(*) FROM sys_tablecolumns WHERE TableName = 'Customers' GROUP BY SchemaName")
		require.NoError(t, err)
		require.Len(t, columns, 1)
		assert.LessOrEqual(t, s.Count()-before, 3, "the documents are known, and name the services to read")

		there, err := texts(t.Context(), db, "SELECT TableName FROM sys_tables WHERE SchemaName = 'Erp.BO.CustomerSvc' ORDER BY 1")
		require.NoError(t, err)
		var listed []string
		for _, row := range all {
			if schema, rest, _ := strings.Cut(row, " | "); schema == "Erp.BO.CustomerSvc" {
				table, _, _ := strings.Cut(rest, " | ")
				listed = append(listed, table)
			}
		}
		assert.ElementsMatch(t, listed, there, "documents and metadata tell the same")
	})
}

func TestAListingThatIsLeftEndsItsRequests(t *testing.T) {
	s := kinetic(t)
	db := openDB(t, s, "v2")
	rows, err := db.QueryContext(t.Context(), "SELECT TableName FROM sys_tables")
	require.NoError(t, err)
	require.True(t, rows.Next())
	require.NoError(t, rows.Close())
	assert.Less(t, s.Count(), 12, "few schemas are read before anybody asks for more")
}

func TestSecretsAreNotInTheCatalog(t *testing.T) {
	s := kinetic(t)
	db := openDB(t, s, "v2", "ConnectOnOpen=false")
	rows, err := texts(t.Context(), db, "SELECT Name, Value, Sensitivity FROM sys_connection_props WHERE Sensitivity = 'SECRET' AND Value IS NOT NULL")
	require.NoError(t, err)
	assert.NotEmpty(t, rows)
	for _, row := range rows {
		assert.Regexp(t, `^\w+ \| \*\*\* \| SECRET$`, row)
	}
	assert.Zero(t, s.Count())
}

func TestTheCatalogShowsWhatIsBrowsable(t *testing.T) {
	s := kinetic(t)
	for _, pushdown := range []string{"Pushdown=true", "Pushdown=false"} {
		db := openDB(t, s, "v2", pushdown, "BrowsableSchemas=Erp.BO.CustomerSvc,Erp.BO.PartSvc", "Tables=Customers", "Views=")
		for query, want := range map[string][]string{
			"SELECT SchemaName FROM sys_schemas WHERE SchemaName LIKE 'Erp%' ORDER BY 1":                                                         {"Erp.BO.CustomerSvc", "Erp.BO.PartSvc"},
			"SELECT TableName FROM sys_tables WHERE TableType = 'TABLE'":                                                                         {"Customers"},
			"SELECT DISTINCT TableName FROM sys_tablecolumns WHERE SchemaName = 'Erp.BO.CustomerSvc' AND TableName IN ('Customers', 'ShipToes')": {"Customers"},
			"SELECT TableName FROM sys_primarykeys WHERE SchemaName = 'Erp.BO.VendorSvc' AND TableName = 'Vendors'":                              nil,
			"SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].ShipToes WHERE CustNum < 0":                                                               {"0"},
		} {
			got, err := texts(t.Context(), db, query)
			require.NoError(t, err, query)
			assert.Equal(t, want, got, "%s: %s", pushdown, query)
		}
	}
}
