package odata

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
)

func init() { providers.Register("odata", Open) }

// Provider is a connected OData service.
type Provider struct {
	options providers.Options
	client  *httpx.Client
	root    string

	mu      sync.Mutex
	loading *loading // the metadata, or the attempt to get it
}

// loading is one flight of the metadata: everyone who needs it meanwhile waits
// for the same.
type loading struct {
	done   chan struct{}
	svc    *Service
	model  *Model
	tables []providers.Table
	err    error
}

// Open makes the provider from its properties: URL, ODataVersion, and those of
// requests and authentication. It does no I/O.
func Open(o providers.Options) (providers.Provider, error) {
	if _, err := TraitsFor(o, V4); err != nil {
		return nil, err
	}
	client, err := NewClient(o, o.String("URL"))
	if err != nil {
		return nil, err
	}
	return &Provider{options: o, client: client, root: strings.TrimRight(o.String("URL"), "/")}, nil
}

// TraitsFor returns the default traits of a version with what the properties
// say: Pagesize, MaxURLLength, MaxConnections, Collation, ServerTimeZone,
// Pushdown, SupportsExpand and ODataCapabilities.
func TraitsFor(o providers.Options, v Version) (Traits, error) {
	return DefaultTraits(v).configured(o)
}

func (t Traits) configured(o providers.Options) (Traits, error) {
	if n := o.Int("Pagesize"); n > 0 {
		t.PageSize = n
	}
	if n := o.Int("MaxURLLength"); n > 0 {
		t.MaxURLLength = n
	}
	t.Concurrency = o.Int("MaxConnections")
	t.ServerCollation = o.String("Collation") == "server"
	t.NoPushdown = o.String("Pushdown") != "" && !o.Bool("Pushdown")
	if zone := o.String("ServerTimeZone"); zone != "" {
		var err error
		if t.Zone, err = time.LoadLocation(zone); err != nil {
			return t, &providers.Error{Kind: providers.KindProperty, Message: fmt.Sprintf("ServerTimeZone: there is no zone %q", zone), Err: err}
		}
	}
	header, err := httpx.CustomHeader(o.Properties)
	if err != nil {
		return t, propertyError(err)
	}
	query, err := httpx.CustomQuery(o.Properties)
	if err != nil {
		return t, propertyError(err)
	}
	if len(header) > 0 {
		t.Header = header
	}
	if len(query) > 0 {
		t.Query = query
	}
	err = t.allow(o.String("ODataCapabilities"))
	t.Expand = t.Expand && (o.String("SupportsExpand") == "" || o.Bool("SupportsExpand"))
	return t, err
}

// service returns the service as it is before its metadata is known.
func (p *Provider) service(v Version) (*Service, error) {
	t := DefaultTraits(v)
	t.Any = v != V2 // it is tried
	t, err := t.configured(p.options)
	return &Service{Client: p.client, Root: p.root, Traits: t, forgery: &forgeryTokens{}, long: &longRequests{}}, err
}

// version returns what ODataVersion says, V4 if it says nothing.
func (p *Provider) version() (v Version, set bool) {
	switch text := p.options.String("ODataVersion"); {
	case strings.HasPrefix(text, "4"):
		return V4, true
	case strings.HasPrefix(text, "3"):
		return V3, true
	case strings.HasPrefix(text, "2"):
		return V2, true
	}
	return V4, false
}

// Ping asks for the service document.
func (p *Provider) Ping(ctx context.Context) error {
	v, _ := p.version()
	svc, err := p.service(v)
	if err != nil {
		return err
	}
	h := svc.header()
	h.Set("Accept", "application/json, application/atomsvc+xml;q=0.5, */*;q=0.1")
	h.Del("Prefer")
	resp, err := svc.get(ctx, svc.documentURL(), h, nil)
	if err != nil {
		return err
	}
	resp.Release()
	return nil
}

