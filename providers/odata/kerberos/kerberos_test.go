package kerberos

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/internal/httpauth"
)

// That tickets lead to rows is shown with a real key distribution centre, in
// integration/kerberos.

func TestWhatThePropertiesSay(t *testing.T) {
	const url = "https://ERP.Corp.Example.com:8443/odata/"
	for _, c := range []struct {
		name             string
		properties       map[string]string
		user, realm, spn string
	}{
		{"a realm behind the user", map[string]string{"User": "clerk@corp.example.com"}, "clerk", "CORP.EXAMPLE.COM", "HTTP/erp.corp.example.com"},
		{"a realm of its own goes first", map[string]string{"User": "clerk@corp.example.com", "KerberosRealm": "Other"}, "clerk", "Other", "HTTP/erp.corp.example.com"},
		{"a service by its name", map[string]string{"User": "clerk", "KerberosSPN": "HTTP/farm@CORP.EXAMPLE.COM"}, "clerk", "", "HTTP/farm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.properties["URL"] = url
			s, err := settingsOf(c.properties)
			require.NoError(t, err)
			assert.Equal(t, []string{c.user, c.realm, c.spn}, []string{s.user, s.realm, s.principal()})
		})
	}
}

func TestTheServiceIsLookedForInItsOwnRealm(t *testing.T) {
	s, err := settingsOf(map[string]string{
		"URL": "https://erp.example.com", "User": "clerk", "KerberosRealm": "USERS", "KerberosKDC": "dc1",
		"KerberosServiceRealm": "ERP", "KerberosServiceKDC": "[::1]:1088",
	})
	require.NoError(t, err)
	conf, err := s.config(s.realm)
	require.NoError(t, err)
	assert.Equal(t, "ERP", conf.ResolveRealm("erp.example.com"))
	for realm, address := range map[string]string{"USERS": "dc1:88", "ERP": "[::1]:1088"} {
		_, centres, err := conf.GetKDCs(realm, true)
		require.NoError(t, err)
		assert.Equal(t, map[int]string{1: address}, centres)
	}
}

func TestACentreThatDoesNotAnswerDoesNotHoldARequestThatIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	layer, err := httpauth.Registered("negotiate")(http.DefaultTransport, map[string]string{
		"URL": "http://localhost", "User": "clerk", "Password": "canary", "KerberosRealm": "USERS", "KerberosKDC": l.Addr().String(),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			asked <- c
		}
		cancel()
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost", nil)
	require.NoError(t, err)
	_, err = layer.RoundTrip(r)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, (<-asked).Close())
	require.NoError(t, l.Close())
	layer.(*negotiate).CloseIdleConnections() // returns when the sign-in has ended
	assert.Nil(t, layer.(*negotiate).signedIn)
}

func TestAnotherSchemeIsNamed(t *testing.T) {
	for challenge, message := range map[string]string{
		"Basic realm=x, NTLM": "AuthScheme=Negotiate, and the server offers Basic, NTLM",
		"NTLM, Negotiate":     "",
		"":                    "",
	} {
		res := &http.Response{Header: http.Header{}}
		if challenge != "" {
			res.Header.Set("WWW-Authenticate", challenge)
		}
		err := offersNegotiate(res)
		if message == "" {
			assert.NoError(t, err)
		} else {
			assert.EqualError(t, err, message)
		}
	}
}
