package procedures

import (
	"context"
	"fmt"
	"time"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/sqltypes"
)

var (
	text = sqltypes.Of(sqltypes.Varchar)

	addressColumn = []providers.Column{{Name: "URL", Type: text, Description: "where to send the browser"}}
	tokenColumns  = []providers.Column{
		{Name: "OAuthAccessToken", Type: text, Description: "goes into the property of this name"},
		{Name: "OAuthRefreshToken", Type: text, Description: "blank where the provider gives none"},
		{Name: "ExpiresIn", Type: sqltypes.Of(sqltypes.BigInt), Description: "seconds; -1 if the token does not expire or nobody knows when"},
	}
)

// The inputs, as users of the commercial drivers know them.
var (
	authMode = providers.Parameter{Name: "AuthMode", Type: text, Allowed: []string{"APP", "WEB"}, Default: sqltypes.StringValue("APP"),
		Description: "APP for a program on the user's machine, WEB for a web application that redirects its users itself"}
	callbackURL = providers.Parameter{Name: "CallbackURL", Type: text,
		Description: "the redirect address as it is registered with the provider; the property of this name if left out"}
	verifier = providers.Parameter{Name: "Verifier", Type: text, Secret: true,
		Description: "the code that the provider added to the callback address, or that whole address; needed with AuthMode=WEB"}
	scope = providers.Parameter{Name: "Scope", Aliases: []string{"Permissions"}, Type: text,
		Description: "the permissions to ask for, separated by blanks; the property of this name if left out"}
	state = providers.Parameter{Name: "State", Type: text,
		Description: "comes back with the code; a random one if left out"}
	prompt = providers.Parameter{Name: "Prompt", Type: text,
		Description: "what the provider asks the user: select_account, login, consent or none"}
	refreshToken = providers.Parameter{Name: "OAuthRefreshToken", Type: text, Required: true, Secret: true,
		Description: "the refresh token to trade in"}
)

// signInProcedures makes one row a call out of what a SignIn answers.
type signInProcedures struct {
	oauth.SignIn
	options Options
}

func builtins(signIn oauth.SignIn, o Options) []*builtin {
	s := signInProcedures{signIn, o}
	list := []*builtin{
		{run: s.authorizationURL, info: &providers.ProcedureInfo{Name: "GetOAuthAuthorizationURL",
			Description: "The address where a user signs in.",
			Parameters:  []providers.Parameter{authMode, callbackURL, scope, state, prompt}, Results: addressColumn}},
		{run: s.accessToken, info: &providers.ProcedureInfo{Name: "GetOAuthAccessToken",
			Description: "Trades the code that came to the callback address for tokens; with AuthMode=APP and no code the user signs in first.",
			Parameters:  []providers.Parameter{authMode, callbackURL, verifier, scope, state, prompt}, Results: tokenColumns}},
		{run: s.refresh, info: &providers.ProcedureInfo{Name: "RefreshOAuthAccessToken",
			Description: "Trades a refresh token for a new access token.",
			Parameters:  []providers.Parameter{refreshToken, unused(callbackURL), unused(state)}, Results: tokenColumns}},
		{run: s.adminConsentURL, info: &providers.ProcedureInfo{Name: "GetAdminConsentURL",
			Description: "The address where an administrator of a Microsoft Entra tenant consents for all its users.",
			Parameters:  []providers.Parameter{callbackURL, state, scope}, Results: addressColumn}},
	}
	for _, b := range list {
		b.info.ReadOnly = true // tokens are no data of the system
		if signIn == nil {
			b.run = noSignIn(b.info.Name)
		}
	}
	return list
}

// unused is a parameter that programs give which were written for other
// drivers.
func unused(p providers.Parameter) providers.Parameter {
	p.Description = "accepted, and not needed"
	return p
}

// noSignIn is what every procedure does on a connection without OAuth.
func noSignIn(name string) func(context.Context, inputs) ([]sqltypes.Value, error) {
	return func(context.Context, inputs) ([]sqltypes.Value, error) {
		return nil, &providers.Error{Kind: providers.KindProperty, Message: fmt.Sprintf(
			"%s needs a connection that signs in by OAuth: set AuthScheme=OAuth (AzureADOpenID for Microsoft Entra) and OAuthClientId", name)}
	}
}

func (in inputs) mode() oauth.Mode {
	if in["AuthMode"] == "WEB" {
		return oauth.ModeWeb
	}
	return oauth.ModeApp
}

func (s signInProcedures) authorizationURL(ctx context.Context, in inputs) ([]sqltypes.Value, error) {
	if in.mode() == oauth.ModeWeb && in["CallbackURL"] == "" && s.options.CallbackURL == "" {
		return nil, missing("GetOAuthAuthorizationURL", "CallbackURL",
			"give it, or set the property CallbackURL, to the address of the web application that is registered with the provider")
	}
	url, err := s.AuthorizationURL(ctx, oauth.AuthorizationRequest{Mode: in.mode(), CallbackURL: in["CallbackURL"],
		Scope: in["Scope"], State: in["State"], Prompt: in["Prompt"]})
	return address(url, err)
}

func (s signInProcedures) accessToken(ctx context.Context, in inputs) ([]sqltypes.Value, error) {
	if in.mode() == oauth.ModeWeb && in["Verifier"] == "" {
		return nil, missing("GetOAuthAccessToken", "Verifier", "give the code that the provider added to the callback address")
	}
	t, err := s.Exchange(ctx, oauth.ExchangeRequest{Mode: in.mode(), Code: in["Verifier"], CallbackURL: in["CallbackURL"],
		Scope: in["Scope"], State: in["State"], Prompt: in["Prompt"]})
	return tokens(t, err)
}

func (s signInProcedures) refresh(ctx context.Context, in inputs) ([]sqltypes.Value, error) {
	t, err := s.Refresh(ctx, in["OAuthRefreshToken"])
	return tokens(t, err)
}

func (s signInProcedures) adminConsentURL(ctx context.Context, in inputs) ([]sqltypes.Value, error) {
	url, err := s.AdminConsentURL(ctx, in["CallbackURL"], in["Scope"], in["State"])
	return address(url, err)
}

// missing refuses a call that lacks an input which AuthMode=WEB makes
// mandatory.
func missing(procedure, parameter, advice string) error {
	return &providers.Error{Kind: providers.KindParameter, Message: fmt.Sprintf(
		"%s needs the parameter %s with AuthMode=WEB: %s", procedure, parameter, advice)}
}

func address(url string, err error) ([]sqltypes.Value, error) {
	if err != nil {
		return nil, err
	}
	return []sqltypes.Value{sqltypes.StringValue(url)}, nil
}

func tokens(t oauth.Tokens, err error) ([]sqltypes.Value, error) {
	if err != nil {
		return nil, err
	}
	seconds := int64(-1)
	if t.ExpiresIn >= 0 {
		seconds = int64(t.ExpiresIn / time.Second)
	}
	return []sqltypes.Value{sqltypes.StringValue(t.Access), sqltypes.StringValue(t.Refresh), sqltypes.IntValue(seconds)}, nil
}
