// What the log says of refusals and of rooms' ends.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'

after(Server.killAll)

const talkative = { ...generous, FLEETING_LOG_LEVEL: 'debug' }
const lines = (server, event) => server.log.split('\n').filter(line => line.includes(` ${event} `)).map(line => line.split(` ${event} `)[1])

const withServer = (env, check) => Server.during(Server.alone(env), check)

test('every refusal is told with what for', () => withServer(talkative, async server => {
  const room = await server.room({ name: 'quiet', password: 'long enough' })
  const ask = (path, options) => fetch(`${server.url}/api/v1/rooms${path}`, options)
  await ask('/quiet/sessions', { method: 'POST', body: '{"password": "a wrong one"}' })
  await ask('', { method: 'POST', body: '{"name": "quiet"}' })
  await ask('', { method: 'POST', body: '{"secret-field": 1}' })
  await ask('/quiet/files/00000000000000000000000000000000', { method: 'DELETE', headers: room.bearer })
  await eventually(() => lines(server, 'refused').length >= 4, 3_000, 'four refusals')
  const told = lines(server, 'refused')
  assert.ok(told.every(detail => /^[a-z_]+(: .+)?$/.test(detail)), told.join('\n'))
  for (const code of ['not_admitted', 'name_taken', 'invalid_request', 'not_found']) assert.ok(told.some(detail => detail.startsWith(code)), code)
  assert.doesNotMatch(server.log, /quiet|secret-field|a wrong one/)
}))

test('a room that ends leaves a line with its id, its lateness and its files', () => withServer(talkative, async server => {
  const due = await server.room({ name: 'short-one', ttl_seconds: 1 })
  await fetch(`${server.url}/short-one/a`, { method: 'PUT', body: 'x', headers: due.bearer })
  const closed = await server.room({ name: 'closed-one' })
  await fetch(`${server.url}/api/v1/rooms/closed-one`, { method: 'DELETE', headers: closed.bearer })
  const told = await eventually(() => lines(server, 'room_erased').length === 2 && lines(server, 'room_erased'), 5_000, 'both are told')
  assert.ok(told.includes(`${closed.room.id}, closed before its deadline, files: 0`), told.join('\n'))
  assert.match(told.find(line => line.startsWith(due.room.id)), /, \d{1,3} ms after its deadline, files: 1$/)
  assert.doesNotMatch(server.log, /short-one|closed-one|rooms_erased_late/)
}))

test('rooms whose deadline came while the server was down leave one warning', () => withServer(generous, async server => {
  for (let n = 0; n < 20; n++) await server.room({ ttl_seconds: 600 })
  await server.kill('SIGTERM')
  server.sql('UPDATE room SET expires_at_ms = expires_at_ms - 3600000')
  await server.run()
  const told = await eventually(() => lines(server, 'rooms_erased_late').length > 0 && lines(server, 'rooms_erased_late'), 5_000, 'it is told')
  assert.equal(told.length, 1)
  const [, count, late] = /^rooms: (\d+), the latest (\d+) ms after its deadline$/.exec(told[0])
  assert.equal(Number(count), 20)
  assert.ok(late > 2_990_000 && late < 3_100_000, late)
  assert.deepEqual(lines(server, 'room_erased'), [], 'a line each is for who asks for them')
}))
