// Links, ranges and the fields around a file's bytes.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { handsOut, Server, sleep } from '../support/server.mjs'
import { ask } from '../trust/ask.mjs'
import { inParallel, tell } from '../trust/load.mjs'

let server, room, file
const data = randomBytes(200_000)
const sha256 = bytes => createHash('sha256').update(bytes).digest()
const name = 'α "quoted" 100%.bin'
const get = (path, headers = {}, method = 'GET') => fetch(server.url + path, { method, headers: { ...room.bearer, ...headers }, redirect: 'manual' })
const bytesOf = async response => Buffer.from(await response.arrayBuffer())
const link = async (headers = {}) => (await get(`/api/v1/rooms/${room.name}/files/${file.id}/content`, headers)).headers.get('location')

before(async () => {
  server = await Server.start(handsOut)
  room = await server.room()
  await get(`/${room.name}/${encodeURIComponent(name)}`, {}, 'HEAD')
  await fetch(`${server.url}/${room.name}/${encodeURIComponent(name)}`, { method: 'PUT', headers: room.bearer, body: data })
  file = (await (await get(`/api/v1/rooms/${room.name}`)).json()).files[0]
})
after(async () => { await server.stop() })

test('a link gives the bytes, as an attachment of that name which no page may run', async () => {
  const response = await get(await link())
  assert.equal(response.status, 200)
  assert.deepEqual(sha256(await bytesOf(response)), sha256(data))
  const field = key => response.headers.get(key)
  assert.equal(field('content-type'), 'application/octet-stream')
  assert.match(field('content-disposition'), /^attachment; /)
  assert.ok(field('content-disposition').endsWith(`filename*=UTF-8''${encodeURIComponent(name).replace(/'/g, '%27')}`), field('content-disposition'))
  assert.equal(field('repr-digest'), `sha-256=:${sha256(data).toString('base64')}:`)
  assert.equal(field('x-content-type-options'), 'nosniff')
  assert.match(field('content-security-policy'), /sandbox/)
  assert.match(field('etag'), /^"[^"]+"$/)
  assert.match(field('cache-control'), /no-store/)
})

test('HEAD tells what GET would, without the bytes', async () => {
  const [head, whole] = [await get(await link(), {}, 'HEAD'), await get(await link())]
  assert.equal(head.headers.get('content-length'), '200000')
  assert.equal((await bytesOf(head)).length, 0)
  const fields = response => [...response.headers].filter(([key]) => !['date', 'connection', 'keep-alive'].includes(key))
  assert.deepEqual(fields(head), fields(whole))
  await whole.arrayBuffer()
})

test('one range is served, in every form', async () => {
  for (const [range, from, to] of [['bytes=0-0', 0, 1], ['bytes=100-', 100, 200_000], ['bytes=-7', 199_993, 200_000], ['bytes=199999-999999', 199_999, 200_000],
    ['bytes=0-199999', 0, 200_000], ['bytes=-9999999', 0, 200_000], ['bytes=50000-150000', 50_000, 150_001]]) {
    const response = await get(await link(), { Range: range })
    assert.equal(response.status, 206, range)
    assert.equal(response.headers.get('content-range'), `bytes ${from}-${to - 1}/200000`)
    assert.deepEqual(await bytesOf(response), data.subarray(from, to))
  }
})

test('what cannot be satisfied is 416, what is no range is ignored', async () => {
  for (const range of ['bytes=200000-', 'bytes=-0', `bytes=${Array(9).fill('0-0').join(',')}`]) {
    const response = await get(await link(), { Range: range })
    assert.equal(response.status, 416, range)
    assert.equal(response.headers.get('content-range'), 'bytes */200000')
    await response.arrayBuffer()
  }
  for (const range of ['lines=1-2', 'bytes=5-1', 'bytes=a-b', 'bytes=0-0,5-6']) {
    const response = await get(await link(), { Range: range })
    assert.equal(response.status, 200, range)
    assert.equal((await bytesOf(response)).length, 200_000)
  }
})

