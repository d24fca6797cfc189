//go:build linux || freebsd || netbsd || openbsd || dragonfly

package tokenstore

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// keyringPresent reports whether there is a session bus. Without this question
// the library would launch one, where the keyring's are the same for nobody.
func keyringPresent() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return true
	}
	info, err := os.Stat("/run/user/" + strconv.Itoa(os.Getuid()) + "/bus")
	return err == nil && info.Mode().Type() == os.ModeSocket
}

// keyringAbsent tells a bus that is gone, or has nobody who keeps secrets, or a
// keeper without a collection, from one that is locked or refuses.
func keyringAbsent(err error) bool {
	var fault dbus.Error
	if errors.As(err, &fault) {
		switch fault.Name {
		case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
			"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod",
			"org.freedesktop.Secret.Error.NoSuchObject":
			return true
		}
	}
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED)
}
