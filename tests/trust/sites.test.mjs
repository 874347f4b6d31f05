// What another site's page can make a member's browser do: nothing that changes anything, and load nothing that is private.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'
import { ask, credentials, join, kPassword, open, verdict } from './ask.mjs'
import { nameOf, rows } from './routes.mjs'

let server, owner, member
before(async () => {
  server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB' })
  owner = await open(server, 'lab')
  member = await join(server, 'lab', 'tom')
})
after(async () => { await server.stop() })

/** As browsers tell where a request comes from; `null` is a sandboxed frame, the last are browsers that tell nothing. */
const origins = {
  'another site': { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  'another site, without Origin': { 'Sec-Fetch-Site': 'cross-site' },
  'a neighbour of the same site': { 'Sec-Fetch-Site': 'same-site' },
  'an address bar': { 'Sec-Fetch-Site': 'none' },
  'a foreign Origin': { Origin: 'https://evil.example' },
  'a sandboxed frame': { Origin: 'null' },
  'our host over TLS that there is none of': { get Origin() { return server.url.replace('http:', 'https:') } },
  'a name that begins as ours': { get Origin() { return `${server.url}.evil.example` } },
  'another port': { get Origin() { return 'http://127.0.0.1:1' } },
  'a foreign Referer': { Referer: 'https://evil.example/' },
  'a Referer that holds ours': { get Referer() { return `https://evil.example/${server.url}/` } },
  nothing: {},
  'two Origins': { get Origin() { return [server.url, 'https://evil.example'] } },
}
const isUnsafe = row => !/^(GET|HEAD|OPTIONS) /.test(row.route)
const versionOf = async () => JSON.parse((await ask(server, 'GET', '/api/v1/rooms/lab', { headers: credentials.bearer(owner) })).bytes).room.version

test('no request that changes something is taken from another site, whatever credential the browser adds', async t => {
  for (const row of rows.filter(isUnsafe)) {
    await t.test(nameOf(row), async () => {
      const { path, headers = {}, body } = await row.make(server, member, credentials.bearer(member))
      const before = await versionOf()
      for (const who of [owner, member]) {
        const added = { cookie: { Cookie: who.cookie }, basic: credentials.basic(who), both: { Cookie: who.cookie, ...credentials.basic(who) } }
        for (const [from, told] of Object.entries(origins)) {
          for (const [kind, credential] of Object.entries(added)) {
            // Where a program and a browser can't be told apart, Basic is a program's: browsers of today tell where they come from.
            if (kind === 'basic' && !told['Sec-Fetch-Site'] && !told.Origin) continue
            const answer = await ask(server, row.route.split(' ')[0], path, { headers: { ...headers, ...credential, ...told }, body })
            assert.equal(verdict(answer), '403 cross_site', `${from}, ${kind}`)
          }
        }
      }
      assert.equal(await versionOf(), before, 'nothing has changed')
    })
  }
})

test('nobody is taken into another room: to enter one and to open one are requests of our own pages too', async () => {
  const join = { headers: { Origin: 'https://evil.example', 'Content-Type': 'text/plain' }, body: JSON.stringify({ password: kPassword }) }
  for (const [path, asked] of [['/api/v1/rooms/lab/sessions', join], ['/api/v1/rooms', { ...join, body: '{}' }],
    ['/', { headers: { Origin: 'https://evil.example', 'Content-Type': 'application/x-www-form-urlencoded' }, body: `action=enter&name=lab&password=${kPassword}` }]]) {
    const answer = await ask(server, 'POST', path, asked)
    assert.equal(verdict(answer), '403 cross_site', path)
    assert.equal(answer.headers['set-cookie'], undefined)
  }
})

/** What a page of another site can ask for without going there. */
const destinations = ['image', 'script', 'style', 'audio', 'video', 'track', 'font', 'object', 'embed', 'iframe', 'frame', 'empty', 'worker', 'manifest', 'report', undefined]
/** Ours for everybody, and no secret in them. */
const isPublic = row => /^GET \/(\{room\}|assets\/\{name\}|robots\.txt|\.well-known\/security\.txt|healthz|readyz|)$/.test(row.route)

test('what is private is no picture, script, frame or fetch of another site, nor of a neighbour, whom cookies go to', async t => {
  for (const row of rows.filter(each => /^(GET|HEAD) /.test(each.route) && !isPublic(each))) {
    await t.test(nameOf(row), async () => {
      const method = row.route.split(' ')[0]
      const { path, headers = {} } = await row.make(server, member, credentials.cookie(member))
      for (const from of ['cross-site', 'same-site']) {
        for (const destination of destinations) {
          for (const added of [{ Cookie: member.cookie }, credentials.basic(member)]) {
            const told = { 'Sec-Fetch-Site': from, 'Sec-Fetch-Mode': 'no-cors', ...(destination && { 'Sec-Fetch-Dest': destination }) }
            const answer = await ask(server, method, path, { headers: { ...headers, ...added, ...told } })
            assert.equal(answer.status, 403, `${from} ${destination}: ${verdict(answer)}`)
          }
        }
      }
      if (method !== 'GET') return
      // To go there is allowed (an invitation is a link on another site), and the answer is bound to our origin all the same.
      const going = await ask(server, 'GET', path, { headers: { ...headers, Cookie: member.cookie, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'document' } })
      assert.notEqual(going.status, 403, verdict(going))
      assert.equal(going.headers['cross-origin-resource-policy'], 'same-origin')
    })
  }
})

test('no answer invites another origin: no CORS field, whatever Origin asks', async () => {
  for (const row of rows) {
    const { path, headers = {}, body } = await row.make(server, member, credentials.bearer(member))
    const method = row.route.split(' ')[0]
    for (const asked of [method, 'OPTIONS']) {
      const answer = await ask(server, asked, path, { headers: { ...headers, Cookie: member.cookie, Origin: 'https://evil.example', 'Access-Control-Request-Method': method }, body: asked === 'OPTIONS' ? undefined : body })
      assert.deepEqual(Object.keys(answer.headers).filter(name => name.startsWith('access-control-')), [], `${asked} ${path}`)
    }
  }
})
