// What an operator does by the page's requests and by `fleeting admin`, and what members feel of it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { binary, eventually, freePort, generous, makeFolder, Server } from '../support/server.mjs'
import { readSlowly } from '../support/slow_reader.mjs'
import { tell as tellFigure } from '../trust/load.mjs'
import { Stream } from '../support/stream.mjs'

const token = randomBytes(32).toString('hex')
let server, admin
before(async () => {
  admin = `http://127.0.0.1:${await freePort()}/admin`
  const tokenFile = join(makeFolder('token'), 'token')
  writeFileSync(tokenFile, `${token}\n`)
  server = await Server.alone({ ...generous, FLEETING_ADMIN_LISTEN: new URL(admin).host, FLEETING_ADMIN_TOKEN_FILE: tokenFile, FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_DISK_FLOOR_BYTES: '0',
    FLEETING_DISK_FLOOR_PERCENT: '0', FLEETING_LOG_LEVEL: 'debug' })
})
after(async () => { await server?.stop() })

const call = (method, path, body) => fetch(admin + path, { method, headers: { Authorization: `Bearer ${token}` }, body: body && JSON.stringify(body) })
const tell = async (...what) => (await call(...what)).json()
/** What a command prints with these settings. */
const runWith = (env, ...args) => new Promise(resolve => {
  execFile(binary, ['admin', ...args], { env: { PATH: process.env.PATH, ...env }, cwd: server.folder }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }))
})
/** With the node's own. */
const run = (...args) => runWith(server.env, ...args)
const put = (room, name, body, headers = {}) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: { ...room.bearer, ...headers } })
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const from = address => ({ 'X-Forwarded-For': address })

const downloadSlowly = (path, headers) => readSlowly(server, path, headers)

test('rooms are told with sizes and ages, by the page\'s request and by the command', async () => {
  const room = await server.room({ name: 'told', ttl_seconds: 600 })
  await put(room, 'a', 'x'.repeat(2500))
  const { rooms, total } = await tell('GET', '/rooms')
  const mine = rooms.find(each => each.id === room.room.id)
  assert.deepEqual([mine.used_bytes, mine.files, mine.uploads, mine.members], [2500, 1, 0, 1])
  assert.ok(mine.age_seconds <= 5 && mine.left_seconds > 590 && mine.left_seconds <= 600)
  assert.ok(total.rooms >= 1 && total.used_bytes >= 2500)
  const table = await run('rooms')
  assert.equal(table.code, 0, table.stderr)
  assert.match(table.stdout, new RegExp(`^ROOM +AGE +LEFT +USED +OF +FILES +UPLOADS +MEMBERS +LOCKED\\n[^]*${room.room.id} +0:0\\d +9:5\\d +2.5 kB`))
  assert.doesNotMatch(table.stdout, /told/)
  const { rooms: same } = JSON.parse((await run('rooms', '--json')).stdout)
  assert.equal(same.find(each => each.id === room.room.id).used_bytes, 2500)
  assert.equal((await call('GET', '/rooms?limit=0')).status, 400)
  assert.equal((await tell('GET', '/rooms?limit=1')).rooms.length, 1)
})

test('health tells engines, disk, lateness and which limits were hit', async () => {
  await server.room({ name: 'short', ttl_seconds: 1 })
  await fetch(`${server.url}/api/v1/rooms/nobody/sessions`, { method: 'POST', body: JSON.stringify({ password: 'wrong password' }) })
  const health = await eventually(async () => { const now = await tell('GET', '/health'); return now.lateness.rooms > 0 && now }, 3000, 'the room has ended')
  assert.equal(health.ready, true)
  assert.deepEqual(health.engines.map(({ name, well }) => [name, well]), [['sqlite', true], ['folder', true]])
  assert.ok(health.disk.free_bytes > 0 && health.disk.total_bytes >= health.disk.free_bytes)
  assert.ok(health.lateness.worst_ms < 1000, `${health.lateness.worst_ms} ms`)
  assert.ok(health.limits_hit.not_admitted >= 1)
  assert.ok(health.figures.fleeting_requests_total > 0)
  const { stdout } = await run('health')
  assert.match(stdout, /^node: ready, version \d[^]*sqlite: well[^]*disk: [^]*erasure: \d+ rooms? ended/)
})

