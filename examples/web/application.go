package main

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/epicorerp/epicorerp"
)

// application signs users in and shows each what their own token may see.
type application struct {
	signIn   *sql.DB // runs the procedures
	dsn      string
	callback string

	mu       sync.Mutex
	sessions map[string]*session
}

// session is one browser's: it waits for a code, or has a database.
type session struct {
	state string

	// A refresh token may be good for one use: two requests of one user must
	// not renew at the same time.
	mu      sync.Mutex
	db      *sql.DB
	refresh string
	expiry  time.Time // zero where nobody knows
}

func newApplication(signIn *sql.DB, dsn, callback string) *application {
	return &application{signIn: signIn, dsn: dsn, callback: callback, sessions: map[string]*session{}}
}

// Close ends every user's database.
func (a *application) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.sessions {
		s.close()
	}
}

func (s *session) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		_ = s.db.Close()
	}
}

func (a *application) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("GET /callback", a.redirected)
	mux.HandleFunc("GET /{$}", a.customers)
	return mux
}

const sessionCookie = "session"

// login sends the browser to the provider.
func (a *application) login(w http.ResponseWriter, r *http.Request) {
	s, id := &session{state: rand.Text()}, rand.Text()
	var url string
	err := a.signIn.QueryRowContext(r.Context(),
		"EXEC GetOAuthAuthorizationURL AuthMode='WEB', CallbackURL=?, State=?", a.callback, s.state).Scan(&url)
	if err != nil {
		refuse(w, http.StatusBadGateway, err)
		return
	}
	a.mu.Lock()
	a.sessions[id] = s
	a.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(a.callback, "https:"),
	})
	http.Redirect(w, r, url, http.StatusFound)
}

// redirected takes the browser back with the code, and trades it for tokens.
func (a *application) redirected(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	if s == nil || r.FormValue("state") != s.state {
		http.Error(w, "this sign-in was not begun here", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var access, refresh sql.NullString
	var expiresIn int
	err := a.signIn.QueryRowContext(r.Context(),
		"EXEC GetOAuthAccessToken AuthMode='WEB', Verifier=?, State=?", r.FormValue("code"), s.state).Scan(&access, &refresh, &expiresIn)
	if err == nil {
		err = a.connect(s, access.String, refresh.String, expiresIn)
	}
	if err != nil {
		refuse(w, http.StatusForbidden, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// connect gives the session, which is locked, a database that sends its user's
// token.
func (a *application) connect(s *session, access, refresh string, expiresIn int) error {
	cfg, err := epicorerp.ParseDSN(a.dsn)
	if err != nil {
		return err
	}
	cfg.OAuthAccessToken = epicorerp.NewSecret(access)
	connector, err := epicorerp.NewConnector(cfg)
	if err != nil {
		return err
	}
	if s.db != nil {
		// Its queries that are under way go on to their ends.
		err = s.db.Close()
	}
	s.db = sql.OpenDB(connector)
	if refresh != "" {
		s.refresh = refresh
	}
	if s.expiry = (time.Time{}); expiresIn >= 0 {
		s.expiry = time.Now().Add(time.Duration(expiresIn) * time.Second)
	}
	return err
}

// customers shows what the user may see.
func (a *application) customers(w http.ResponseWriter, r *http.Request) {
	s := a.session(r)
	if s == nil {
		http.Redirect(w, r, "/login", http.StatusFound)
		return
	}
	db, err := a.database(r, s)
	var n int
	if err == nil {
		err = db.QueryRowContext(r.Context(), "SELECT COUNT(*) FROM [Erp.BO.CustomerSvc].Customers").Scan(&n)
	}
	switch {
	case errors.Is(err, epicorerp.ErrAuthentication):
		http.Redirect(w, r, "/login", http.StatusFound)
	case err != nil:
		refuse(w, http.StatusBadGateway, err)
	default:
		fmt.Fprintln(w, n, "customers")
	}
}

// database is the session's, with a token that is good for a minute at least
// where the user's sign-in still allows to renew it.
func (a *application) database(r *http.Request, s *session) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.db == nil:
		return nil, epicorerp.ErrAuthentication
	case s.refresh == "" || s.expiry.IsZero() || time.Until(s.expiry) > time.Minute:
		return s.db, nil
	}
	var access, refresh sql.NullString
	var expiresIn int
	err := a.signIn.QueryRowContext(r.Context(), "EXEC RefreshOAuthAccessToken OAuthRefreshToken=?", s.refresh).
		Scan(&access, &refresh, &expiresIn)
	if err == nil {
		err = a.connect(s, access.String, refresh.String, expiresIn)
	}
	return s.db, err
}

func (a *application) session(r *http.Request) *session {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions[cookie.Value]
}

// refuse tells the user why it failed: no error of the driver holds a secret.
func refuse(w http.ResponseWriter, status int, err error) {
	http.Error(w, err.Error(), status)
}
