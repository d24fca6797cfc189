package providers

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// Provider is one connected system. Its methods are safe for concurrent use;
// what they learn about the system's schema they may keep until Refresh.
type Provider interface {
	// Ping proves with one cheap request that the server answers and accepts
	// the credentials. It never loads a catalogue.
	Ping(ctx context.Context) error
	// DefaultSchema is where a table name without a schema is looked up.
	DefaultSchema() string
	// Schemas lists the schemas, by one request at most.
	Schemas(ctx context.Context) ([]Schema, error)
	// Tables lists the tables and views of one schema.
	Tables(ctx context.Context, schema string) ([]TableName, error)
	// Table finds a table by its names, without regard to case. A name that is
	// not there is an *Error of KindNotFound that offers the nearest one.
	Table(ctx context.Context, schema, name string) (Table, error)
	// Refresh forgets what is known of the schema.
	Refresh()
	// Close ends sessions and connections. It is called once, after the last
	// scan is closed.
	Close() error
}

// Schema is a group of tables: a Kinetic service, an OData container.
type Schema struct {
	Name        string
	Description string
}

// TableName is what a listing tells of a table.
type TableName struct {
	Schema      string
	Name        string
	View        bool // read-only by nature
	Description string
}

// Options is what a provider is made from. Properties hold every property that
// applies to the provider under its canonical name, defaults filled in and
// values already validated; secrets are in the clear, and Options prints none
// of the values.
type Options struct {
	Properties map[string]string
	Transport  http.RoundTripper // nil for the default one
	Tokens     tokenstore.Store  // where sign-in keeps tokens; nil for nowhere
	SignIn     TokenSource       // who gives the bearer token; nil for OAuthAccessToken as it is
	Logger     *slog.Logger      // never nil
	Now        func() time.Time  // never nil
}

// Format prints the names of the properties that are set, whatever the verb:
// their values may be secrets.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "options%q", slices.Sorted(maps.Keys(o.Properties)))
}

// String returns a property, "" if it is not set.
func (o Options) String(name string) string { return o.Properties[name] }

// Int returns a property that is a whole number, 0 if it is not set.
func (o Options) Int(name string) int {
	n, _ := strconv.Atoi(o.Properties[name])
	return n
}

// Bool returns a property that is true or false, false if it is not set.
func (o Options) Bool(name string) bool {
	b, _ := strconv.ParseBool(o.Properties[name])
	return b
}

// Factory makes a provider. It does no I/O: the first request is Ping's.
type Factory func(Options) (Provider, error)

var registry = struct {
	sync.RWMutex
	factories map[string]Factory
}{factories: map[string]Factory{}}

// Register makes a provider known under a name, which is matched without
// regard to case. A second registration of the same name panics, as
// database/sql's does.
func Register(name string, f Factory) {
	registry.Lock()
	defer registry.Unlock()
	key := strings.ToLower(name)
	if _, dup := registry.factories[key]; dup || f == nil {
		panic("providers: Register called twice, or with nil, for " + name)
	}
	registry.factories[key] = f
}

// Open makes the provider that is registered under name.
func Open(name string, o Options) (Provider, error) {
	registry.RLock()
	f := registry.factories[strings.ToLower(name)]
	known := slices.Sorted(maps.Keys(registry.factories))
	registry.RUnlock()
	if f == nil {
		return nil, &Error{Kind: KindProperty, Message: fmt.Sprintf(
			"no provider %q is registered; there is %s", name, strings.Join(known, ", "))}
	}
	return f(o)
}
