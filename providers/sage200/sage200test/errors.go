package sage200test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// apiError is an error answer: of the gateway (Azure API Management), or of the
// application behind it (ASP.NET).
type apiError struct {
	status  int
	gateway bool
	message string
	fields  map[string][]string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.status, e.message) }

func refuse(status int, format string, args ...any) error {
	return &apiError{status: status, message: fmt.Sprintf(format, args...)}
}

func (e *apiError) body() []byte {
	var b any
	switch {
	case e.gateway:
		b = map[string]any{"statusCode": e.status, "message": e.message}
	case e.fields != nil:
		b = map[string]any{"Message": e.message, "ModelState": e.fields}
	default:
		b = map[string]any{"Message": e.message}
	}
	text, err := json.Marshal(b)
	if err != nil {
		panic("sage200test: " + err.Error()) // maps of strings marshal
	}
	return text
}

func writeError(w http.ResponseWriter, err error) {
	var own *apiError
	if !errors.As(err, &own) {
		own = &apiError{status: http.StatusBadRequest, message: err.Error()}
		var inner *odatatest.Error
		if errors.As(err, &inner) {
			own.status, own.message = inner.Status, inner.Message
		}
	}
	if own.gateway && own.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `AzureApiManagementKey realm="https://api.columbus.sage.com/uk/sage200extra",name="ocp-apim-subscription-key",type="header"`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(own.status)
	_, _ = w.Write(own.body()) // the client may have gone
}

func gateway(status int, message string, header http.Header) *Fault {
	e := &apiError{status: status, gateway: true, message: message}
	header.Set("Content-Type", "application/json")
	return &Fault{Status: status, Header: header, Body: string(e.body())}
}
