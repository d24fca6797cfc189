// Package provider starts the OpenID provider that the sign-in tests talk to: oidc-provider (MIT, certified by the
// OpenID Foundation) from npm, set up by server.mjs. It also has the people who sign in there: Person fills in the
// provider's pages by plain HTTP, Browser does it in a real Chromium.
//
// It must never import the driver.
package provider

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Audience is the API that access tokens are for, unless Options name another.
const Audience = "urn:erp:api"

// Options are the settings of a provider.
type Options struct {
	// Work is the folder into which the npm packages of package-lock.json were installed, usually
	// integration/.work/signin.
	Work     string
	Audience string
	Clients  []Client
	Users    map[string]string // passwords by name; only the password grant looks at them

	AccessTokenLife  time.Duration // whole seconds; 0 is an hour
	RefreshTokenLife time.Duration // whole seconds; 0 is a day
	// KeepRefreshToken leaves a refresh token good for ever. Without it each is good for one use, and for Grace after
	// that; a later use revokes all that came of the sign-in.
	KeepRefreshToken bool
	Grace            time.Duration // whole seconds
}

// Client is a registered client, in the words of RFC 7591.
type Client struct {
	ID              string   `json:"client_id"`
	Secret          string   `json:"client_secret,omitempty"`
	AuthMethod      string   `json:"token_endpoint_auth_method"` // none, client_secret_basic, client_secret_post, private_key_jwt
	GrantTypes      []string `json:"grant_types"`
	RedirectURIs    []string `json:"redirect_uris"`
	ResponseTypes   []string `json:"response_types"`
	ApplicationType string   `json:"application_type"` // native: any port of a loopback redirect is as good as the registered one
	Keys            *KeySet  `json:"jwks,omitempty"`
}

// The grant types.
const (
	AuthorizationCode = "authorization_code"
	RefreshToken      = "refresh_token"
	ClientCredentials = "client_credentials"
	Password          = "password"
	DeviceCode        = "urn:ietf:params:oauth:grant-type:device_code"
)

//go:embed server.mjs memory.mjs browser.mjs
var scripts embed.FS

// Provider is a running OpenID provider on 127.0.0.1.
type Provider struct {
	Issuer string

	cmd   *exec.Cmd
	stdin io.WriteCloser
	log   *os.File
	ended chan struct{} // closed when the process is gone
	err   error         // how it went, once ended

	mu     sync.Mutex
	events []Event
	marks  []chan struct{} // who waits for a mark, in the order of asking
}

// Start starts a provider and waits until it listens.
func Start(ctx context.Context, o Options) (*Provider, error) {
	if err := install(o.Work); err != nil {
		return nil, err
	}
	config, err := o.encode()
	if err != nil {
		return nil, err
	}
	log, err := os.CreateTemp(o.Work, "provider-*.log")
	if err != nil {
		return nil, err
	}
	p := &Provider{cmd: exec.Command("node", "server.mjs"), log: log, ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr = o.Work, log
	p.cmd.Env = append(os.Environ(), "PROVIDER="+string(config), "NODE_NO_WARNINGS=1")
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	ready := make(chan string, 1)
	go func() {
		defer close(p.ended)
		// Wait closes the pipe, so it comes after the last read.
		p.err = errors.Join(p.read(stdout, ready), p.cmd.Wait())
	}()
	select {
	case p.Issuer = <-ready:
		return p, nil
	case <-p.ended:
		return nil, errors.Join(fmt.Errorf("the provider ended before it was ready (see %s): %w", log.Name(), p.err), log.Close())
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("the provider was not ready in time (see %s): %w", log.Name(), ctx.Err()), p.Stop())
	}
}

// install puts the scripts beside the packages that they import.
func install(work string) error {
	if _, err := os.Stat(filepath.Join(work, "node_modules", "oidc-provider")); err != nil {
		return fmt.Errorf("the provider is not installed: %w; run integration/run.sh", err)
	}
	names, err := fs.Glob(scripts, "*.mjs")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(scripts, name)
		if err != nil {
			return err
		}
		path := filepath.Join(work, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) {
			continue
		}
		if err := os.WriteFile(path, text, 0o755); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) encode() ([]byte, error) {
	seconds := func(d, otherwise time.Duration) int {
		if d == 0 {
			d = otherwise
		}
		return int(d / time.Second)
	}
	if o.Audience == "" {
		o.Audience = Audience
	}
	if o.Users == nil {
		o.Users = map[string]string{}
	}
	return json.Marshal(map[string]any{
		"audience": o.Audience, "clients": o.Clients, "users": o.Users, "rotate": !o.KeepRefreshToken,
		"accessTokenSeconds":  seconds(o.AccessTokenLife, time.Hour),
		"refreshTokenSeconds": seconds(o.RefreshTokenLife, 24*time.Hour),
		"graceSeconds":        seconds(o.Grace, 0),
	})
}

// read takes in the events until the provider ends.
func (p *Provider) read(r io.Reader, ready chan<- string) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			// Reading goes on to the end, lest the provider block.
			_, _ = io.Copy(io.Discard, r)
			return fmt.Errorf("the provider said %q: %w", lines.Text(), err)
		}
		switch e.Name {
		case "ready":
			ready <- e.Issuer
		case "mark":
			p.mu.Lock()
			close(p.marks[0])
			p.marks = p.marks[1:]
			p.mu.Unlock()
		default:
			p.mu.Lock()
			p.events = append(p.events, e)
			p.mu.Unlock()
		}
	}
	return lines.Err()
}

// Events returns all that has happened at the provider before the call.
func (p *Provider) Events(ctx context.Context) (Events, error) {
	mark := make(chan struct{})
	p.mu.Lock()
	_, err := io.WriteString(p.stdin, "\n")
	if err == nil {
		p.marks = append(p.marks, mark)
	}
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case <-mark:
	case <-p.ended:
		return nil, fmt.Errorf("the provider has ended: %w", p.err)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(Events(nil), p.events...), nil
}

// Stop ends the provider, at first by closing its input.
func (p *Provider) Stop() error {
	err := p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		err = errors.Join(err, errors.New("the provider did not end by itself"), p.cmd.Process.Kill())
		<-p.ended
	}
	err = errors.Join(err, p.err, p.log.Close())
	if err == nil {
		err = os.Remove(p.log.Name())
	}
	return err
}
