package epicortest

import "strings"

// whereClause translates "CustNum > 10 AND Name = 'x' BY SysRevID" into
// $filter and $orderby.
func whereClause(s string) (filter, order string, err error) {
	words, err := whereWords(s)
	if err != nil {
		return "", "", err
	}
	operators := map[string]string{"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge", "AND": "and", "OR": "or", "NOT": "not"}
	var out []string
	for i := 0; i < len(words); i++ {
		upper := strings.ToUpper(words[i])
		switch {
		case upper == "BY":
			return strings.Join(out, " "), orderTerms(words[i+1:]), nil
		case (upper == "LIKE" || upper == "BEGINS") && i+1 < len(words) && len(out) > 0:
			fn, arg := "startswith", words[i+1]
			if upper == "LIKE" {
				if !strings.HasSuffix(arg, "%'") || strings.ContainsAny(arg[1:len(arg)-2], "%_") {
					return "", "", business("LIKE is understood with one % at the end only.")
				}
				arg = arg[:len(arg)-2] + "'"
			}
			out[len(out)-1] = fn + "(" + out[len(out)-1] + "," + arg + ")"
			i++
		case operators[upper] != "":
			out = append(out, operators[upper])
		default:
			out = append(out, words[i])
		}
	}
	return strings.Join(out, " "), "", nil
}

func orderTerms(words []string) string {
	var terms []string
	for _, w := range words {
		switch strings.ToUpper(w) {
		case "DESC", "DESCENDING":
			terms[len(terms)-1] += " desc"
		case "ASC", "ASCENDING", ",", "BY":
		default:
			terms = append(terms, strings.Trim(w, ","))
		}
	}
	return strings.Join(terms, ",")
}

// whereWords splits into names, numbers, quoted strings, parentheses and operators.
func whereWords(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		switch ch := s[i]; {
		case ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r':
			i++
		case ch == '\'':
			j := i + 1
			for j < len(s) && (s[j] != '\'' || j+1 < len(s) && s[j+1] == '\'') {
				if s[j] == '\'' {
					j++
				}
				j++
			}
			if j >= len(s) {
				return nil, business("The where clause has an open quote.")
			}
			out = append(out, s[i:j+1])
			i = j + 1
		case strings.ContainsRune("<>=", rune(ch)):
			j := i + 1
			for j < len(s) && strings.ContainsRune("<>=", rune(s[j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		case ch == '(' || ch == ')':
			out = append(out, string(ch))
			i++
		default:
			j := i
			for j < len(s) && !strings.ContainsRune(" \t\r\n'<>=()", rune(s[j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out, nil
}
