package acumaticatest

import (
	"fmt"
	"net/http"
	"strings"
)

// userSession is a session of a user: of the contract-based interface, or of a
// token, which take seats; or of OData with a password, which does not.
type userSession struct {
	id     string
	ticket string
	seat   bool
	busy   int // requests under way
}

const (
	sessionCookie = "ASP.NET_SessionId"
	ticketCookie  = ".ASPXAUTH"
)

// Sessions is how many sessions are open, seats or not.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

// Logins is how many sign-ins with name and password there were, and how many of
// them with wrong ones.
func (s *Server) Logins() (all, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins, s.badLogins
}

// Overlaps is how often a request came while another of its session was under
// way: the server makes such requests wait.
func (s *Server) Overlaps() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.overlaps
}

// ExpireSessions ends all sessions, as their time running out does.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = map[string]*userSession{}
}

// maxBadLogins is how many wrong passwords lock the user out.
const maxBadLogins = 5

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var sent struct{ Name, Password, Tenant, Branch, Locale string }
	if err := body(r, &sent); err != nil {
		writeError(w, err.(*restError))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins++
	password, known := s.cfg.users[sent.Name]
	switch {
	case !s.cfg.anyTenant && sent.Tenant != "" && sent.Tenant != s.cfg.tenant:
		writeError(w, &restError{http.StatusInternalServerError, "PX.Data.PXUndefinedCompanyException", "Unable to determine proper company id for the request."})
	case s.badLogins >= maxBadLogins:
		writeError(w, &restError{s.cfg.badLogin, "PX.Data.PXException", "Invalid credentials. The account is locked out. Please contact the system administrator."})
	case !known || password != sent.Password:
		s.badLogins++
		writeError(w, &restError{s.cfg.badLogin, "PX.Data.PXException", "Invalid credentials. Please try again."})
	case s.full() && s.cfg.seatStatus == http.StatusTooManyRequests:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("The custom error module does not recognize this error.")) // the client may have gone
	case s.full():
		writeError(w, &restError{s.cfg.seatStatus, "PX.Data.PXException", "API Login Limit"})
	default:
		s.begin(w, true)
		http.SetCookie(w, &http.Cookie{Name: "UserBranch", Value: "16", Path: "/"})
		w.WriteHeader(http.StatusNoContent)
	}
}

// full says that no seat is left. The caller holds the lock.
func (s *Server) full() bool {
	n := 0
	for _, u := range s.sessions {
		if u.seat {
			n++
		}
	}
	return s.cfg.seats > 0 && n >= s.cfg.seats
}

// begin opens a session. The caller holds the lock.
func (s *Server) begin(w http.ResponseWriter, seat bool) *userSession {
	u := &userSession{id: fmt.Sprintf("session%017d", s.serial.Add(1)), seat: seat}
	s.sessions[u.id] = u
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: u.id, Path: "/", HttpOnly: true})
	s.renew(w, u)
	return u
}

func (s *Server) renew(w http.ResponseWriter, u *userSession) {
	u.ticket = fmt.Sprintf("ticket%018d", s.serial.Add(1))
	http.SetCookie(w, &http.Cookie{Name: ticketCookie, Value: u.ticket, Path: "/", HttpOnly: true})
}

// ofCookies is the session that a request's cookies are of, nil if none is.
func (s *Server) ofCookies(r *http.Request) *userSession {
	id, errID := r.Cookie(sessionCookie)
	ticket, errTicket := r.Cookie(ticketCookie)
	if errID != nil || errTicket != nil {
		return nil
	}
	u := s.sessions[id.Value]
	if u == nil || u.ticket != ticket.Value {
		return nil
	}
	return u
}

// enter finds or opens the session of a request. basic says that name and
// password with the request will do. It returns nil when it has answered already.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, basic bool) *userSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.ofCookies(r)
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	name, password, plain := r.BasicAuth()
	switch {
	case bearer && !s.cfg.tokens(token):
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		u = nil
	case bearer && u == nil && s.full():
		writeError(w, &restError{http.StatusTooManyRequests, "PX.Data.PXException", "API Login Limit"})
		return nil
	case bearer && u == nil:
		u = s.begin(w, true)
	case basic && plain && (s.cfg.users[name] == "" || s.cfg.users[name] != password):
		u = nil
	case basic && plain && u == nil:
		u = s.begin(w, false)
	}
	if u == nil {
		http.SetCookie(w, &http.Cookie{Name: ticketCookie, Value: "", Path: "/", MaxAge: -1})
		writeJSON(w, http.StatusUnauthorized, object{"message": "You are not logged in."})
		return nil
	}
	if s.cfg.renewTickets {
		s.renew(w, u)
	}
	if u.busy++; u.busy > 1 {
		s.overlaps++
	}
	return u
}

func (s *Server) leave(u *userSession) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.busy--
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 || r.Header.Get("Content-Length") == "" {
		w.WriteHeader(http.StatusLengthRequired)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.ofCookies(r); u != nil {
		delete(s.sessions, u.id)
	}
	w.WriteHeader(http.StatusNoContent)
}
