package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// Options is what a Client is made from. It holds secrets and prints none.
type Options struct {
	// Properties are connection properties under their canonical names, valid
	// and with defaults filled in, secrets in the clear.
	Properties map[string]string
	Transport  http.RoundTripper // nil for the default one
	Store      tokenstore.Store  // never nil
	// Begun are other stores where a sign-in may have been begun whose code comes
	// in OAuthVerifier. They are only read.
	Begun    []tokenstore.Store
	Prompter Prompter         // nil for the system's browser
	Logger   *slog.Logger     // never nil
	Now      func() time.Time // never nil
}

// Format prints which properties are set, and no value.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "oauth.Options{%s}", strings.Join(slices.Sorted(maps.Keys(o.Properties)), " "))
}

// Prompter shows a user what only a user can do. Its methods return at the end
// of their context at the latest, since closing the connector waits for them, and
// query no sql.DB that signs in with the same settings: that would wait for them.
type Prompter interface {
	// Browse brings the user to the page where they sign in. It returns once the
	// page was handed over to a browser, not when the user is done.
	Browse(ctx context.Context, url string) error
	// DeviceCode shows the user the address and the code of the device flow.
	DeviceCode(ctx context.Context, code DeviceCode) error
}

// DeviceCode is what a user needs to sign in on another device (RFC 8628,
// section 3.2).
type DeviceCode struct {
	UserCode string
	URL      string // where the code is typed
	// CompleteURL holds the code already; "" where the provider has none.
	CompleteURL string
	Message     string // the provider's own words for the user; "" if it has none
	Expiry      time.Time
}
