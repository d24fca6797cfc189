package epicorerp

import (
	"context"
	"errors"

	"github.com/epicorerp/epicorerp/internal/oauth"
	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/tokenstore"
)

// Prompter shows a user what only a user can do when signing in: the page to
// sign in on, and the code of the device flow. See WithPrompter.
type Prompter = oauth.Prompter

// DeviceCode is what a user needs to sign in on another device.
type DeviceCode = oauth.DeviceCode

// OpenBrowser opens a page in the user's browser: what signing in does without
// a Prompter, and what one may do too.
func OpenBrowser(ctx context.Context, url string) error { return oauth.OpenBrowser(ctx, url) }

// newSignIn makes what fetches and renews bearer tokens; nil where the
// connection has no use for them.
func newSignIn(cfg *Config, set settings, log *eventLog) (*oauth.Client, error) {
	if cfg.Auth() != AuthBearer || set.provider != nil {
		return nil, nil
	}
	o := oauth.Options{
		Properties: providerProperties(cfg), Transport: set.transport, Store: set.tokens,
		Prompter: set.prompter, Logger: log.requests, Now: set.clock,
	}
	if o.Store == nil {
		var err error
		if o.Store, err = openSettings(cfg.OAuthSettingsLocation, cfg.OAuthSettingsKey); err != nil {
			return nil, err
		}
		if !cfg.OAuthVerifier.IsEmpty() && cfg.OAuthSettingsLocation != "" {
			o.Begun = defaultSettings(cfg.OAuthSettingsKey)
		}
	}
	return oauth.New(o)
}

// openSettings opens OAuthSettingsLocation, without I/O.
func openSettings(location string, key Secret) (tokenstore.Store, error) {
	store, err := tokenstore.Open(location, tokenstore.Options{Key: key.Reveal()})
	var wrong *tokenstore.PropertyError
	if errors.As(err, &wrong) {
		return nil, propertyError(wrong.Property, "%v", wrong.Err)
	}
	return store, err
}

// defaultSettings is where a connection without OAuthSettingsLocation has kept
// the sign-in that it began: who asks for the address need not know yet where
// the tokens will be. Without a place for them on this system there is none.
func defaultSettings(key Secret) (stores []tokenstore.Store) {
	for _, k := range []Secret{key, {}} {
		if store, err := openSettings("", k); err == nil {
			stores = append(stores, store)
		}
		if key.IsEmpty() {
			break
		}
	}
	return stores
}

// tokenSource is an oauth.Client as the providers see it.
type tokenSource struct{ client *oauth.Client }

var _ providers.TokenSource = tokenSource{}

func (s tokenSource) Token(ctx context.Context) (string, error) {
	t, err := s.client.Token(ctx)
	return t.Access, signInError(err)
}

func (s tokenSource) Refused(ctx context.Context, token string) (bool, error) {
	renewed, err := s.client.Refused(ctx, token)
	return renewed, signInError(err)
}

var signInKinds = map[oauth.Reason]providers.Kind{
	oauth.ReasonProperty: ErrProperty, oauth.ReasonGrant: ErrAuthentication, oauth.ReasonClient: ErrAuthentication,
	oauth.ReasonDenied: ErrAuthentication, oauth.ReasonUnavailable: ErrConnection, oauth.ReasonTimeout: ErrTimeout,
	oauth.ReasonResponse: ErrResponse, oauth.ReasonOther: ErrAuthentication,
}

// signInError makes the driver's error of a sign-in that failed.
func signInError(err error) error {
	var p *oauth.PropertyError
	if errors.As(err, &p) {
		return &Error{Kind: ErrProperty, Message: err.Error(), Err: err}
	}
	var e *oauth.Error
	if !errors.As(err, &e) {
		return err
	}
	kind := signInKinds[e.Reason]
	if errors.Is(e, oauth.ErrNoToken) {
		kind = ErrAuthentication
	}
	return &Error{
		Kind: kind, Status: e.Status, Code: e.Code, Message: e.Error(),
		RequestID: e.RequestID, Retryable: e.Retryable, Err: err,
	}
}