test('a room is ended by its name or its id, at once, and its people are told', async () => {
  const room = await server.room({ name: 'bad room'.replace(' ', '-') })
  await put(room, 'big', randomBytes(8 << 20))
  const stream = new Stream(server, room)
  await stream.wait('snapshot')
  const download = downloadSlowly(`/${room.name}/big`, room.bearer)
  await download.begun
  const begun = Date.now()
  const ended = await run('end', 'BAD-room')
  assert.deepEqual([ended.code, ended.stdout], [0, 'ended\n'], ended.stderr)
  assert.equal((await stream.wait('room-ended')).data.reason, 'closed')
  const { at, wasCut } = await download.over
  assert.ok(wasCut && at - begun < 1000, `${at - begun} ms`)
  tellFigure('a download is cut once its room is ended', `${(at - begun).toFixed(0)} ms`)
  assert.equal((await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).status, 410)
  const again = await run('end', 'bad-room')
  assert.equal(again.code, 1)
  assert.match(again.stderr, /^fleeting: no room that is open has that name$/m)
  const next = await server.room({ name: 'next' })
  assert.equal((await run('end', '--id', next.room.id)).code, 0)
  assert.equal((await call('POST', '/rooms/end', { id: 'x', name: 'y' })).status, 400)
  assert.equal((await call('POST', '/rooms/end', {})).status, 400)
})

test('a draining node opens no rooms and isn\'t ready; what is there goes on', async () => {
  const room = await server.room({ name: 'stays' })
  assert.equal((await run('drain')).stdout, 'draining\n')
  try {
    const refused = await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body: '{}' })
    assert.deepEqual([refused.status, (await refused.json()).code, refused.headers.get('retry-after')], [503, 'draining', '5'])
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503)
    assert.equal((await put(room, 'still', 'x')).status, 201)
    assert.deepEqual((({ ready, draining }) => [ready, draining])(await tell('GET', '/health')), [false, true])
  } finally {
    assert.equal((await run('drain', '--undo')).code, 0)
  }
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  assert.equal((await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body: '{}' })).status, 201)
})

test('a blocked file is gone, downloads of it and ZIPs with it are cut within a second, and it doesn\'t come back', async () => {
  const room = await server.room({ name: 'malware' })
  const before = server.blobs().length
  const bad = randomBytes(8 << 20)
  const good = randomBytes(8 << 20)
  await put(room, 'bad.exe', bad)
  await put(room, 'good.bin', good)
  const files = async () => (await (await fetch(`${server.url}/api/v1/rooms/malware`, { headers: room.bearer })).json()).files.map(file => file.name).sort()
  await eventually(async () => (await (await fetch(`${server.url}/api/v1/rooms/malware`, { headers: room.bearer })).json()).files.every(file => file.sha256), 30_000, 'digests')
  const stream = new Stream(server, room)
  await stream.wait('snapshot')
  const running = [downloadSlowly('/malware/bad.exe', room.bearer), downloadSlowly('/api/v1/rooms/malware/archive.zip', room.bearer)]
  const untouched = downloadSlowly('/malware/good.bin', room.bearer)
  await Promise.all([...running, untouched].map(download => download.begun))
  const begun = Date.now()
  assert.equal((await run('block', sha256(bad).toUpperCase())).stdout, 'blocked\n')
  assert.equal((await stream.wait('file-removed')).data.by, '')
  for (const download of await Promise.all(running.map(each => each.over))) assert.ok(download.wasCut && download.at - begun < 1000, `${download.at - begun} ms`)
  tellFigure('a download and a ZIP are cut once a file is blocked', `${Math.max(...(await Promise.all(running.map(each => each.over))).map(each => each.at - begun)).toFixed(0)} ms`)
  assert.deepEqual(await files(), ['good.bin'])
  // A large one may be told stored before its digest is known; then it goes as soon as that is.
  const again = await put(room, 'renamed.pdf', bad)
  if (again.status !== 201) assert.deepEqual([again.status, (await again.json()).code], [403, 'content_blocked'])
  await eventually(async () => (await files()).length === 1, 30_000, 'removed once it is known')
  const small = randomBytes(100)
  await call('POST', '/blocks', { block: sha256(small) })
  assert.equal((await put(room, 'small', small)).status, 403)
  const stated = await put(room, 'stated', small, { 'Repr-Digest': `sha-256=:${createHash('sha256').update(small).digest('base64')}:` })
  assert.equal(stated.status, 403)
  assert.deepEqual(await files(), ['good.bin'])
  assert.ok(untouched.isOpen())
  untouched.stop()
  await eventually(() => server.blobs().length === before + 1, 10_000, 'its bytes are gone')
  assert.equal((await run('unblock', sha256(bad))).code, 0)
  assert.equal((await put(room, 'back', bad)).status, 201)
  await call('DELETE', `/blocks/${sha256(small)}`)
})

