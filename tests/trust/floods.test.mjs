// Too much of everything at once: races for the last byte, heads and bodies without end, thousands of clients that hold what they have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { eventually, Server } from '../support/server.mjs'
import { ask, codeOf, credentials, open, verdict } from './ask.mjs'
import { forgetPeakOf, inParallel, isNightly, memoryOf, percentile, tell, timed, wrk } from './load.mjs'

const cheap = { FLEETING_PASSWORD_MEMORY: '8MiB' }
async function withServer(env, work) {
  const server = await Server.start({ ...cheap, ...env })
  // It isn't waited for what it would still read of a flood.
  try { await work(server) } finally { await server.kill() }
}
const tus = { 'Tus-Resumable': '1.0.0' }
const filesOf = async (server, room) => JSON.parse((await ask(server, 'GET', `/api/v1/rooms/${room.name}`, { headers: credentials.bearer(room) })).bytes).files
const sum = files => files.reduce((total, file) => total + file.size_bytes, 0)

/** What `measure` finds while the worker does its worst, and what that says at its end. */
async function besides(worker, measure) {
  let report
  worker.on('message', told => { report = told })
  const failed = new Promise((_, reject) => worker.on('error', reject))
  const took = await Promise.race([measure(() => report), failed])
  return { report, took }
}

const quota = 100_000
test('of 500 who race for a room\'s last byte exactly one gets it, by whatever way they come', () =>
  withServer({ FLEETING_ROOM_SIZE_LIMIT: String(quota), FLEETING_FILE_SIZE_LIMIT: String(quota), FLEETING_FILE_COUNT_LIMIT: '5000' }, async server => {
    const files = room => `/api/v1/rooms/${room.name}/files`
    const ways = {
      tus: (room, i, who) => ask(server, 'POST', files(room), { headers: { ...who, ...tus, 'Upload-Length': '1', 'Upload-Metadata': `filename ${Buffer.from(`r${i}`).toString('base64')}` } }),
      'tus with its bytes': (room, i, who) => ask(server, 'POST', files(room), { headers: { ...who, ...tus, 'Upload-Length': '1', 'Content-Type': 'application/offset+octet-stream', 'Upload-Metadata': `filename ${Buffer.from(`r${i}`).toString('base64')}` }, body: 'x' }),
      'a part of tus': (room, i, who) => ask(server, 'POST', files(room), { headers: { ...who, ...tus, 'Upload-Length': '1', 'Upload-Concat': 'partial' } }),
      PUT: (room, i, who) => ask(server, 'PUT', `/${room.name}/r${i}`, { headers: who, body: 'x' }),
      'the draft': (room, i, who) => ask(server, 'POST', files(room), { headers: { ...who, 'Upload-Complete': '?1', 'Content-Disposition': `attachment; filename=r${i}` }, body: 'x' }),
    }
    for (const [way, reserve] of [...Object.entries(ways), ['all of them', (room, i, who) => Object.values(ways)[i % 5](room, i, who)]]) {
      const room = await open(server, `race-${way.replaceAll(' ', '-')}`)
      const who = credentials.bearer(room)
      assert.equal((await ask(server, 'PUT', `/${room.name}/most`, { headers: who, body: Buffer.alloc(quota - 1) })).status, 201)
      const answers = await inParallel(500, 500, i => reserve(room, i, who))
      const counts = {}
      for (const answer of answers) counts[verdict(answer)] = (counts[verdict(answer)] ?? 0) + 1
      assert.deepEqual(counts, { 201: 1, '507 room_full': 499 }, way)
      assert.ok(sum(await filesOf(server, room)) <= quota, way)
    }
    // Of unknown length: each is asked for more when its byte comes.
    const room = await open(server, 'race-open')
    const who = credentials.bearer(room)
    await ask(server, 'PUT', `/${room.name}/most`, { headers: who, body: Buffer.alloc(quota - 1) })
    const begun = await inParallel(100, 100, i => ask(server, 'POST', files(room), { headers: { ...who, ...tus, 'Upload-Defer-Length': '1', 'Upload-Metadata': `filename ${Buffer.from(`r${i}`).toString('base64')}` } }))
    const grown = await inParallel(100, 100, i => ask(server, 'PATCH', begun[i].headers.location, { headers: { ...who, ...tus, 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }, body: 'x' }))
    assert.equal(grown.filter(answer => answer.status === 204).length, 1)
    assert.deepEqual([...new Set(grown.filter(answer => answer.status !== 204).map(verdict))], ['507 room_full'])
  }))

