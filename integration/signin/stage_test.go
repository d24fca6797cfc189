package signin_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
	"github.com/epicorerp/epicorerp/integration/signin/resource"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// work is where run.sh has installed the npm packages.
const work = "../.work/signin"

// The user that everybody signs in as. The Kinetic server knows the name too.
var alice = provider.Person{Name: epicortest.DefaultUser, Password: "pässwörd +&% of the user"}

// The clients. Their secrets hold what must be encoded in a header and in a form.
var (
	loopback = []string{"http://localhost/callback", "http://127.0.0.1/callback"}

	public = provider.Client{ID: "desktop", AuthMethod: "none", GrantTypes: []string{
		provider.AuthorizationCode, provider.RefreshToken, provider.DeviceCode, provider.Password,
	}, RedirectURIs: loopback, ResponseTypes: []string{"code"}, ApplicationType: "native"}
	basic = confidential("basic", "client_secret_basic", "s3cr3t & + % : / of basic")
	post  = confidential("post", "client_secret_post", "s3cr3t & + % : / of post")
)

func confidential(id, method, secret string) provider.Client {
	return provider.Client{ID: id, Secret: secret, AuthMethod: method, GrantTypes: []string{
		provider.AuthorizationCode, provider.RefreshToken, provider.ClientCredentials, provider.Password,
	}, RedirectURIs: loopback, ResponseTypes: []string{"code"}, ApplicationType: "native"}
}

// stage is an OpenID provider and two ERP systems that take its tokens.
type stage struct {
	*provider.Provider
	guard *resource.Guard
	// epicor is a Kinetic server that knows alice, and each client by its id.
	epicor *epicortest.Server
	// service is a plain OData service.
	service *odatatest.Endpoint
}

// rowsOfService is how many rows the table Items of the OData service has.
const rowsOfService = 40

// newStage starts all three. The options are for how the OData service answers those whom it lets in.
func newStage(t testing.TB, o provider.Options, answering ...odatatest.Option) *stage {
	t.Helper()
	o.Work = work
	if o.Clients == nil {
		o.Clients = []provider.Client{public, basic, post}
	}
	if o.Users == nil {
		o.Users = map[string]string{alice.Name: alice.Password}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	p, err := provider.Start(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop()) })
	s := &stage{Provider: p}
	s.guard, err = resource.NewGuard(ctx, p.Issuer, provider.Audience)
	require.NoError(t, err)

	users := []epicortest.User{{Name: alice.Name, Companies: []string{epicortest.DefaultCompany}}}
	for _, c := range o.Clients {
		users = append(users, epicortest.User{Name: c.ID, Companies: []string{epicortest.DefaultCompany}})
	}
	s.epicor = epicortest.NewServer(epicortest.WithUsers(users...), epicortest.WithIssuer(s.guard.Subject))
	t.Cleanup(s.epicor.Close)
	s.service, err = odatatest.Listen("127.0.0.1:0", s.guard.Protect(odatatest.Wrap(items(t), answering...)))
	require.NoError(t, err)
	t.Cleanup(s.service.Close)
	return s
}

func items(t testing.TB) http.Handler {
	columns := []odatatest.Column{{Name: "ID", Type: odatatest.EdmInt32}, {Name: "Name", Type: odatatest.EdmString}}
	values := make([][]any, rowsOfService)
	for i := range values {
		values[i] = []any{i + 1, "item"}
	}
	rows, err := odatatest.Rows(columns, values...)
	require.NoError(t, err)
	data, err := odatatest.NewData(&odatatest.Schema{Namespace: "Shop", Container: "Shop", Sets: []*odatatest.Set{
		{Name: "Items", Type: "Item", Columns: columns, Key: []string{"ID"}, Rows: rows},
	}}, odatatest.BinaryOrder)
	require.NoError(t, err)
	return odatatest.NewHandler(odatatest.V4, data)
}

// events returns what has happened at the provider so far.
func (s *stage) events(t testing.TB) provider.Events {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	events, err := s.Events(ctx)
	require.NoError(t, err)
	return events
}

// settingsIn returns a path for OAuthSettingsLocation in a directory of its own.
func settingsIn(t testing.TB) string { return filepath.Join(t.TempDir(), "settings", "tokens") }
