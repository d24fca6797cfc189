package epicorerp

import (
	"context"
	"database/sql"
	"database/sql/driver"

	// The providers register themselves.
	_ "github.com/epicorerp/epicorerp/providers/acumatica"
	_ "github.com/epicorerp/epicorerp/providers/epicor"
	_ "github.com/epicorerp/epicorerp/providers/odata"
	_ "github.com/epicorerp/epicorerp/providers/sage200"
)

// registered are the driver's names, each with the system that a connection
// string under it means.
var registered = [...]struct{ name, provider string }{
	{"epicorerp", ProviderEpicor}, {"acumatica", ProviderAcumatica}, {"sage200", ProviderSage200}, {"odata", ProviderOData},
}

func init() {
	for _, d := range registered {
		sql.Register(d.name, erpDriver{d.provider})
	}
}

var _ driver.DriverContext = erpDriver{}

// erpDriver opens connection strings. Its names differ in the provider that a
// connection string without one means.
type erpDriver struct {
	provider string
}

// OpenConnector reads the connection string once for all connections, so that
// sql.Open reports what is wrong with it.
func (d erpDriver) OpenConnector(dsn string) (driver.Connector, error) {
	cfg, err := parseDSN(dsn, d.provider)
	if err != nil {
		return nil, err
	}
	return NewConnector(cfg)
}

// Open opens a connection with a connector of its own. database/sql calls
// OpenConnector instead.
func (d erpDriver) Open(dsn string) (driver.Conn, error) {
	c, err := d.OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return c.Connect(context.Background())
}
