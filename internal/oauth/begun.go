package oauth

import (
	"crypto/subtle"
	"slices"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

const (
	// pendingTime is how long a sign-in may take from its address to its code.
	pendingTime = time.Hour
	// maxBegun bounds the sign-ins of a web application that are under way. The
	// oldest gives way, since whoever can ask for addresses could fill the memory.
	maxBegun = 10000
)

// begun are the sign-ins whose users a web application has sent to the
// provider, oldest first.
type begun struct {
	mu  sync.Mutex
	all []begunSignIn
}

type begunSignIn struct {
	tokenstore.Pending
	scope string
}

// add remembers a sign-in. One with the same state was begun again.
func (b *begun) add(s begunSignIn, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = slices.DeleteFunc(b.all, func(old begunSignIn) bool {
		return !now.Before(old.Expiry) || sameState(old.State, s.State)
	})
	if len(b.all) >= maxBegun {
		b.all = slices.Delete(b.all, 0, len(b.all)-maxBegun+1)
	}
	b.all = append(b.all, s)
}

// take returns the sign-in of a state, or without a state the only one, and
// forgets it: of two who bring the same code, such as a reloaded callback page,
// one may trade it (RFC 6749, section 4.1.2).
func (b *begun) take(state string, now time.Time) (begunSignIn, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fit []begunSignIn
	for _, s := range b.all {
		if now.Before(s.Expiry) && (state == "" || sameState(s.State, state)) {
			fit = append(fit, s)
		}
	}
	switch {
	case len(fit) == 1:
		b.all = slices.DeleteFunc(b.all, func(s begunSignIn) bool { return sameState(s.State, fit[0].State) })
		return fit[0], nil
	case len(fit) > 1:
		return begunSignIn{}, &Error{
			Reason: ReasonProperty, Message: "several sign-ins are under way, and nothing says which of them the code belongs to",
			Advice: "give GetOAuthAccessToken the State that came with the code",
		}
	}
	return begunSignIn{}, &Error{
		Reason: ReasonGrant, Interactive: true,
		Message: "the sign-in that the code belongs to is not known: it was begun in another process or by another sql.DB, its code was traded already, or it is over an hour old",
		Advice:  "call GetOAuthAuthorizationURL and GetOAuthAccessToken with AuthMode=WEB on the same sql.DB, one after the other",
	}
}

// putBack returns a sign-in that was taken and whose code could not be traded yet.
// One with the same state that was begun meanwhile goes before it.
func (b *begun) putBack(s begunSignIn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.ContainsFunc(b.all, func(newer begunSignIn) bool { return sameState(newer.State, s.State) }) {
		b.all = slices.Insert(b.all, 0, s)
	}
}

// sameState takes the same time whatever the letters.
func sameState(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
