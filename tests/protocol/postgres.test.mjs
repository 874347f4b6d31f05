// The same server on PostgreSQL: what members do, and what they see while the database is away.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Postgres } from '../support/postgres.mjs'
import { binary, eventually, Server } from '../support/server.mjs'

let postgres, server
before(async () => {
  postgres = await Postgres.start()
  server = await Server.start({ FLEETING_DATABASE_URL: postgres.url })
})
after(async () => {
  await server?.stop()
  await postgres?.stop()
})

const put = (room, name, body) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: room.bearer })
const get = (room, name) => fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer })
const listed = room => fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer }).then(r => r.json()).then(r => r.files.map(f => f.name))
const status = path => fetch(`${server.url}${path}`).then(r => r.status)
const rows = () => Number(postgres.ask('SELECT (SELECT count(*) FROM room) + (SELECT count(*) FROM session) + (SELECT count(*) FROM file) + (SELECT count(*) FROM purge)'))

test('files are put into a room, listed, fetched, and gone with it', async () => {
  const room = await server.room()
  for (const text of ['first', 'second']) assert.equal((await put(room, 'notes.txt', text)).status, 201)
  assert.deepEqual((await listed(room)).sort(), ['notes (2).txt', 'notes.txt'])
  assert.equal(await (await get(room, 'notes (2).txt')).text(), 'second')
  assert.equal((await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })).status, 204)
  assert.equal((await get(room, 'notes.txt')).status, 410)
  await eventually(() => rows() === 0 && server.blobs().length === 0, 5_000, 'rows and blobs are gone')
  assert.equal(existsSync(join(server.data, 'fleeting.db')), false)
})

test('a room ends at its deadline', async () => {
  await server.room({ ttl_seconds: 1 })
  await eventually(() => rows() === 0, 3_000, 'its rows are gone')
})

test('while the database is away the answer is 503, and it is back within a second of it', async () => {
  const room = await server.room()
  await put(room, 'kept.txt', 'kept')
  await postgres.halt()
  assert.equal(await status('/healthz'), 200)
  assert.equal(await status('/readyz'), 503)
  const refused = await get(room, 'kept.txt')
  assert.equal(refused.status, 503)
  assert.equal((await refused.json()).code, 'unavailable')
  await postgres.run()
  await eventually(async () => (await status('/readyz')) === 200, 1_000, 'it is ready again')
  assert.equal(await (await get(room, 'kept.txt')).text(), 'kept')
})

test('while the database hangs the answer is 503 at the deadline, and it goes on afterwards', async () => {
  const room = await server.room()
  await put(room, 'kept.txt', 'kept')
  postgres.signal('SIGSTOP')
  const begun = Date.now()
  const [refused] = await Promise.all([get(room, 'kept.txt'), status('/readyz').then(code => {
    assert.equal(code, 503)
    assert.ok(Date.now() - begun < 3_000, 'a probe is not kept waiting')
  })]).finally(() => postgres.signal('SIGCONT'))
  assert.equal(refused.status, 503)
  assert.ok(Date.now() - begun < 8_000, `after ${Date.now() - begun} ms`)
  assert.equal(await (await get(room, 'kept.txt')).text(), 'kept')
})

test('what was told complete outlives the process', async () => {
  const room = await server.room()
  await put(room, 'kept.txt', 'kept')
  await server.kill()
  await server.run()
  assert.equal(await (await get(room, 'kept.txt')).text(), 'kept')
})

test('an address that is none stops the start, and is not told', async () => {
  const outcome = url => new Promise(resolve => {
    const env = { PATH: process.env.PATH, FLEETING_DATABASE_URL: url, FLEETING_METRICS_LISTEN: 'off', FLEETING_LISTEN: '127.0.0.1:0' }
    const serving = spawn(binary, ['serve', '--data-dir', join(server.folder, 'other')], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let log = ''
    serving.stderr.on('data', part => (log += part))
    serving.on('exit', code => resolve({ code, log }))
  })
  const [foreign, away] = [await outcome('mysql://u:hunter2@h/d'), await outcome('postgresql://u:hunter2@127.0.0.1:1/d')]
  assert.deepEqual([foreign.code, away.code], [2, 1])
  assert.match(foreign.log, /FLEETING_DATABASE_URL/)
  assert.match(away.log, /127\.0\.0\.1/)
  assert.doesNotMatch(foreign.log + away.log, /hunter2/)
})
