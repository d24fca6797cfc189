package oauth

// meaning is what a provider's error code stands for.
type meaning struct {
	reason      Reason
	text        string
	advice      string
	interactive bool // a user must sign in again
	retryable   bool
}

const (
	adviseSignIn      = "sign in again: InitiateOAuth=GETANDREFRESH, or GetOAuthAuthorizationURL and GetOAuthAccessToken"
	adviseClient      = "check OAuthClientId, and OAuthClientSecret or OAuthJWTCert"
	adviseConsent     = "have the user sign in and consent, or an administrator for all with the address of GetAdminConsentURL"
	adviseScope       = "check Scope and OAuthAudience"
	adviseLater       = "try again later"
	adviseRegisterURL = "register the address of CallbackURL for the application, letter by letter"
)

// grantMeanings are what invalid_grant says of what was traded.
var grantMeanings = map[string]meaning{
	grantCode: {reason: ReasonGrant, interactive: true, advice: "sign in again, and give GetOAuthAccessToken the CallbackURL of GetOAuthAuthorizationURL; a code is good once and for minutes",
		text: "the authorization code is not accepted: it is wrong, has expired, was used before, or was given for another redirect address"},
	grantRefresh: {reason: ReasonGrant, interactive: true, advice: adviseSignIn,
		text: "the refresh token is not accepted: it has expired, was used before, or was revoked"},
	grantPassword: {reason: ReasonGrant, interactive: true, advice: "check User and Password",
		text: "user name or password is wrong, or the account is locked"},
	grantDevice: {reason: ReasonGrant, interactive: true, advice: "sign in again",
		text: "the device code is not accepted: it has expired or was used before"},
}

// codeMeanings are the error codes of RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750
// section 3.1, RFC 8628 section 3.5, RFC 8707 section 2, RFC 9101 section 7,
// OpenID Connect Core section 3.1.2.6, and a few that Entra and IdentityServer
// have of their own.
var codeMeanings = map[string]meaning{
	"invalid_request":           {reason: ReasonProperty, text: "the identity provider does not understand the request", advice: "check the OAuth properties, OAuthParams among them"},
	"invalid_client":            {reason: ReasonClient, text: "the application's id, secret or certificate is not accepted", advice: adviseClient + "; OAuthPasswordGrantMode says where the secret is sent"},
	"invalid_grant":             {reason: ReasonGrant, interactive: true, text: "what proves the sign-in is not accepted: it is wrong, has expired or was used before", advice: adviseSignIn},
	"unauthorized_client":       {reason: ReasonClient, text: "the application may not sign in this way", advice: "allow the flow of OAuthGrantType for the application at the identity provider, and check OAuthClientId"},
	"unsupported_grant_type":    {reason: ReasonProperty, text: "the identity provider does not have this flow", advice: "set OAuthGrantType to one that it has"},
	"unsupported_response_type": {reason: ReasonProperty, text: "the identity provider does not give authorization codes to this application", advice: "allow the authorization code flow for the application"},
	"invalid_scope":             {reason: ReasonProperty, text: "the scope is unknown or more than may be granted", advice: adviseScope},
	"invalid_target":            {reason: ReasonProperty, text: "the audience or resource is not known to the identity provider", advice: "check OAuthAudience, AzureResource and Scope"},
	"invalid_resource":          {reason: ReasonProperty, text: "the resource is not known to the identity provider", advice: "check OAuthAudience, AzureResource and Scope"},
	"access_denied":             {reason: ReasonDenied, interactive: true, text: "the user or the identity provider said no", advice: "sign in again and consent, or ask an administrator for the right"},
	"authorization_declined":    {reason: ReasonDenied, interactive: true, text: "the user said no", advice: "sign in again and consent"},
	"server_error":              {reason: ReasonUnavailable, retryable: true, text: "the identity provider has failed", advice: adviseLater},
	"temporarily_unavailable":   {reason: ReasonUnavailable, retryable: true, text: "the identity provider is overloaded or under maintenance", advice: adviseLater},
	"login_required":            {reason: ReasonGrant, interactive: true, text: "nobody is signed in at the identity provider", advice: "leave out Prompt=none"},
	"interaction_required":      {reason: ReasonGrant, interactive: true, text: "the identity provider wants something of the user", advice: adviseSignIn},
	"consent_required":          {reason: ReasonDenied, interactive: true, text: "nobody has consented to what the application asks for", advice: adviseConsent},
	"account_selection_required": {reason: ReasonGrant, interactive: true, text: "the user has to choose an account",
		advice: "leave out Prompt=none"},
	"authorization_pending": {reason: ReasonGrant, retryable: true, text: "the user has not finished signing in yet"},
	"slow_down":             {reason: ReasonGrant, retryable: true, text: "the identity provider wants to be asked less often"},
	"expired_token":         {reason: ReasonTimeout, interactive: true, text: "nobody has typed the code in time", advice: "sign in again"},
	"code_expired":          {reason: ReasonTimeout, interactive: true, text: "nobody has typed the code in time", advice: "sign in again"},
	"bad_verification_code": {reason: ReasonGrant, interactive: true, text: "the identity provider does not know the device code", advice: "sign in again"},
	"invalid_token":         {reason: ReasonGrant, interactive: true, text: "the token is not accepted", advice: adviseSignIn},
	"insufficient_scope":    {reason: ReasonDenied, text: "the token does not allow this", advice: adviseScope},
	"invalid_redirect_uri":  {reason: ReasonProperty, text: "the redirect address is not registered for the application", advice: adviseRegisterURL},
	"redirect_uri_mismatch": {reason: ReasonProperty, text: "the redirect address is not registered for the application", advice: adviseRegisterURL},
	"mfa_required":          {reason: ReasonGrant, interactive: true, text: "the identity provider wants a second factor", advice: adviseSignIn + "; PASSWORD cannot give one"},
}

// suberrorMeanings are Entra's closer words beside invalid_grant and
// interaction_required.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
var suberrorMeanings = map[string]meaning{
	"bad_token":             {reason: ReasonGrant, interactive: true, text: "the refresh token is not accepted any more", advice: adviseSignIn},
	"token_expired":         {reason: ReasonGrant, interactive: true, text: "the refresh token has expired", advice: adviseSignIn},
	"basic_action":          {reason: ReasonGrant, interactive: true, text: "the user has to do something at the identity provider, such as a second factor", advice: adviseSignIn},
	"additional_action":     {reason: ReasonDenied, interactive: true, text: "the user has to do something outside of the sign-in, such as making the device comply", advice: "ask the administrator of the tenant"},
	"message_only":          {reason: ReasonDenied, interactive: true, text: "the identity provider has a message for the user", advice: adviseSignIn},
	"consent_required":      {reason: ReasonDenied, interactive: true, text: "nobody has consented to what the application asks for", advice: adviseConsent},
	"user_password_expired": {reason: ReasonGrant, interactive: true, text: "the user's password has expired", advice: "change the password, then sign in again"},
	"client_mismatch":       {reason: ReasonClient, interactive: true, text: "the refresh token was made for another application", advice: "check OAuthClientId, or sign in again"},
	"protection_policy_required": {reason: ReasonDenied, interactive: true, text: "a protection policy of the tenant forbids the application",
		advice: "ask the administrator of the tenant"},
}
