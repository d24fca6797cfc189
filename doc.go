// Package epicorerp is a database/sql driver for ERP systems that are reached
// over REST and OData: Epicor Kinetic, and any OData service of version 2, 3 or
// 4. It is pure Go.
//
//	import _ "github.com/epicorerp/epicorerp"
//
//	db, err := sql.Open("epicorerp", "URL=https://myserver.EpicorSaaS.com;ERPInstance=MyInstance;User=me;Password=…")
//	rows, err := db.QueryContext(ctx, `SELECT CustNum, Name FROM [Erp.BO.CustomerSvc].[Customers] WHERE Country = ?`, "USA")
//
// The names "acumatica", "sage200" and "odata" open the same driver with
// another default of the Provider property. ParseDSN and docs/properties.md
// tell what a connection string can say; NewConnector takes a Config and, as
// Options, what a string cannot hold.
//
// # Connections
//
// A sql.DB holds one connector, which owns the HTTP connections, the sign-in
// and what is known of the server's schema. The connections of its pool are
// light, and share all that. The first one proves by a request that the server
// answers and takes the credentials, unless ConnectOnOpen=false. sql.DB.Close
// ends sessions and closes idle HTTP connections.
//
// # Views, settings and temporary tables
//
// A local view is a query under a name: CREATE LOCAL VIEW makes one, or the
// JSON file of UserDefinedViews. Views belong to the sql.DB: every connection of
// the pool sees them, for as long as it is open, and the file is never written.
// They are in schema UserViews, and a bare name finds them before the tables of
// the default schema. Names in a view's query are looked up where its maker
// looked them up.
//
// What USE and SET change, and temporary tables, belong to one connection and
// end when that goes back to the pool: a program that uses them takes a sql.Conn.
//
//	conn, err := db.Conn(ctx)
//	…
//	conn.ExecContext(ctx, "INSERT INTO Picked#TEMP (PartNum, Qty) VALUES (?, ?), (?, ?)", "A-1", 2, "B-2", 3)
//	conn.QueryContext(ctx, "SELECT p.*, t.Qty FROM Parts p JOIN Picked#TEMP t ON t.PartNum = p.PartNum")
//
// The first INSERT makes the table, with the types of its values; CREATE
// TEMPORARY TABLE declares one. Together they may take as much memory as a query.
//
// # Stored procedures
//
// EXEC and CALL run procedures, with arguments by place, by name or bound. Those
// that sign a user in are the driver's own, and need no server to be found:
//
//	db.QueryRowContext(ctx, "EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL=?", callback).Scan(&url)
//
// docs/sql.md lists them, and sys_procedures those of the server too.
//
// # Values
//
// Columns come as these Go types, and as nil where they are NULL:
//
//	SMALLINT, INTEGER, BIGINT   int64
//	REAL, DOUBLE                float64
//	DECIMAL                     string of the exact digits; scan into *Decimal, or sql.Null[Decimal]
//	BOOLEAN                     bool
//	VARCHAR, UUID, JSON         string
//	VARBINARY                   []byte
//	DATE                        time.Time, midnight UTC
//	TIMESTAMP (without zone)    time.Time, its clock in UTC
//	TIMESTAMPTZ                 time.Time, the instant in UTC
//	TIME                        string, HH:MM:SS with a fraction where there is one
//	INTERVAL                    string
//
// Arguments may be of all types that database/sql knows and, besides, Decimal,
// *big.Int, uint64, json.RawMessage, [16]byte (a UUID), time.Duration (an
// interval), pointers to any of them, nil ones too, and whatever implements
// driver.Valuer. A time.Time is an instant, and compared with a DATE or a
// TIMESTAMP it counts by its clock in UTC, as those columns are handed over; its
// digits below 100 ns are cut off.
// Placeholders are ?, $1, :name and @name.
//
// # Contexts, errors, transactions
//
// A query lives by the context it was begun with, also while its rows are read:
// when that ends, Rows.Err is context.Canceled or context.DeadlineExceeded. All
// other failures are an *Error or, for connection strings, a *ConfigError.
// driver.ErrBadConn never stands for a failed request, so database/sql repeats
// nothing by itself.
//
// Transactions only read: BeginTx wants &sql.TxOptions{ReadOnly: true}.
//
// # Time zones
//
// ServerTimeZone is looked up in the time zone database of the system. A
// program for systems without one, such as empty containers, imports
// time/tzdata, at the cost of some 450 kB.
//
// # Build tags
//
// Rows are handed over with the help of package unsafe, in rows_box.go. The tag
// purego does without it, at an allocation a value.
//
// This package wires: it holds no SQL, which is sqlengine's, and speaks to no
// server, which is the providers'. Nothing of this module but its commands
// imports it.
package epicorerp
