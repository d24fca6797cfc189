// Package oauth signs in: authorization code with PKCE, refresh, client
// credentials, password and device code, with a secret or a certificate for
// the client, at Entra, Epicor Identity, Acumatica, Sage or any other OAuth 2.0
// server. It stands on golang.org/x/oauth2 and sends through internal/httpx.
//
// A Client belongs to one connector. It does nothing before it is first asked
// for a token; what it gets it keeps in a tokenstore.Store, whose lock it holds
// while it renews one, since a refresh token may be good for one use only.
//
// The package imports tokenstore, internal/httpx and internal/certificate, and
// nothing above them.
package oauth
