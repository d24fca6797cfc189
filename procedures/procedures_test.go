package procedures

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
	"github.com/epicorerp/epicorerp/sqltypes/tuple"
)

// recorder is a SignIn that remembers what it was asked.
type recorder struct {
	asked  []any
	tokens oauth.Tokens
	err    error
}

func (r *recorder) AuthorizationURL(_ context.Context, q oauth.AuthorizationRequest) (string, error) {
	r.asked = append(r.asked, q)
	return "https://idp.example/authorize", r.err
}

func (r *recorder) Exchange(_ context.Context, q oauth.ExchangeRequest) (oauth.Tokens, error) {
	r.asked = append(r.asked, q)
	return r.tokens, r.err
}

func (r *recorder) Refresh(_ context.Context, token string) (oauth.Tokens, error) {
	r.asked = append(r.asked, token)
	return r.tokens, r.err
}

func (r *recorder) AdminConsentURL(_ context.Context, callbackURL, scope, state string) (string, error) {
	r.asked = append(r.asked, []string{callbackURL, scope, state})
	return "https://idp.example/adminconsent", r.err
}

// invoke calls a procedure as the engine does: a value a parameter, defaults
// filled in. It gives the columns and the one row.
func invoke(t *testing.T, p providers.ProcedureProvider, name string, given map[string]string) (string, error) {
	procedure, err := p.Procedure(t.Context(), "", name)
	require.NoError(t, err)
	info := procedure.Info()
	args := make([]sqltypes.Value, len(info.Parameters))
	for i, param := range info.Parameters {
		args[i] = sqltypes.NullOf(param.Type.Kind)
		if param.HasDefault() {
			args[i] = param.Default
		}
		if v, ok := given[param.Name]; ok {
			args[i] = sqltypes.StringValue(v)
		}
	}
	sets, err := procedure.Call(t.Context(), args, nil)
	if err != nil {
		return "", err
	}
	require.Len(t, sets, 1)
	layout := tuple.NewLayout(sets[0].Types())
	b := tuple.NewBatch(layout)
	require.NoError(t, sets[0].Rows.Next(t.Context(), b))
	require.Equal(t, 1, b.Len())
	row := ""
	for c, column := range sets[0].Columns {
		row += fmt.Sprintf("%s=%s ", column.Name, layout.Value(b.Row(0), c).Text())
	}
	assert.Equal(t, io.EOF, sets[0].Rows.Next(t.Context(), b))
	require.NoError(t, sets[0].Rows.Close())
	return row, nil
}

func TestTheBuiltInsAskSignInForWhatTheyWereGiven(t *testing.T) {
	everything := map[string]string{"AuthMode": "WEB", "CallbackURL": " https://app.example/cb ", "Verifier": "code", "Scope": "a b",
		"State": "s", "Prompt": "login", "OAuthRefreshToken": "refresh"}
	for name, test := range map[string]struct {
		procedure string
		given     map[string]string
		asked     any
		row       string
	}{
		"the address for a program": {"GetOAuthAuthorizationURL", nil,
			oauth.AuthorizationRequest{}, "URL=https://idp.example/authorize "},
		"the address for a web application, in the field's other spelling": {"getoauthauthorizationurl", everything,
			oauth.AuthorizationRequest{Mode: oauth.ModeWeb, CallbackURL: "https://app.example/cb", Scope: "a b", State: "s", Prompt: "login"},
			"URL=https://idp.example/authorize "},
		"tokens for a program, which asks the user": {"GetOAuthAccessToken", nil,
			oauth.ExchangeRequest{}, "OAuthAccessToken=access OAuthRefreshToken=renewal ExpiresIn=90 "},
		"tokens for a web application": {"GETOAUTHACCESSTOKEN", everything,
			oauth.ExchangeRequest{Mode: oauth.ModeWeb, Code: "code", CallbackURL: "https://app.example/cb", Scope: "a b", State: "s", Prompt: "login"},
			"OAuthAccessToken=access OAuthRefreshToken=renewal ExpiresIn=90 "},
		"new tokens": {"RefreshOAuthAccessToken", everything, "refresh",
			"OAuthAccessToken=access OAuthRefreshToken=renewal ExpiresIn=90 "},
		"an administrator's consent": {"GetAdminConsentURL", everything,
			[]string{"https://app.example/cb", "a b", "s"}, "URL=https://idp.example/adminconsent "},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{tokens: oauth.Tokens{Access: "access", Refresh: "renewal", ExpiresIn: 90*time.Second + time.Millisecond}}
			row, err := invoke(t, New(nil, r, Options{}), test.procedure, test.given)
			require.NoError(t, err)
			assert.Equal(t, test.row, row)
			assert.Equal(t, []any{test.asked}, r.asked)
		})
	}
}

func TestATokenThatNobodyKnowsTheEndOfExpiresInMinusOne(t *testing.T) {
	r := &recorder{tokens: oauth.Tokens{Access: "access", ExpiresIn: -1}}
	row, err := invoke(t, New(nil, r, Options{}), "GetOAuthAccessToken", nil)
	require.NoError(t, err)
	assert.Equal(t, "OAuthAccessToken=access OAuthRefreshToken= ExpiresIn=-1 ", row)
}

