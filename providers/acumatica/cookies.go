package acumatica

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// cookies are those of one session, in the order in which they came. All
// addresses lie on one site, and each gets all of them.
type cookies struct {
	list []*http.Cookie
}

// header is the value of the Cookie field, "" without cookies.
func (c *cookies) header() string {
	if c == nil {
		return ""
	}
	pairs := make([]string, len(c.list))
	for i, k := range c.list {
		pairs[i] = k.Name + "=" + k.Value
	}
	return strings.Join(pairs, "; ")
}

// with returns the cookies after an answer that sets some. A cookie that has
// run out is one that the server takes back.
func (c *cookies) with(answer *http.Response, now time.Time) *cookies {
	set := answer.Cookies()
	if len(set) == 0 {
		return c
	}
	next := &cookies{}
	if c != nil {
		next.list = slices.Clone(c.list)
	}
	for _, k := range set {
		next.list = slices.DeleteFunc(next.list, func(old *http.Cookie) bool { return old.Name == k.Name })
		if gone := k.MaxAge < 0 || !k.Expires.IsZero() && !k.Expires.After(now); !gone {
			next.list = append(next.list, k)
		}
	}
	return next
}