test('a blocked network is refused by name, those of it that are here are cut, and others are not', async () => {
  const room = await server.room({ name: 'open' })
  await put(room, 'big', randomBytes(8 << 20))
  const running = downloadSlowly('/open/big', { ...room.bearer, ...from('203.0.113.9') })
  const neighbour = downloadSlowly('/open/big', { ...room.bearer, ...from('203.0.114.9') })
  await Promise.all([running.begun, neighbour.begun])
  const begun = Date.now()
  assert.equal((await run('block', '203.0.113.77/24')).code, 0)
  const { at, wasCut } = await running.over
  assert.ok(wasCut && at - begun < 1000, `${at - begun} ms`)
  tellFigure('a download is cut once its network is blocked', `${(at - begun).toFixed(0)} ms`)
  const refused = await fetch(`${server.url}/api/v1/limits`, { headers: from('203.0.113.200') })
  const problem = await refused.json()
  assert.deepEqual([refused.status, problem.code, problem.range], [403, 'address_blocked', '203.0.113.0/24'])
  assert.equal((await fetch(server.url, { headers: from('203.0.113.200') })).status, 403)
  assert.equal((await fetch(`${server.url}/readyz`, { headers: from('203.0.113.200') })).status, 200, 'a balancer\'s probe')
  assert.equal((await fetch(`${server.url}/api/v1/limits`, { headers: from('203.0.114.1') })).status, 200)
  await call('POST', '/blocks', { block: '2001:db8::/32' })
  assert.equal((await fetch(`${server.url}/api/v1/limits`, { headers: from('2001:db8:ffff::1') })).status, 403)
  const { stdout } = await run('blocks')
  const wide = await run('block', '0.0.0.0/0')
  assert.deepEqual([wide.code, /no wider than a \/8/.test(wide.stderr)], [2, true], wide.stderr)
  assert.match(stdout, /^SINCE +BLOCKED\n\S+Z +203\.0\.113\.0\/24\n\S+Z +2001:db8::\/32\n$/)
  assert.ok(neighbour.isOpen())
  neighbour.stop()
  for (const range of ['203.0.113.0/24', '2001:db8::/32']) assert.equal((await run('unblock', range)).code, 0)
  assert.equal((await fetch(`${server.url}/api/v1/limits`, { headers: from('203.0.113.200') })).status, 200)
  for (const bad of ['0.0.0.0/0', 'everybody', '']) {
    const answer = await call('POST', '/blocks', { block: bad })
    assert.deepEqual([answer.status, (await answer.json()).field], [400, 'block'], bad)
  }
  assert.equal((await run('unblock', '203.0.113.0/24')).code, 1)
})

test('the log has a line of everything an operator does, and no whole address', async () => {
  const known = server.log.length
  const digest = sha256('nothing that is here')
  for (const what of ['198.51.100.77', '2001:db8:5:6::/64', '192.0.0.0/16', digest]) for (const command of ['block', 'unblock']) assert.equal((await run(command, what)).code, 0)
  for (const more of [[], ['--undo']]) assert.equal((await run('drain', ...more)).code, 0)
  const told = server.log.slice(known).match(/operator_.*/g)
  const twice = what => [`operator_blocked ${what}`, `operator_unblocked ${what}`]
  assert.deepEqual(told, [...twice('a range in 198.51.100.0/24'), ...twice('a range in 2001:db8:5::/48'), ...twice('192.0.0.0/16'), ...twice('a file'),
    'operator_drained no room is opened here until it is undone', 'operator_undid_drain '])
  for (const secret of ['198.51.100.77', '2001:db8:5:6', digest]) assert.ok(!server.log.includes(secret), secret)
})

test('blocks outlive a restart', async () => {
  await call('POST', '/blocks', { block: '198.51.100.0/24' })
  await server.kill('SIGKILL')
  await server.run()
  assert.equal((await fetch(`${server.url}/api/v1/limits`, { headers: from('198.51.100.1') })).status, 403)
  await call('DELETE', '/blocks/198.51.100.0/24')
})

test('the command says what is wrong where it can\'t', async () => {
  const off = await runWith({}, 'rooms')
  assert.equal(off.code, 2)
  assert.match(off.stderr, /FLEETING_ADMIN_LISTEN is off/)
  for (const [listen, why] of [['127.0.0.1:1', /no node answers.*127\.0\.0\.1/], [`unix:${server.folder}/none.sock`, /no node answers.*no server listens there/]]) {
    const nobody = await runWith({ FLEETING_ADMIN_TOKEN: token }, '--admin-listen', listen, 'rooms')
    assert.equal(nobody.code, 1)
    assert.match(nobody.stderr, why)
  }
  const flag = await runWith({}, '--admin-token', 'x'.repeat(32), 'rooms')
  assert.equal(flag.code, 2)
  assert.match(flag.stderr, /set FLEETING_ADMIN_TOKEN/)
  assert.ok(!flag.stderr.includes('xxx'), flag.stderr)
  const wrong = await runWith({ FLEETING_ADMIN_TOKEN: 'x'.repeat(32) }, '--admin-listen', new URL(admin).host, 'rooms')
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /no_admin_token/)
})
