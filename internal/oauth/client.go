package oauth

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// Client signs in for one connector. It is safe for concurrent use.
type Client struct {
	settings
	properties map[string]string
	transport  http.RoundTripper
	store      tokenstore.Store
	elsewhere  []tokenstore.Store // read for pending sign-ins
	prompter   Prompter
	logger     *slog.Logger
	now        func() time.Time
	key        string // of the connection's token in the store

	senders  senders
	metadata metadata
	begun    begun
	seed     seed
	source   source
	assert   assertion // nil where the client has no certificate
}

// New makes a Client. It does no I/O. Its errors are *PropertyError.
func New(o Options) (*Client, error) {
	s, err := readSettings(o.Properties)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	c := &Client{
		settings: s, properties: o.Properties, transport: o.Transport, store: o.Store, elsewhere: o.Begun,
		prompter: o.Prompter, logger: o.Logger, now: o.Now, key: s.recordKey(),
	}
	c.metadata.gate = make(chan struct{}, 1)
	c.source.prepare()
	if c.seed, err = readSeed(o.Properties); err != nil {
		return nil, err
	}
	if s.certificate {
		c.assert = s.signing.asserter(s.clientID, o.Now)
	}
	return c, nil
}

// Format prints no secret, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "oauth.Client{%s %s %s}", c.system.name, c.flow, c.initiate)
}

var _ SignIn = (*Client)(nil)
