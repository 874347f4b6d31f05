// Who gets to the operator's interface: who shows its token, on its own listener, and nobody else.
import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { binary, freePort, generous, makeFolder, Server } from '../support/server.mjs'
import { ask, codeOf, kPassword, open, verdict } from './ask.mjs'
import { tell } from './load.mjs'
import { spawnSync } from 'node:child_process'

const description = JSON.parse(readFileSync(new URL('../../docs/openapi-admin.json', import.meta.url), 'utf8'))
const routes = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods)
  .map(([method, { security }]) => ({ method: method.toUpperCase(), path: path.replace('{name}', 'admin.js').replace('{block}', '192.0.2.0/24'), isOpen: security?.length === 0 })))
const kToken = 'the operator and nobody else 0123456789'.replaceAll(' ', '-')
const right = { Authorization: `Bearer ${kToken}` }
const json = { 'Content-Type': 'application/json' }

let server, admin
before(async () => {
  const port = await freePort()
  server = await Server.alone({ ...generous, FLEETING_ADMIN_LISTEN: `127.0.0.1:${port}`, FLEETING_ADMIN_TOKEN: kToken, FLEETING_PASSWORD_MEMORY: '8MiB' })
  admin = { url: `http://127.0.0.1:${port}` }
})
after(async () => { await server?.stop() })

const isDraining = async () => JSON.parse((await ask(admin, 'GET', '/admin/health', { headers: right })).bytes).draining
const drain = headers => ask(admin, 'PUT', '/admin/drain', { headers: { ...json, ...headers }, body: '{"draining":true}' })

test('without the token there is the page and nothing more', async () => {
  const wrong = { none: {}, empty: { Authorization: 'Bearer ' }, another: { Authorization: `Bearer ${kToken}x` }, 'one shorter': { Authorization: `Bearer ${kToken.slice(0, -1)}` },
    basic: { Authorization: `Basic ${Buffer.from(`:${kToken}`).toString('base64')}` }, bare: { Authorization: kToken }, cookie: { Cookie: `token=${kToken}` } }
  for (const { method, path, isOpen } of routes)
    for (const [kind, headers] of Object.entries(wrong)) {
      const answer = await ask(admin, method, path, { headers, body: method === 'GET' ? undefined : '{}' })
      // What brings a cookie and changes something has to say that it comes from the page itself, before anything else.
      const refused = kind === 'cookie' && method !== 'GET' ? '403 cross_site' : '401 no_admin_token'
      assert.equal(verdict(answer), isOpen ? '200' : refused, `${method} ${path}, ${kind}`)
      if (answer.status === 401) assert.equal(answer.headers['www-authenticate'], 'Bearer realm="admin"')
    }
  for (const path of ['/', '/admin/nothing', `/admin/rooms?token=${kToken}`]) assert.equal(verdict(await ask(admin, 'GET', path)), '401 no_admin_token', path)
  assert.equal(await isDraining(), false)
})

test('with it everything is there', async () => {
  for (const { method, path } of routes.filter(each => each.method === 'GET')) assert.equal((await ask(admin, method, path, { headers: right })).status, 200, path)
})

test('a member\'s session opens nothing there', async () => {
  const owner = await open(server, 'mine')
  for (const headers of [{ Authorization: `Bearer ${owner.token}` }, { Cookie: owner.cookie }, { Authorization: `Basic ${Buffer.from(`ada:${kPassword}`).toString('base64')}` }])
    assert.equal(verdict(await ask(admin, 'GET', '/admin/rooms', { headers })), '401 no_admin_token')
})

test('the members\' listener has none of it, token or not', async () => {
  for (const { method, path } of routes) {
    const answer = await ask(server, method, path, { headers: right, body: method === 'GET' ? undefined : '{}' })
    assert.ok([401, 404, 405, 308].includes(answer.status), `${method} ${path}: ${verdict(answer)}`)
    assert.doesNotMatch(String(answer.bytes), /Operator|lateness|no_admin_token|limits_hit/)
  }
  assert.equal((await ask(server, 'GET', '/admin/health', { headers: right })).status, 404)
  tell('the operator\'s requests at the members\' listener', `${routes.length}, 0 answered`)
})

