// Each proxy that deploy/ has a sample for, the real one: what a member sees through it is what they see without.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { names, through } from '../support/proxies.mjs'
import { eventually, makeFolder, sleep } from '../support/server.mjs'

const page = { headers: { Accept: 'text/html' } }
const execute = promisify(execFile)
const kMegabytes = Number(process.env.LARGE ?? 40)
const kLatenessMs = 200

async function makeRoom(proxy, options = {}) {
  const answer = await proxy.ask('/api/v1/rooms', { method: 'POST', body: '{}', ...options })
  assert.equal(answer.status, 201, answer.text)
  const made = answer.json()
  return { ...made, answer, name: made.room.name, bearer: { Authorization: `Bearer ${made.session.token}` } }
}

/** An event stream through the proxy: what it has said so far. */
function listen(proxy, room) {
  const heard = { text: '' }
  const asking = proxy.open(`/api/v1/rooms/${room.name}/events`, { headers: room.bearer })
  asking.on('response', response => response.on('data', part => { heard.text += part }).on('error', () => {})).on('error', () => {})
  asking.end()
  heard.close = () => asking.destroy()
  return heard
}

const digestOf = async path => { const hash = createHash('sha256'); for await (const part of createReadStream(path)) hash.update(part); return hash.digest('hex') }
function makeLarge(folder) {
  const path = join(folder, 'large')
  const block = randomBytes(1 << 20)
  for (let i = 0; i < kMegabytes; i++) { block.writeUInt32LE(i); writeFileSync(path, block, { flag: 'a' }) }
  return path
}

