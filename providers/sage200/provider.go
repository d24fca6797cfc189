package sage200

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

func init() { providers.Register("sage200", Open) }

// Provider is a connected Sage 200 company.
type Provider struct {
	set     *settings
	client  *httpx.Client
	auth    *authorizer
	service *odata.Service
	catalog atomic.Pointer[catalog]
}

// Open makes the provider from its properties: Schema or URL, SubscriptionKey,
// Site, Company, OpenAPIFiles, and those of requests and of signing in. It does
// no I/O.
func Open(o providers.Options) (providers.Provider, error) {
	s, err := newSettings(o)
	if err != nil {
		return nil, err
	}
	p := &Provider{set: s}
	if p.auth, err = newAuthorizer(o, s); err != nil {
		return nil, err
	}
	cfg, err := httpx.ConfigFor(o.Properties, o.Transport)
	if err != nil {
		return nil, badProperty("%w", err)
	}
	cfg.Origins, cfg.Logger, cfg.Authorizer = []string{s.root}, o.Logger, p.auth
	if p.client, err = httpx.New(cfg); err != nil {
		return nil, badProperty("%w", err)
	}
	p.auth.client = p.client
	p.service = &odata.Service{Client: p.client, Root: s.root, Traits: s.traits}
	p.Refresh()
	return p, nil
}

// Format prints the address alone, whatever the verb: a Provider holds secrets.
func (p *Provider) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "sage200 provider of "+httpx.RedactURL(p.service.Root)) // a failing fmt.State has nobody to report to
}

// Ping asks for the companies that the user may open, and for the one that is
// meant to be among them. A server without that list is asked for one row.
func (p *Provider) Ping(ctx context.Context) error {
	meant, err := p.auth.place.Get(ctx, nil, p.auth.findPlace)
	if err != nil || !p.set.placed() {
		return err // to find a company takes the same request
	}
	sites, err := p.auth.sites(ctx)
	if err == nil {
		return meant.among(sites)
	}
	if !errors.Is(err, providers.KindNotFound) {
		return err
	}
	resp, err := p.get(ctx, "currencies", "$top=1")
	if errors.Is(err, providers.KindPermission) {
		return nil // let in, without the right to this
	}
	resp.Release()
	return err
}

// DefaultSchema is the only schema.
func (p *Provider) DefaultSchema() string { return schemaName }

// Schemas lists the only schema.
func (p *Provider) Schemas(context.Context) ([]providers.Schema, error) {
	return []providers.Schema{{Name: schemaName, Description: "the resources of the Sage 200 API"}}, nil
}

// Tables lists the resources that are known without asking the server, and the
// collections within those that a document describes.
func (p *Provider) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	list, err := p.catalog.Load().known(ctx)
	if err != nil {
		return nil, err
	}
	var tables []providers.TableName
	for i := range list {
		r := &list[i]
		tables = append(tables, providers.TableName{Schema: schemaName, Name: r.name, View: r.isView(), Description: r.description})
		for _, f := range collections(r) {
			tables = append(tables, providers.TableName{Schema: schemaName, Name: childName(r, f), View: true, Description: f.Description})
		}
	}
	return tables, nil
}

// Table finds a resource, or a collection within one.
func (p *Provider) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	return p.catalog.Load().table(ctx, name)
}

func checkSchema(schema string) error {
	if schema == "" || strings.EqualFold(schema, schemaName) {
		return nil
	}
	return &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf("there is no schema %q; did you mean `%s`?", schema, schemaName)}
}

// Refresh forgets the data model.
func (p *Provider) Refresh() { p.catalog.Store(&catalog{p: p}) }

// Close closes the idle connections.
func (p *Provider) Close() error { return p.client.Close() }
