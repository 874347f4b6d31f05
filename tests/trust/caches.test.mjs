// Nothing private stays in a cache on the way: what answers say, and what a cache that keeps all it may has kept.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join as joined } from 'node:path'
import { after, before, test } from 'node:test'
import { CachingProxy } from '../support/caching_proxy.mjs'
import { Server } from '../support/server.mjs'
import { ask, credentials, join, open } from './ask.mjs'
import { nameOf, rows } from './routes.mjs'

let server, proxy, member
const canary = 'canary-7f3a'
before(async () => {
  server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB' })
  proxy = await CachingProxy.start(server.port)
  await open(server, canary)
  member = await join(server, canary, 'nickname-7f3a')
})
after(async () => { await proxy.stop(); await server.stop() })

/** The same bytes for everybody, with a name or a digest that changes with them. */
const isShared = row => /^GET \/(assets\/\{name\})$/.test(row.route)
/** The page and what belongs to it: kept with the question whether it is still so. */
const isAskedAgain = path => ['/', '/favicon.svg', '/api/v1/openapi.json'].includes(path) || path === `/${canary}/`

test('every answer says whether it may be kept, and all that is of a room may not', async t => {
  for (const row of rows) {
    await t.test(nameOf(row), async () => {
      const { path, headers = {}, body } = await row.make(server, member, credentials.bearer(member))
      const method = row.route.split(' ')[0]
      for (const added of [{}, credentials.bearer(member), { ...credentials.bearer(member), Range: 'bytes=0-1' }, { ...credentials.bearer(member), 'If-None-Match': '*' }]) {
        if (row.ends && added.Authorization) continue
        const answer = await ask(server, method, path, { headers: { ...headers, ...added }, body })
        const policy = answer.headers['cache-control']
        if (isShared(row)) assert.equal(policy, 'public, max-age=31536000, immutable')
        else if (answer.status < 400 && isAskedAgain(path) && headers.Accept !== undefined) assert.equal(policy, 'no-cache')
        else if (!(isAskedAgain(path) && policy === 'no-cache')) assert.match(policy, /(^|, )no-store(,|$)/, `${answer.status} ${path}`)
        if (isShared(row)) assert.equal(answer.headers['set-cookie'], undefined)
      }
    })
  }
})

const everything = folder => readdirSync(folder, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? everything(joined(folder, entry.name)) : [readFileSync(joined(folder, entry.name), 'latin1')]))

test('nginx that keeps all it may gives nobody what a member was given, and has nothing of a room on its disk', async () => {
  const asked = []
  await ask(server, 'PUT', `/${canary}/notes.css`, { headers: credentials.bearer(member), body: `${canary} bytes` })
  const crawl = rows.filter(row => !row.ends && /^(GET|POST) /.test(row.route))
  for (const row of crawl) {
    const request = await row.make(server, member, credentials.bearer(member))
    asked.push([row, request])
  }
  // Names that a cache may take for a style or a picture.
  const deceiving = [`/${canary}/notes.css`, `/${canary}/x.css`, `/${canary}/?plain&x.css`, `/api/v1/rooms/${canary}/x.css`, `/api/v1/rooms/${canary}/archive.zip?x.css`, `/api/v1/rooms/${canary}/events/x.png`]
  for (const path of deceiving) asked.push([{ route: `GET ${path}`, may: 'members' }, { path }])
  const kept = []
  for (const kind of ['cookie', 'bearer', 'basic']) {
    for (let round = 0; round < 2; round++) {
      for (const [row, { path, headers = {}, body }] of asked) {
        const answer = await ask(proxy, row.route.split(' ')[0], path, { headers: { ...headers, ...credentials[kind](member) }, body })
        if (answer.headers['x-kept'] === 'HIT') kept.push(path)
      }
    }
  }
  assert.ok(kept.length > 0, 'it keeps what it may: the page\'s files')
  assert.deepEqual(kept.filter(path => !path.startsWith('/assets/')), [])
  for (const [row, { path, headers = {}, body }] of asked.filter(([row]) => row.may !== 'anybody')) {
    const answer = await ask(proxy, row.route.split(' ')[0], path, { headers, body })
    assert.ok(answer.status >= 400, `${answer.status} ${row.route}`)
    assert.equal(answer.bytes.includes(`${canary} bytes`), false)
  }
  const stored = everything(proxy.kept)
  assert.ok(stored.length > 0)
  for (const text of stored) for (const secret of [canary, member.token, 'some bytes', 'nickname-7f3a']) assert.equal(text.includes(secret), false, `${secret} in ${text.slice(0, 300)}`)
})
