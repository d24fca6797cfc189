package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// firstMoment is how long a command that opens a browser is watched for
// failing. Some end at once and leave the browser running, some are the browser.
const firstMoment = 2 * time.Second

// OpenBrowser opens an http or https address in the user's browser: in that of
// the environment variable BROWSER, a list of commands as xdg-utils reads it, or
// else in the system's default one. It returns once the address is handed over.
func OpenBrowser(ctx context.Context, address string) error {
	return opener{getenv: os.Getenv, moment: firstMoment}.open(ctx, address)
}

// opener knows where a browser is found.
type opener struct {
	getenv func(string) string
	moment time.Duration
}

// command is a program and its arguments, without the address.
type command []string

func (o opener) open(ctx context.Context, address string) error {
	if err := checkBrowsable(address); err != nil {
		return err
	}
	candidates := browserVariable(o.getenv("BROWSER"))
	if len(candidates) == 0 {
		var err error
		if candidates, err = systemBrowsers(o.getenv); err != nil {
			return noBrowser(err)
		}
	}
	var failed []error
	for _, c := range candidates {
		err := c.run(ctx, address, o.moment)
		if err == nil || ctx.Err() != nil {
			return err
		}
		failed = append(failed, err)
	}
	return noBrowser(errors.Join(failed...))
}

// checkBrowsable lets through only what a browser opens as a page: what opens
// addresses would run programs and open files as well.
func checkBrowsable(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.ContainsAny(address, " \"<>\\^`{|}") {
		return &Error{Reason: ReasonProperty, Message: "the address where the user signs in is not an http or https address that a browser can be given",
			Advice: "check OAuthAuthorizationURL"}
	}
	return nil
}

// browserVariable reads BROWSER: commands in the order to try them, each with
// arguments, %s standing for the address where it is not the last one.
func browserVariable(list string) []command {
	var commands []command
	for _, entry := range filepath.SplitList(list) {
		words := strings.Fields(entry)
		if _, err := exec.LookPath(entry); err == nil {
			words = []string{entry} // a path with blanks in it
		}
		if len(words) > 0 {
			commands = append(commands, words)
		}
	}
	return commands
}

// withAddress puts the address where the command wants it.
func (c command) withAddress(address string) []string {
	words, placed := make([]string, 0, len(c)+1), false
	for i, w := range c {
		if i > 0 && strings.Contains(w, "%s") {
			w, placed = strings.ReplaceAll(w, "%s", address), true
		}
		words = append(words, w)
	}
	if !placed {
		words = append(words, address)
	}
	return words
}

// run starts the command, without a shell, and watches its first moment. A
// browser that goes on running is the user's: it outlives the sign-in and this
// process, and the goroutine that reaps it lasts as long as it does.
func (c command) run(ctx context.Context, address string, moment time.Duration) error {
	words := c.withAddress(address)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.SysProcAttr = detached()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", c[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", c[0], err)
		}
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func noBrowser(cause error) error {
	return &Error{
		Reason:  ReasonProperty,
		Message: "no browser could be opened for the user to sign in: " + strings.ReplaceAll(cause.Error(), "\n", ", "),
		Advice: "set the environment variable BROWSER to a command that opens one, give the driver a Prompter (WithPrompter) that shows " +
			"the user the address, sign in with OAuthGrantType=DEVICE, or get the address from GetOAuthAuthorizationURL, sign in on " +
			"another machine and connect once with InitiateOAuth=REFRESH and the code in OAuthVerifier",
		Err: cause,
	}
}
