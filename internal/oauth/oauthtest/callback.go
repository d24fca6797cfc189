package oauthtest

import (
	"fmt"
	"net"
)

// FreeCallback returns a redirect URI http://localhost:port/path whose port
// nobody holds, for a client that is to listen there. It panics without a
// loopback port, as NewServer does.
func FreeCallback(path string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return fmt.Sprintf("http://localhost:%d%s", l.Addr().(*net.TCPAddr).Port, path)
}
