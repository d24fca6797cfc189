package acumaticatest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxBody bounds what a client may send.
const maxBody = 1 << 20

// body reads a record from a request: a member is {"value": …}.
func body(r *http.Request, into any) error {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return &restError{http.StatusBadRequest, "Newtonsoft.Json.JsonReaderException", "The request is not valid: " + err.Error()}
	}
	return nil
}

// fieldText is the text of a field of a record that was sent.
func fieldText(sent map[string]json.RawMessage, name string) (string, bool) {
	var f struct{ Value any }
	if json.Unmarshal(sent[name], &f) != nil || f.Value == nil {
		return "", false
	}
	text, ok := f.Value.(string)
	return text, ok
}

// put answers an inquiry, or changes nothing of a record and gives it back. A
// field whose value is "NOPE" is refused.
func (s *Server) put(w http.ResponseWriter, r *http.Request, e *entity) error {
	var sent map[string]json.RawMessage
	if err := body(r, &sent); err != nil {
		return err
	}
	q, err := s.query(r, e)
	if err != nil {
		return err
	}
	if e.isInquiry {
		return s.inquire(w, e, sent, q)
	}
	for _, f := range e.fields {
		if text, _ := fieldText(sent, f.name); text == "NOPE" {
			writeJSON(w, http.StatusUnprocessableEntity, refusal(f.name))
			return nil
		}
	}
	for _, i := range s.order(e) {
		rec := s.top(e, i)
		matches := len(e.keys) > 0
		for k, name := range e.keys {
			text, _ := fieldText(sent, name)
			matches = matches && strings.EqualFold(text, rec.keys()[k])
		}
		if matches {
			writeJSON(w, http.StatusOK, s.render(rec, q, 1))
			return nil
		}
	}
	return &restError{http.StatusPreconditionFailed, "PX.Api.ContractBased.PreconditionException", "There is no entity with these keys."}
}

// refusal is the record of a write that was not taken, with its errors inside.
func refusal(field string) object {
	return object{"id": "b6410d82-9476-ef11-8c65-ac198e472cfe", "rowNumber": 1,
		"error": "Updating  'Record' raised at least one error. Please review the errors.",
		field:   object{"value": "NOPE", "error": field + " 'NOPE' cannot be found in the system."}}
}

// inquire fills an inquiry's results: as many as its parameters leave.
func (s *Server) inquire(w http.ResponseWriter, e *entity, sent map[string]json.RawMessage, q *query) error {
	b := &jsonObject{}
	b.add("id", s.top(e, 0).id())
	b.add("rowNumber", 1)
	place := e.name
	for _, f := range e.fields {
		if raw, ok := sent[f.name]; ok {
			b.add(f.name, raw)
			place += "/" + f.name + string(raw)
		} else {
			b.add(f.name, object{})
		}
	}
	form := &record{of: e, place: place}
	for _, m := range e.details {
		if !slices.Contains(q.expands, m.name) {
			continue
		}
		rows := []json.RawMessage{}
		for i := range 2 + form.pick("#", 5) {
			rows = append(rows, s.renderAt(form.inner(m.name, m.of, i), q, m.name+"/", i+1))
		}
		b.add(m.name, rows)
	}
	writeJSON(w, http.StatusOK, b.close())
	return nil
}

// Invocation is an action that was called.
type Invocation struct {
	Entity, Action string
	Body           string
}

// Invocations are the actions that were called so far.
func (s *Server) Invocations() []Invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.invocations)
}

// act answers an action: done (204), or under way (202) with the address where
// to ask for it.
func (s *Server) act(w http.ResponseWriter, r *http.Request, e *entity, name string) error {
	a := s.contract.actions[e.name+"/"+name]
	if slices.ContainsFunc(e.workflow, func(w workflowAction) bool { return w.name == name }) {
		a = &action{name: name}
	}
	if a == nil {
		return &restError{http.StatusInternalServerError, "PX.Api.ContractBased.ActionNotFoundException", "The action " + name + " is not found."}
	}
	var raw json.RawMessage
	if err := body(r, &raw); err != nil {
		return err
	}
	var sent struct {
		Entity     map[string]json.RawMessage
		Parameters map[string]json.RawMessage
	}
	if json.Unmarshal(raw, &sent) != nil || sent.Entity == nil {
		return &restError{http.StatusBadRequest, "System.ArgumentNullException", "Value cannot be null. Parameter name: entity"}
	}
	for _, p := range a.parameters {
		if text, _ := fieldText(sent.Parameters, p.name); text == "NOPE" {
			writeJSON(w, http.StatusUnprocessableEntity, object{"entity": object{}, "parameters": refusal(p.name)})
			return nil
		}
	}
	s.mu.Lock()
	s.invocations = append(s.invocations, Invocation{e.name, name, string(raw)})
	id := strconv.Itoa(len(s.invocations))
	s.polls[id] = s.cfg.polls
	s.mu.Unlock()
	if a.long {
		s.pending(w, e, id)
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) pending(w http.ResponseWriter, e *entity, id string) {
	w.Header().Set("Location", s.base()+"/"+e.name+"/status/"+id)
	w.Header().Set("Retry-After", "0")
	w.WriteHeader(http.StatusAccepted)
}

// poll answers the question whether an operation is done.
func (s *Server) poll(w http.ResponseWriter, r *http.Request, id string) error {
	s.mu.Lock()
	left, known := s.polls[id]
	s.polls[id] = left - 1
	s.mu.Unlock()
	switch {
	case !known:
		return &restError{http.StatusNotFound, "System.InvalidOperationException", "The operation is not found."}
	case left > 0:
		w.Header().Set("Location", r.URL.Path)
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusAccepted)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}
