// What crawlers and reporters find: nothing to index, and whom to write to.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'
import { ask, credentials, join, open, verdict } from './ask.mjs'
import { rows } from './routes.mjs'

let server
const contacts = ['mailto:security@files.example', 'https://files.example/report']
before(async () => { server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_SECURITY_CONTACT: contacts.join() }) })
after(async () => { await server.stop() })

test('no answer may be indexed, be it the way in, a file or a refusal', async () => {
  await open(server, 'lab')
  const member = await join(server, 'lab', 'tom')
  for (const row of rows) {
    const { path, headers = {}, body } = await row.make(server, member, credentials.bearer(member))
    for (const credential of [{}, ...(row.ends ? [] : [credentials.bearer(member)])]) {
      const answer = await ask(server, row.route.split(' ')[0], path, { headers: { ...headers, ...credential }, body })
      assert.equal(answer.headers['x-robots-tag'], 'noindex', `${row.route}: ${answer.status}`)
    }
  }
  for (const path of ['/favicon.svg', '/nothing/here', '/%zz', '/x'.repeat(9000)]) assert.equal((await ask(server, 'GET', path)).headers['x-robots-tag'], 'noindex', path.slice(0, 20))
  assert.equal(String((await ask(server, 'GET', '/robots.txt')).bytes), 'User-agent: *\nDisallow: /\n')
})

test('security.txt is one of RFC 9116', async () => {
  const answer = await ask(server, 'GET', '/.well-known/security.txt')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8')
  const fields = String(answer.bytes).trimEnd().split('\n').map(line => /^([A-Z][A-Za-z-]*): (\S+)$/.exec(line).slice(1))
  assert.deepEqual(fields.filter(([name]) => name === 'Contact').map(([, value]) => value), contacts)
  const expires = fields.filter(([name]) => name === 'Expires').map(([, value]) => value)
  assert.equal(expires.length, 1)
  assert.match(expires[0], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  const days = (Date.parse(expires[0]) - Date.now()) / 86_400_000
  assert.ok(days > 30 && days < 365, `${days} days`)
})

test('every page has a link to report by, with and without JavaScript', async () => {
  const page = String((await ask(server, 'GET', '/lab/', { headers: { Accept: 'text/html' } })).bytes)
  assert.match(page, /<meta name="report" content="mailto:security@files\.example">/)
  for (const path of ['/?plain', '/lab/?plain']) assert.match(String((await ask(server, 'GET', path)).bytes), /<a href="mailto:security@files\.example" rel="noreferrer">Report abuse<\/a>/, path)
})

test('who has set no contact has no such page, and nobody a room in its place', async () => {
  const silent = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB' })
  try {
    assert.equal(verdict(await ask(silent, 'GET', '/.well-known/security.txt')), '404 not_found')
    assert.doesNotMatch(String((await ask(silent, 'GET', '/', { headers: { Accept: 'text/html' } })).bytes), /report|%/i)
    assert.doesNotMatch(String((await ask(silent, 'GET', '/?plain')).bytes), /Report/)
    assert.equal(verdict(await ask(silent, 'POST', '/api/v1/rooms', { body: '{"name": ".well-known"}' })), '400 invalid_name')
    for (const method of ['PUT', 'DELETE']) assert.equal(verdict(await ask(silent, method, '/.well-known/security.txt', { body: 'x' })), '404 not_found')
  } finally {
    await silent.stop()
  }
})
