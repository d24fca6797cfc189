// An OpenID provider on a free loopback port, for the sign-in tests: oidc-provider does all the work, here are only its
// settings and what the tests hear of it.
//
// The settings come as JSON in the environment variable PROVIDER (see Options in provider.go). Events go to stdout, one
// JSON object a line. Each line on stdin is answered by an event "mark" once all events before it are out; the end of
// stdin ends the server.
import { createServer } from 'node:http'
import { generateKeyPairSync } from 'node:crypto'
import { createInterface } from 'node:readline'
import Provider, { errors } from 'oidc-provider'
import { Memory } from './memory.mjs'

// stdout is for events alone; oidc-provider tells there what it would have configured otherwise.
console.info = console.error

const settings = JSON.parse(process.env.PROVIDER)
const say = (event) => process.stdout.write(JSON.stringify({ at: Date.now(), ...event }) + '\n')

const http = createServer()
await new Promise((listening) => http.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${http.address().port}`

const signingKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: 'provider', use: 'sig', alg: 'RS256',
}

// Access tokens are JWTs for one API, whether a client names it or not.
const api = {
  scope: 'api', audience: settings.audience, accessTokenFormat: 'jwt',
  accessTokenTTL: settings.accessTokenSeconds, jwt: { sign: { alg: 'RS256' } },
}

const findAccount = async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) })

const provider = new Provider(issuer, {
  clients: settings.clients,
  adapter: (model) => new Memory(model, settings.graceSeconds),
  jwks: { keys: [signingKey] },
  cookies: { keys: ['loopback only'] },
  scopes: ['openid', 'offline_access', 'api'],
  findAccount,
  pkce: { required: () => true },
  rotateRefreshToken: () => settings.rotate,
  // As at Entra: whoever may refresh gets a refresh token.
  issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
  ttl: {
    AccessToken: settings.accessTokenSeconds, ClientCredentials: settings.accessTokenSeconds,
    RefreshToken: settings.refreshTokenSeconds, AuthorizationCode: 60, DeviceCode: 300, IdToken: 300,
    Grant: 86400, Session: 86400, Interaction: 600,
  },
  enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256'] },
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    clientCredentials: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.audience,
      useGrantedResource: () => true,
      getResourceServerInfo(_ctx, resource) {
        if (resource !== settings.audience) throw new errors.InvalidTarget()
        return api
      },
    },
  },
})

// The resource owner password grant (RFC 6749, section 4.3), which oidc-provider leaves to whoever wants it.
provider.registerGrantType('password', async (ctx) => {
  const { client, params } = ctx.oidc
  const { AccessToken, Grant, RefreshToken, ResourceServer } = provider
  if (!Object.hasOwn(settings.users, params.username) || settings.users[params.username] !== params.password) {
    throw new errors.InvalidGrant('user or password is wrong')
  }
  const grant = new Grant({ accountId: params.username, clientId: client.clientId })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(settings.audience, api.scope)
  const shared = { accountId: params.username, client, grantId: await grant.save(), gty: 'password', expiresWithSession: false }
  const access = new AccessToken({ ...shared, scope: api.scope })
  access.resourceServer = new ResourceServer(settings.audience, api)
  ctx.oidc.entity('Grant', grant)
  ctx.oidc.entity('AccessToken', access)
  ctx.body = { access_token: await access.save(), expires_in: access.expiration, token_type: 'Bearer', scope: api.scope }
  if (client.grantTypeAllowed('refresh_token')) {
    const refresh = new RefreshToken({ ...shared, scope: `openid offline_access ${api.scope}`, resource: settings.audience, rotations: 0 })
    ctx.body.refresh_token = await refresh.save()
  }
}, ['username', 'password', 'scope'])

const tokenRequest = (ctx) => ({
  grant: ctx.oidc.params?.grant_type,
  client: ctx.oidc.client?.clientId,
  // What descends from one sign-in: a refresh token that is used twice kills it as a whole.
  family: ctx.oidc.entities.RefreshToken?.grantId ?? ctx.oidc.entities.Grant?.jti,
  sent: { ...ctx.oidc.params },
})
provider.on('grant.success', (ctx) => say({ event: 'granted', ...tokenRequest(ctx), answer: ctx.body }))
provider.on('grant.error', (ctx, err) => say({ event: 'refused', ...tokenRequest(ctx), error: err.error, detail: err.error_detail ?? err.error_description }))
provider.on('grant.revoked', (_ctx, family) => say({ event: 'revoked', family }))
provider.on('authorization.success', (ctx, out) => say({ event: 'authorized', client: ctx.oidc.client.clientId, sent: { code: out?.code } }))
provider.on('authorization.error', (ctx, err) => say({ event: 'unauthorized', client: ctx.oidc.client?.clientId, error: err.error, detail: err.error_detail ?? err.error_description }))
provider.on('server_error', (_ctx, err) => say({ event: 'broken', error: 'server_error', detail: String(err.stack ?? err) }))

http.on('request', provider.callback())
createInterface({ input: process.stdin })
  .on('line', () => say({ event: 'mark' }))
  .on('close', () => process.exit(0))
say({ event: 'ready', issuer })
