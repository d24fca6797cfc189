package odatatest

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Error is a refused request. Status 0 counts as 500.
type Error struct {
	Status  int
	Code    string
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e.Status == 0 {
			e.Status = 500
		}
		return e
	}
	return &Error{Status: 500, Message: err.Error()}
}

// protocolError writes the error body that the version prescribes.
func (h *Handler) protocolError(w http.ResponseWriter, _ *http.Request, e *Error) {
	if h.cfg.form == formAtom {
		h.atomError(w, e)
		return
	}
	var b []byte
	if h.version == V3 {
		root := `{"odata.error"`
		if h.verbose() {
			root = `{"error"`
		}
		b = appendString([]byte(root+`:{"code":`), e.Code)
		b = appendString(append(b, `,"message":{"lang":"en-US","value":`...), e.Message)
		b = append(b, "}}}"...)
	} else {
		b = appendString([]byte(`{"error":{"code":`), e.Code)
		b = appendString(append(b, `,"message":`...), e.Message)
		b = append(b, "}}"...)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(e.Status)
	_, _ = w.Write(b) // the client may have gone; there is nobody left to tell
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

func putBuffer(b *[]byte) {
	if cap(*b) > 16<<20 {
		return
	}
	*b = (*b)[:0]
	buffers.Put(b)
}

var compressors = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
	return z
}}

func (h *Handler) sendJSON(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	ct := "application/json;odata.metadata=minimal;charset=utf-8"
	switch {
	case h.cfg.form == formAtom:
		ct = "application/atom+xml;type=feed;charset=utf-8"
	case h.cfg.two:
		ct = "application/json;charset=utf-8"
	case h.verbose():
		ct = "application/json;odata=verbose;charset=utf-8"
	case h.version == V3:
		ct = "application/json;odata=minimalmetadata;charset=utf-8"
	}
	w.Header().Set("Content-Type", ct)
	return h.send(w, r, status, body)
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	if h.cfg.gzip && len(body) > 512 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		z := compressors.Get().(*gzip.Writer)
		defer compressors.Put(z)
		z.Reset(w)
		_, _ = z.Write(body) // a lost client shows in its own error
		_ = z.Close()
		return nil
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
