// Package resource protects a test server with the access tokens of an OpenID provider, as an ERP's API behind Entra
// is: signature, issuer, audience and lifetime of the JWT are checked (RFC 9068, section 4), without any leeway.
//
// It must never import the driver.
package resource

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/golang-jwt/jwt/v5"

	"github.com/epicorerp/epicorerp/integration/signin/provider"
)

// Guard checks access tokens.
type Guard struct {
	keys     map[string]*rsa.PublicKey
	parser   *jwt.Parser
	admitted atomic.Int64
	refused  atomic.Int64

	mu   sync.Mutex
	uses map[string]int // of each token
	most int            // how many uses a token has; 0 for no limit
}

// NewGuard makes a guard that trusts the provider with this issuer.
func NewGuard(ctx context.Context, issuer, audience string) (*Guard, error) {
	keys, err := provider.SigningKeys(ctx, issuer)
	if err != nil {
		return nil, err
	}
	return &Guard{keys: keys, uses: map[string]int{}, parser: jwt.NewParser(jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{"RS256"}))}, nil
}

// Subject returns whose token it is: the user's name, or the client's id where it has no user.
func (g *Guard) Subject(token string) (string, error) {
	var claims jwt.RegisteredClaims
	_, err := g.parser.ParseWithClaims(token, &claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, ok := g.keys[id]
		if !ok {
			return nil, fmt.Errorf("unknown key %q", id)
		}
		return key, nil
	})
	if err == nil {
		err = g.use(token)
	}
	if err != nil {
		g.refused.Add(1)
		return "", err
	}
	g.admitted.Add(1)
	return claims.Subject, nil
}

const usedUp = -1

// use counts a use of the token.
func (g *Guard) use(token string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.uses[token]; n == usedUp || g.most > 0 && n >= g.most {
		return errors.New("the token was withdrawn")
	}
	g.uses[token]++
	return nil
}

// RefuseIssued refuses from now on every token that was used before, as a resource does whose tokens were revoked.
func (g *Guard) RefuseIssued() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for token := range g.uses {
		g.uses[token] = usedUp
	}
}

// LimitUses refuses a token after n uses; 0 lifts the limit.
func (g *Guard) LimitUses(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.most = n
}

// Counts tells how many requests were let in, and how many were not.
func (g *Guard) Counts() (admitted, refused int64) { return g.admitted.Load(), g.refused.Load() }

// Protect lets in requests with a token that Subject takes. Others get 401 with the challenge of RFC 6750, section 3.
func (g *Guard) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		challenge := `Bearer realm="erp"`
		if ok {
			_, err := g.Subject(token)
			if err == nil {
				next.ServeHTTP(w, r)
				return
			}
			challenge += fmt.Sprintf(`, error="invalid_token", error_description=%q`, err.Error())
		}
		w.Header().Set("WWW-Authenticate", challenge)
		http.Error(w, `{"error":{"code":"401","message":"the token was not accepted"}}`, http.StatusUnauthorized)
	})
}
