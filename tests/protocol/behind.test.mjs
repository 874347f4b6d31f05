// Downloads of what is still going up: bytes come as they are stored, the end comes with the upload's, and nothing cut looks whole.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, Server } from '../support/server.mjs'

let server, room
before(async () => { server = await Server.start({ FLEETING_FILE_SIZE_LIMIT: '64MiB' }); room = await server.room() })
after(async () => { await server.stop() })

const tus = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' }
const api = path => `${server.url}/api/v1/rooms/${room.name}${path}`
async function create(name, length) {
  const told = length === undefined ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(length) }
  const response = await fetch(api('/files'), { method: 'POST', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', ...told, 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` } })
  assert.equal(response.status, 201)
  return server.url + response.headers.get('location')
}
const patch = async (url, offset, body, headers = {}) => {
  const response = await fetch(url, { method: 'PATCH', headers: { ...room.bearer, ...tus, 'Upload-Offset': String(offset), ...headers }, body })
  assert.equal(response.status, 204, await response.text())
}
/** A GET that shows what has come so far. */
function watch(name, headers = {}) {
  const seen = { bytes: 0, text: '', ended: false, broken: false }
  const client = request(`${server.url}/${room.name}/${name}`, { headers: { ...room.bearer, ...headers }, agent: false }, response => {
    Object.assign(seen, { status: response.statusCode, headers: response.headers })
    response.on('data', part => { seen.bytes += part.length; seen.text += part })
    response.on('end', () => { seen.ended = true })
    response.on('error', () => { seen.broken = true })
  })
  client.on('error', () => { seen.broken = true })
  client.end()
  seen.close = () => client.destroy()
  return seen
}
const until = (check, what) => eventually(check, 3_000, what)

test('bytes arrive as they are stored, to several members, and the end comes with the upload\'s', async () => {
  const url = await create('live', 300_000)
  const [one, two] = [watch('live'), watch('live')]
  await patch(url, 0, 'a'.repeat(100_000))
  await until(() => one.bytes === 100_000 && two.bytes === 100_000, 'the first part')
  assert.equal(one.headers['content-length'], '300000')
  assert.equal(one.ended, false)
  await patch(url, 100_000, 'b'.repeat(100_000))
  await until(() => one.bytes === 200_000, 'the second part')
  const late = watch('live')
  await patch(url, 200_000, 'c'.repeat(100_000))
  for (const seen of [one, two, late]) await until(() => seen.ended, 'the end')
  for (const seen of [one, two, late]) assert.equal(seen.text, 'a'.repeat(100_000) + 'b'.repeat(100_000) + 'c'.repeat(100_000))
})

test('the length needn\'t be known', async () => {
  const url = await create('open')
  const seen = watch('open')
  await patch(url, 0, 'a'.repeat(1_000))
  await until(() => seen.bytes === 1_000, 'the first part')
  assert.equal(seen.headers['content-length'], undefined)
  await patch(url, 1_000, 'b'.repeat(500), { 'Upload-Length': '1500' })
  await until(() => seen.ended, 'the end')
  assert.equal(seen.text.length, 1_500)
})

test('a part can be asked for before it is there, and a broken download goes on', async () => {
  const url = await create('ranged', 10_000)
  const tail = watch('ranged', { Range: 'bytes=8000-' })
  await patch(url, 0, 'a'.repeat(5_000))
  await until(() => tail.status === 206, 'its head')
  assert.equal(tail.bytes, 0)
  const first = watch('ranged')
  await until(() => first.bytes === 5_000, 'half of it')
  first.close()
  await patch(url, 5_000, 'b'.repeat(5_000))
  await until(() => tail.ended, 'the end')
  assert.equal(tail.text, 'b'.repeat(2_000))
  const rest = watch('ranged', { Range: 'bytes=5000-', 'If-Range': first.headers.etag })
  await until(() => rest.ended, 'the rest')
  assert.deepEqual([rest.status, rest.text], [206, 'b'.repeat(5_000)], 'the tag is the same before and after')
})

test('an upload that is removed ends its downloads with an error, of known and of unknown length', async () => {
  for (const length of [10_000, undefined]) {
    const url = await create('doomed', length)
    const seen = watch('doomed')
    await patch(url, 0, 'a'.repeat(5_000))
    await until(() => seen.bytes === 5_000, 'half of it')
    assert.equal((await fetch(url, { method: 'DELETE', headers: room.bearer })).status, 204)
    await until(() => seen.broken, 'the error')
    assert.equal(seen.ended, false)
  }
})

test('a client of HTTP/1.0, which knows an end by the close alone, is reset instead', async () => {
  const url = await create('old', undefined)
  await patch(url, 0, 'a'.repeat(5_000))
  let [text, how] = ['', '']
  // HAProxy speaks HTTP/1.1 to nodes and ends with such a client as it likes: where there is one, a node is asked itself.
  const { port } = server.nodes?.[0] ?? server
  const socket = connect(port, '127.0.0.1', () => socket.write(`GET /${room.name}/old HTTP/1.0\r\nHost: x\r\nAuthorization: ${room.bearer.Authorization}\r\n\r\n`))
  socket.on('data', bytes => { text += bytes })
  socket.on('error', error => { how = error.code })
  socket.on('end', () => { how ||= 'end' })
  await until(() => text.endsWith('a'), 'its first part')
  await fetch(url, { method: 'DELETE', headers: room.bearer })
  await until(() => how, 'the end')
  assert.equal(how, 'ECONNRESET')
})

test('bytes whose checksum is awaited, or was wrong, are never handed out', async () => {
  const url = await create('checked', 2_000)
  await patch(url, 0, 'a'.repeat(1_000))
  const seen = watch('checked')
  const wrong = await fetch(url, { method: 'PATCH', headers: { ...room.bearer, ...tus, 'Upload-Offset': '1000', 'Upload-Checksum': `sha1 ${Buffer.alloc(20).toString('base64')}` }, body: 'X'.repeat(1_000) })
  assert.equal(wrong.status, 460)
  await patch(url, 1_000, 'b'.repeat(1_000))
  await until(() => seen.ended, 'the end')
  assert.equal(seen.text, 'a'.repeat(1_000) + 'b'.repeat(1_000))
})

test('the room\'s end cuts them', async () => {
  const short = await server.room({ ttl_seconds: 2 })
  const before = room
  room = short
  const url = await create('late', 10_000)
  const seen = watch('late')
  await patch(url, 0, 'a'.repeat(100))
  await until(() => seen.bytes === 100, 'its beginning')
  await eventually(() => seen.broken, 4_000, 'the cut')
  room = before
})
