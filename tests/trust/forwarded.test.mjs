// Who a limit counts: what a stranger writes about where they come from counts for nothing, what a trusted proxy does counts.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Haproxy } from '../support/haproxy.mjs'
import { freePort, generous, makeFolder, Server } from '../support/server.mjs'
import { ask, verdict } from './ask.mjs'
import { tell } from './load.mjs'

const cheap = { FLEETING_PASSWORD_MEMORY: '8MiB' }
const withServer = (env, work) => Server.during(Server.start({ ...cheap, ...env }), work)
const create = (server, headers = {}) => ask(server, 'POST', '/api/v1/rooms', { headers, body: '{}' })
const guess = (server, name, headers = {}) => ask(server, 'POST', `/api/v1/rooms/${name}/sessions`, { headers, body: JSON.stringify({ password: 'not the password' }) })

const pretended = ['X-Forwarded-For', 'X-Real-IP', 'X-Client-IP', 'X-Originating-IP', 'X-Remote-IP', 'X-Remote-Addr', 'X-Cluster-Client-IP', 'True-Client-IP', 'CF-Connecting-IP', 'Fastly-Client-IP', 'X-Forwarded', 'Forwarded-For', 'Via', 'Client-IP']

test('no field that a stranger writes makes another of them: rooms opened, rooms alive, guesses', async () => {
  let tried = 0
  for (const [limit, act, code] of [[{ FLEETING_RATE_CREATE_HOUR: '3/1h' }, create, '429 rate_limited'], [{ FLEETING_RATE_CREATE_DAY: '3/24h' }, create, '429 rate_limited'],
    [{ FLEETING_ROOMS_PER_ADDRESS: '3' }, create, '429 rate_limited'], [{ FLEETING_RATE_JOIN_NETWORK: '3/1h' }, (server, headers) => guess(server, `r${Math.random()}`.slice(0, 9), headers), '429 rate_limited']]) {
    // One that trusts somebody else, and one that trusts nobody.
    for (const trusted of ['', '10.0.0.0/8,192.0.2.7']) {
      await withServer({ ...limit, FLEETING_TRUSTED_PROXIES: trusted }, async server => {
        for (let i = 0; i < 3; i++) await act(server)
        for (const [i, name] of pretended.entries()) {
          for (const value of [`203.0.113.${i}`, `203.0.113.${i}, 10.0.0.1`, '127.0.0.1', '::1', '10.0.0.1']) { tried++; assert.equal(verdict(await act(server, { [name]: value })), code, `${name}: ${value}`) }
        }
        for (const value of ['for=203.0.113.9', 'for="[2001:db8::1]";proto=https', 'for=10.0.0.1, for=203.0.113.8']) { tried++; assert.equal(verdict(await act(server, { Forwarded: value })), code, value) }
      })
    }
  }
  tell('made-up addresses', `${tried}, 0 counted as another's`)
})

test('nor a scheme or a name: no Secure cookie, no other address in what is told', () => withServer({}, async server => {
  const answer = await create(server, { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Prefix': '/evil', 'X-Original-URL': '/evil', 'X-Rewrite-URL': '/evil', 'X-HTTP-Method-Override': 'DELETE', Forwarded: 'host=evil.example;proto=https' })
  assert.equal(answer.status, 201)
  assert.doesNotMatch(answer.headers['set-cookie'][0], /Secure/)
  assert.equal(answer.raw.join().includes('evil'), false)
  const home = await ask(server, 'GET', '/', { headers: { 'X-Forwarded-Host': 'evil.example' } })
  assert.equal(home.bytes.includes('evil'), false)
}))

test('a trusted proxy\'s word counts from the right, in whatever form it comes', () => withServer({ FLEETING_TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8', FLEETING_RATE_CREATE_HOUR: '1/1h' }, async server => {
  const from = value => create(server, { 'X-Forwarded-For': value }).then(verdict)
  assert.equal(await from('203.0.113.1'), '201')
  for (const same of ['203.0.113.1', '9.9.9.9, 203.0.113.1', 'nonsense, 203.0.113.1', '203.0.113.1, 10.1.1.1', '::ffff:203.0.113.1', ['9.9.9.8', '203.0.113.1'], ['9.9.9.7, 8.8.8.8', '203.0.113.1, 10.2.2.2']])
    assert.equal(await from(same), '429 rate_limited', String(same))
  assert.equal(await from('203.0.113.2'), '201', 'its neighbour')
  assert.equal(await from('2001:db8:0:1::1'), '201')
  assert.equal(await from('2001:db8:0:1:ffff::2'), '429 rate_limited', 'one /64 is one client')
  assert.equal(await from('2001:db8:0:2::1'), '201')
}))

test('through HAProxy, which adds a field of its own, nobody becomes another', async () => {
  const port = await freePort()
  await withServer({ FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_RATE_JOIN_NETWORK: '3/1h' }, async server => {
    const haproxy = await Haproxy.start([server.port], port)
    try {
      // From 127.0.0.1, which is trusted here, the client's own word would be next: it says it comes from elsewhere, as a real one does.
      for (let i = 0; i < 3; i++) assert.equal(verdict(await guess(haproxy, `room-${i}`, { 'X-Forwarded-For': '198.51.100.7' })), '401 not_admitted')
      assert.equal(verdict(await guess(haproxy, 'room-4', { 'X-Forwarded-For': '198.51.100.7' })), '429 rate_limited')
      assert.equal(verdict(await guess(haproxy, 'room-5', { 'X-Forwarded-For': '203.0.113.1, 198.51.100.7' })), '429 rate_limited')
      assert.equal(verdict(await guess(haproxy, 'room-6', { 'X-Forwarded-For': '198.51.100.8' })), '401 not_admitted', 'who is another is counted as one')
    } finally {
      await haproxy.stop()
    }
  })
})

test('a whole /48 that sweeps its /64s is stopped after ten times one\'s guesses', () => withServer({ FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_RATE_JOIN_NETWORK: '3/1h' }, async server => {
  const answers = []
  for (let i = 0; i < 60; i++) answers.push(verdict(await guess(server, `room-${i}`, { 'X-Forwarded-For': `2001:db8:7:${i.toString(16)}::1` })))
  const admitted = answers.filter(answer => answer === '401 not_admitted').length
  assert.equal(admitted, 30)
  tell('a /48 that sweeps its /64s', `${admitted} of ${answers.length} guesses looked at, where one address has 3`)
  assert.equal(answers.at(-1), '429 rate_limited')
  assert.equal(verdict(await guess(server, 'room', { 'X-Forwarded-For': '2001:db8:8::1' })), '401 not_admitted', 'the next /48')
}))

test('a socket of both families tells IPv4 clients apart, and trusts a proxy by its IPv4 address', async () => {
  const [port, folder] = [await freePort(), makeFolder('dual')]
  const env = { ...generous, ...cheap, FLEETING_LISTEN: `[::]:${port}`, FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_RATE_CREATE_HOUR: '1/1h' }
  const server = Object.assign(new Server(), { port, folder, data: join(folder, 'data'), url: `http://127.0.0.1:${port}`, env })
  await server.run()
  try {
    for (const address of ['203.0.113.1', '198.51.100.1']) assert.equal(verdict(await create(server, { 'X-Forwarded-For': address })), '201', address)
    assert.equal(verdict(await create(server, { 'X-Forwarded-For': '203.0.113.1' })), '429 rate_limited')
  } finally {
    await server.stop()
  }
})
