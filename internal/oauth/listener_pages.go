package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"time"
)

// page is what the user sees in the browser at the end of a sign-in. Pages are
// fixed: nothing of a request is in them, and no character of theirs needs
// escaping.
type page struct{ title, text string }

// The pages.
var (
	pageDone = page{"You are signed in",
		"You can close this tab and go back to the program that asked you to sign in."}
	pageFailed = page{"The sign-in did not succeed",
		"You can close this tab. The program that asked you to sign in knows the reason and what can be done about it."}
	pageTaken = page{"This sign-in is over",
		"You can close this tab and go back to the program that asked you to sign in."}
	pageStray = page{"This is not the sign-in that is waited for",
		"You can close this tab. If you are signing in, use the newest tab that was opened for it."}
	pageNotFound = page{"There is nothing here",
		"A program waits on this port for the end of a sign-in, at another address."}
)

const pageStyle = `body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;color:#1b1b1f;background:#fff}` +
	`h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#e4e4e8;background:#1b1b1f}}`

// policy lets the page have its own style and nothing else.
func policy() string {
	digest := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func (p page) html() string {
	return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
		`<title>` + p.title + `</title><style>` + pageStyle + `</style></head>` +
		`<body><h1>` + p.title + `</h1><p>` + p.text + "</p></body></html>\n"
}

// write sends the page, all of it before it returns.
func (p page) write(w http.ResponseWriter, status int) {
	h := w.Header()
	text := p.html()
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy())
	h.Set("Referrer-Policy", "no-referrer") // the page's address holds the code
	h.Set("X-Content-Type-Options", "nosniff")
	conn := http.NewResponseController(w)
	_ = conn.SetWriteDeadline(time.Now().Add(redirectWriteTime))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	_ = conn.Flush()
}
