package httpx

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// HTTPClient returns a client for libraries that insist on one, such as
// golang.org/x/oauth2. All its requests go through Do, with all that Do
// guarantees. Unlike those of Do, errors that net/http itself puts around ours
// quote the URL in full: keep secrets out of the query.
//
// Each request is sent as one like as, which says what net/http has no words
// for; method, URL, header and body are its own.
func (c *Client) HTTPClient(as Request) *http.Client {
	return &http.Client{
		Transport:     roundTripper{c, as},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type roundTripper struct {
	c  *Client
	as Request
}

func (rt roundTripper) RoundTrip(hr *http.Request) (*http.Response, error) {
	req := rt.as
	req.Method, req.URL, req.Header, req.Body = hr.Method, hr.URL.String(), hr.Header, nil
	if hr.Body != nil {
		body, err := io.ReadAll(hr.Body)
		_ = hr.Body.Close()
		if err != nil {
			return nil, err
		}
		req.Body = body
	}
	resp, err := rt.c.Do(hr.Context(), &req)
	if err != nil {
		return nil, err
	}
	// The body is not released: its reader may outlive this call.
	header := resp.Header.Clone()
	header.Del("Content-Encoding")
	header.Del("Content-Length")
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", resp.Status, http.StatusText(resp.Status)),
		StatusCode: resp.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(resp.Body)),
		ContentLength: resp.Bytes,
		Request:       hr,
	}, nil
}