test('nor do races pass the count of files, or of rooms an address may have', () =>
  withServer({ FLEETING_FILE_COUNT_LIMIT: '10', FLEETING_ROOMS_PER_ADDRESS: '3' }, async server => {
    const room = await open(server, 'lab')
    const who = credentials.bearer(room)
    for (let i = 0; i < 9; i++) await ask(server, 'PUT', `/lab/f${i}`, { headers: who, body: 'x' })
    const files = await inParallel(100, 100, i => ask(server, 'PUT', `/lab/r${i}`, { headers: who, body: 'x' }))
    assert.deepEqual([files.filter(answer => answer.status === 201).length, files.filter(answer => codeOf(answer) === 'too_many_files').length], [1, 99])
    await open(server, 'hall')
    const rooms = await inParallel(40, 40, () => ask(server, 'POST', '/api/v1/rooms', { body: '{}' }))
    assert.equal(rooms.filter(answer => answer.status === 201).length, 1)
  }))

test('every flood at once stays within 256 MiB, and members are served meanwhile', { timeout: 600_000 }, () =>
  withServer({ FLEETING_FILE_COUNT_LIMIT: '100000' }, async server => {
    const room = await open(server, 'flood')
    const who = credentials.bearer(room)
    assert.equal((await ask(server, 'PUT', '/flood/large', { headers: who, body: Buffer.alloc(8 << 20) })).status, 201)
    assert.equal((await ask(server, 'PUT', '/flood/small', { headers: who, body: 'x'.repeat(1000) })).status, 201)
    const each = isNightly ? 40 : 12
    const worker = new Worker(new URL('./flooding_clients.mjs', import.meta.url), { workerData: { port: server.port, token: room.token, room: 'flood', each, seconds: isNightly ? 300 : 4, connectionsWanted: 1_000 } })
    const { report, took } = await besides(worker, until => timed(server, '/flood/small', who, until, 20))
    const most = memoryOf(server.process.pid, 'VmHWM')
    tell(`floods, ${report.kinds} kinds on ${report.kinds * each} connections at once`, `${report.connections} in all, ${(report.sent / (1 << 20)).toFixed(0)} MiB sent; ${most.toFixed(0)} MiB at most (bound 256); ${took.length} downloads, p99 ${percentile(took, 0.99).toFixed(1)} ms`)
    assert.ok(report.connections > 1_000 && report.sent > 10 << 20, 'it was a flood')
    assert.ok(most <= 256, `${most} MiB`)
    assert.ok(took.length > 20, 'members are served')
    assert.equal(server.process.exitCode, null)
    assert.equal((await ask(server, 'GET', '/api/v1/rooms/flood', { headers: who })).status, 200)
  }))

