package epicortest

import "strings"

// userFileMethods tell about users.
func userFileMethods() []methodDef {
	return []methodDef{{name: "GetUserFile", summary: "Uses the security credentials to retrieve the UserFile record", in: inputs(""), returns: "any", run: (*invocation).userFile}}
}

// userFile gives the record of who calls, with the companies that are open to
// this user in UserComp. The company of the call is the one that the user is in.
func (m *invocation) userFile() error {
	u := m.c.user
	companies := []any{}
	for _, id := range u.Companies {
		companies = append(companies, map[string]any{"UserID": u.Name, "Company": id, "Name": u.Name, "CurPlant": plants[0], "PlantList": strings.Join(plants, "~"), "CompanyName": m.s.companies[id].name, "RowMod": ""})
	}
	writeJSON(m.w, 200, map[string]any{"returnObj": map[string]any{
		"UserFile":    []any{map[string]any{"UserID": u.Name, "Name": u.Name, "CurComp": m.c.company.id, "CompList": strings.Join(u.Companies, "~"), "RowMod": ""}},
		"UserComp":    companies,
		"UserCompExt": []any{}, "ExtensionTables": []any{},
	}})
	return nil
}