for (const kind of names) {
  test(`${kind}: the page, a room, and a cookie for TLS alone`, () => through(kind, {}, async proxy => {
    assert.match((await proxy.ask('/', page)).text, /<!doctype html>/i)
    const room = await makeRoom(proxy)
    assert.match(room.answer.headers['set-cookie'][0], /^__Host-.*; Secure/)
    assert.doesNotMatch((await proxy.ask('/', { headers: { ...page.headers, Host: 'elsewhere.example' } })).text, /<!doctype html>/i, 'another name')
    const name = encodeURIComponent('ä/b%2Fc ?#.txt'.replace('/', '∕'))
    assert.equal((await proxy.ask(`/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body: 'x' })).status, 201)
    assert.equal((await proxy.ask(`/${room.name}/${name}`, { headers: room.bearer })).text, 'x', 'a name passes as it was sent')
  }))

  // Caddy does it by itself, on its own port 80; HAProxy's sample is for a network behind something else.
  if (['nginx', 'apache'].includes(kind)) test(`${kind}: who comes by plain HTTP is led to HTTPS`, () => through(kind, {}, async proxy => {
    const answer = await fetch(`http://127.0.0.2:${proxy.port}/lab-3/?plain`, { redirect: 'manual' })
    assert.deepEqual([answer.status, answer.headers.get('location')], [308, 'https://files.example/lab-3/?plain'])
  }))

  test(`${kind}: events come within ${kLatenessMs} ms`, () => through(kind, {}, async (proxy, server) => {
    const room = await makeRoom(proxy)
    const heard = listen(proxy, room)
    await eventually(() => heard.text.includes('event: snapshot'), 3_000, 'the stream is open')
    const isPresent = async () => (await proxy.ask(`/api/v1/rooms/${room.name}`, { headers: room.bearer, straight: server.port })).json().members.some(member => member.present)
    assert.equal(await isPresent(), true)
    for (let i = 0; i < 10; i++) {
      const put = await proxy.ask(`/${room.name}/file-${i}`, { method: 'PUT', headers: room.bearer, body: 'x', straight: server.port })
      assert.equal(put.status, 201)
      const done = Date.now()
      await eventually(() => heard.text.includes(`"file-${i}"`), 3_000, 'the event')
      assert.ok(Date.now() - done <= kLatenessMs, `${Date.now() - done} ms`)
      await sleep(20)
    }
    heard.close()
    // Apache learns of it when it next writes: a heartbeat, or two.
    if (kind !== 'apache') await eventually(async () => !(await isPresent()), 2_000, 'a closed page has left the room')
  }))

  test(`${kind}: an upload reaches the server as it is sent, and goes on where it was cut`, () => through(kind, {}, async (proxy, server) => {
    const room = await makeRoom(proxy)
    const tus = { ...room.bearer, 'Tus-Resumable': '1.0.0' }
    const size = 4 << 20
    const made = await proxy.ask(`/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...tus, 'Upload-Length': String(size), 'Upload-Metadata': `filename ${btoa('half')}` } })
    const path = new URL(made.headers.location, proxy.url('/')).pathname
    const offset = async () => Number((await proxy.ask(path, { method: 'HEAD', headers: tus, straight: server.port })).headers['upload-offset'])
    const patch = (from, length) => {
      const asking = proxy.open(path, { method: 'PATCH', headers: { ...tus, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(from), 'Content-Length': String(length) } })
      asking.on('error', () => {})
      return asking
    }
    const cut = patch(0, size)
    cut.write(Buffer.alloc(size / 2, 'a'))
    const stored = async () => (await proxy.ask(`/api/v1/rooms/${room.name}`, { headers: room.bearer, straight: server.port })).json().files[0].offset_bytes
    await eventually(async () => (await stored()) >= size / 2, 3_000, 'half of it is stored').finally(() => cut.destroy())
    const rest = await eventually(async () => { const at = await offset(); return at >= size / 2 && at }, 3_000, 'the offset')
    const answer = await new Promise((resolve, reject) => { const asking = patch(rest, size - rest); asking.on('response', resolve).on('error', reject); asking.end(Buffer.alloc(size - rest, 'b')) })
    assert.equal(answer.statusCode, 204)
    assert.equal(await offset(), size)
  }))

  test(`${kind}: an upload by the IETF draft ends with its answer, by each version of HTTP, and so does what goes on with it`, () => through(kind, {}, async proxy => {
    const room = await makeRoom(proxy)
    const large = join(makeFolder('draft'), 'large')
    writeFileSync(large, Buffer.alloc(3 << 20, 'x'))
    const draft = ['-H', `Authorization: ${room.bearer.Authorization}`, '-H', 'Upload-Draft-Interop-Version: 8', '-w', ' %{http_code}']
    const curl = async (...args) => (await execute('curl', proxy.curlArguments(...draft, ...args))).stdout.split(' ').at(-1)
    for (const version of ['--http1.1', '--http2']) {
      assert.equal(await curl(version, '-H', 'Upload-Complete: ?1', '-T', large, '--limit-rate', '2M', proxy.url(`/${room.name}/large`)), '201', version)
      const begun = await proxy.ask(`/${room.name}/rest`, { method: 'PUT', headers: { ...room.bearer, 'Upload-Draft-Interop-Version': '8', 'Upload-Complete': '?0' }, body: 'begun, ' })
      assert.equal(begun.status, 201)
      const rest = ['-H', 'Upload-Complete: ?1', '-H', 'Upload-Offset: 7', '-H', 'Content-Type: application/partial-upload', '-X', 'PATCH', '--data-binary', `@${large}`, '--limit-rate', '2M']
      assert.equal(await curl(version, ...rest, new URL(begun.headers.location, proxy.url('/')).href), '200', version)
    }
  }))

  // It takes all of a body before it tells that nobody wants it.
  if (kind !== 'apache') test(`${kind}: what goes up from who is removed ends within a second`, () => through(kind, {}, async proxy => {
    const room = await makeRoom(proxy)
    const joined = await proxy.ask(`/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password }) })
    const bearer = { Authorization: `Bearer ${joined.json().session.token}` }
    const seen = async of => (await proxy.ask(`/api/v1/rooms/${room.name}`, { headers: of })).json()
    const { me } = await seen(bearer)
    const upload = proxy.open(`/${room.name}/held`, { method: 'PUT', headers: { ...bearer, 'Content-Length': String(1 << 20) } })
    // By an answer of the proxy's, or by the connection's end.
    const over = new Promise(resolve => upload.on('error', resolve).on('response', answer => answer.resume().on('end', resolve).on('error', resolve)))
    upload.write('x')
    await eventually(async () => (await seen(room.bearer)).files.length === 1, 3_000, 'it is there')
    const at = Date.now()
    assert.equal((await proxy.ask(`/api/v1/rooms/${room.name}/members/${me.id}`, { method: 'DELETE', headers: room.bearer })).status, 204)
    await Promise.race([over, sleep(1_500)])
    assert.ok(Date.now() - at < 1_200, `${Date.now() - at} ms`)
    upload.destroy()
  }))

  test(`${kind}: ${kMegabytes} MB both ways, whole`, () => through(kind, { env: { FLEETING_FILE_SIZE_LIMIT: '2GiB', FLEETING_ROOM_SIZE_LIMIT: '4GiB' } }, async proxy => {
    const room = await makeRoom(proxy)
    const folder = makeFolder('large')
    const [large, back] = [makeLarge(folder), join(folder, 'back')]
    const curl = (...args) => execute('curl', proxy.curlArguments('-H', `Authorization: ${room.bearer.Authorization}`, ...args))
    await curl('-T', large, proxy.url(`/${room.name}/large`))
    await curl('-o', back, proxy.url(`/${room.name}/large`))
    assert.equal(await digestOf(back), await digestOf(large))
  }))

  test(`${kind}: a member is the address they come from, whatever they write`, () => through(kind, { env: { FLEETING_RATE_CREATE_HOUR: '1/1h' } }, async proxy => {
    const create = async (from, claimed) => (await proxy.ask('/api/v1/rooms', { method: 'POST', body: '{}', from, headers: claimed ? { 'X-Forwarded-For': claimed } : {} })).status
    assert.equal(await create('127.0.0.5'), 201)
    assert.equal(await create('127.0.0.5'), 429)
    assert.equal(await create('127.0.0.5', '203.0.113.9'), 429)
    assert.equal(await create('127.0.0.6', '127.0.0.5'), 201, 'another one')
  }))

  test(`${kind}: under a path, beside something else`, () => through(kind, { under: true }, async proxy => {
    assert.match((await proxy.ask('/', page)).text, /<!doctype html>/i)
    const room = await makeRoom(proxy)
    const heard = listen(proxy, room)
    await eventually(() => heard.text.includes('event: snapshot'), 3_000, 'the stream is open')
    assert.equal((await proxy.ask(`/${room.name}/a`, { method: 'PUT', headers: room.bearer, body: 'x' })).status, 201)
    await eventually(() => heard.text.includes('"a"'), 3_000, 'the event')
    heard.close()
    proxy.base = ''
    assert.doesNotMatch((await proxy.ask('/', page)).text, /Fleeting/i, 'the rest is another\'s')
  }))
}

