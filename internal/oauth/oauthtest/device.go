package oauthtest

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is one device authorization (RFC 8628).
type device struct {
	app             *App
	userCode        string
	scope, audience string
	expiry          time.Time
	interval        time.Duration
	polled          time.Time
	user            string // once approved
	denied, spent   bool
}

func (s *Server) deviceAuthorization(w http.ResponseWriter, r *http.Request) {
	form, f := readForm(r)
	if f == nil && s.cfg.shape == Acumatica {
		f = &failure{code: "unauthorized_client"}
	}
	if f != nil {
		s.fail(w, f)
		return
	}
	s.mu.Lock()
	s.counts.Devices++
	app, f := s.authenticate(r, form)
	if f != nil {
		s.mu.Unlock()
		s.fail(w, f)
		return
	}
	text := rand.Text()
	d := &device{
		app: app, userCode: text[:4] + "-" + text[4:8], scope: form.Get("scope"), audience: form.Get("audience"),
		expiry: s.cfg.now().Add(s.cfg.deviceLife), interval: s.cfg.deviceInterval,
	}
	code := unguessable("device_")
	s.devices[code] = d
	s.mu.Unlock()

	answer := map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": s.URL + "/device",
		"expires_in": int64(s.cfg.deviceLife / time.Second),
	}
	if d.interval > 0 {
		answer["interval"] = int64(d.interval / time.Second)
	}
	if s.cfg.shape == Entra {
		answer["message"] = "To sign in, use a web browser to open the page " + s.URL + "/device and enter the code " + d.userCode + " to authenticate."
	} else {
		answer["verification_uri_complete"] = s.URL + "/device?" + url.Values{"user_code": {d.userCode}}.Encode()
	}
	writeJSON(w, http.StatusOK, answer)
}

// fromDevice answers one poll (RFC 8628, section 3.5).
func (s *Server) fromDevice(app *App, form url.Values) (map[string]any, *failure) {
	now, d := s.cfg.now(), s.devices[form.Get("device_code")]
	if d == nil || d.app != app || d.spent {
		if s.cfg.shape == Entra {
			return nil, &failure{code: "bad_verification_code", description: "The device code is not recognized.", aadsts: 70018}
		}
		return nil, &failure{code: "invalid_grant", description: "The device code is unknown or was used.", aadsts: 70018}
	}
	last := d.polled
	d.polled = now
	switch {
	case !now.Before(d.expiry):
		return nil, &failure{code: "expired_token", description: "The device code has expired.", aadsts: 70020}
	case d.denied && s.cfg.shape == Entra:
		return nil, &failure{code: "authorization_declined", description: "The user declined.", aadsts: 70017}
	case d.denied:
		return nil, &failure{code: "access_denied", description: "The user said no."}
	case !last.IsZero() && now.Sub(last) < d.interval:
		d.interval += 5 * time.Second
		return nil, &failure{code: "slow_down", description: "Polled too fast.", aadsts: 70016}
	case d.user == "":
		return nil, &failure{code: "authorization_pending", description: "OAuth 2.0 device flow error. Authorization is pending. Continue polling.", aadsts: 70016}
	}
	d.spent = true
	f := s.newFamily(app, d.user, d.scope, d.audience)
	return s.issue(f, d.scope, wantsRefresh(d.scope)), nil
}

func (s *Server) devicePage(w http.ResponseWriter, r *http.Request) {
	showPage(w, http.StatusOK, devicePage, page{Device: r.URL.Query().Get("user_code")})
}

func (s *Server) deviceForm(w http.ResponseWriter, r *http.Request) {
	code := strings.ToUpper(strings.TrimSpace(r.PostFormValue("user_code")))
	name, known := s.checkPassword(r.PostFormValue("user"), r.PostFormValue("password"))
	s.mu.Lock()
	var d *device
	for _, one := range s.devices {
		if one.userCode == code && s.cfg.now().Before(one.expiry) && one.user == "" && !one.denied {
			d = one
		}
	}
	accepted := r.PostFormValue("decision") == "accept"
	if d != nil && known {
		if d.denied = !accepted; accepted {
			d.user = name
		}
	}
	s.mu.Unlock()
	switch {
	case d == nil:
		showPage(w, http.StatusOK, devicePage, page{Error: "That code did not work."})
	case !known:
		showPage(w, http.StatusOK, devicePage, page{Device: code, Error: "The account or password is incorrect."})
	case !accepted:
		showPage(w, http.StatusOK, errorPage, page{Error: "You said no."})
	default:
		showPage(w, http.StatusOK, donePage, page{})
	}
}
