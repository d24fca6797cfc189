package acumatica

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/epicorerp/epicorerp/internal/held"
	"github.com/epicorerp/epicorerp/internal/httpx"
	"github.com/epicorerp/epicorerp/internal/nearest"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/odata"
)

// endpoint is a contract-based endpoint whose contract has been read.
type endpoint struct {
	client   odata.Sender
	set      *settings
	log      *slog.Logger
	root     string // absolute URL under which the entities lie
	contract *contract

	// tables are the shapes of all tables, by their names.
	tables []shape
	adHoc  held.Shelf[*adHocSchema] // by entity

	mu   sync.Mutex
	seen map[*entity]*habits
}

// defaultEndpoint is the system endpoint that every site has.
const defaultEndpoint = "Default"

// endpointInfo is what a site tells of an endpoint.
type endpointInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// openEndpoint finds the endpoint that the properties name, the newest version
// where they name none, and reads its OpenAPI document.
func openEndpoint(ctx context.Context, client odata.Sender, set *settings, log *slog.Logger) (*endpoint, error) {
	e := &endpoint{client: client, set: set, log: log, seen: map[*entity]*habits{}}
	name, version := set.endpoint, set.version
	if name == "" || version == "" {
		var err error
		if name, version, err = e.choose(ctx); err != nil {
			return nil, err
		}
	}
	e.root = set.site + "/entity/" + url.PathEscape(name) + "/" + url.PathEscape(version)
	resp, err := e.get(ctx, e.address("swagger.json", nil), nil)
	if err != nil {
		return nil, named(err, name, version)
	}
	defer resp.Release()
	if e.contract, err = readContract(resp.Body); err != nil {
		return nil, &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err,
			Message: fmt.Sprintf("the OpenAPI document of endpoint %s/%s cannot be read: %v", name, version, err)}
	}
	for _, entity := range e.contract.entities {
		e.tables = append(e.tables, shapesOf(entity)...)
		if e.contract.files && !isInquiry(entity) {
			e.tables = append(e.tables, filesOf(entity))
		}
	}
	return e, nil
}

// table finds a table by its name.
func (e *endpoint) table(ctx context.Context, name string) (*table, error) {
	names := make([]string, len(e.tables))
	at := -1
	for i, s := range e.tables {
		if names[i] = s.name(); names[i] == name || at < 0 && strings.EqualFold(names[i], name) {
			at = i
		}
	}
	if at < 0 {
		return nil, &providers.Error{Kind: providers.KindNotFound, Message: fmt.Sprintf(
			"endpoint %s has no table %q%s", e.contract.name, name, nearest.Suffix(name, names))}
	}
	var custom []customField
	if e.set.custom {
		known, err := e.adHocSchema(ctx, e.tables[at].rows[0])
		if err != nil {
			return nil, err
		}
		custom = known.fields
	}
	return newTable(e, e.tables[at], custom), nil
}

// adHocSchema reads what an entity has besides the contract, once for all its
// tables and actions. An entity that has none to tell is one without.
func (e *endpoint) adHocSchema(ctx context.Context, of *entity) (*adHocSchema, error) {
	return e.adHoc.At(of.name).Get(ctx, nil, func(ctx context.Context) (*adHocSchema, error) {
		resp, err := e.get(ctx, e.address(of.name+"/$adHocSchema", nil), nil)
		var refused *providers.Error
		if errors.As(err, &refused) && refused.Status >= http.StatusBadRequest && refused.Kind != providers.KindAuthentication && !refused.Retryable {
			e.log.WarnContext(ctx, "custom fields and workflow actions are not known", "entity", of.name, "error", err.Error())
			return &adHocSchema{}, nil
		}
		if err != nil {
			return nil, err
		}
		defer resp.Release()
		known, err := readAdHocSchema(resp.Body, of)
		if err != nil {
			return nil, e.pageError(resp, err)
		}
		return known, nil
	})
}

// named says which endpoint was not found.
func named(err error, name, version string) error {
	e, ok := err.(*providers.Error)
	if !ok || e.Kind != providers.KindNotFound {
		return err
	}
	told := *e
	told.Kind, told.Err = providers.KindProperty, err
	told.Message = fmt.Sprintf("EndpointName, EndpointVersion: the site has no endpoint %s/%s; GET /entity lists those there are", name, version)
	return &told
}

// choose picks the newest of the endpoints that the properties leave.
func (e *endpoint) choose(ctx context.Context) (name, version string, err error) {
	resp, err := e.get(ctx, e.set.site+"/entity", nil)
	if err != nil {
		return "", "", err
	}
	defer resp.Release()
	all, err := readEndpoints(resp.Body)
	if err != nil {
		return "", "", &providers.Error{Kind: providers.KindResponse, Status: resp.Status, RequestID: resp.RequestID, Err: err,
			Message: fmt.Sprintf("the list of endpoints cannot be read: %v", err)}
	}
	wanted := e.set.endpoint
	if wanted == "" {
		wanted = defaultEndpoint
	}
	var fitting []endpointInfo
	var names []string
	for _, i := range all {
		names = append(names, i.Name+"/"+i.Version)
		if strings.EqualFold(i.Name, wanted) && (e.set.version == "" || e.set.version == i.Version) {
			fitting = append(fitting, i)
		}
	}
	if len(fitting) == 0 {
		return "", "", badProperty("EndpointName, EndpointVersion: the site has no endpoint %s, but %s",
			strings.TrimRight(wanted+"/"+e.set.version, "/"), strings.Join(names, ", "))
	}
	newest := slices.MaxFunc(fitting, func(a, b endpointInfo) int { return compareVersions(a.Version, b.Version) })
	return newest.Name, newest.Version, nil
}

// readEndpoints reads the list of endpoints; old builds send it bare.
func readEndpoints(body []byte) ([]endpointInfo, error) {
	var wrapped struct {
		Endpoints []endpointInfo `json:"endpoints"`
	}
	if err := json.Unmarshal(body, &wrapped); err == nil {
		return wrapped.Endpoints, nil
	}
	var bare []endpointInfo
	err := json.Unmarshal(body, &bare)
	return bare, err
}

// compareVersions compares 9.200.001 with 24.200.001 by their numbers.
func compareVersions(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return strings.Compare(a, b)
		}
		return x - y
	})
}

// get fetches an address of the interface; an answer that is not 200 is an error.
func (e *endpoint) get(ctx context.Context, address string, stats *httpx.Stats) (*httpx.Response, error) {
	return e.do(ctx, &httpx.Request{URL: address, Header: e.header(), Stats: stats})
}

func (e *endpoint) do(ctx context.Context, r *httpx.Request) (*httpx.Response, error) {
	resp, err := e.client.Do(ctx, r)
	if err != nil {
		return nil, odata.TransportError(ctx, err)
	}
	if resp.Status != http.StatusOK {
		defer resp.Release()
		return nil, e.set.statusError(resp)
	}
	return resp, nil
}

// habits is what has been learnt of an entity.
func (t *table) habits() *habits {
	t.on.mu.Lock()
	defer t.on.mu.Unlock()
	h := t.on.seen[t.root]
	if h == nil {
		h = &habits{}
		t.on.seen[t.root] = h
	}
	return h
}
