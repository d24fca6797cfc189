package oauthtest

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// SignIn does what a user does with a browser: it opens the authorization URL,
// types name and password, consents, and returns the callback address that the
// provider redirects to, which it does not open. An error page, or a password
// that is not accepted, is an error with the page's text.
func (s *Server) SignIn(ctx context.Context, authorizationURL, user, password string) (callbackURL string, err error) {
	return s.browse(ctx, authorizationURL, user, password, "accept")
}

// Decline is SignIn by a user who does not consent.
func (s *Server) Decline(ctx context.Context, authorizationURL, user, password string) (callbackURL string, err error) {
	return s.browse(ctx, authorizationURL, user, password, "cancel")
}

// ApproveDevice types a user code into the page at verificationURL, which may
// hold the code already.
func (s *Server) ApproveDevice(ctx context.Context, verificationURL, userCode, user, password string) error {
	return s.decideDevice(ctx, verificationURL, userCode, user, password, "accept")
}

// DenyDevice is ApproveDevice by a user who says no.
func (s *Server) DenyDevice(ctx context.Context, verificationURL, userCode, user, password string) error {
	return s.decideDevice(ctx, verificationURL, userCode, user, password, "cancel")
}

// Visit opens an address, such as a callback's, and returns status and page.
func (s *Server) Visit(ctx context.Context, address string) (status int, body string, err error) {
	p, err := s.open(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	return p.status, p.body, nil
}

// shown is a page that the browser is on.
type shown struct {
	url, body, location string
	status              int
}

// alert marks what went wrong on a page.
const alert = `role="alert"`

// maxPages bounds a sign-in: login and consent are two.
const maxPages = 5

func (s *Server) browse(ctx context.Context, address, user, password, decision string) (string, error) {
	p, err := s.open(ctx, http.MethodGet, address, nil)
	for range maxPages {
		if err != nil {
			return "", err
		}
		if p.location != "" {
			return p.location, nil
		}
		action, form, ok := p.form()
		if !ok || strings.Contains(p.body, alert) {
			return "", fmt.Errorf("oauthtest: the provider shows: %s", p.text())
		}
		if form.Has("user") {
			form.Set("user", user)
			form.Set("password", password)
		} else {
			form.Set("decision", decision)
		}
		p, err = s.open(ctx, http.MethodPost, action, form)
	}
	return "", errors.New("oauthtest: the sign-in does not come to an end")
}

func (s *Server) decideDevice(ctx context.Context, address, userCode, user, password, decision string) error {
	p, err := s.open(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	action, form, ok := p.form()
	if !ok {
		return fmt.Errorf("oauthtest: the provider shows: %s", p.text())
	}
	if userCode != "" {
		form.Set("user_code", userCode)
	}
	form.Set("user", user)
	form.Set("password", password)
	form.Set("decision", decision)
	if p, err = s.open(ctx, http.MethodPost, action, form); err != nil {
		return err
	}
	if decision == "accept" && strings.Contains(p.body, alert) {
		return fmt.Errorf("oauthtest: the provider shows: %s", p.text())
	}
	return nil
}

// open is one step of a browser. It stands for a user, not for the driver, and
// so does not go through internal/httpx.
func (s *Server) open(ctx context.Context, method, address string, form url.Values) (shown, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return shown{}, fmt.Errorf("oauthtest: %w", err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Close = true // nothing is left open for a leak check to find
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return shown{}, fmt.Errorf("oauthtest: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return shown{}, fmt.Errorf("oauthtest: %w", err)
	}
	p := shown{url: address, body: string(body), status: res.StatusCode}
	if u, err := res.Location(); err == nil {
		p.location = u.String()
	}
	return p, nil
}

var (
	formTag   = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	inputTag  = regexp.MustCompile(`<input[^>]* name="([^"]*)"[^>]* value="([^"]*)"`)
	markup    = regexp.MustCompile(`(?s)<title>.*?</title>|<[^>]*>`)
	blankRuns = regexp.MustCompile(`\s+`)
)

func (p shown) form() (action string, form url.Values, ok bool) {
	m := formTag.FindStringSubmatch(p.body)
	if m == nil {
		return "", nil, false
	}
	base, err := url.Parse(p.url)
	if err != nil {
		return "", nil, false
	}
	target, err := base.Parse(html.UnescapeString(m[1]))
	if err != nil {
		return "", nil, false
	}
	form = url.Values{}
	for _, in := range inputTag.FindAllStringSubmatch(p.body, -1) {
		form.Set(html.UnescapeString(in[1]), html.UnescapeString(in[2]))
	}
	return target.String(), form, true
}

func (p shown) text() string {
	text := html.UnescapeString(markup.ReplaceAllString(p.body, " "))
	return strings.TrimSpace(blankRuns.ReplaceAllString(text, " "))
}
