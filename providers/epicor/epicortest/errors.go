package epicortest

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/epicorerp/epicorerp/providers/odata/odatatest"
)

// restError is an answer of the shape that Kinetic's REST layer gives.
type restError struct {
	status  int
	kind    string // the .NET type
	message string
	details []errorDetail
}

type errorDetail struct {
	Message string
	Type    string
	Table   string `json:",omitempty"`
	Field   string `json:",omitempty"`
}

func (e *restError) Error() string { return e.message }

const (
	unauthorized    = "System.UnauthorizedAccessException"
	businessObject  = "Ice.Common.BusinessObjectException"
	recordNotFound  = "Ice.Common.RecordNotFoundException"
	duplicateRecord = "Ice.Common.DuplicateRecordException"
	invalidSession  = "Ice.Common.InvalidSessionException"
	odataException  = "Microsoft.OData.ODataException"
	apiException    = "Epicor.RESTApi.ApiException"
)

func business(format string) *restError {
	return &restError{status: 400, kind: businessObject, message: format, details: []errorDetail{{Message: format, Type: "Error"}}}
}

// translate turns an error of the OData layer into Kinetic's.
func translate(err error) *restError {
	var re *restError
	if errors.As(err, &re) {
		return re
	}
	var oe *odatatest.Error
	if !errors.As(err, &oe) {
		return &restError{status: 500, kind: "System.Exception", message: err.Error()}
	}
	kind := odataException
	switch {
	case oe.Status == 404 && oe.Code == "RecordNotFound":
		kind = recordNotFound
	case oe.Status == 404 || oe.Status == 405:
		kind = apiException
	case oe.Status == 409:
		kind = duplicateRecord
	case oe.Status >= 500:
		kind = "System.Data.SqlClient.SqlException"
	}
	return &restError{status: oe.Status, kind: kind, message: oe.Message}
}

// writeError prints an error as the server is set up to.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	e := translate(err)
	message := e.message
	if s.cfg.secureErrors && e.status >= 500 {
		message = "An error occurred on the server. Contact your system administrator."
	}
	var body any
	if s.cfg.odataErrors {
		body = map[string]any{"error": map[string]any{"code": e.kind, "message": message, "innererror": map[string]any{"type": e.kind}}}
	} else {
		reason := "REST API Exception"
		if e.status == 400 {
			reason = "REST Api Exception"
		}
		body = struct {
			HttpStatus    int
			ReasonPhrase  string
			ErrorMessage  string
			ErrorType     string
			ErrorDetails  []errorDetail `json:",omitempty"`
			CorrelationId string
		}{e.status, reason, message, e.kind, e.details, rowID(0x5eed, odatatest.RequestNumber(r)).Text()}
	}
	b, err := json.Marshal(body)
	if err != nil {
		b = []byte(`{"HttpStatus":500}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(e.status)
	_, _ = w.Write(b) // the client may have gone
}
