// What a room's deadline does to everything that runs for it.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { readSlowly } from '../support/slow_reader.mjs'
import { tell } from '../trust/load.mjs'

let server
before(async () => { server = await Server.start({ FLEETING_DISK_FLOOR_BYTES: '0', FLEETING_DISK_FLOOR_PERCENT: '0' }) })
after(async () => { await server.stop() })

/** Opens a request and tells when it was closed. */
function open(method, path, headers) {
  const opened = { closedAt: 0, status: 0, text: '' }
  const client = request(server.url + path, { method, headers }, response => {
    opened.status = response.statusCode
    response.on('data', part => (opened.text += part)).on('close', () => (opened.closedAt ||= Date.now()))
    response.on('error', () => undefined)
    if (headers.slow) response.pause()
  })
  client.on('error', () => (opened.closedAt ||= Date.now())).on('close', () => (opened.closedAt ||= Date.now()))
  opened.client = client
  return opened
}

test('uploads, downloads and event streams are cut within a second, and nothing opens afterwards', async () => {
  const room = await server.room({ ttl_seconds: 4, name: 'brief', password: 'four short words' })
  const deadline = Date.parse(room.room.expires_at)
  const path = '/api/v1/rooms/brief'
  const stored = await fetch(`${server.url}/brief/large.bin`, { method: 'PUT', body: Buffer.alloc(64 << 20), headers: room.bearer })
  assert.equal(stored.status, 201)
  const file = (await (await fetch(server.url + path, { headers: room.bearer })).json()).files[0]
  const link = (await fetch(`${server.url}${path}/files/${file.id}/content`, { headers: room.bearer, redirect: 'manual' })).headers.get('location')

  const events = open('GET', `${path}/events`, room.bearer)
  events.client.end()
  const upload = open('PUT', '/brief/slow.bin', { ...room.bearer, 'Content-Length': 1000 })
  upload.client.write('some')
  const download = open('GET', link, { ...room.bearer, slow: '1' })
  download.client.end()
  const slow = [link, '/brief/large.bin', `${path}/archive.zip`].map(path => readSlowly(server, path, room.bearer, deadline + 5000 - Date.now()).over)
  await eventually(() => events.text.includes('event: snapshot') && download.status === 200, 3000, 'all are running')
  assert.ok(Date.now() < deadline)

  await sleep(deadline - Date.now())
  for (const path of ['/api/v1/rooms/brief', '/api/v1/rooms/brief/events', link])
    assert.ok([401, 404, 410, 403].includes((await fetch(server.url + path, { headers: room.bearer })).status), path)
  const join = await fetch(`${server.url}${path}/sessions`, { method: 'POST', body: JSON.stringify({ password: 'four short words' }) })
  assert.equal(join.status, 401)
  await eventually(() => events.closedAt && upload.closedAt, 2000, 'the streams are closed')
  assert.match(events.text, /event: room-ended\ndata: {"reason":"expired"/)
  const late = { events: events.closedAt - deadline, upload: upload.closedAt - deadline }
  for (const [name, stream] of Object.entries({ events, upload })) assert.ok(stream.closedAt - deadline < 1500, `${name} ${stream.closedAt - deadline} ms`)
  await eventually(server.isEmpty, 5000, 'no row and no blob is left')
  const read = await Promise.all(slow)
  tell('ms after the end', `events ${late.events}, an upload ${late.upload}, the last bytes of downloads ${read.map(({ last }) => (last - deadline).toFixed(0)).join(', ')}`)
  for (const { bytes, last, end } of read) {
    assert.ok(bytes > 10_000, `a slow download had begun: ${bytes} bytes`)
    assert.ok(last - deadline < 1500, `its last byte came ${last - deadline} ms after the deadline`)
    assert.equal(end, 'reset')
  }

  const again = await server.room({ name: 'brief', password: 'another password' })
  assert.equal((await fetch(server.url + path, { headers: room.bearer })).status, 401)
  assert.equal((await fetch(server.url + link, { headers: room.bearer })).status, 403)
  assert.equal((await fetch(server.url + path, { headers: again.bearer })).status, 200)
  download.client.destroy()
  await fetch(server.url + path, { method: 'DELETE', headers: again.bearer })
})

test('a disk below its floor refuses uploads and nothing else', async () => {
  const room = await server.room({ name: 'full' })
  await fetch(`${server.url}/full/a.txt`, { method: 'PUT', body: 'kept', headers: room.bearer })
  await server.kill('SIGTERM')
  server.env = { FLEETING_DISK_FLOOR_BYTES: '8000000GiB', FLEETING_DISK_FLOOR_PERCENT: '99' }
  await server.run()
  const refused = await fetch(`${server.url}/full/b.txt`, { method: 'PUT', body: 'more', headers: room.bearer })
  assert.equal(refused.status, 507)
  assert.equal((await refused.json()).code, 'storage_full')
  assert.equal(await (await fetch(`${server.url}/full/a.txt`, { headers: room.bearer })).text(), 'kept')
  assert.equal((await fetch(`${server.url}/full/a.txt`, { method: 'DELETE', headers: room.bearer })).status, 204)
  assert.equal((await fetch(`${server.url}/api/v1/rooms/full`, { method: 'DELETE', headers: room.bearer })).status, 204)
  await eventually(server.isEmpty, 5000, 'removal goes on')
})

test('SIGTERM drains and stops within ten seconds, whatever its clients do', { timeout: 60_000 }, async () => {
  server.env = { FLEETING_ROOM_TTL_MIN: '1s' }
  await server.kill()
  await server.run()
  const room = await server.room({})
  assert.equal((await fetch(`${server.url}/${room.name}/large.bin`, { method: 'PUT', body: Buffer.alloc(64 << 20), headers: room.bearer })).status, 201)
  const events = open('GET', `/api/v1/rooms/${room.name}/events`, room.bearer)
  events.client.end()
  const stalled = []
  for (let i = 0; i < 8; ++i) {
    const download = open('GET', `/${room.name}/large.bin`, { ...room.bearer, slow: '1' })
    download.client.end()
    const upload = open('PUT', `/${room.name}/up-${i}`, { ...room.bearer, 'Content-Length': 10_000_000 })
    upload.client.write('some')
    stalled.push(download, upload)
  }
  await eventually(() => events.text.includes('snapshot') && stalled.every((s, i) => i % 2 === 1 || s.status === 200), 5000, 'all are running')
  await eventually(async () => {
    const { files } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
    return files.filter(f => f.state === 'uploading').length === 8
  }, 5000, 'the uploads have begun')
  const { room: brief } = await server.room({ ttl_seconds: 4 })
  const begun = Date.now()
  assert.equal(await server.kill('SIGTERM'), 0)
  assert.ok(Date.now() - begun < 10_000, `${Date.now() - begun} ms`)
  assert.ok(Date.parse(brief.expires_at) < Date.now(), 'it ended while others were waited for')
  assert.equal(server.sql('SELECT display_name FROM room').trim(), room.name)
  // 400 would be the client's own fault, and tus-js-client would give up.
  const answers = stalled.filter((_, i) => i % 2).map(upload => upload.status)
  assert.ok(answers.every(status => [0, 503].includes(status)) && answers.includes(503), answers.join())
  for (const { client } of stalled) client.destroy()
  await server.run()
  const { files } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
  assert.ok(files.some(f => f.name === 'large.bin' && f.state === 'complete'))
})