test('conditions are judged against the strong ETag', async () => {
  const path = await link()
  const etag = (await get(path, {}, 'HEAD')).headers.get('etag')
  assert.equal((await get(path, { 'If-None-Match': etag })).status, 304)
  assert.equal((await get(path, { 'If-Match': '"other"' })).status, 412)
  const part = await get(path, { Range: 'bytes=1-2', 'If-Range': etag })
  assert.equal(part.status, 206)
  await part.arrayBuffer()
  for (const other of ['"other"', `W/${etag}`, 'Mon, 01 Jan 2024 00:00:00 GMT']) {
    const whole = await get(path, { Range: 'bytes=1-2', 'If-Range': other })
    assert.equal(whole.status, 200, other)
    await whole.arrayBuffer()
  }
})

test('a file is replaced or removed only while it is the one that was meant', async () => {
  const room = await server.room()
  const ask = (method, headers) => fetch(`${server.url}/${room.name}/a.txt`, { method, headers: { ...room.bearer, ...headers }, body: method === 'PUT' ? 'bytes' : undefined })
  assert.equal((await ask('PUT', { 'If-Match': '*' })).status, 412, 'there is none')
  assert.equal((await ask('PUT', { 'If-None-Match': '*' })).status, 201)
  const refused = await ask('PUT', { 'If-None-Match': '*' })
  assert.deepEqual([refused.status, (await refused.json()).code], [412, 'precondition_failed'])
  assert.equal((await ask('DELETE', { 'If-Match': '"another"' })).status, 412)
  const etag = (await ask('GET', {})).headers.get('etag')
  assert.equal((await ask('DELETE', { 'If-Match': etag })).status, 204)
})

test('a link that was altered, is another member\'s, or nobody\'s, opens nothing', async () => {
  const path = await link()
  const joined = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password }) })
  const other = `Bearer ${(await joined.json()).session.token}`
  const codes = async (path, headers) => (await (await get(path, headers)).json()).code
  assert.equal(await codes(path, { Authorization: other }), 'link_invalid')
  assert.equal((await (await fetch(server.url + path)).json()).code, 'link_invalid')
  const mutations = [p => p.replace(/e=(\d)/, (_, d) => `e=${(Number(d) + 1) % 10}`), p => p.replace(/k=(\d+)/, (_, k) => `k=${Number(k) + 1}`), p => p.replace(/k=\d+/, 'k=1'), p => p.replace('k=', 'k=0'),
    p => p.slice(0, -1), p => `${p}A`, p => `${p}&x=1`, p => p.replace('?e', '?s=AA&e'), p => p.replace(/s=(.)/, (_, c) => `s=${c === 'A' ? 'B' : 'A'}`),
    p => p.replace(/\/d\/(.)/, (_, c) => `/d/${c === '0' ? '1' : '0'}`), p => p.toUpperCase().replace('/D/', '/d/')]
  for (const mutate of mutations) {
    const response = await get(mutate(path))
    assert.ok([403, 404].includes(response.status), mutate(path))
    await response.arrayBuffer()
  }
  const fine = await get(path)
  assert.equal(fine.status, 200)
  await fine.arrayBuffer()
})

