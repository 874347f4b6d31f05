// Very many at once: event streams, rooms that end in one second, people who join at one instant. STREAMS, ROOMS and JOINS choose how many.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, generous, makeFolder, Server, sleep } from '../support/server.mjs'
import { inParallel, memoryOf, percentile, tell, timed } from '../trust/load.mjs'

after(Server.killAll)

const kStreams = Number(process.env.STREAMS || 1_000)
const kRooms = Number(process.env.ROOMS_AT_ONCE || 5_000)
const kJoins = Number(process.env.JOINS || 1_000)
const settings = { ...generous, FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_MAX_CONNECTIONS: '18000', FLEETING_CONNECTIONS_PER_ADDRESS: '100000' }
const kPassword = 'the password of a crowd'

/** Open event streams of a room, in a process of their own (support/stream_crowd.py). */
class Crowd {
  constructor(server, room, tokens, count) {
    this.process = spawn('python3', [join(dirname(fileURLToPath(import.meta.url)), '../support/stream_crowd.py'), server.port, room.name, count], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
    this.process.stdin.write(`${JSON.stringify(tokens)}\n`)
  }
  async said() {
    const { value, done } = await this.lines.next()
    assert.ok(!done, 'a stream has ended, or was never told')
    return value
  }
  /** How many ms behind `tell()` each heard of `text`. */
  async heard(text, tell) {
    this.process.stdin.write(`${text} ${kStreams / 20_000}\n`)
    assert.equal(await this.said(), 'ready')
    const asked = performance.timeOrigin + performance.now()
    await tell()
    return JSON.parse(await this.said()).map(at => at - asked)
  }
  end() { this.process.kill() }
}

test(`${kStreams} event streams are cheap, and all are told at once`, { timeout: 900_000 }, async () => {
  const server = await Server.alone({ ...settings, FLEETING_EVENT_STREAMS_PER_SESSION: '1000' })
  const room = await server.room({ password: kPassword })
  const tokens = await inParallel(Math.ceil(kStreams / 1000), 4, async () => {
    const joined = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: kPassword }) })
    return (await joined.json()).session.token
  })
  const before = memoryOf(server.process.pid)
  const begun = performance.now()
  const crowd = new Crowd(server, room, tokens, kStreams)
  assert.equal(await crowd.said(), 'open')
  tell(`${kStreams} streams: open after ms`, (performance.now() - begun).toFixed(0))
  const each = () => ((memoryOf(server.process.pid) - before) * 1024) / kStreams
  const atOnce = each()
  await sleep(2_500)
  tell(`${kStreams} streams: KiB each, as soon as all are open and 2.5 s later`, `${atOnce.toFixed(1)} and ${each().toFixed(1)}`)
  // What coming took for a moment is given back though nobody asks for anything; of a few streams the process' own growth is most of it.
  await eventually(() => each() <= (kStreams < 10_000 ? 8 : 4), 10_000, 'a stream that waits holds no more than itself')
  const waits = []
  for (let round = 0; round < 3; ++round) {
    waits.push(...await crowd.heard(`news-${round}`, async () => {
      assert.equal((await fetch(`${server.url}/${room.name}/news-${round}`, { method: 'PUT', body: 'x', headers: room.bearer })).status, 201)
    }))
  }
  tell(`${kStreams} streams: told of a file after ms, p50 and p99`, [0.5, 0.99].map(share => percentile(waits, share).toFixed(0)).join(' and '))
  crowd.end()
  await server.stop()
})

/** A file each, in the folders that a server takes. */
function addBlobs(folder, count) {
  for (let i = 0; i < count; ++i) {
    const key = Buffer.from(String(i).padStart(16, '0')).toString('hex')
    const shard = join(folder, 'blobs', key.slice(-2))
    if (i < 10) mkdirSync(shard, { recursive: true, mode: 0o700 })
    writeFileSync(join(shard, key), 'x', { mode: 0o600 })
  }
}

/** How long the file system takes for it, with nobody else about. */
function removedAlone(count) {
  const folder = makeFolder('alone')
  addBlobs(folder, count)
  execFileSync('sync', ['-f', folder])
  const begun = performance.now()
  rmSync(folder, { recursive: true })
  execFileSync('sync', ['-f', dirname(folder)])
  return performance.now() - begun
}

/** Rooms, each with a file, that end at `end`, written into a folder that a server has used: to make them by the API takes hours. */
function addRooms(server, count, end) {
  const id = "CAST(printf('%016d', i) AS BLOB)"
  const rooms = `
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
    INSERT INTO room (id, name_key, display_name, password_hash, created_at_ms, expires_at_ms, version, uploads_locked, used_bytes, size_limit_bytes, file_size_limit_bytes, file_count, file_count_limit)
    SELECT ${id}, 'crowd-' || i, 'crowd-' || i, 'none', 1, ${end} - i % 1000, 1, 0, 1, 1000, 1000, 1, 10 FROM n;`
  const files = `
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
    INSERT INTO file (id, room_id, name, size_bytes, length_known, offset_bytes, media_type, state, blob_key, sha256, crc32, uploader, uploader_id, created_at_ms, completed_at_ms)
    SELECT ${id}, ${id}, 'a', 1, 1, 1, 'text/plain', 1, ${id}, zeroblob(32), 0, '', zeroblob(32), 1, 1 FROM n;`
  server.sql(`BEGIN; ${rooms} ${files} COMMIT`)
  addBlobs(server.data, count)
}

