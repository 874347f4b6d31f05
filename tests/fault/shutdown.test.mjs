// SIGTERM while much is under way that will not end by itself: the process ends well (a sanitized build would tell), and soon.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'

const kPart = 128 << 20
let server, room, files
before(async () => {
  server = await Server.start({ FLEETING_BODY_GRACE: '60s' })
  room = await server.room()
  files = `/api/v1/rooms/${room.name}/files`
})
after(async () => { await server.stop() })

const tus = () => ({ ...room.bearer, 'Tus-Resumable': '1.0.0' })
const named = name => `filename ${Buffer.from(name).toString('base64')}`
const create = async headers => {
  const made = await fetch(server.url + files, { method: 'POST', headers: { ...tus(), ...headers } })
  assert.equal(made.status, 201)
  return made.headers.get('location')
}
const patch = (path, offset, body) => fetch(server.url + path, {
  method: 'PATCH', body, headers: { ...tus(), 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' },
})
async function partial() {
  const path = await create({ 'Upload-Length': String(kPart), 'Upload-Concat': 'partial' })
  await patch(path, 0, Buffer.alloc(kPart, 'p'))
  return path
}
/** A request whose client sends `body` and then neither sends nor reads. */
function hang(method, path, headers = {}, body = '') {
  const socket = connect(server.port, '127.0.0.1')
  const fields = Object.entries({ ...tus(), Host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`${method} ${path} HTTP/1.1\r\n${fields}\r\n${body}`)
  socket.on('error', () => {})
  return socket.pause()
}

/** Ends the server by SIGTERM, which must be clean and within `most` ms. */
async function terminate(most) {
  const begun = Date.now()
  server.process.kill('SIGTERM')
  assert.equal(await server.exited, 0, server.log)
  assert.ok(Date.now() - begun < most, `it took ${Date.now() - begun} ms`)
}

test('a server ends well though downloads stall and uploads wait for each other', { timeout: 60_000 }, async () => {
  const large = await fetch(`${server.url}/${room.name}/large.bin`, { method: 'PUT', body: Buffer.alloc(64 << 20), headers: room.bearer })
  assert.equal(large.status, 201)
  const growing = await create({ 'Upload-Length': '100000000', 'Upload-Metadata': named('growing.bin') })
  const upload = { 'Upload-Offset': '0', 'Content-Length': '100000000', 'Content-Type': 'application/offset+octet-stream' }

  const sockets = [hang('PATCH', growing, upload, 'x'.repeat(5_000))]
  for (let i = 0; i < 8; ++i) {
    sockets.push(hang('GET', `/${room.name}/large.bin`), hang('GET', `/api/v1/rooms/${room.name}/archive.zip`))
    sockets.push(hang('GET', `/api/v1/rooms/${room.name}/events`), hang('GET', `/${room.name}/growing.bin`))
  }
  await sleep(300)
  await eventually(() => fetch(`${server.url}/readyz`).then(r => r.ok), 5_000, 'it still answers')
  // These want the upload that the first one holds.
  for (let i = 0; i < 4; ++i) sockets.push(hang('PATCH', growing, upload, 'y'.repeat(1_000)))
  await terminate(15_000)
  for (const socket of sockets) socket.destroy()
  await server.run()
})

test('a server ends well while a digest follows, and finishes it after the next start', { timeout: 60_000 }, async () => {
  const parts = [await partial(), await partial()]
  await create({ 'Upload-Concat': `final;${parts.join(' ')}`, 'Upload-Metadata': named('whole.bin') })
  await terminate(5_000)
  await server.run()
  const listed = () => fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer }).then(r => r.json())
  await eventually(async () => (await listed()).files.find(f => f.name === 'whole.bin')?.sha256, 20_000, 'the digest is there')
})
