// Package oauthtest is an identity provider on loopback, in the manner of
// net/http/httptest: OAuth 2.0 (RFC 6749) and the parts of OpenID Connect that
// a client meets, with login pages that a browser or SignIn can fill in.
//
// It is strict where real providers are: PKCE with S256 is required, redirect
// addresses must be registered, a code is good once, and a refresh token that
// was used before revokes its whole family. Shape makes it speak as Entra or
// as Acumatica's IdentityServer does.
//
//	idp := oauthtest.NewServer(oauthtest.WithApps(oauthtest.App{ID: "cli", Redirects: []string{"http://localhost/"}}))
//	defer idp.Close()
//	callback, err := idp.SignIn(ctx, authorizationURL, oauthtest.DefaultUser, oauthtest.DefaultPassword)
package oauthtest