test('another site\'s page changes nothing and reads nothing', async () => {
  const sites = [{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { Origin: 'https://evil.example' }, { Origin: 'null' }]
  for (const headers of sites) assert.ok([401, 403].includes((await drain(headers)).status), JSON.stringify(headers))
  assert.equal(codeOf(await ask(admin, 'GET', '/admin/rooms', { headers: { ...right, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'empty' } })), 'cross_site')
  const preflight = await ask(admin, 'OPTIONS', '/admin/drain', { headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' } })
  assert.equal(preflight.headers['access-control-allow-origin'], undefined)
  assert.ok(preflight.status >= 400)
  assert.equal(await isDraining(), false)
})

test('its page lets nothing in from elsewhere, and can\'t be framed', async () => {
  for (const path of ['/admin', '/admin/assets/admin.js', '/admin/nothing']) {
    const { headers } = await ask(admin, 'GET', path)
    assert.match(headers['content-security-policy'], /^default-src 'none'; script-src 'self'; style-src 'self';.* frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/)
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['x-robots-tag'], 'noindex')
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  const page = String((await ask(admin, 'GET', '/admin')).bytes)
  assert.doesNotMatch(page, /<script(?![^>]* src=)|<style| on\w+=| style=/)
})

test('no name of a room, a file or a person is told', async () => {
  const owner = await open(server, 'nameless-quay', 'Mirabel')
  assert.equal((await ask(server, 'PUT', '/nameless-quay/plan-of-the-harbour.txt', { headers: { Authorization: `Bearer ${owner.token}` }, body: 'x' })).status, 201)
  for (const path of ['/admin/rooms', '/admin/health']) {
    const { bytes } = await ask(admin, 'GET', path, { headers: right })
    assert.doesNotMatch(String(bytes), /nameless|Mirabel|harbour|plan-of/i, path)
    assert.ok(!String(bytes).includes(owner.token))
  }
  assert.ok(String((await ask(admin, 'GET', '/admin/rooms', { headers: right })).bytes).includes(owner.room.id))
  assert.doesNotMatch(server.log, /nameless|Mirabel|harbour/i)
})

test('a socket is its owner\'s alone, asks for no token, and answers no other site\'s name', async () => {
  const socketPath = join(makeFolder('admin'), 'admin.sock')
  const own = await Server.alone({ ...generous, FLEETING_ADMIN_LISTEN: `unix:${socketPath}` })
  try {
    assert.equal(statSync(socketPath).mode & 0o777, 0o600)
    const by = (method, path, headers, body) => new Promise((resolve, reject) => {
      const asked = request({ socketPath, method, path, headers }, response => response.resume().on('end', () => resolve(response.statusCode)))
      asked.on('error', reject).end(body)
    })
    assert.equal(await by('GET', '/admin/rooms', { Host: 'localhost' }), 200)
    assert.equal(await by('GET', '/admin/rooms', { Host: 'localhost:9091' }), 200, 'forwarded by SSH')
    for (const Host of ['evil.example', 'evil.example:9091', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1'])
      assert.equal(await by('GET', '/admin/rooms', { Host }), 400, Host)
    const sites = [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }]
    for (const site of sites) assert.equal(await by('PUT', '/admin/drain', { Host: 'localhost', 'Content-Length': 17, ...site }, '{"draining":true}'), 403)
  } finally {
    await own.stop()
  }
  assert.throws(() => statSync(socketPath), { code: 'ENOENT' })
})

test('no start is so that whoever reaches it gets in', () => {
  const start = env => spawnSync(binary, ['serve'], { cwd: makeFolder('refused'), env: { PATH: process.env.PATH, FLEETING_LISTEN: '127.0.0.1:0', FLEETING_METRICS_LISTEN: 'off', ...env }, encoding: 'utf8', timeout: 10_000 })
  const cases = [[{ FLEETING_ADMIN_LISTEN: '127.0.0.1:0' }, /FLEETING_ADMIN_TOKEN/], [{ FLEETING_ADMIN_LISTEN: '0.0.0.0:9091', FLEETING_ADMIN_TOKEN: kToken }, /FLEETING_ADMIN_LISTEN/],
    [{ FLEETING_ADMIN_LISTEN: '127.0.0.1:0', FLEETING_ADMIN_TOKEN: 'short' }, /FLEETING_ADMIN_TOKEN/], [{ FLEETING_ADMIN_LISTEN: '127.0.0.1:0', FLEETING_ADMIN_TOKEN_FILE: '/nowhere' }, /FLEETING_ADMIN_TOKEN_FILE/],
    [{ FLEETING_ADMIN_TOKEN: kToken, FLEETING_ADMIN_TOKEN_FILE: '/nowhere' }, /can't both be set/]]
  for (const [env, names] of cases) {
    const { status, stderr } = start(env)
    assert.equal(status, 2, JSON.stringify(env))
    assert.match(stderr, names)
    assert.ok(!stderr.includes(kToken))
  }
})
