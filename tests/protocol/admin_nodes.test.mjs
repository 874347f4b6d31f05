// What the operator does on one node is felt on another within a second, with Redis and without.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Engines } from '../support/cluster.mjs'
import { binary, eventually, generous, makeFolder, Server } from '../support/server.mjs'
import { readSlowly } from '../support/slow_reader.mjs'

let engines
before(async () => { engines = await Engines.start() })
after(async () => { await engines?.stop() })

const put = (server, room, name, body) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: room.bearer })
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const run = (server, ...args) => new Promise((resolve, reject) =>
  execFile(binary, ['admin', ...args], { env: { PATH: process.env.PATH, ...server.env }, cwd: server.folder }, (error, stdout, stderr) => error ? reject(new Error(stderr)) : resolve(stdout)))

const downloadSlowly = (server, room, path) => readSlowly(server, path, room.bearer)

for (const [kind, redis] of [['with Redis', true], ['without Redis', false]]) describe(kind, () => {
  let one, other
  before(async () => {
    const shared = engines.makeSpace(redis ? 'admin_told' : 'admin_untold')
    const start = () => Server.alone({ ...generous, ...shared, ...(redis ? {} : { FLEETING_REDIS_URL: '' }), FLEETING_S3_TRANSFER: 'proxy', FLEETING_TRUSTED_PROXIES: '127.0.0.1',
      FLEETING_ADMIN_LISTEN: `unix:${join(makeFolder('admin'), 'admin.sock')}` })
    one = await start()
    other = await start()
  })
  after(async () => { await Promise.all([one?.stop(), other?.stop()]) })

  test('a room that is ended on one is cut on the other', async () => {
    const room = await one.room()
    await put(one, room, 'big', randomBytes(16 << 20))
    const download = downloadSlowly(other, room, `/${room.name}/big`)
    await download.begun
    const begun = Date.now()
    await run(one, 'end', room.name)
    const { at, wasCut } = await download.over
    assert.ok(wasCut && at - begun < 1_000, `${at - begun} ms`)
    assert.notEqual((await fetch(`${other.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).status, 200)
  })

  test('a file that is blocked on one is cut on the other, alone and in a ZIP, and refused there', async () => {
    const room = await one.room()
    const bad = randomBytes(16 << 20)
    await put(one, room, 'bad', bad)
    const isKnown = async () => (await (await fetch(`${one.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files[0].sha256
    await eventually(isKnown, 30_000, 'the digest')
    const downloads = [`/${room.name}/bad`, `/api/v1/rooms/${room.name}/archive.zip`].map(path => downloadSlowly(other, room, path))
    await Promise.all(downloads.map(download => download.begun))
    const begun = Date.now()
    await run(one, 'block', sha256(bad))
    for (const { at, wasCut } of await Promise.all(downloads.map(download => download.over))) assert.ok(wasCut && at - begun < 1_000, `${at - begun} ms`)
    const files = async () => (await (await fetch(`${one.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files
    await put(other, room, 'again', bad)
    await eventually(async () => (await files()).length === 0, 30_000, 'removed once it is known')
    await run(other, 'unblock', sha256(bad))
    await eventually(async () => { await put(one, room, 'back', bad); return (await files()).some(file => file.sha256 === sha256(bad)) }, 30_000, 'let in again')
  })

  test('a network that is blocked on one is refused on the other', async () => {
    const status = () => fetch(`${other.url}/api/v1/limits`, { headers: { 'X-Forwarded-For': '203.0.113.5' } }).then(r => r.status)
    assert.equal(await status(), 200)
    const begun = Date.now()
    await run(one, 'block', '203.0.113.0/24')
    await eventually(async () => (await status()) === 403, 1_000 - (Date.now() - begun), 'refused')
    await run(one, 'unblock', '203.0.113.0/24')
    await eventually(async () => (await status()) === 200, 1_000, 'let in again')
  })

  test('draining is of one node', async () => {
    await run(one, 'drain')
    assert.equal((await fetch(`${one.url}/readyz`)).status, 503)
    assert.equal((await fetch(`${other.url}/readyz`)).status, 200)
    await run(one, 'drain', '--undo')
    const health = JSON.parse(await run(other, 'health', '--json'))
    assert.deepEqual(health.engines.map(({ name, well }) => [name, well]), [['postgresql', true], ['s3', true], ...(redis ? [['redis', true]] : [])])
    assert.equal(health.disk, null)
  })
})
