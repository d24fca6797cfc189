package main

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/oauth/oauthtest"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

// terminal is a user who reads what is written, and signs in when told where.
type terminal struct {
	bytes.Buffer
	t   *testing.T
	idp *oauthtest.Server
	ask func(terminal *terminal, text string)
}

func (w *terminal) Write(text []byte) (int, error) {
	w.ask(w, string(text))
	return w.Buffer.Write(text)
}

func TestSigningInAtTheTerminal(t *testing.T) {
	callback := oauthtest.FreeCallback("/")
	for _, test := range []struct {
		name, properties string
		ask              func(w *terminal, text string)
	}{
		{"by a code for another device", "OAuthGrantType=DEVICE", func(w *terminal, text string) {
			shown := regexp.MustCompile(`open (\S+) on any device and enter the code (\S+) `).FindStringSubmatch(text)
			if assert.Len(w.t, shown, 3, text) {
				assert.NoError(w.t, w.idp.ApproveDevice(context.Background(), shown[1], shown[2], oauthtest.DefaultUser, oauthtest.DefaultPassword))
			}
		}},
		{"on a page whose address is shown where no browser opens", "OAuthGrantType=CODE", func(w *terminal, text string) {
			_, page, found := strings.Cut(strings.TrimSpace(text), "\n")
			if !assert.True(w.t, found, text) {
				return
			}
			go func() {
				end, err := w.idp.SignIn(context.Background(), page, oauthtest.DefaultUser, oauthtest.DefaultPassword)
				if err == nil {
					_, _, err = w.idp.Visit(context.Background(), end)
				}
				assert.NoError(w.t, err)
			}()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("BROWSER", "a-program-that-is-not-there")
			idp := oauthtest.NewServer(oauthtest.WithDevice(time.Minute, time.Second),
				oauthtest.WithApps(oauthtest.App{ID: "cli", Redirects: []string{callback}}))
			t.Cleanup(idp.Close)
			erp := epicortest.NewServer(epicortest.WithIssuer(func(token string) (string, error) {
				if !idp.Valid(token) {
					return "", errors.New("the access token is not valid")
				}
				return epicortest.DefaultUser, nil
			}))
			t.Cleanup(erp.Close)
			p := newProgram("")
			w := &terminal{t: t, idp: idp, ask: test.ask}
			p.open = openPrompting(w)
			p.env[dsnVariable] = strings.Join([]string{
				"URL=" + erp.URL, "ERPInstance=" + epicortest.DefaultInstance, "AuthScheme=OAuth", "OAuthIssuer=" + idp.Issuer(),
				"OAuthClientId=cli", "Scope=api offline_access", "CallbackURL=" + callback, "InitiateOAuth=GETANDREFRESH",
				"OAuthSettingsLocation=memory://" + t.Name(), test.properties,
			}, ";")
			code := p.run([]string{"query", "-format", "csv", "SELECT COUNT(*) AS n FROM [Erp.BO.CustomerSvc].Customers WHERE CustNum < 3"})
			require.Zero(t, code, p.errors.String())
			assert.Equal(t, "n\r\n2\r\n", p.stdout.String())
			assert.NotEmpty(t, w.String())
		})
	}
}
