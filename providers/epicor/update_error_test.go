package epicor_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/epicorerp/epicorerp/providers"
	"github.com/epicorerp/epicorerp/providers/epicor"
	"github.com/epicorerp/epicorerp/providers/epicor/epicortest"
)

func TestUpdateErrorReadsAnswersThatSay200(t *testing.T) {
	for name, test := range map[string]struct {
		body, message string
		kind          error
	}{
		"nothing refused": {`{"returnObj":{"BOUpdError":[]},"parameters":{"errorsOccurred":false}}`, "", nil},
		"a rule refused a row": {`{"returnObj":{"BOUpdError":[{"TableName":"OrderDtl","ErrorType":"Ice.Common.BusinessObjectException","ErrorText":"Part is\r\nrequired."}]},"parameters":{"errorsOccurred":true}}`,
			"OrderDtl: Part is required.", providers.KindBusiness},
		"another changed the row": {`{"returnObj":{"BOUpdError":[{"TableName":"Customer","ErrorText":"Row has been modified by another user."}]},"parameters":{"errorsOccurred":true}}`,
			"modified by another user", providers.KindConflict},
		"two rows refused": {`{"returnObj":{"BOUpdError":[{"TableName":"A","ErrorText":"one"},{"TableName":"B","ErrorText":"two"}]}}`,
			"A: one; B: two", providers.KindBusiness},
		"errors occurred, which ones is not told": {`{"returnObj":{"BOUpdError":[]},"parameters":{"errorsOccurred":true}}`,
			"without saying why", providers.KindBusiness},
		"an answer that tells nothing": {`{}`, "not known", providers.KindResponse},
		"no JSON":                      {`<html>`, "not JSON", providers.KindResponse},
	} {
		t.Run(name, func(t *testing.T) {
			err := epicor.UpdateError([]byte(test.body))
			if test.kind == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.kind)
			assert.ErrorContains(t, err, test.message)
		})
	}
}

func TestUpdateErrorReadsWhatAServerSays(t *testing.T) {
	s := epicortest.NewServer()
	t.Cleanup(s.Close)
	update := func(row string) error {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			s.URL+"/"+s.Instance()+"/api/v2/odata/"+epicortest.DefaultCompany+"/Erp.BO.CustomerSvc/UpdateExt",
			strings.NewReader(`{"ds":{"Customer":[`+row+`]},"continueProcessingOnError":true,"rollbackParentOnChildError":true}`))
		require.NoError(t, err)
		req.SetBasicAuth(epicortest.DefaultUser, epicortest.DefaultPassword)
		req.Header.Set("x-api-key", epicortest.DefaultAPIKey)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode, "UpdateExt says 200 whatever happened: %s", body)
		return epicor.UpdateError(body)
	}
	require.NoError(t, update(`{"Company":"EPIC06","CustNum":1,"Name":"Renamed","RowMod":"U"}`))
	require.ErrorIs(t, update(`{"Company":"EPIC06","CustNum":999999,"Name":"Nobody","RowMod":"U"}`), providers.KindBusiness)
}
