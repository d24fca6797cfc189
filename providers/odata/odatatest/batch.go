package odatatest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
)

// batch answers the reads of a multipart batch, one after the other.
func (h *Handler) batch(w http.ResponseWriter, r *http.Request) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		return &Error{Status: 415, Message: "A batch is multipart/mixed."}
	}
	const boundary = "batchresponse_1"
	var out bytes.Buffer
	for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return badRequest("The batch is not well formed: %v", err)
		}
		inner, err := http.ReadRequest(bufio.NewReader(part))
		if err != nil {
			return badRequest("A request of the batch is not well formed: %v", err)
		}
		if inner.Method != http.MethodGet {
			return &Error{Status: 501, Message: "Batches hold reads only here."}
		}
		answer := &held{head: http.Header{}}
		inner.Host = r.Host
		if err := h.serve(answer, inner.WithContext(r.Context())); err != nil {
			var refused *Error
			if !errors.As(err, &refused) {
				refused = asError(err)
			}
			h.cfg.writeError(answer, inner, refused)
		}
		answer.WriteHeader(http.StatusOK)
		fmt.Fprintf(&out, "--%s\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 %d %s\r\n", boundary, answer.status, http.StatusText(answer.status))
		answer.head.Set("Content-Length", strconv.Itoa(answer.body.Len()))
		_ = answer.head.Write(&out) // a buffer does not fail
		out.WriteString("\r\n")
		out.Write(answer.body.Bytes())
		out.WriteString("\r\n")
	}
	fmt.Fprintf(&out, "--%s--\r\n", boundary)
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+boundary)
	return h.send(w, r, http.StatusAccepted, out.Bytes())
}
