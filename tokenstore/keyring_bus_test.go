//go:build linux || freebsd || netbsd || openbsd || dragonfly

package tokenstore

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOnlyAKeyringThatIsNotThereIsAbsent(t *testing.T) {
	fault := func(name string) error { return dbus.Error{Name: name, Body: []any{"whatever it says"}} }
	for name, err := range map[string]error{
		"nobody keeps secrets":     fault("org.freedesktop.DBus.Error.ServiceUnknown"),
		"no collection":            fault("org.freedesktop.Secret.Error.NoSuchObject"),
		"the bus's socket is gone": &net.OpError{Op: "dial", Err: syscall.ENOENT},
		"nobody listens":           fmt.Errorf("dial: %w", syscall.ECONNREFUSED),
	} {
		assert.True(t, keyringAbsent(err), name)
	}
	for name, err := range map[string]error{
		"locked":           fault("org.freedesktop.Secret.Error.IsLocked"),
		"refuses":          fault("org.freedesktop.DBus.Error.AccessDenied"),
		"does not answer":  fault("org.freedesktop.DBus.Error.NoReply"),
		"dismissed":        errors.New("failed to unlock correct collection"),
		"another's socket": &net.OpError{Op: "dial", Err: syscall.EACCES},
	} {
		assert.False(t, keyringAbsent(err), name)
	}
}

func TestNoBusIsLaunched(t *testing.T) {
	for _, address := range []string{"autolaunch:", "autolaunch:scope=user"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		if keyringPresent() {
			t.Skip("this user has a session bus at its usual place")
		}
		_, err := systemKeyring{}.Get(t.Context(), "x")
		require.ErrorIs(t, err, ErrNoKeyring)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "bus"))
	_, err := systemKeyring{}.Get(t.Context(), "x")
	require.ErrorIs(t, err, ErrNoKeyring, "a bus that is gone")
}
