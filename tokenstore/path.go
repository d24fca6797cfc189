package tokenstore

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// expandPath replaces what a shell would: a leading ~ by the home directory and
// variables by their values, $NAME and ${NAME} or, on Windows, where a $ is
// common in paths, %NAME%. A variable that is not set is an error: the path
// would be another one than is meant.
func expandPath(path string) (string, error) {
	home, err := expandHome(path)
	if err != nil {
		return "", err
	}
	variable := dollarVariable
	if runtime.GOOS == "windows" {
		variable = percentVariable
	}
	out, err := expandVariables(home, variable)
	if err == nil && out == "" {
		err = fmt.Errorf("%s comes out empty", path)
	}
	return out, err
}

func expandHome(path string) (string, error) {
	if !strings.HasPrefix(path, "~") {
		return path, nil
	}
	if len(path) > 1 && !os.IsPathSeparator(path[1]) {
		return "", fmt.Errorf("%s: only ~ alone stands for a home directory; write the path out, or ./ before a name with a tilde", path)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return home + path[1:], nil
}

// expandVariables replaces every variable. find takes text that may begin with
// one and returns its name and its length there; 0 if it is none.
func expandVariables(path string, find func(string) (name string, length int)) (string, error) {
	var out strings.Builder
	for i := 0; i < len(path); {
		name, length := find(path[i:])
		if length == 0 {
			out.WriteByte(path[i])
			i++
			continue
		}
		value, set := os.LookupEnv(name)
		if !set {
			return "", fmt.Errorf("%s: the environment variable %s is not set", path, name)
		}
		out.WriteString(value)
		i += length
	}
	return out.String(), nil
}

func dollarVariable(s string) (string, int) {
	if len(s) < 2 || s[0] != '$' {
		return "", 0
	}
	if s[1] == '{' {
		if end := strings.IndexByte(s, '}'); end > 2 {
			return s[2:end], end + 1
		}
		return "", 0
	}
	end := 1
	for end < len(s) && (s[end] == '_' || s[end] >= 'A' && s[end] <= 'Z' || s[end] >= 'a' && s[end] <= 'z' || end > 1 && s[end] >= '0' && s[end] <= '9') {
		end++
	}
	if end == 1 {
		return "", 0
	}
	return s[1:end], end
}

func percentVariable(s string) (string, int) {
	if len(s) < 3 || s[0] != '%' {
		return "", 0
	}
	if end := strings.IndexByte(s[1:], '%'); end > 0 && !strings.ContainsAny(s[1:1+end], `\/`) {
		return s[1 : 1+end], end + 2
	}
	return "", 0
}
