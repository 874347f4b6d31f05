// Links, ranges and the fields around a file's bytes.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { handsOut, Server, sleep } from '../support/server.mjs'

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