const takings = [...names.map(kind => [kind, []]), ['nginx', [['proxy_buffering off;', '']]]]
for (const [kind, spoil] of takings)
  test(`${kind}${spoil.length ? ', its buffering as it is by itself' : ''}: a download and an upload are cut with their room, and no log tells of them`, () => through(kind, { spoil }, async (proxy, server) => {
  const room = await makeRoom(proxy)
  const size = 64 << 20  // more than all buffers of sockets on the way
  assert.equal((await proxy.ask(`/${room.name}/large`, { method: 'PUT', headers: room.bearer, body: Buffer.alloc(size) })).status, 201)
  const asking = proxy.open(`/${room.name}/large`, { headers: room.bearer })
  const answer = await new Promise((resolve, reject) => { asking.on('response', resolve).on('error', reject).end() })
  const upload = proxy.open(`/${room.name}/large-too`, { method: 'PUT', headers: { ...room.bearer, 'Content-Length': String(size) } })
  upload.on('error', () => {}).on('response', refused => refused.resume()).write(Buffer.alloc(1 << 20))
  await sleep(500)
  assert.equal((await proxy.ask(`/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })).status, 204)
  await sleep(1_200)
  let taken = 0
  await new Promise(resolve => answer.on('data', part => { taken += part.length }).on('close', resolve).on('error', () => {}))
  assert.ok(taken < size / 2, `${taken} bytes of ${size} came`)
  upload.destroy()
  // Who goes away in the middle is nobody's business either.
  const other = await makeRoom(proxy)
  assert.equal((await proxy.ask(`/${other.name}/large`, { method: 'PUT', headers: other.bearer, body: Buffer.alloc(size) })).status, 201)
  const leaver = proxy.open(`/${other.name}/large`, { headers: other.bearer })
  await new Promise((resolve, reject) => { leaver.on('response', answer => answer.once('data', () => resolve(leaver.destroy()))).on('error', reject).end() })
  await sleep(300)
  await server.stop()
  // Nobody is there to answer: 502, or the connection's end.
  await proxy.ask(`/${room.name}/large`, { headers: room.bearer }).catch(() => {})
  const logs = proxy.allLogs()
  for (const told of [room.name, other.name, 'large', '127.0.0.5']) assert.ok(!logs.includes(told), `${told} in ${logs}`)
}))
