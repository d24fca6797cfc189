//go:build unix && !darwin

package oauth

import "errors"

// systemBrowsers are the ways to the desktop's browser. Without a display they
// would open a browser in the terminal, or wait for nobody.
func systemBrowsers(getenv func(string) string) ([]command, error) {
	desktop := []command{{"xdg-open"}, {"gio", "open"}}
	switch {
	case getenv("WSL_DISTRO_NAME") != "" || getenv("WSL_INTEROP") != "":
		return append([]command{{"wslview"}}, desktop...), nil
	case getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "":
		return desktop, nil
	}
	return nil, errors.New("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
}
