package oauthtest

import (
	"crypto/subtle"
	"net/http"
	"net/url"
)

// authenticate finds who asks, by one method and no more (RFC 6749, section
// 2.3). The lock is held.
func (s *Server) authenticate(r *http.Request, form url.Values) (*App, *failure) {
	id, secret, basic := r.BasicAuth()
	assertion := form.Get("client_assertion")
	methods := 0
	for _, used := range []bool{basic, form.Has("client_secret"), assertion != ""} {
		if used {
			methods++
		}
	}
	if methods > 1 {
		return nil, &failure{code: "invalid_request", description: "The client used more than one way to authenticate.", aadsts: 90014}
	}
	refuse := func(aadsts int, text string) (*App, *failure) {
		return nil, &failure{code: "invalid_client", description: text, aadsts: aadsts, basic: basic}
	}
	if basic {
		var err1, err2 error
		id, err1 = url.QueryUnescape(id)
		secret, err2 = url.QueryUnescape(secret)
		if err1 != nil || err2 != nil || form.Has("client_id") && form.Get("client_id") != id {
			return refuse(7000215, "The client's Basic credentials are not form-urlencoded.")
		}
	} else {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if id == "" && assertion != "" {
		id = issuerOf(assertion)
	}
	app := s.app(id)
	if app == nil {
		f := &failure{code: "invalid_client", description: "The application was not found in the directory.", aadsts: 700016, basic: basic}
		if s.cfg.shape == Entra {
			f.code = "unauthorized_client"
		}
		return nil, f
	}
	switch {
	case app.public():
		if methods > 0 {
			return refuse(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.")
		}
	case assertion != "":
		if aadsts, text := s.checkAssertion(app, form); text != "" {
			return refuse(aadsts, text)
		}
	case basic && app.SecretIn == SecretInBody, form.Has("client_secret") && app.SecretIn == SecretInHeader:
		return refuse(7000215, "The client may not send its secret there.")
	case methods == 0:
		return refuse(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	case app.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(app.Secret)) != 1:
		return refuse(7000215, "Invalid client secret provided.")
	}
	return app, nil
}
