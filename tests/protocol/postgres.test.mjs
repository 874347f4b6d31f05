// The same server on PostgreSQL: what members do, and what they see while the database is away.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Postgres } from '../support/postgres.mjs'
import { binary, eventually, generous, Server } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'

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
  const begun = performance.now()
  const refused = await get(room, 'kept.txt')
  const refusedAfter = performance.now() - begun
  assert.equal(refused.status, 503)
  const { code, trace_id } = await refused.json()
  assert.equal(code, 'unavailable')
  assert.match(trace_id, /^[0-9a-f]{16}$/)
  if (!process.env.TEST_ENGINES) await eventually(() => server.log.includes(`trace_id=${trace_id}`), 1_000, 'the log has its line')
  await postgres.run()
  const back = performance.now()
  await eventually(async () => (await status('/readyz')) === 200, 1_000, 'it is ready again')
  tell('the database is away', `503 after ${refusedAfter.toFixed(0)} ms; ready ${(performance.now() - back).toFixed(0)} ms after its return`)
  assert.equal(await (await get(room, 'kept.txt')).text(), 'kept')
})

test('while the database hangs the answer is 503 at the deadline, and it goes on afterwards', async () => {
  const room = await server.room()
  await put(room, 'kept.txt', 'kept')
  postgres.signal('SIGSTOP')
  const begun = Date.now()
  const took = []
  const timed = async () => {
    const from = Date.now()
    const { status } = await get(room, 'kept.txt')
    took.push(Date.now() - from)
    return status
  }
  try {
    const [refused] = await Promise.all([timed(), status('/readyz').then(code => {
      assert.equal(code, 503)
      assert.ok(Date.now() - begun < 3_000, 'a probe is not kept waiting')
    })])
    assert.equal(refused, 503)
    // Once it is known that it answers nobody, nobody waits.
    await eventually(async () => { assert.equal(await timed(), 503); return took.at(-1) < 200 }, 8_000, 'it is told at once')
  } finally {
    postgres.signal('SIGCONT')
  }
  const back = Date.now()
  assert.ok(Math.max(...took) < 8_000, `after ${took} ms`)
  await eventually(async () => (await get(room, 'kept.txt')).status === 200, 2_000, 'it goes on')
  tell('the database hangs', `503 after ${took[0]} ms, once it is known after ${took.at(-1)}; it goes on after ${Date.now() - back}`)
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

/** PostgreSQL's processes that serve the one connection which holds the lock of the only node. */
const holders = () => postgres.ask("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 7078501 AND objid = 2 AND granted")

test('a second node with a data folder on the same database refuses to start, and says why and what to do', async () => {
  await assert.rejects(Server.alone({ ...generous, FLEETING_DATABASE_URL: postgres.url }), /another node with a data folder .*FLEETING_S3_BUCKET/)
  assert.equal(await status('/readyz'), 200)
})

test('the successor of a node that was killed starts at once', async () => {
  await server.kill()
  const begun = Date.now()
  await server.run()
  assert.ok(Date.now() - begun < 1_500, `${Date.now() - begun} ms`)
})

test('a node whose place is lost with its connection takes it again', async () => {
  const lost = holders()
  postgres.ask(`SELECT pg_terminate_backend(${lost})`)
  await eventually(() => ![lost, ''].includes(holders()), 3_000, 'it is held again')
  await eventually(async () => (await status('/readyz')) === 200, 1_000, 'it is ready')
})

test('a node whose place another took meanwhile is not ready, and ends', { timeout: 60_000 }, async () => {
  const lost = holders()
  const rival = spawn('psql', [postgres.url, '-XAtq'], { stdio: ['pipe', 'ignore', 'inherit'] })
  // It waits for the lock, so it is the next to have it.
  rival.stdin.write('SELECT pg_advisory_lock(7078501, 2);\n')
  await eventually(() => postgres.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") === '1', 3_000, 'a rival waits')
  postgres.ask(`SELECT pg_terminate_backend(${lost})`)
  await eventually(async () => (await status('/readyz')) === 503, 3_000, 'it is not ready')
  assert.equal(await server.exited, 1)
  assert.match(server.log, /giving_up.*another node took the database over/)
  rival.stdin.end()
  await new Promise(resolve => rival.on('close', resolve))
  await server.run()
  assert.equal(await status('/readyz'), 200)
})
