package oauthtest

import (
	"html/template"
	"net/http"
)

// page is what the templates show.
type page struct {
	Request string
	App     string
	User    string
	Scopes  []string
	Code    int
	Error   string
	Device  string // the user code that the page's address named
}

var pages = template.Must(template.New("").Parse(`
{{define "top"}}<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.}}</title></head><body><h1>{{.}}</h1>{{end}}
{{define "login"}}{{template "top" "Sign in"}}
{{with .Error}}<p role="alert">{{.}}</p>{{end}}
<form method="post" action="/login">
<input type="hidden" name="request" value="{{.Request}}">
<p><label>User <input name="user" value="" autofocus></label></p>
<p><label>Password <input type="password" name="password" value=""></label></p>
<p><button type="submit">Sign in</button></p>
</form></body></html>{{end}}
{{define "consent"}}{{template "top" "Permissions requested"}}
<p>{{.App}} asks {{.User}} for:</p><ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post" action="/consent">
<input type="hidden" name="request" value="{{.Request}}">
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</form></body></html>{{end}}
{{define "device"}}{{template "top" "Enter the code"}}
{{with .Error}}<p role="alert">{{.}}</p>{{end}}
<form method="post" action="/device">
<p><label>Code <input name="user_code" value="{{.Device}}"></label></p>
<p><label>User <input name="user" value=""></label></p>
<p><label>Password <input type="password" name="password" value=""></label></p>
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</form></body></html>{{end}}
{{define "done"}}{{template "top" "You are signed in"}}<p>You can close this page.</p></body></html>{{end}}
{{define "error"}}{{template "top" "Sign in failed"}}<p role="alert">{{if .Code}}AADSTS{{.Code}}: {{end}}{{.Error}}</p></body></html>{{end}}
`))

const (
	loginPage   = "login"
	consentPage = "consent"
	devicePage  = "device"
	donePage    = "done"
	errorPage   = "error"
)

func showPage(w http.ResponseWriter, status int, name string, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, name, p)
}
