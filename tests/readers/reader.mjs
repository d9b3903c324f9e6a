// A reader of the wire format, version 1, written from its page alone: the steps 1 to 8 of opening,
// then the split of a typed body. Rules are those of the page. Dates and times are Unix seconds.
//
//     node reader.mjs open --ring-key ck1_... --app A --name N --mode encrypted|signed --at UNIX VALUE
import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { inflateRawSync } from 'node:zlib'

const MODES = { encrypted: { version: 0x11, shortest: 96 }, signed: { version: 0x49, shortest: 88 } }
const KINDS = ['typed', 'values', 'stored']
const CODECS = ['raw', 'deflate']
const CLAIMS = [null, ['subject', 1, 64], ['epoch', 4, 4], ['auth_at', 5, 5], ['checked_at', 5, 5],
  ['stamp', 16, 16], ['level', 1, 1]]
const DAY = 86400
const SKEW = 60
const INFLATED = 16384

class Refused extends Error {}

function demand(condition, reason) {
  if (!condition) throw new Refused(reason)
}

/// Rules 14 and 15: the steps in their order; the first that fails is the reason, and the end.
export function open(settings, value) {
  return answer(() => {
    const token = decode(settings.mode, value)                                       // steps 1 to 3
    const p = parse(authenticate(settings, token))                                   // steps 4 to 6
    const dates = times(settings, p, p.issued)                                       // step 7
    const { coded, ...fields } = p
    const body = fields.codec === 'deflate' ? inflate(coded) : coded                 // step 8
    return { ok: true, mode: settings.mode, kid: token.toString('hex', 1, 5), ...fields, ...dates,
      ...split(p.kind, body), chars: value.length }
  })
}

/// Section 10: what its record says of a stored session whose cookie opened.
export function openRecord(settings, cookie, hex) {
  return answer(() => {
    const record = Buffer.from(hex, 'hex')
    demand(record.length >= 45 && record[0] === 0x21, 'malformed')                   // rule R6
    const head = record.subarray(0, 5)
    const sid = Buffer.from(cookie.sid, 'hex')
    const { derive, ctx } = keys(settings)
    demand(head.subarray(1).equals(derive('kid', []).subarray(0, 4)), 'unknown_key') // rule R2
    const row = createHash('sha256').update('cloakroom store v1').update(sid).digest()
    const key = derive('row', Buffer.concat([ctx, sid]))
    const { coded, ...p } = parse(decrypt(key, record.subarray(5), Buffer.concat([row, head])))
    demand(p.sid === cookie.sid && p.codec === 'raw', 'malformed')                   // rule R6
    demand(p.kind !== 'stored', 'record_gone')                                       // rule R5
    demand(p.created === cookie.created, 'malformed')
    const dates = times(settings, p, cookie.issued)                                  // rule R4
    return { ...cookie, ...p, ...dates, ...split(p.kind, coded), issued: cookie.issued }
  })
}

function answer(read) {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message }
    throw error
  }
}

function decode(mode, value) {
  const { version, shortest } = MODES[mode]
  const length = Buffer.byteLength(value)
  demand(length >= shortest && length <= 4096 && length % 4 === 0, 'length')         // rule 2
  demand(/^[A-Za-z0-9_-]*$/.test(value), 'encoding')                                 // rule 3
  const token = Buffer.from(value, 'base64url')
  demand(token[0] === version, 'version')
  return token
}

/// Returns P; nothing looks at it before (rule 7).
function authenticate(settings, token) {
  const { derive, ctx } = keys(settings)
  const bind = Buffer.from(settings.bind ?? '', 'hex')
  const head = token.subarray(0, 5)
  demand(head.subarray(1).equals(derive('kid', []).subarray(0, 4)), 'unknown_key')   // rule 4
  demand(bind.length <= 1024, 'forged')                                              // rule 5
  const context = Buffer.concat([head, u32(bind.length), bind])
  if (settings.mode === 'encrypted') return decrypt(derive('enc', ctx), token.subarray(5), context)
  const p = token.subarray(5, -32)
  demand(timingSafeEqual(hmac(derive('sign', ctx), context, p), token.subarray(-32)), 'forged')
  return p
}

/// Section 3: the fields of P, and the body as it is coded.
/// Section 2: one block of HKDF. The kid alone is the same in every context.
function keys(settings) {
  const prk = hmac('cloakroom.v1 root', master(settings['ring-key']))
  const derive = (label, ctx) => hmac(prk, label, [0], ctx, [1])
  const ctx = Buffer.concat([settings.app, settings.name].flatMap(text => [u16(text.length), Buffer.from(text)]))
  return { derive, ctx }
}

function parse(p) {
  let at = 0
  const take = n => {
    demand(at + n <= p.length, 'malformed')
    return p.subarray(at, at += n)
  }
  const number = n => take(n).readUIntBE(0, n)
  const flags = number(1)
  const codec = flags & 3
  const kind = flags >> 4 & 3
  demand(codec < 2 && kind < 3 && flags < 0x80, 'malformed')                         // rule 8
  const sid = take(16).toString('hex')
  const created = number(5)
  const issued = created + number(4)
  const [life, idle] = flags & 4 ? [number(4), number(4)] : [null, null]
  const claims = flags & 0x40 ? parseClaims(take(number(2))) : null
  let end = p.length
  while (end > at && p[end - 1] === 0) end--                                         // rule 9
  demand(end > at && p[end - 1] === 0x80, 'malformed')
  const coded = p.subarray(at, end - 1)
  demand(kind === 2 ? coded.length === 0 && codec === 0 : coded.length > 0, 'malformed')   // rule 10
  return { sid, created, issued, life, idle, browser: (flags & 8) !== 0, codec: CODECS[codec],
    kind: KINDS[kind], claims, coded }
}

