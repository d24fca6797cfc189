package oauth

import (
	"strconv"
	"time"
)

// seed is what the properties bring of tokens and codes.
type seed struct {
	access    string
	obtained  time.Time // zero if it is not known
	expiry    time.Time // zero if it is not known, or if there is none
	perpetual bool      // the access token is known not to expire

	refresh  string
	verifier string // a code, or the address that the browser brought it to
	digest   string // of the code, else of the refresh token; "" for neither
}

// readSeed reads them. OAuthExpiresIn is in seconds and OAuthTokenTimestamp, the
// time the token was asked for, in milliseconds since 1970; only both together
// say when the token expires. 0, which they are by default, says nothing.
func readSeed(p map[string]string) (seed, error) {
	s := seed{access: p["OAuthAccessToken"], refresh: p["OAuthRefreshToken"], verifier: p["OAuthVerifier"]}
	life, err := number(p, "OAuthExpiresIn", "seconds")
	if err != nil {
		return s, err
	}
	stamp, err := number(p, "OAuthTokenTimestamp", "milliseconds since 1970")
	if err != nil {
		return s, err
	}
	if stamp > 0 {
		s.obtained = time.UnixMilli(stamp)
	}
	switch {
	case life < 0: // as GetOAuthAccessToken says it
		s.perpetual = true
	case life > 0 && stamp > 0:
		s.expiry = s.obtained.Add(time.Duration(min(life, int64(maxLife/time.Second))) * time.Second)
	}
	switch {
	case s.verifier != "":
		s.digest = digest(verifierCode(s.verifier))
	case s.refresh != "":
		s.digest = digest(s.refresh)
	}
	return s, nil
}

// verifierCode is the code in an OAuthVerifier. One that has none is told when it comes
// to be traded.
func verifierCode(verifier string) string {
	r, err := parseVerifier(verifier)
	if err != nil {
		return verifier
	}
	return r.code
}

func number(p map[string]string, name, unit string) (int64, error) {
	if p[name] == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(p[name], 10, 64)
	if err != nil {
		return 0, &PropertyError{name, "must be a whole number, of " + unit}
	}
	return n, nil
}
