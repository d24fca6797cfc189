package httpauth

import (
	"net/http"
	"strings"
	"sync"
)

// Scheme makes the layer of a scheme of what the connection properties say, under
// their canonical names. It does no I/O.
type Scheme func(base http.RoundTripper, properties map[string]string) (http.RoundTripper, error)

var schemes = struct {
	sync.RWMutex
	byName map[string]Scheme
}{byName: map[string]Scheme{}}

// Register makes a scheme available that a program has only where it imports the
// package that speaks it. It panics when the name is taken.
func Register(name string, s Scheme) {
	schemes.Lock()
	defer schemes.Unlock()
	name = strings.ToLower(name)
	if schemes.byName[name] != nil {
		panic("httpauth: the scheme " + name + " is registered twice")
	}
	schemes.byName[name] = s
}

// Registered returns a scheme that was registered, nil if there is none.
func Registered(name string) Scheme {
	schemes.RLock()
	defer schemes.RUnlock()
	return schemes.byName[strings.ToLower(name)]
}
