package acumatica

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
)

func init() { providers.Register("acumatica", Open) }

// Provider is a connected Acumatica site.
type Provider struct {
	set      *settings
	sessions *sessions
	log      *slog.Logger
	options  providers.Options
	catalog  atomic.Pointer[catalog]
}

// catalog is what has been learnt of the site's schema.
type catalog struct {
	endpoint held.Value[*endpoint]
	gi, dac  held.Value[*feed]
}

// Open makes the provider from its properties: URL, Company, Schema,
// EndpointName, EndpointVersion, IncludeCustomFields, those of authentication
// (AuthScheme, User, Password, OAuthAccessToken, Scope), MaxSessions and those of
// requests. It does no I/O.
func Open(o providers.Options) (providers.Provider, error) {
	set, err := newSettings(o)
	if err != nil {
		return nil, err
	}
	p := &Provider{set: set, log: o.Logger, options: o}
	if p.sessions, err = newSessions(o, set); err != nil {
		return nil, err
	}
	p.Refresh()
	return p, nil
}

// Format writes the address alone, whatever the verb: a Provider holds secrets.
func (p *Provider) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "acumatica provider of "+httpx.RedactURL(p.set.site)) // a failing fmt.State has nobody to report to
}

// Ping signs in, and asks for the list of endpoints or for the service document
// of the inquiries. A user without rights to it has been let in all the same.
func (p *Provider) Ping(ctx context.Context) error {
	address := p.set.site + "/entity"
	if p.set.schema != schemaREST {
		address = p.set.feed("gi")
	}
	e := &endpoint{client: p.sessions, set: p.set}
	resp, err := e.do(ctx, &httpx.Request{URL: e.withQuery(address), Header: e.header()})
	if errors.Is(err, providers.KindPermission) || errors.Is(err, providers.KindNotFound) && p.set.schema != schemaREST {
		return nil
	}
	resp.Release()
	return err
}

// DefaultSchema is what the property Schema says.
func (p *Provider) DefaultSchema() string { return p.set.schema }

// Schemas lists the three interfaces, those of OData where the tenant is known.
func (p *Provider) Schemas(context.Context) ([]providers.Schema, error) {
	schemas := []providers.Schema{{Name: schemaREST, Description: "entities of the contract-based endpoint"}}
	if p.set.tenant != "" {
		schemas = append(schemas, providers.Schema{Name: schemaGI, Description: "generic inquiries"},
			providers.Schema{Name: schemaDAC, Description: "data access classes"})
	}
	return schemas, nil
}

// Tables lists the tables of a schema.
func (p *Provider) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	schema, err := p.schema(schema)
	if err != nil {
		return nil, err
	}
	if schema != schemaREST {
		f, err := p.feed(ctx, schema)
		if err != nil {
			return nil, err
		}
		return f.names(), nil
	}
	e, err := p.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	var names []providers.TableName
	for _, s := range e.tables {
		names = append(names, providers.TableName{Schema: schemaREST, Name: s.name(), View: len(s.levels) > 1})
	}
	return names, nil
}

// Table finds a table.
func (p *Provider) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	schema, err := p.schema(schema)
	if err != nil {
		return nil, err
	}
	if schema != schemaREST {
		f, err := p.feed(ctx, schema)
		if err != nil {
			return nil, err
		}
		return f.table(name)
	}
	e, err := p.endpoint(ctx)
	if err != nil {
		return nil, err
	}
	return e.table(ctx, name)
}

// schema finds a schema by its name, the default one by "".
func (p *Provider) schema(name string) (string, error) {
	if name == "" {
		return p.set.schema, nil
	}
	all := []string{schemaREST, schemaGI, schemaDAC}
	for _, s := range all {
		if strings.EqualFold(s, name) {
			return s, nil
		}
	}
	return "", &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no schema %q%s", name, nearest.Suffix(name, all))}
}

func (p *Provider) endpoint(ctx context.Context) (*endpoint, error) {
	return p.catalog.Load().endpoint.Get(ctx, nil, func(ctx context.Context) (*endpoint, error) {
		return openEndpoint(ctx, p.sessions, p.set, p.log)
	})
}

func (p *Provider) feed(ctx context.Context, schema string) (*feed, error) {
	if p.set.tenant == "" {
		return nil, p.set.noTenant(schema)
	}
	c := p.catalog.Load()
	at := &c.gi
	if schema == schemaDAC {
		at = &c.dac
	}
	return at.Get(ctx, nil, func(ctx context.Context) (*feed, error) { return p.openFeed(ctx, schema) })
}

// Refresh forgets entities, inquiries and classes.
func (p *Provider) Refresh() { p.catalog.Store(&catalog{}) }

// Close signs out of all sessions, and closes their connections.
func (p *Provider) Close() error { return p.sessions.close() }
