package epicor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/providers"
)

func init() { providers.Register("epicor", Open) }

// Provider is a connected Kinetic server.
type Provider struct {
	set     *settings
	client  *httpx.Client
	auth    *authorizer
	catalog held.Value[*catalog]
}

// Open makes the provider from its properties: URL, ERPInstance, ApiVersion,
// Company, Service, Plant, Language, FormatCulture, License, Session, those of
// authentication (AuthScheme, User, Password, ApiKey, OAuthAccessToken) and
// those of requests. It does no I/O.
func Open(o providers.Options) (providers.Provider, error) {
	s, err := newSettings(o)
	if err != nil {
		return nil, err
	}
	s.traits.DecodeError = s.decodeError
	p := &Provider{set: s}
	if p.auth, err = newAuthorizer(o, s); err != nil {
		return nil, err
	}
	cfg, err := httpx.ConfigFor(o.Properties, o.Transport)
	if err != nil {
		return nil, badProperty("%w", err)
	}
	cfg.Origins, cfg.Logger, cfg.Authorizer, cfg.RefreshStatus = []string{s.root}, o.Logger, p.auth, []int{http.StatusGone}
	if p.client, err = httpx.New(cfg); err != nil {
		return nil, badProperty("%w", err)
	}
	p.auth.client = p.client
	return p, nil
}

// Format prints the address alone, whatever the verb: a Provider holds secrets.
func (p *Provider) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "epicor provider of "+httpx.RedactURL(p.set.root)) // a failing fmt.State has nobody to report to
}

// Ping asks for the service document of the default service: its handful of
// sets, or the list of BAQs, which is kept. A user without rights to it has
// been let in all the same.
func (p *Provider) Ping(ctx context.Context) error {
	c, err := p.known(ctx)
	if err != nil {
		return err
	}
	switch name := p.set.baseName; {
	case p.isBAQ(""):
		var ids []string
		if ids, err = p.list(ctx, c.home().services+"/"+baqSchema+"/"); err == nil {
			c.ids.Put(ids)
		}
	case plausible(name):
		if _, err = p.list(ctx, c.home().services+"/"+name+"/"); errors.Is(err, providers.KindNotFound) {
			_, err = c.service(ctx, name) // it may be named in short
		}
	default:
		_, err = c.service(ctx, name)
	}
	if errors.Is(err, providers.KindPermission) {
		return nil
	}
	return err
}

// DefaultSchema is the Service property, BaqSvc if it is not set.
func (p *Provider) DefaultSchema() string { return p.set.baseName }

// Schemas lists the services, and BaqSvc.
func (p *Provider) Schemas(ctx context.Context) ([]providers.Schema, error) {
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	names, err := c.serviceNames(ctx)
	if err != nil {
		return nil, err
	}
	schemas := []providers.Schema{{Name: baqSchema, Description: "business activity queries"}}
	for _, n := range names {
		if !strings.EqualFold(n, baqSchema) {
			schemas = append(schemas, providers.Schema{Name: n})
		}
	}
	return schemas, nil
}

// Tables lists the entity sets of a service, or the BAQs.
func (p *Provider) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	var tables []providers.TableName
	if p.isBAQ(schema) {
		ids, err := c.baqNames(ctx)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			tables = append(tables, providers.TableName{Schema: baqSchema, Name: id, View: true})
		}
		return tables, c.describeBAQs(ctx, tables)
	}
	if sets, ok, err := c.sets(ctx, p.schema(schema)); ok || err != nil {
		for _, name := range sets {
			tables = append(tables, providers.TableName{Schema: p.schema(schema), Name: name, View: name == listSet})
		}
		return tables, err
	}
	s, err := c.service(ctx, p.schema(schema))
	if err != nil {
		return nil, err
	}
	for _, t := range s.tables {
		info := t.Info()
		tables = append(tables, providers.TableName{Schema: info.Schema, Name: info.Name, View: info.View, Description: info.Description})
	}
	return tables, nil
}

// Table finds an entity set or a BAQ.
func (p *Provider) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	c, err := p.known(ctx)
	if err != nil {
		return nil, err
	}
	if p.isBAQ(schema) {
		return c.baq(ctx, name)
	}
	s, err := c.service(ctx, p.schema(schema))
	if err != nil {
		return nil, err
	}
	return s.table(name)
}

func (p *Provider) schema(name string) string {
	if name == "" {
		return p.set.baseName
	}
	return name
}

func (p *Provider) isBAQ(schema string) bool {
	return slices.ContainsFunc([]string{baqSchema, "Baq"}, func(n string) bool { return strings.EqualFold(n, p.schema(schema)) })
}

// known is what has been learnt of the server. It begins with the companies of
// the connection, which only Company=* takes a request to know.
func (p *Provider) known(ctx context.Context) (*catalog, error) {
	return p.catalog.Get(ctx, nil, func(ctx context.Context) (*catalog, error) {
		companies, err := p.companies(ctx)
		if err != nil {
			return nil, err
		}
		return &catalog{p: p, companies: companies}, nil
	})
}

// Refresh forgets services, BAQs and their metadata, and which companies the
// user may see.
func (p *Provider) Refresh() { p.catalog.Drop(func(*catalog) bool { return true }) }

// Close logs out of a session that is held, and closes the idle connections.
func (p *Provider) Close() error {
	var err error
	if p.auth.session != nil {
		err = p.auth.session.close()
	}
	return errors.Join(err, p.client.Close())
}