// metadata returns the model, fetching it once for all who ask at a time. A
// failed or cancelled fetch is not kept.
func (p *Provider) metadata(ctx context.Context) (*loading, error) {
	for {
		p.mu.Lock()
		l := p.loading
		mine := l == nil
		if mine {
			l = &loading{done: make(chan struct{})}
			p.loading = l
		}
		p.mu.Unlock()
		if mine {
			l.err = p.load(ctx, l)
			if l.err != nil {
				p.mu.Lock()
				if p.loading == l {
					p.loading = nil
				}
				p.mu.Unlock()
			}
			close(l.done)
			return l, l.err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.err == nil {
			return l, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l.err != context.Canceled && l.err != context.DeadlineExceeded {
			return nil, l.err
		}
		// Whoever fetched it gave up; this caller has not.
	}
}

func (p *Provider) load(ctx context.Context, l *loading) error {
	v, set := p.version()
	svc, err := p.service(v)
	if err != nil {
		return err
	}
	if l.model, err = svc.Metadata(ctx); err != nil {
		return err
	}
	if !set {
		v = l.model.Version
	}
	l.model.rename(p.shownName)
	if l.svc, err = p.service(v); err != nil {
		return err
	}
	if p.options.String("ODataVersion") == "4.01" || !set && l.model.V401 {
		l.svc.Traits.QuerySegment = l.svc.Traits.announced("query", true)
	}
	switch p.options.String("DataFormat") {
	case "ATOM":
		l.svc.Traits.Format = Atom
	case "JSON":
	default:
		if l.svc.Traits.Format, err = l.svc.formatOf(ctx); err != nil {
			return err
		}
	}
	l.svc.Traits.AnnouncedApply = true
	if !l.svc.Traits.Vouched && !l.svc.Traits.NoPushdown {
		l.svc.trials = newTrials()
	}
	sets, err := p.shownSets(l.model)
	l.tables = p.tablesOf(l.svc, l.model, sets)
	return err
}

// shownSets are the sets that have tables: all, or the one of FeedURL.
func (p *Provider) shownSets(m *Model) ([]*Set, error) {
	feed := strings.TrimRight(p.options.String("FeedURL"), "/")
	if feed == "" {
		return m.Sets, nil
	}
	name := feed[strings.LastIndexByte(feed, '/')+1:]
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	var names []string
	for _, s := range m.Sets {
		address := first(s.Address, s.Name)
		if address == name {
			return []*Set{s}, nil
		}
		names = append(names, address)
	}
	return nil, &providers.Error{Kind: providers.KindProperty, Message: fmt.Sprintf(
		"property %q: the service has no entity set %q%s", "FeedURL", name, nearest.Suffix(name, names))}
}

// tablesOf makes the tables of the sets, and the views of the collections in
// their entities.
func (p *Provider) tablesOf(svc *Service, m *Model, sets []*Set) []providers.Table {
	var tables []providers.Table
	var views []*itemView
	taken := map[string]bool{}
	for _, s := range sets {
		t := NewTable(svc, m, withSearch(svc, s), TableOptions{})
		taken[strings.ToLower(s.Namespace+"."+s.Name)] = true
		tables = append(tables, t)
		if p.options.String("NavigationPropertiesAsViews") != "" && !p.options.Bool("NavigationPropertiesAsViews") {
			continue
		}
		views = append(views, itemViews(t, nil, s.Collections, m)...)
	}
	// Of one name a set goes first, then what is nearer to one.
	slices.SortStableFunc(views, func(a, b *itemView) int { return len(a.levels) - len(b.levels) })
	for _, v := range views {
		if name := strings.ToLower(v.Info().Schema + "." + v.Info().Name); !taken[name] {
			taken[name] = true
			tables = append(tables, v)
		}
	}
	return tables
}

// DefaultSchema is the Service property; without it every schema is searched.
func (p *Provider) DefaultSchema() string { return p.options.String("Service") }

// Schemas lists the namespaces of the entity containers.
func (p *Provider) Schemas(ctx context.Context) ([]providers.Schema, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, t := range l.tables {
		names[t.Info().Schema] = true
	}
	var schemas []providers.Schema
	for _, n := range slices.Sorted(maps.Keys(names)) {
		schemas = append(schemas, providers.Schema{Name: n})
	}
	return schemas, nil
}

// Tables lists the entity sets, singletons and views of a schema, of all if it
// is "".
func (p *Provider) Tables(ctx context.Context, schema string) ([]providers.TableName, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	var names []providers.TableName
	known := map[string]bool{}
	for _, t := range l.tables {
		info := t.Info()
		known[info.Schema] = true
		if schema == "" || strings.EqualFold(schema, info.Schema) {
			names = append(names, providers.TableName{Schema: info.Schema, Name: info.Name, View: info.View, Description: info.Description})
		}
	}
	if len(names) == 0 && schema != "" {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
			"there is no schema %q%s", schema, nearest.Suffix(schema, slices.Sorted(maps.Keys(known))))}
	}
	return names, nil
}

// Table finds a table.
func (p *Provider) Table(ctx context.Context, schema, name string) (providers.Table, error) {
	l, err := p.metadata(ctx)
	if err != nil {
		return nil, err
	}
	var fold providers.Table
	var names []string
	for _, t := range l.tables {
		info := t.Info()
		if schema != "" && !strings.EqualFold(schema, info.Schema) {
			continue
		}
		names = append(names, info.Name)
		if info.Name == name {
			return t, nil
		}
		if fold == nil && strings.EqualFold(info.Name, name) {
			fold = t
		}
	}
	if fold != nil {
		return fold, nil
	}
	where := "the service has"
	if schema != "" {
		where = fmt.Sprintf("schema %q has", schema)
	}
	return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
		"%s no table %q%s", where, name, nearest.Suffix(name, names))}
}

// Refresh forgets the metadata.
func (p *Provider) Refresh() {
	p.mu.Lock()
	p.loading = nil
	p.mu.Unlock()
}

// Close closes the idle connections.
func (p *Provider) Close() error { return p.client.Close() }

// NewClient makes the HTTP client that the properties of requests and
// authentication ask for, bound to the origin of the URL.
func NewClient(o providers.Options, origin string) (*httpx.Client, error) {
	cfg, err := httpx.ConfigFor(o.Properties, o.Transport)
	if err != nil {
		return nil, propertyError(err)
	}
	cfg.Origins, cfg.Logger, cfg.Authorizer = []string{origin}, o.Logger, authorizer(o)
	if layer := challenged(o.String("AuthScheme")); layer != nil {
		cfg.Challenged = func(base http.RoundTripper) (http.RoundTripper, error) {
			return layer(base, o.Properties)
		}
	}
	c, err := httpx.New(cfg)
	if err != nil {
		return nil, propertyError(err)
	}
	return c, nil
}

func propertyError(err error) error {
	return &providers.Error{Kind: providers.KindProperty, Message: err.Error(), Err: err}
}
