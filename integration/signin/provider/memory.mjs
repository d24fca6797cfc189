// Where the provider keeps what it issues: in memory, without a bound (oidc-provider's own forgets all but the latest
// thousand), and with a grace period for refresh tokens.
//
// With a grace period a refresh token that was used stays good for as many seconds more, as at Entra, which does not
// revoke the old one, and at Auth0 and Okta with their leeway. With 0 the second use of a refresh token revokes its
// family at once (RFC 9700, section 4.14.2).
const kept = new Map() // "model:id" -> { payload, until, usedAt }
const byUserCode = new Map()
const byUid = new Map()

export class Memory {
  constructor(model, graceSeconds) {
    this.model = model
    this.grace = model === 'RefreshToken' ? graceSeconds * 1000 : 0
  }

  key(id) { return `${this.model}:${id}` }

  async upsert(id, payload, expiresIn) {
    const until = expiresIn ? Date.now() + expiresIn * 1000 : Infinity
    kept.set(this.key(id), { payload, until, usedAt: undefined })
    if (payload.userCode) byUserCode.set(payload.userCode, id)
    if (payload.uid) byUid.set(payload.uid, id)
  }

  async find(id) {
    const entry = kept.get(this.key(id))
    if (!entry || entry.until <= Date.now()) return undefined
    const used = entry.usedAt !== undefined && Date.now() >= entry.usedAt + this.grace
    return used ? { ...entry.payload, consumed: Math.floor(entry.usedAt / 1000) } : entry.payload
  }

  async findByUserCode(code) { return this.find(byUserCode.get(code)) }

  async findByUid(uid) { return this.find(byUid.get(uid)) }

  async consume(id) { kept.get(this.key(id)).usedAt ??= Date.now() }

  async destroy(id) { kept.delete(this.key(id)) }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of kept) {
      if (key.startsWith(`${this.model}:`) && payload.grantId === grantId) kept.delete(key)
    }
  }
}
