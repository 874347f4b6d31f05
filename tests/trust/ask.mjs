// One request as it is written, one answer as it came: no redirect followed, no header added, nothing decoded.
import { request } from 'node:http'

/** Asks `server` (or what stands at `url`); headers may hold lists. The answer's fields are in lower case, `set-cookie` a list. */
export function ask(server, method, path, { headers = {}, body, agent = false } = {}) {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const told = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const asked = request({ host: hostname, port, method, path, agent, headers: { ...told, ...headers } }, response => {
      const parts = []
      const over = cut => resolve({ status: response.statusCode, headers: response.headers, raw: response.rawHeaders, bytes: Buffer.concat(parts), cut })
      response.on('data', part => {
        parts.push(part)
        // A stream of events has no end: its first bytes say what is asked here.
        if (response.headers['content-type']?.startsWith('text/event-stream')) { over(false); asked.destroy() }
      })
      response.on('end', () => over(false)).on('error', () => over(true))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

/** The problem's code of a refusal; nothing where the answer is none. */
export function codeOf(answer) {
  if (answer.headers['content-type'] !== 'application/problem+json' || answer.bytes.length === 0) return undefined
  return JSON.parse(answer.bytes).code
}

/** "403 forbidden", "204". */
export const verdict = answer => [answer.status, codeOf(answer)].filter(Boolean).join(' ')

/** The ways in which one session is told: as a browser, as a program, and by the room's password. */
export const credentials = {
  cookie: who => ({ Cookie: who.cookie, 'Sec-Fetch-Site': 'same-origin' }),
  bearer: who => ({ Authorization: `Bearer ${who.token}` }),
  basic: who => ({ Authorization: `Basic ${Buffer.from(`${who.user}:${who.password}`).toString('base64')}` }),
}

export const kPassword = 'four short plain words'

/** Who came in by this answer. */
function entered(answer, user, password, name) {
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.bytes}`)
  const { session, room } = JSON.parse(answer.bytes)
  return { user, password, name, room, token: session.token, cookie: answer.headers['set-cookie'][0].split(';')[0] }
}
export async function open(server, name, user = 'ada', password = kPassword, wish = {}) {
  return entered(await ask(server, 'POST', '/api/v1/rooms', { body: JSON.stringify({ name, password, nickname: user, ...wish }) }), user, password, name)
}
export async function join(server, name, user, password = kPassword) {
  return entered(await ask(server, 'POST', `/api/v1/rooms/${encodeURIComponent(name)}/sessions`, { body: JSON.stringify({ password, nickname: user }) }), user, password, name)
}
