package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/epicorerp/epicorerp/tokenstore"
)

// slowDown is what each slow_down adds to the interval of polling (RFC 8628,
// section 3.5).
const slowDown = 5 * time.Second

// signInByDevice shows the user an address and a code, and asks the provider
// until they have signed in there (RFC 8628).
func (c *Client) signInByDevice(ctx context.Context) (tokenstore.Token, error) {
	if c.prompter == nil {
		return tokenstore.Token{}, &Error{
			Reason:  ReasonProperty,
			Message: "OAuthGrantType=DEVICE has a code to show to the user, and nothing to show it with",
			Advice: "give the driver a Prompter (WithPrompter) whose DeviceCode shows the address and the code; epicorsql has one, and what it " +
				"stores in OAuthSettingsLocation serves programs that connect with InitiateOAuth=REFRESH",
		}
	}
	d, err := c.beginDevice(ctx)
	if err != nil {
		return tokenstore.Token{}, err
	}
	c.logger.InfoContext(ctx, "the user is asked to sign in on another device", "address", d.URL, "until", d.Expiry)
	if err := c.prompter.DeviceCode(ctx, d.DeviceCode); err != nil {
		return tokenstore.Token{}, prompterError(ctx, err)
	}
	return c.poll(ctx, d)
}

// poll asks until there is an answer, in the rhythm that the provider wants. Of a
// provider that does not answer at all, less and less is asked.
func (c *Client) poll(ctx context.Context, d deviceSignIn) (tokenstore.Token, error) {
	for {
		if !c.now().Add(d.interval).Before(d.Expiry) {
			return tokenstore.Token{}, &Error{
				Reason:      ReasonTimeout,
				Interactive: true,
				Message:     "nobody signed in before the code expired",
				Advice:      "connect again for a new code",
			}
		}
		if err := c.source.sleep(ctx, d.interval); err != nil {
			return tokenstore.Token{}, context.Cause(ctx)
		}
		t, err := c.pollCommitted(ctx, d)
		var e *Error
		if err == nil || !errors.As(err, &e) || !e.Retryable {
			return t, err
		}
		switch {
		case e.oauth == "slow_down":
			d.interval += slowDown
		case e.Reason == ReasonUnavailable:
			d.interval *= 2
		}
	}
}

func (c *Client) pollCommitted(ctx context.Context, d deviceSignIn) (tokenstore.Token, error) {
	ctx, done := c.committed(ctx)
	defer done()
	return c.pollDevice(ctx, d)
}

// pause sleeps, as a source does outside of tests.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
