package epicor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/epicorerp/epicorerp/providers"
)

// updateErrorRow is a row of the BOUpdError table of UpdateExt's answer.
type updateErrorRow struct {
	TableName, ErrorLevel, ErrorType, ErrorText, ErrorSysRowID string
}

// UpdateError reads the answer of a service's UpdateExt method. UpdateExt says
// 200 whatever happened: rows that were refused stand in returnObj.BOUpdError,
// and parameters.errorsOccurred tells that there are some. The error is nil
// only when the answer says that nothing was refused; an answer that says
// neither is an error too, for what happened is then not known.
func UpdateError(body []byte) error {
	var answer struct {
		ReturnObj *struct {
			BOUpdError []updateErrorRow `json:"BOUpdError"`
		} `json:"returnObj"`
		Parameters struct {
			ErrorsOccurred *bool `json:"errorsOccurred"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return &providers.Error{Kind: providers.KindResponse, Status: 200, Message: "the answer of UpdateExt is not JSON", Err: err}
	}
	occurred := answer.Parameters.ErrorsOccurred
	if answer.ReturnObj == nil && occurred == nil {
		return &providers.Error{Kind: providers.KindResponse, Status: 200,
			Message: "the answer of UpdateExt has neither returnObj nor errorsOccurred: whether it wrote is not known"}
	}
	var rows []updateErrorRow
	if answer.ReturnObj != nil {
		rows = answer.ReturnObj.BOUpdError
	}
	if len(rows) == 0 && (occurred == nil || !*occurred) {
		return nil
	}
	return refusedRows(rows)
}

// refusedRows makes one error of all refused rows; its kind is the first row's.
func refusedRows(rows []updateErrorRow) error {
	e := &providers.Error{Kind: providers.KindBusiness, Status: 200, Message: "the server refused the update without saying why"}
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = fmt.Sprintf("%s: %s", r.TableName, oneLine(r.ErrorText))
	}
	if len(rows) > 0 {
		e.Code, e.Message = rows[0].ErrorType, oneLine(rows[0].ErrorText)
		// Such an answer is a refusal by the business logic unless it says more.
		e.Kind = kindOf(e, providers.KindBusiness)
		e.Message = strings.Join(texts, "; ")
	}
	return e
}
