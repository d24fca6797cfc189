package kerberos

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	userRealm     = "USERS.TEST"
	serviceRealm  = "ERP.TEST"
	user          = "clerk"
	password      = "canary-pässwörd"
	servicePrefix = "HTTP/localhost"
)

// centre is a running krb5kdc with its files.
type centre struct {
	t       *testing.T
	dir     string
	address string
}

// startCentre makes both realms and starts the key distribution centre. The
// service is known in each of them, by a name of its own in the second.
func startCentre(t *testing.T) *centre {
	t.Helper()
	for _, program := range []string{"krb5kdc", "kdb5_util", "kadmin.local", "kinit"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (Debian: krb5-kdc, krb5-admin-server, krb5-user)", program)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	require.NoError(t, l.Close())
	k := &centre{t: t, dir: t.TempDir(), address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}

	realms := ""
	for _, realm := range []string{userRealm, serviceRealm} {
		realms += fmt.Sprintf(`	%[1]s = {
		database_name = %[2]s/%[1]s.db
		key_stash_file = %[2]s/%[1]s.stash
		acl_file = %[2]s/acl
		kdc = %[3]s
		max_life = 1h
	}
`, realm, k.dir, k.address)
	}
	k.write("krb5.conf", fmt.Sprintf("[libdefaults]\n\tdefault_realm = %s\n\tdns_lookup_kdc = false\n\trdns = false\n\tudp_preference_limit = 1\n[realms]\n%s[domain_realm]\n\tlocalhost = %s\n", userRealm, realms, userRealm))
	k.write("kdc.conf", fmt.Sprintf("[kdcdefaults]\n\tkdc_listen = \"\"\n\tkdc_tcp_listen = %s\n[realms]\n%s[logging]\n\tkdc = FILE:%s/kdc.log\n", k.address, realms, k.dir))

	for _, realm := range []string{userRealm, serviceRealm} {
		k.run("kdb5_util", "-r", realm, "create", "-s", "-P", "master")
		k.admin(realm, "addprinc -pw trust krbtgt/"+serviceRealm+"@"+userRealm)
	}
	k.admin(userRealm, "addprinc +requires_preauth -pw "+password+" "+user)
	k.admin(userRealm, "addprinc +requires_preauth -pw "+password+" keyed")
	k.admin(userRealm, "ktadd -norandkey -k "+k.path("user.keytab")+" keyed")
	k.admin(userRealm, "addprinc -randkey "+servicePrefix)
	k.admin(userRealm, "ktadd -k "+k.path("service.keytab")+" "+servicePrefix)
	k.admin(serviceRealm, "addprinc -randkey HTTP/far.erp.test")
	k.admin(serviceRealm, "ktadd -k "+k.path("far.keytab")+" HTTP/far.erp.test")

	daemon := k.command("krb5kdc", "-n", "-r", userRealm, "-r", serviceRealm)
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", k.address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 20*time.Second, 20*time.Millisecond, "krb5kdc does not listen")
	return k
}

func (k *centre) path(name string) string { return filepath.Join(k.dir, name) }

func (k *centre) write(name, text string) {
	require.NoError(k.t, os.WriteFile(k.path(name), []byte(text), 0o600))
}

func (k *centre) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "KRB5_CONFIG="+k.path("krb5.conf"), "KRB5_KDC_PROFILE="+k.path("kdc.conf"), "KRB5RCACHETYPE=none")
	return c
}

func (k *centre) run(name string, args ...string) {
	k.t.Helper()
	out, err := k.command(name, args...).CombinedOutput()
	require.NoError(k.t, err, "%s %v: %s", name, args, out)
}

func (k *centre) admin(realm, query string) {
	k.t.Helper()
	k.run("kadmin.local", "-r", realm, "-q", query)
}

// ticketCache signs in as kinit does, and returns the file.
func (k *centre) ticketCache() string {
	k.t.Helper()
	k.run("kinit", "-c", k.path("cache"), "-k", "-t", k.path("user.keytab"), "keyed@"+userRealm)
	return k.path("cache")
}
