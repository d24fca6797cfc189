package kerberos

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"github.com/epicorerp/epicorerp/internal/httpx"
)

// settings are what the properties of Kerberos say.
type settings struct {
	user, realm               string
	password                  httpx.Secret
	keytab, cache             string // paths
	spn                       string
	kdc, serviceKDC           string // host or host:port
	serviceRealm, serviceHost string
}

func settingsOf(p map[string]string) (settings, error) {
	s := settings{
		user: p["User"], realm: p["KerberosRealm"], password: httpx.Secret(p["Password"]),
		keytab: p["KerberosKeytabFile"], cache: p["KerberosTicketCache"], spn: p["KerberosSPN"],
		kdc: p["KerberosKDC"], serviceKDC: p["KerberosServiceKDC"], serviceRealm: p["KerberosServiceRealm"],
	}
	if name, realm, found := strings.Cut(s.user, "@"); found {
		s.user, s.realm = name, cmp.Or(s.realm, strings.ToUpper(realm))
	}
	u, err := url.Parse(p["URL"])
	if err != nil {
		return s, errors.New("URL is not readable")
	}
	s.serviceHost = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	return s, nil
}

// principal is the name of the service that a request goes to (RFC 4559, section
// 4.1). The host is taken as the URL has it: what DNS makes of it is for others
// to decide.
func (s *settings) principal() string {
	name, _, _ := strings.Cut(cmp.Or(s.spn, "HTTP/"+s.serviceHost), "@")
	return name
}

// ticket signs in and gets the ticket of the service.
func (s *settings) ticket(principal string) (*client.Client, error) {
	c, err := s.client()
	if err != nil {
		return nil, err
	}
	if err = c.AffirmLogin(); err == nil {
		_, _, err = c.GetServiceTicket(principal)
	}
	if err != nil {
		c.Destroy()
		return nil, explained(err)
	}
	return c, nil
}

// client reads the credentials: a ticket cache goes before a keytab, and that
// before a password.
func (s *settings) client() (*client.Client, error) {
	var cache *credentials.CCache
	realm := s.realm
	if s.cache != "" {
		var err error
		if cache, err = credentials.LoadCCache(strings.TrimPrefix(s.cache, "FILE:")); err != nil {
			return nil, fmt.Errorf("KerberosTicketCache cannot be read: %w", err)
		}
		realm = cmp.Or(realm, cache.GetClientRealm())
	}
	conf, err := s.config(realm)
	if err != nil {
		return nil, err
	}
	realm = cmp.Or(realm, conf.LibDefaults.DefaultRealm)
	options := client.DisablePAFXFAST(true) // which domain controllers of Active Directory refuse
	switch {
	case cache != nil:
		c, err := client.NewFromCCache(cache, conf, options)
		if err != nil {
			return nil, fmt.Errorf("KerberosTicketCache: %w", err)
		}
		return c, nil
	case s.keytab != "":
		keys, err := keytab.Load(s.keytab)
		if err != nil {
			return nil, fmt.Errorf("KerberosKeytabFile cannot be read: %w", err)
		}
		return client.NewWithKeytab(s.user, realm, keys, conf, options), nil
	}
	return client.NewWithPassword(s.user, realm, s.password.Reveal(), conf, options), nil
}

// config is what the properties say of realms, or the system's configuration
// where they name no key distribution centre.
func (s *settings) config(realm string) (*config.Config, error) {
	if s.kdc == "" {
		path := cmp.Or(os.Getenv("KRB5_CONFIG"), "/etc/krb5.conf")
		c, err := config.Load(path)
		if err != nil {
			return nil, fmt.Errorf("there is no KerberosKDC, and the system's configuration cannot be read: %w", err)
		}
		return c, nil
	}
	c := config.New()
	c.LibDefaults.DefaultRealm = realm
	c.LibDefaults.UDPPreferenceLimit = 1 // TCP alone: tickets of Active Directory outgrow a datagram
	c.Realms = []config.Realm{{Realm: realm, KDC: []string{withPort(s.kdc)}}}
	if s.serviceRealm != "" && s.serviceRealm != realm {
		c.Realms = append(c.Realms, config.Realm{Realm: s.serviceRealm, KDC: []string{withPort(cmp.Or(s.serviceKDC, s.kdc))}})
	}
	if host := s.principalHost(); host != "" && s.serviceRealm != "" {
		c.DomainRealm[host] = s.serviceRealm
	}
	return c, nil
}

// principalHost is the host in the service's name.
func (s *settings) principalHost() string {
	_, host, _ := strings.Cut(s.principal(), "/")
	return host
}

// withPort adds the port of Kerberos to a host that has none.
func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), "88")
}

// explained says what the answers of key distribution centres mean that users
// meet (RFC 4120, section 7.5.9). The library hands errors on as text, in which
// it has spelt out the code.
func explained(err error) error {
	for code, meaning := range meanings {
		if strings.Contains(err.Error(), errorcode.Lookup(code)) {
			return fmt.Errorf("%s: %w", meaning, err)
		}
	}
	return err
}

var meanings = map[int32]string{
	errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN: "the key distribution centre does not know the user",
	errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN: "the key distribution centre does not know the service; name it in KerberosSPN",
	errorcode.KDC_ERR_PREAUTH_FAILED:      "the key distribution centre does not take the password, or the key of the keytab",
	errorcode.KDC_ERR_CLIENT_REVOKED:      "the user is locked or disabled",
	errorcode.KDC_ERR_KEY_EXPIRED:         "the password has expired",
	errorcode.KRB_AP_ERR_SKEW:             "the clocks of this machine and of the key distribution centre differ by too much",
	errorcode.KDC_ERR_ETYPE_NOSUPP:        "the key distribution centre has none of the encryption types asked for",
}