/** Every link that differs from this one in a bit, in a parameter that comes twice, or in how it is spelled. */
function forgeries(path) {
  const [, id, e, k, s] = /\/d\/(.+)\?e=(\d+)&k=(\d+)&s=(.+)$/.exec(path)
  const [front] = path.split('/d/')
  const link = (parts = {}) => { const all = { id, e, k, s, ...parts }; return `${front}/d/${all.id}?e=${all.e}&k=${all.k}&s=${all.s}` }
  const flipped = (bytes, bit) => { const copy = Buffer.from(bytes); copy[bit >> 3] ^= 1 << (bit & 7); return copy }
  const bits = count => Array.from({ length: count }, (_, bit) => bit)
  const mac = Buffer.from(s, 'base64url')
  const query = ['e', 'k', 's'].map(name => `${name}=${{ e, k, s }[name]}`)
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const forged = [
    ...bits(256).map(bit => link({ s: flipped(mac, bit).toString('base64url') })),
    ...bits(128).map(bit => link({ id: flipped(Buffer.from(id, 'hex'), bit).toString('hex') })),
    ...bits(53).map(bit => link({ e: (BigInt(e) ^ (1n << BigInt(bit))).toString() })),
    ...bits(32).map(bit => link({ k: (BigInt(k) ^ (1n << BigInt(bit))).toString() })),
    ...query.flatMap(one => [`${path}&${one}`, path.replace('?', `?${one}&`), `${path}&${one}x`, `${path}&${one[0]}=`, `${path}&${one[0]}`]),
    ...query.map(one => path.replace(one, `${one[0]}=`)), ...query.map(one => path.replace(new RegExp(`&?${one}`), '')),
    // The last digit says four bits: three more say the same ones.
    ...[...digits].filter(digit => digit !== s.at(-1)).map(digit => link({ s: s.slice(0, -1) + digit })),
    ...['=', '==', '%3D', '.', '%00', '+', '%20', 'A', 'AA'].map(end => link({ s: s + end })), ...[...s].slice(0, 42).map((_, i) => link({ s: s.slice(0, i + 1) })),
    link({ s: mac.toString('hex') }), link({ s: encodeURIComponent(mac.toString('base64')) }), link({ s: '' }), link({ s: 'A'.repeat(43) }),
    ...['0', '00', '+', '-', '%20', '0x'].flatMap(front => [link({ e: front + e }), link({ k: front + k })]), ...['.0', 'e0', '%20', '%00'].flatMap(end => [link({ e: e + end }), link({ k: k + end })]),
    link({ id: id.toUpperCase() }), link({ id: `${id.slice(0, 8)}-${id.slice(8)}` }), link({ id: `${id}/` }), link({ id: `%${id.slice(0, 2)}${id}` }),
    ...['E', 'K', 'S'].map(name => path.replace(new RegExp(`([?&])${name.toLowerCase()}=`), `$1${name}=`)),
  ].filter(one => one !== path)
  return [...new Set(forged)]
}

test('no bit of a link can be flipped, no parameter doubled, no digit spelled otherwise', async () => {
  const count = forgeries(await link()).length
  const answers = {}
  // A link lasts ten seconds: each forgery is of one that has just been told, and still opens.
  for (let from = 0; from < count; from += 100) {
    const path = await link()
    const forged = forgeries(path)
    await inParallel(Math.min(100, forged.length - from), 4, async i => {
      const { status, bytes } = await ask(server, 'GET', forged[from + i], { headers: room.bearer })
      const told = `${status} ${JSON.parse(bytes).code}`
      answers[told] = (answers[told] ?? 0) + 1
      assert.ok([400, 403, 404].includes(status) && !told.includes('expired'), `${forged[from + i]} of ${path}: ${told}`)
    })
    assert.equal((await ask(server, 'HEAD', path, { headers: room.bearer })).status, 200)
  }
  tell('forged links', `${count}, 0 opened: ${JSON.stringify(answers)}`)
})

test('a link is late after ten seconds, and says so; a transfer that has begun goes on', async () => {
  const path = await link()
  const slow = await get(path)
  await sleep(10_100)
  const late = await get(path)
  assert.equal(late.status, 403)
  assert.equal((await late.json()).code, 'link_expired')
  assert.deepEqual(sha256(await bytesOf(slow)), sha256(data))
})

test('several members download at once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, async () => sha256(await bytesOf(await get(await link()))).toString('hex')))
  assert.deepEqual(new Set(all), new Set([sha256(data).toString('hex')]))
})
