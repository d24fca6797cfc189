package providertest_test

import (
	"context"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/providertest"
	"github.com/epicorerp/epicorerp/sqlengine"
	"github.com/epicorerp/epicorerp/sqltypes"
)

// shop is a little of an ERP system: keys of two columns, NULLs, duplicates,
// decimals, dates and text beyond ASCII.
const shop = `
table Erp.Customers
Company VARCHAR(8) KEY, CustNum INTEGER KEY, Name VARCHAR(50) NULL, Credit DECIMAL(18,2) NULL, Since DATE NULL, Active BOOLEAN, Rate DOUBLE NULL, Changed TIMESTAMP NULL
nav Orders -> Orders many Company = Company, CustNum = CustNum
EPIC01 | 1 | Addison | 1200.50 | 2019-02-28 | true  | 0.5  | 2024-01-01 10:11:12
EPIC01 | 2 | Müller  | NULL    | 2020-02-29 | true  | NULL | 2024-02-29 23:59:59.5
EPIC01 | 3 | müller  | 0.00    | NULL       | false | -1.5 | NULL
EPIC01 | 7 | NULL    | 1200.5  | 2019-02-28 | true  | 2    | 2024-01-01 00:00:00
EPIC02 | 1 | 100%_x  | -5.25   | 1999-12-31 | false | 0    | 2024-01-01 10:11:12
EPIC02 | 2 | ''      | 99999999.99 | 2020-02-29 | true | 1e10 | 1970-01-01 00:00:00
EPIC02 | 4 | ' Zé '  | 3.10    | 2021-07-04 | true  | NULL | NULL

table Erp.Orders
Company VARCHAR(8) KEY, OrderNum INTEGER KEY, CustNum INTEGER NULL, Ordered DATE, Total DECIMAL(18,3), Ref UUID NULL
nav Customer -> Customers one Company = Company, CustNum = CustNum
nav Lines -> Lines many Company = Company, OrderNum = OrderNum
EPIC01 | 100 | 1    | 2024-01-05 | 10.500  | 6f9619ff-8b86-d011-b42d-00cf4fc964ff
EPIC01 | 101 | 1    | 2024-01-05 | 0.000   | NULL
EPIC01 | 102 | 3    | 2024-02-01 | 7.125   | 6f9619ff-8b86-d011-b42d-00cf4fc964aa
EPIC01 | 103 | NULL | 2024-03-01 | 1000.000 | NULL
EPIC02 | 100 | 1    | 2023-12-31 | 10.5    | 00000000-0000-0000-0000-000000000000
EPIC02 | 105 | 9    | 2024-02-01 | 12.000  | NULL

table Erp.Lines
Company VARCHAR(8) KEY, OrderNum INTEGER KEY, Line SMALLINT KEY, Part VARCHAR NULL, Qty DECIMAL(12,4)
EPIC01 | 100 | 1 | A-1  | 2
EPIC01 | 100 | 2 | B-2  | 0.5
EPIC01 | 102 | 1 | A-1  | 2.0000
EPIC01 | 103 | 1 | NULL | 1
EPIC02 | 100 | 1 | C-3  | 10

table Erp.Empty UNSIZED
ID BIGINT KEY, Note VARCHAR NULL

table Erp.BAQ
Plant VARCHAR INPUT REQUIRED, Part VARCHAR
'' | A-1
'' | B-2
`

func open() *providertest.Memory {
	m, err := providertest.ParseMemory(shop)
	if err != nil {
		panic(err)
	}
	owed := []providers.Column{{Name: "OrderNum", Type: sqltypes.Of(sqltypes.Integer)}, {Name: "Total", Type: sqltypes.DecimalType(18, 3), Nullable: true}}
	m.AddProcedure(providertest.MemoryProcedure{
		ProcedureInfo: providers.ProcedureInfo{Name: "OwedBy", ReadOnly: true, Results: owed, Parameters: []providers.Parameter{
			{Name: "Company", Type: sqltypes.VarcharType(8), Required: true, Aliases: []string{"Firm"}},
			{Name: "custNum", Type: sqltypes.Of(sqltypes.Integer), Required: true},
			{Name: "Above", Type: sqltypes.DecimalType(18, 3), Default: sqltypes.Value{Kind: sqltypes.Decimal}},
		}},
		Run: func(args []sqltypes.Value) ([]providers.ResultSet, error) { return ordersOf(m, owed, args) },
	})
	m.AddProcedure(providertest.MemoryProcedure{ProcedureInfo: providers.ProcedureInfo{Name: "Recount"},
		Run: func([]sqltypes.Value) ([]providers.ResultSet, error) { return nil, nil }})
	return m
}

// calls are those of the procedures that open has.
var calls = []providertest.Call{
	{Procedure: "OwedBy", Arguments: map[string]sqltypes.Value{"firm": sqltypes.StringValue("EPIC01"), "CustNum": sqltypes.IntValue(1)}},
	{Procedure: "Erp.Recount"},
}

// ordersOf are the orders of one customer, from a total on.
func ordersOf(m *providertest.Memory, columns []providers.Column, args []sqltypes.Value) ([]providers.ResultSet, error) {
	_, all, err := providertest.Answer(context.Background(), m, sqlengine.Options{}, "SELECT Company, CustNum, OrderNum, Total FROM Orders")
	if err != nil {
		return nil, err
	}
	var rows [][]sqltypes.Value
	for _, r := range all {
		if r[0].S == args[0].S && !r[1].Null && r[1].I == args[1].I && sqltypes.Compare(r[3], args[2]) >= 0 {
			rows = append(rows, r[2:])
		}
	}
	return []providers.ResultSet{providers.NewResultSet(columns, rows...)}, nil
}
