package odatatest

import (
	"io"
	"mime"
	"net/http"
	"strings"
)

// optionsInBody turns a request of $query into the GET that it stands for (OData
// 4.01 part 2, section "Passing Query Options in the Request Body").
func (h *Handler) optionsInBody(r *http.Request) (*http.Request, error) {
	if r.Method != http.MethodPost {
		return nil, &Error{Status: 405, Message: "Requests to $query are POST."}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "text/plain" {
		return nil, &Error{Status: 415, Message: "The options are text/plain."}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(string(body), " \t\r\n") {
		return nil, badRequest("The options are to be encoded as in a URL.")
	}
	get := r.Clone(r.Context())
	get.Method = http.MethodGet
	get.URL.RawQuery = strings.Trim(r.URL.RawQuery+"&"+string(body), "&")
	get.URL.Path = strings.TrimSuffix(r.URL.Path, "/$query")
	get.URL.RawPath = strings.TrimSuffix(strings.TrimSuffix(r.URL.RawPath, "/$query"), "/%24query")
	return get, nil
}
