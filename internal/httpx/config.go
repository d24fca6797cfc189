package httpx

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The values that a zero field of Config stands for.
const (
	DefaultMaxConnections = 8
	DefaultTimeout        = 60 * time.Second
	DefaultMaxBodyBytes   = 256 << 20
	DefaultUserAgent      = "epicorerp-go"

	DefaultMaxAttempts = 4
	DefaultMaxElapsed  = 60 * time.Second
	DefaultBaseDelay   = 200 * time.Millisecond
	DefaultMaxDelay    = 10 * time.Second
)

// Config says what a Client is to be. It is a value: New copies it, and
// changing it afterwards changes nothing. Printing it with any verb shows no
// secret. Only Origins is required; every other zero field has a default.
type Config struct {
	// Origins are absolute URLs of which scheme, host and port count: requests
	// and redirects to anywhere else are refused before anything is sent.
	Origins []string

	// Authorizer adds credentials to each request; nil sends none. When it is a
	// Refresher too, a 401 can lead to one refresh and one repetition.
	Authorizer Authorizer
	// RefreshStatus lists statuses beside 401 that a Refresher is shown, for
	// systems that answer 410 to a session that has ended. A 401 proves that
	// nothing was done; after these, only idempotent requests are repeated.
	RefreshStatus []int

	// Transport replaces the package's own transport. Proxy, TLS and AllowHTTP2
	// cannot be combined with it: they are the business of whoever made it.
	Transport  http.RoundTripper
	Proxy      Proxy
	TLS        TLS
	AllowHTTP2 bool
	// Challenged puts a layer on the transport that answers challenges, for schemes
	// that an Authorizer cannot serve: their credentials are for one method and URL
	// (Digest), so that each hop of a redirect has its own, or for one connection
	// (NTLM). It is given Transport, or the package's own *http.Transport. What the
	// layer repeats is part of one attempt. Where the layer has a method
	// CloseIdleConnections, Close calls it, for connections of the layer's own.
	Challenged func(http.RoundTripper) (http.RoundTripper, error)

	// MaxConnections bounds the requests in flight, and with HTTP/1.1 the
	// connections. Default 8.
	MaxConnections int
	// Timeout bounds one attempt from sending to the last byte of the body,
	// not counting the wait for a free connection slot. Default 60 s.
	Timeout time.Duration
	// Retry is the budget for repetitions.
	Retry Retry

	// MaxBodyBytes bounds an answer, both as sent and as inflated, which is what
	// stops a compression bomb. Default 256 MiB.
	MaxBodyBytes int64
	// DisableGzip stops asking for compressed answers.
	DisableGzip bool
	// UserAgent is sent unless a request has its own. Default "epicorerp-go".
	UserAgent string
	// Jar keeps cookies between requests; nil keeps none.
	Jar http.CookieJar

	// Logger receives one record per attempt; nil logs nothing.
	Logger *slog.Logger
	// Observer is told of each attempt; nil for none.
	Observer Observer
	// Clock is for tests; nil is the system's clock.
	Clock Clock
}

// Retry is a budget: whichever of its bounds is reached first ends the trying.
type Retry struct {
	// MaxAttempts counts the first attempt too, so 1 means no repetition. Default 4.
	MaxAttempts int
	// MaxElapsed bounds the time from the first attempt to the start of the last
	// one. A wait that would pass it is not begun. Default 60 s.
	MaxElapsed time.Duration
	// BaseDelay and MaxDelay shape the back-off: before repetition n the wait is
	// random between 0 and min(MaxDelay, BaseDelay·2ⁿ⁻¹). Defaults 200 ms, 10 s.
	BaseDelay, MaxDelay time.Duration
}

// withDefaults checks the plain fields and fills in what is zero.
func (c Config) withDefaults() (Config, error) {
	if c.Transport != nil {
		if c.Proxy != (Proxy{}) || !c.TLS.isZero() || c.AllowHTTP2 {
			return c, errors.New("proxy, TLS and HTTP/2 settings cannot be combined with a transport of your own: set them on that transport")
		}
	}
	var bad []string
	fill := func(name string, p *time.Duration, def time.Duration) {
		if *p < 0 {
			bad = append(bad, fmt.Sprintf("%s must not be negative, got %v", name, *p))
		} else if *p == 0 {
			*p = def
		}
	}
	fill("timeout", &c.Timeout, DefaultTimeout)
	fill("retry.maxElapsed", &c.Retry.MaxElapsed, DefaultMaxElapsed)
	fill("retry.baseDelay", &c.Retry.BaseDelay, DefaultBaseDelay)
	fill("retry.maxDelay", &c.Retry.MaxDelay, DefaultMaxDelay)
	fillInt := func(name string, p *int64, def int64) {
		if *p < 0 {
			bad = append(bad, fmt.Sprintf("%s must not be negative, got %d", name, *p))
		} else if *p == 0 {
			*p = def
		}
	}
	conns, attempts := int64(c.MaxConnections), int64(c.Retry.MaxAttempts)
	fillInt("maxConnections", &conns, DefaultMaxConnections)
	fillInt("retry.maxAttempts", &attempts, DefaultMaxAttempts)
	fillInt("maxBodyBytes", &c.MaxBodyBytes, DefaultMaxBodyBytes)
	c.MaxConnections, c.Retry.MaxAttempts = int(conns), int(attempts)
	if len(bad) > 0 {
		return c, errors.New(strings.Join(bad, "; "))
	}
	if strings.ContainsAny(c.UserAgent, "\r\n") {
		return c, errors.New("user agent must not contain line breaks")
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	return c, nil
}

// Format prints a summary without secrets, whatever the verb: authorizers,
// transports, jars and key material are named by type only.
func (c Config) Format(f fmt.State, _ rune) {
	origins := make([]string, len(c.Origins))
	for i, o := range c.Origins {
		origins[i] = RedactURL(o)
	}
	fmt.Fprintf(f, "httpx.Config{Origins:%q Authorizer:%T Transport:%T Proxy:%v TLS:%v MaxConnections:%d Timeout:%v Retry:%+v MaxBodyBytes:%d}",
		origins, c.Authorizer, c.Transport, c.Proxy, c.TLS, c.MaxConnections, c.Timeout, c.Retry, c.MaxBodyBytes)
}

// LogValue implements slog.LogValuer.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }
