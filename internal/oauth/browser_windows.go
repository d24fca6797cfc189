package oauth

import (
	"path/filepath"
	"syscall"
)

// systemBrowsers hands the address to the shell's handler itself. "cmd /c start"
// would take the & in it for the end of a command.
func systemBrowsers(getenv func(string) string) ([]command, error) {
	root := getenv("SystemRoot")
	if root == "" {
		root = `C:\Windows`
	}
	return []command{{filepath.Join(root, "System32", "rundll32.exe"), "url.dll,FileProtocolHandler"}}, nil
}

// detached lets the browser outlive an interrupt of this program.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