func TestWhatAWebApplicationMustGiveIsAskedForBeforeAnyRequest(t *testing.T) {
	web := map[string]string{"AuthMode": "WEB"}
	blank := map[string]string{"AuthMode": "WEB", "Verifier": " ", "CallbackURL": "\t"}
	for name, test := range map[string]struct {
		procedure string
		given     map[string]string
		options   Options
		refused   string
	}{
		"no callback":                       {"GetOAuthAuthorizationURL", web, Options{}, "CallbackURL"},
		"a blank callback":                  {"GetOAuthAuthorizationURL", blank, Options{}, "CallbackURL"},
		"the property's callback will do":   {"GetOAuthAuthorizationURL", web, Options{CallbackURL: "https://app.example/cb"}, ""},
		"no code":                           {"GetOAuthAccessToken", web, Options{}, "Verifier"},
		"a blank code":                      {"GetOAuthAccessToken", blank, Options{}, "Verifier"},
		"a program is asked for none of it": {"GetOAuthAccessToken", nil, Options{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			_, err := invoke(t, New(nil, r, test.options), test.procedure, test.given)
			if test.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, providers.KindParameter)
			assert.ErrorContains(t, err, test.procedure+" needs the parameter "+test.refused)
			assert.Empty(t, r.asked)
		})
	}
}

func TestAConnectionWithoutOAuthSaysWhatToSet(t *testing.T) {
	p := New(nil, nil, Options{})
	names, err := p.Procedures(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, names, 4)
	for _, n := range names {
		_, err := invoke(t, p, n.Name, nil)
		require.ErrorIs(t, err, providers.KindProperty, n.Name)
		assert.ErrorContains(t, err, "AuthScheme")
		assert.ErrorContains(t, err, "OAuthClientId")
	}
}

func TestWhatSignInSaysIsHandedOn(t *testing.T) {
	want := &oauth.Error{Reason: oauth.ReasonGrant, Code: "invalid_grant", Message: "the code was used before"}
	for _, name := range []string{"GetOAuthAuthorizationURL", "GetOAuthAccessToken", "RefreshOAuthAccessToken", "GetAdminConsentURL"} {
		_, err := invoke(t, New(nil, &recorder{err: want}, Options{}), name, nil)
		assert.ErrorIs(t, err, want, name)
	}
}

func TestScopeIsAlsoCalledPermissions(t *testing.T) {
	for _, name := range []string{"GetOAuthAuthorizationURL", "GetOAuthAccessToken", "GetAdminConsentURL"} {
		p, err := New(nil, nil, Options{}).Procedure(t.Context(), "", name)
		require.NoError(t, err)
		info := p.Info()
		assert.Equal(t, "Scope", info.Parameters[info.Find("permissions")].Name, name)
	}
}

func TestABuiltInMayBeCalledOnAReadonlyConnection(t *testing.T) {
	for _, b := range builtins(nil, Options{}) {
		assert.True(t, b.info.ReadOnly, b.info.Name)
	}
}

// system is a provider with one procedure.
type system struct {
	providers.Provider
	procedure providers.Procedure
}

func (s system) ProcedureSchemas(context.Context) ([]string, error) { return []string{"Svc"}, nil }

func (s system) Procedures(_ context.Context, schema string) ([]providers.ProcedureName, error) {
	return []providers.ProcedureName{{Schema: schema, Name: "Own"}}, nil
}

func (s system) Procedure(_ context.Context, schema, name string) (providers.Procedure, error) {
	if schema != "Svc" {
		return nil, errors.New("asked for schema " + schema)
	}
	return s.procedure, nil
}

func TestTheSystemsProceduresAreFoundBySchema(t *testing.T) {
	own := &builtin{info: &providers.ProcedureInfo{Schema: "Svc", Name: "Own"}}
	p := New(system{procedure: own}, nil, Options{})
	schemas, err := p.ProcedureSchemas(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"Svc"}, schemas)
	names, err := p.Procedures(t.Context(), "Svc")
	require.NoError(t, err)
	assert.Equal(t, []providers.ProcedureName{{Schema: "Svc", Name: "Own"}}, names)
	got, err := p.Procedure(t.Context(), "Svc", "Own")
	require.NoError(t, err)
	assert.Same(t, own, got)
	_, err = p.Procedure(t.Context(), "", "Own")
	require.ErrorIs(t, err, providers.KindNotFound, "a bare name asks nothing of the system")
}

func TestAProviderWithoutProceduresIsAskedForNone(t *testing.T) {
	p := New(struct{ providers.Provider }{}, nil, Options{})
	schemas, err := p.ProcedureSchemas(t.Context())
	require.NoError(t, err)
	assert.Empty(t, schemas)
	names, err := p.Procedures(t.Context(), "Svc")
	require.NoError(t, err)
	assert.Empty(t, names)
	_, err = p.Procedure(t.Context(), "Svc", "GetOAuthAccessToken")
	require.ErrorIs(t, err, providers.KindNotFound, "the driver's own belong to no schema")
	_, err = p.Procedure(t.Context(), "", "GetOauthAccesToken")
	require.ErrorIs(t, err, providers.KindNotFound)
	assert.ErrorContains(t, err, "did you mean `GetOAuthAccessToken`?")
}
