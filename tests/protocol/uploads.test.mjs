// tus 1.0 and PUT, as a client sees them that sends every byte by hand.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'

let server, room
before(async () => {
  server = await Server.start({ FLEETING_FILE_SIZE_LIMIT: '1MiB', FLEETING_ROOM_SIZE_LIMIT: '4MiB', FLEETING_FILE_COUNT_LIMIT: '8' })
})
after(async () => { await server.stop() })

const tus = { 'Tus-Resumable': '1.0.0' }
const named = name => ({ 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` })
const bytes = { 'Content-Type': 'application/offset+octet-stream' }
const sha256 = data => createHash('sha256').update(data).digest('hex')

const fresh = async () => { room = await server.room() }
const files = () => `${server.url}/api/v1/rooms/${room.name}/files`
const send = (method, url, headers = {}, body = undefined) => fetch(url, { method, headers: { ...tus, ...room.bearer, ...headers }, body })
const create = (length, name = 'a.bin', headers = {}) => send('POST', files(), { 'Upload-Length': String(length), ...named(name), ...headers })
const at = response => new URL(response.headers.get('location'), server.url).href
const offset = response => Number(response.headers.get('upload-offset'))
const listed = async () => (await (await send('GET', `${server.url}/api/v1/rooms/${room.name}`)).json())
const code = async response => (await response.json()).code

test('OPTIONS tells what works', async () => {
  await fresh()
  const response = await send('OPTIONS', files())
  assert.equal(response.headers.get('tus-version'), '1.0.0')
  assert.equal(response.headers.get('tus-extension'), 'creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination')
})

test('an upload goes up in parts and comes back whole', async () => {
  await fresh()
  const data = Buffer.alloc(300_000, 'parts')
  const url = at(await create(data.length))
  for (const [from, to] of [[0, 1], [1, 100_000], [100_000, 300_000]]) {
    assert.equal(offset(await send('HEAD', url)), from)
    const patched = await send('PATCH', url, { ...bytes, 'Upload-Offset': String(from) }, data.subarray(from, to))
    assert.deepEqual([patched.status, offset(patched)], [204, to])
  }
  const [file] = (await listed()).files
  assert.deepEqual([file.state, file.size_bytes, file.sha256], ['complete', data.length, sha256(data)])
  const back = await send('GET', `${server.url}/${room.name}/a.bin`)
  assert.equal(sha256(Buffer.from(await back.arrayBuffer())), file.sha256)
})

test('creation takes the first bytes with it, and an empty file is whole at once', async () => {
  await fresh()
  const made = await send('POST', files(), { 'Upload-Length': '10', ...named('b'), ...bytes }, 'abcd')
  assert.deepEqual([made.status, offset(made)], [201, 4])
  assert.equal((await create(0, 'empty')).status, 201)
  assert.equal((await listed()).files.find(f => f.name === 'empty').state, 'complete')
})

test('the protocol is held to the letter', async () => {
  await fresh()
  const url = at(await create(10))
  const patch = (headers, body = 'x') => send('PATCH', url, { ...bytes, 'Upload-Offset': '0', ...headers }, body)
  assert.equal((await patch({ 'Tus-Resumable': '0.2.2' })).status, 412)
  assert.equal((await patch({ 'Content-Type': 'text/plain' })).status, 415)
  const elsewhere = await patch({ 'Upload-Offset': '5' })
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('tus-resumable')], [409, '1.0.0'], 'of every answer, an error too')
  assert.equal(await code(await patch({}, 'more than ten bytes')), 'length_conflict')
  for (const wrong of ['-1', '+1', '0x1', '1e3', '', ' ', '99999999999999999999', '1.0', '٣']) {
    const made = await send('POST', files(), { ...named('n'), 'Upload-Length': Buffer.from(wrong).toString('latin1') })
    assert.equal(made.status, 400, wrong)
    assert.equal((await made.json()).field, 'Upload-Length')
  }
  for (const metadata of ['filename a', 'filename YQ', 'filename YQ==,filename Yg==', ' ', 'filename\tYQ==', `filename ${'A'.repeat(9000)}`])
    assert.equal((await send('POST', files(), { 'Upload-Length': '1', 'Upload-Metadata': metadata })).status, 400, metadata.slice(0, 30))
  assert.equal(offset(await send('HEAD', url)), 0)
})

test('names that are a danger are refused, with the field; all others are kept', async () => {
  await fresh()
  for (const name of ['../x', 'a/../b', '/etc/passwd', 'a//b', '.', 'a\u0000b', 'a\u0007', 'x'.repeat(256), 'a/']) {
    const refused = await create(1, name)
    const problem = await refused.json()
    assert.deepEqual([refused.status, problem.code, problem.field], [400, 'invalid_name', 'filename'], JSON.stringify(name))
  }
  const invalid = await send('POST', files(), { 'Upload-Length': '1', 'Upload-Metadata': `filename ${Buffer.from([0xff, 0xfe]).toString('base64')}` })
  assert.deepEqual([invalid.status, (await invalid.json()).field], [400, 'filename'])
  for (const name of ['notes/week 1/α.pdf', 'a\\b', 'CON', '-rf', '.hidden', '教室 🎓.txt']) await create(1, name)
  assert.deepEqual((await listed()).files.map(f => f.name).sort(), ['notes/week 1/α.pdf', 'a\\b', 'CON', '-rf', '.hidden', '教室 🎓.txt'].sort())
})

test('equal names get a number, in front of the ending', async () => {
  await fresh()
  for (let i = 0; i < 3; ++i) await create(1, 'notes/α.tar.gz')
  assert.deepEqual((await listed()).files.map(f => f.name).sort(), ['notes/α (2).tar.gz', 'notes/α (3).tar.gz', 'notes/α.tar.gz'])
})

test('too large, too much and too many are refused before a byte is stored', async () => {
  await fresh()
  assert.deepEqual([(await create((1 << 20) + 1)).status, (await create(2 ** 53)).status], [413, 400])
  for (let i = 0; i < 4; ++i) assert.equal((await create(1 << 20, `big-${i}`)).status, 201)
  assert.equal(await code(await create(1, 'one more')), 'room_full')
  const [first] = (await listed()).files
  assert.equal((await send('DELETE', `${files()}/${first.id}`)).status, 204)
  for (let i = 0; i < 5; ++i) assert.equal((await create(1, `small-${i}`)).status, 201)
  assert.equal(await code(await create(1, 'ninth')), 'too_many_files')
  assert.equal((await listed()).room.used_bytes, 3 * (1 << 20) + 5)
})

test('a lost connection costs no byte that arrived, and a client that comes back takes over at once', async () => {
  await fresh()
  const data = Buffer.alloc(500_000, 'cut')
  const url = new URL(at(await create(data.length)))
  const socket = connect(server.port, '127.0.0.1')
  socket.write(`PATCH ${url.pathname} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nAuthorization: ${room.bearer.Authorization}\r\n` +
    `Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: ${data.length}\r\n\r\n`)
  socket.write(data.subarray(0, 123_456))
  // The dead connection still holds the upload: nothing was closed. Asked too early it would be told off before a byte is in.
  await sleep(300)
  await eventually(async () => (await listed()).files[0].offset_bytes > 0 || offset(await send('HEAD', url)) === 123_456, 5_000, 'bytes arrive')
  const told = await eventually(async () => {
    const head = await send('HEAD', url)
    return offset(head) === 123_456 && head
  }, 5_000, 'all of them are counted')
  const rest = await send('PATCH', url, { ...bytes, 'Upload-Offset': String(offset(told)) }, data.subarray(offset(told)))
  assert.equal(rest.status, 204)
  assert.equal((await listed()).files[0].sha256, sha256(data))
  socket.destroy()
})

test('two clients that write at one offset: one of them does', async () => {
  await fresh()
  const url = at(await create(8))
  const both = await Promise.all(['AAAAAAAA', 'BBBBBBBB'].map(text => send('PATCH', url, { ...bytes, 'Upload-Offset': '0' }, text)))
  const statuses = both.map(r => r.status).sort()
  assert.equal(statuses.filter(s => s === 204).length, 1, String(statuses))
  const back = await (await send('GET', `${server.url}/${room.name}/a.bin`)).text()
  assert.ok(['AAAAAAAA', 'BBBBBBBB'].includes(back))
})

test('only its uploader goes on with an upload, only the uploader or the owner removes it', async () => {
  await fresh()
  const owner = room
  const join = async () => (await (await fetch(`${server.url}/api/v1/rooms/${owner.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: owner.password }) })).json()).session.token
  const [tom, eve] = [await join(), await join()].map(token => ({ Authorization: `Bearer ${token}` }))
  const url = at(await send('POST', files(), { ...tom, 'Upload-Length': '5', ...named('toms') }))
  assert.equal(await code(await send('PATCH', url, { ...eve, ...bytes, 'Upload-Offset': '0' }, 'x')), 'forbidden')
  assert.equal((await send('HEAD', url, eve)).status, 403)
  assert.equal(await code(await send('DELETE', url, eve)), 'forbidden')
  assert.equal((await send('DELETE', url)).status, 204)
  assert.equal((await send('HEAD', url, tom)).status, 404)
})

test('PUT keeps all of a file or nothing', async () => {
  await fresh()
  const head = length => `PUT /${room.name}/half HTTP/1.1\r\nHost: x\r\nAuthorization: ${room.bearer.Authorization}\r\n${length}\r\n\r\n`
  for (const length of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
    const socket = connect(server.port, '127.0.0.1')
    socket.write(head(length) + (length.endsWith('chunked') ? '3\r\nabc\r\n' : 'abc'))
    await eventually(async () => (await listed()).files.length === 1, 5_000, 'it shows')
    socket.destroy()
    await eventually(async () => (await listed()).files.length === 0, 5_000, 'it is gone')
  }
  assert.equal((await listed()).room.used_bytes, 0)
  const large = await fetch(`${server.url}/${room.name}/large`, { method: 'PUT', headers: room.bearer, body: new Blob([Buffer.alloc((1 << 20) + 1)]).stream(), duplex: 'half' })
  assert.equal(large.status, 413)
  assert.equal((await listed()).files.length, 0)
})
