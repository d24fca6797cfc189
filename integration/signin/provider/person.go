package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Person signs in without a browser: it reads the provider's pages and sends their forms.
type Person struct {
	Name, Password string
}

// Page is where a sign-in has led.
type Page struct {
	URL    *url.URL
	Status int
	Text   string // the HTML
}

// maxPages is more than any sign-in has: sign in, consent, and two for a device code.
const maxPages = 8

// SignIn opens an address of the provider and goes on, signing in and consenting, to the first page without a form:
// that of the callback, or the provider's thanks after a device code.
func (p Person) SignIn(ctx context.Context, address string) (Page, error) {
	return p.walk(ctx, address, nil)
}

// Callback signs in as SignIn does, but leaves the callback unopened: it returns the address, with the code, that the
// provider redirects to.
func (p Person) Callback(ctx context.Context, address string) (*url.URL, error) {
	start, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	var callback *url.URL
	page, err := p.walk(ctx, address, func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == start.Host {
			return nil
		}
		callback = r.URL
		return http.ErrUseLastResponse
	})
	if err == nil && callback == nil {
		err = fmt.Errorf("the provider ends at %s with status %d: %s", page.URL, page.Status, page.Text)
	}
	return callback, err
}

func (p Person) walk(ctx context.Context, address string, redirect func(*http.Request, []*http.Request) error) (Page, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Page{}, err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}, CheckRedirect: redirect}
	defer client.CloseIdleConnections()
	page, err := get(ctx, client, http.MethodGet, address, nil)
	for range maxPages {
		if err != nil {
			return Page{}, err
		}
		form, ok, ferr := findForm(page)
		if ferr != nil || !ok {
			return page, ferr
		}
		for name, value := range map[string]string{"login": p.Name, "password": p.Password} {
			if form.fields.Has(name) {
				form.fields.Set(name, value)
			}
		}
		page, err = get(ctx, client, http.MethodPost, form.action, form.fields)
	}
	return Page{}, errors.Join(err, fmt.Errorf("the provider asks on and on: %s", page.URL))
}

func get(ctx context.Context, client *http.Client, method, address string, fields url.Values) (Page, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return Page{}, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	resp, err := client.Do(r)
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return Page{URL: resp.Request.URL, Status: resp.StatusCode, Text: string(text)}, err
}

type form struct {
	action string
	fields url.Values
}

// findForm reads the first form that is posted, with the values that its fields have.
func findForm(p Page) (form, bool, error) {
	f, inside := form{fields: url.Values{}}, false
	for z := html.NewTokenizer(strings.NewReader(p.Text)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return f, inside, nil
			}
			return form{}, false, z.Err()
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			switch {
			case tag.Data == "form" && !inside && strings.EqualFold(attribute(tag, "method"), "post"):
				action, err := p.URL.Parse(attribute(tag, "action"))
				if err != nil {
					return form{}, false, err
				}
				f.action, inside = action.String(), true
			case tag.Data == "input" && inside:
				f.fields.Set(attribute(tag, "name"), attribute(tag, "value"))
			}
		case html.EndTagToken:
			if inside && z.Token().Data == "form" {
				return f, true, nil
			}
		}
	}
}

func attribute(tag html.Token, name string) string {
	for _, a := range tag.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