/** The process alone, by its first answer: without our own search for a moment when it is there. */
async function readyAfter(server) {
  const isReady = server.isReady
  const begun = performance.now()
  let at
  server.isReady = async () => { for (;;) { if (await isReady()) { at = performance.now(); return true } if (performance.now() - begun > 9_000) return false; await sleep(1) } }
  await server.run()
  server.isReady = isReady
  return at - begun
}

test(`${kRooms} rooms that end in one second are closed at once, gone soon, and nobody else waits`, { timeout: 600_000 }, async () => {
  const server = await Server.alone(settings)
  await server.kill('SIGTERM')
  const end = Date.now() + 10_000 + kRooms
  addRooms(server, kRooms, end)
  tell(`${kRooms} rooms with a file each: ready after ms`, (await readyAfter(server)).toFixed(0))

  const lasting = await server.room({ ttl_seconds: 3600 })
  assert.equal((await fetch(`${server.url}/${lasting.name}/mine`, { method: 'PUT', body: randomBytes(4096), headers: lasting.bearer })).status, 201)
  const ttl = Math.round((end - Date.now()) / 1000)
  const watched = await inParallel(20, 4, () => server.room({ ttl_seconds: ttl }))
  for (const room of watched) assert.equal((await fetch(`${server.url}/${room.name}/mine`, { method: 'PUT', body: 'mine', headers: room.bearer })).status, 201)
  assert.ok(server.rows() > 2 * kRooms)

  const hasLate = await Promise.all([
    ...watched.map(async room => {
      const at = Date.parse(room.room.expires_at)
      await sleep(at - Date.now() + 1)
      return (await fetch(`${server.url}/${room.name}/mine`, { headers: room.bearer })).status === 200
    }),
    (async () => {
      await sleep(end - 1_500 - Date.now())
      let isOver = false
      const others = Promise.all([`/api/v1/rooms/${lasting.name}`, `/${lasting.name}/mine`].map(path => timed(server, path, lasting.bearer, () => isOver)))
      const last = Math.max(end, ...watched.map(room => Date.parse(room.room.expires_at)))
      await sleep(last - Date.now())
      await eventually(() => Number(server.sql('SELECT count(*) FROM room')) === 1, 60_000, 'the rows are gone')
      tell(`${kRooms} rooms: rows gone after ms`, Date.now() - last)
      // Whoever lists a folder is in the way of who removes from it.
      await eventually(() => Number(server.sql('SELECT count(*) FROM purge')) === 0 && server.blobs().length === 1, 120_000, 'the blobs are gone')
      tell(`${kRooms} rooms: blobs gone after ms`, Date.now() - last)
      isOver = true
      tell(`${kRooms} rooms: others meanwhile, p99 ms`, percentile((await others).flat(), 0.99).toFixed(1))
      return false
    })(),
  ])
  assert.equal(hasLate.filter(Boolean).length, 0, 'served late')
  await server.stop()
  tell(`${kRooms} files: removed by the file system alone after ms`, removedAlone(kRooms).toFixed(0))
})

test(`${kJoins} who join at one instant are each answered, come back when they are told to, and are all let in`, { timeout: 300_000 }, async () => {
  const server = await Server.alone({ ...settings, FLEETING_MEMBER_COUNT_LIMIT: kJoins + 1, FLEETING_PASSWORD_MEMORY: '19MiB', FLEETING_PASSWORD_PASSES: '2' })
  const room = await server.room({ password: kPassword })
  const before = memoryOf(server.process.pid)
  const begun = performance.now()
  const body = JSON.stringify({ password: kPassword })
  const took = []
  const join = () => new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(`POST /api/v1/rooms/${room.name}/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`))
    socket.on('data', part => (text += part)).on('error', reject).on('close', () => {
      took.push(performance.now() - begun)
      resolve({ status: Number(text.split(' ')[1]), retryAfter: Number(/retry-after: (\d+)/i.exec(text)?.[1]) })
    })
  })
  const first = await Promise.all(Array.from({ length: kJoins }, join))
  const answers = first.map(answer => answer.status)
  const joined = answers.filter(status => status === 201).length
  assert.deepEqual([...new Set(answers)].filter(status => ![201, 503].includes(status)), [])
  assert.ok(joined > 0)
  const last = Math.max(...took)
  tell(`${kJoins} joins at one instant`, `${joined} let in, ${kJoins - joined} told to come back, the last after ${last.toFixed(0)} ms, ${((joined * 1000) / last).toFixed(0)} hashes a second, +${(memoryOf(server.process.pid, 'VmHWM') - before).toFixed(0)} MiB`)
  // As the page does, and curl with --retry.
  await Promise.all(first.map(async answer => {
    while (answer.status === 503) {
      await sleep(answer.retryAfter * 1000 * (1 + Math.random()))
      answer = await join()
    }
    assert.equal(answer.status, 201)
  }))
  tell(`${kJoins} joins at one instant: all let in after s`, ((performance.now() - begun) / 1000).toFixed(1))
  assert.ok(memoryOf(server.process.pid, 'VmHWM') - before < 200)
  await server.stop()
})