test('one member who does all that they may keeps another room\'s members from nothing', { timeout: 100_000 }, () => withServer({}, async server => {
  const [greedy, quiet] = [await open(server, 'greedy'), await open(server, 'quiet')]
  const who = credentials.bearer(quiet)
  assert.equal((await ask(server, 'PUT', '/quiet/small', { headers: who, body: 'x'.repeat(1000) })).status, 201)
  await inParallel(8, 4, i => ask(server, 'PUT', `/greedy/f${i}`, { headers: credentials.bearer(greedy), body: Buffer.alloc(16 << 20, `${i}`) }))
  const ids = (await filesOf(server, greedy)).map(file => file.id)
  // Eight different archives at once, and eight ranges of files.
  const lua = `local ids = {${ids.map(id => `"${id}"`).join(', ')}}
local n = 0
wrk.headers["Authorization"] = "Bearer ${greedy.token}"
function request()
  n = n + 1
  if n % 2 == 0 then return wrk.format("GET", "/api/v1/rooms/greedy/archive.zip?ids=" .. ids[n / 2 % 8 + 1]) end
  return wrk.format("GET", "/greedy/f" .. (n - 1) / 2 % 8, {["Authorization"] = wrk.headers["Authorization"], ["Range"] = "bytes=1-"})
end`
  const seconds = isNightly ? 30 : 3
  const end = Date.now() + seconds * 1000
  const alone = await timed(server, '/quiet/small', who, () => Date.now() > end)
  let isOver = false
  const abuse = wrk(server.folder, server.url, { connections: 16, seconds, lua }).finally(() => { isOver = true })
  const beside = await timed(server, '/quiet/small', who, () => isOver)
  const sent = /Transfer\/sec:\s+(\S+)/.exec(await abuse)[1]
  const p99 = took => percentile(took, 0.99)
  tell('beside one who takes all they may', `p99 ${p99(beside).toFixed(1)} ms of ${beside.length}, alone ${p99(alone).toFixed(1)} (wanted twice that); ${sent} a second to the one`)
  assert.ok(beside.length > 50, 'members are served')
}))

test('four thousand clients that hold their connections are let go, and nobody else waits for it', { timeout: 200_000 }, async () => {
  // The defaults take 10 and 30 s; the nightly run has them.
  const short = isNightly ? {} : { FLEETING_HEADER_TIMEOUT: '3s', FLEETING_BODY_GRACE: '3s', FLEETING_WRITE_STALL: '3s' }
  const bounds = isNightly ? { heads: 12_000, bodies: 33_000, seconds: 45 } : { heads: 5_500, bodies: 7_500, seconds: 8 }
  await withServer({ ...short, FLEETING_FILE_COUNT_LIMIT: '5000', FLEETING_CONNECTIONS_PER_ADDRESS: '256' }, async server => {
    const room = await open(server, 'slow')
    const who = credentials.bearer(room)
    for (const [name, size] of [['large', 32 << 20], ['small', 1000]]) assert.equal((await ask(server, 'PUT', `/slow/${name}`, { headers: who, body: Buffer.alloc(size) })).status, 201)
    const before = memoryOf(server.process.pid)
    forgetPeakOf(server.process.pid)
    const worker = new Worker(new URL('./slow_clients.mjs', import.meta.url), { workerData: { port: server.port, token: room.token, room: 'slow', file: 'large', heads: 2_600, bodies: 1_380, readers: 20, seconds: bounds.seconds } })
    const { report, took } = await besides(worker, until => timed(server, '/slow/small', who, until))
    const grown = memoryOf(server.process.pid, 'VmHWM') - before
    tell('4,000 slow clients', `others' p99 ${percentile(took, 0.99).toFixed(1)} ms of ${took.length} (wanted 20); heads closed after ${report.slowest.heads} ms, bodies after ${report.slowest.bodies} ms; +${grown.toFixed(0)} MiB (wanted 40)`)
    assert.deepEqual(report.counts, { heads: 2_600, bodies: 1_380, readers: 20 })
    assert.equal(report.left, 0)
    assert.ok(report.slowest.heads <= bounds.heads && report.slowest.bodies <= bounds.bodies, JSON.stringify(report))
    assert.ok(took.length > 200)
    assert.ok(grown <= 100, `${grown} MiB`)
    // What the slow bodies held of the room's space is free again.
    await eventually(async () => (await filesOf(server, room)).length === 2, 5_000, 'nothing of them is left')
  })
})