/// Rule 11. Subject and stamp are shown in hexadecimal, the others as numbers.
function parseClaims(rest) {
  const claims = {}
  demand(rest.length > 0, 'malformed')
  for (let last = 0; rest.length > 0;) {
    const [tag, size] = rest
    demand(rest.length >= 2 && tag > last && tag < CLAIMS.length, 'malformed')
    const [name, least, most] = CLAIMS[tag]
    demand(size >= least && size <= most && rest.length >= 2 + size, 'malformed')
    const content = rest.subarray(2, 2 + size)
    claims[name] = tag === 1 || tag === 5 ? content.toString('hex') : content.readUIntBE(0, size)
    last = tag
    rest = rest.subarray(2 + size)
  }
  return claims
}

/// The table of section 5. A date that nobody set is not asked about. The idle time begins at `used`.
function times(settings, { created, issued, life, idle }, used) {
  const date = (name, otherwise) => Number(settings[name] ?? otherwise)
  const now = date('at')
  const absolute_expires = created + Math.min(life || date('absolute', 30 * DAY), date('max-absolute', 400 * DAY))
  const idle_expires = used + Math.min(idle || date('idle', 14 * DAY), date('max-idle', 400 * DAY))
  const questions = [
    [issued > now + SKEW, 'future'],
    [settings.revoked, 'key_revoked'],
    [now >= date('open-until', Infinity), 'key_closed'],
    [created < date('not-before', -Infinity), 'not_before'],
    [issued < date('seal-from', -Infinity) - SKEW, 'key_window'],
    [issued > date('seal-until', Infinity) + SKEW, 'key_window'],
    [now >= absolute_expires, 'expired_absolute'],
    [now >= idle_expires, 'expired_idle']]
  for (const [wrong, reason] of questions) demand(!wrong, reason)
  return { idle_expires, absolute_expires }
}

/// Rule 12. A chunk of one byte more than is allowed shows whether there is more; `bytesWritten` is
/// what inflate consumed, so that a byte left over is seen.
function inflate(coded) {
  try {
    const bounds = { maxOutputLength: INFLATED, chunkSize: INFLATED + 1, info: true }
    const { buffer, engine } = inflateRawSync(coded, bounds)
    demand(buffer.length > 0 && engine.bytesWritten === coded.length, 'malformed')
    return buffer
  } catch {
    throw new Refused('malformed')
  }
}

function split(kind, body) {
  if (kind !== 'typed') return { version: null, shape_hex: null, body_hex: body.toString('hex') }
  demand(body.length >= 5, 'body')
  return { version: body[0], shape_hex: body.toString('hex', 1, 5), body_hex: body.toString('hex', 5) }
}

/// XAES-256-GCM of C2SP: AES-256-GCM under a key made from the first half of the nonce.
function decrypt(key, rest, context) {
  const aes = block => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)
  const l = aes(Buffer.alloc(16))
  const k1 = l.map((byte, i) => byte << 1 | l[i + 1] >> 7)
  if (l[0] & 0x80) k1[15] ^= 0x87
  const half = i => aes(Buffer.from([0, i, 0x58, 0, ...rest.subarray(0, 12)]).map((byte, j) => byte ^ k1[j]))
  const gcm = createDecipheriv('aes-256-gcm', Buffer.concat([half(1), half(2)]), rest.subarray(12, 24))
  gcm.setAAD(context).setAuthTag(rest.subarray(-16))
  try {
    const p = gcm.update(rest.subarray(24, -16))
    gcm.final()
    return p
  } catch {
    throw new Refused('forged')
  }
}

function master(text) {
  const raw = Buffer.from(/^ck1_[A-Za-z0-9_-]{48}$/.test(text) ? text.slice(4) : '', 'base64url')
  const check = createHash('sha256').update('cloakroom.v1 key text').update(raw.subarray(0, 32)).digest()
  if (!check.subarray(0, 4).equals(raw.subarray(32))) throw new Error('this is not the text of a key')
  return raw.subarray(0, 32)
}

function hmac(key, ...parts) {
  return createHmac('sha256', key).update(Buffer.concat(parts.map(part => Buffer.from(part)))).digest()
}

function u16(n) {
  return Buffer.from([n >> 8, n])
}

function u32(n) {
  return Buffer.from([n >> 24, n >> 16, n >> 8, n])
}

function main() {
  const text = { type: 'string' }
  const names = ['ring-key', 'app', 'name', 'mode', 'bind', 'at', 'idle', 'absolute', 'max-idle',
    'max-absolute', 'seal-from', 'seal-until', 'open-until', 'not-before']
  const options = { revoked: { type: 'boolean' }, ...Object.fromEntries(names.map(name => [name, text])) }
  const { values, positionals: [command, value] } = parseArgs({ options, allowPositionals: true })
  if (command !== 'open' || value === undefined || !MODES[values.mode] || !values.at) {
    throw new Error('reader.mjs open --ring-key K --app A --name N --mode encrypted|signed --at UNIX VALUE')
  }
  console.log(JSON.stringify(open(values, value)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
