// Files wait for a real clamd to find them clean: nothing of them leaves before, and infected ones go.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Clamd, eicar } from '../support/clamd.mjs'
import { binary, eventually, generous, makeFolder, Server } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

let clamd
before(async () => { clamd = await Clamd.start() })
after(async () => { await clamd?.stop() })

/** A server that scans, ended with the test. */
async function serve(t, env = {}) {
  const server = await Server.alone({ ...generous, FLEETING_SCAN_SOCKET: clamd.socket, FLEETING_METRICS_LISTEN: '127.0.0.1:0', ...env })
  t.after(() => server.stop())
  return server
}
const api = (server, room, path = '') => `${server.url}/api/v1/rooms/${room.name}${path}`
const put = async (server, room, name, body) => {
  const response = await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })
  assert.equal(response.status, 201, await response.text())
}
const get = (server, room, path) => fetch(path.startsWith('/') ? server.url + path : `${server.url}/${room.name}/${path}`, { headers: room.bearer, redirect: 'follow' })
const filesOf = async (server, room) => (await (await get(server, room, `/api/v1/rooms/${room.name}`)).json()).files
const fileOf = async (server, room, name) => (await filesOf(server, room)).find(file => file.name === name)
const isOffered = (server, room, name) => eventually(async () => (await fileOf(server, room, name))?.state === 'complete', 20_000, `${name} is offered`)
const codeOf = async response => {
  assert.match(response.headers.get('content-type'), /^application\/problem\+json/)
  return `${response.status} ${(await response.json()).code}`
}
/** Every way by which bytes of a file leave. */
const waysTo = (room, file) => [file.name, `/api/v1/rooms/${room.name}/files/${file.id}/content`, `/api/v1/rooms/${room.name}/files/${file.id}/preview`]
const zipOf = async (server, room, query = '') => {
  const response = await get(server, room, `/api/v1/rooms/${room.name}/archive.zip${query}`)
  return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString('latin1') }
}
const tus = { 'Tus-Resumable': '1.0.0', 'Content-Type': 'application/offset+octet-stream' }
const create = async (server, room, name, length) => {
  const response = await fetch(api(server, room, '/files'), { method: 'POST', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(length), 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` } })
  return { response, url: server.url + response.headers.get('location') }
}
const patch = (room, url, offset, body) => fetch(url, { method: 'PATCH', headers: { ...room.bearer, ...tus, 'Upload-Offset': String(offset) }, body })

test('a clean file can be had once clamd has said so, and by no way before', async t => {
  const server = await serve(t)
  const room = await server.room()
  const stream = new Stream(server, room)
  clamd.pause()
  t.after(() => clamd.goOn())
  await put(server, room, 'report.txt', 'harmless')
  await stream.wait('file-added', data => data.file.state === 'checking')
  const file = await fileOf(server, room, 'report.txt')
  assert.equal(file.state, 'checking')
  for (const way of waysTo(room, file)) assert.equal(await codeOf(await get(server, room, way)), '409 being_checked', way)
  assert.ok(!(await zipOf(server, room)).text.includes('harmless'))
  assert.ok(!(await zipOf(server, room, `?ids=${file.id}`)).text.includes('harmless'))
  assert.match(await (await get(server, room, '')).text(), /report\.txt {2}\(.*\) {2}being checked for viruses/)
  clamd.goOn()
  await stream.wait('file-progress', data => data.file.id === file.id && data.file.state === 'complete')
  for (const way of waysTo(room, file)) assert.equal(await (await get(server, room, way)).text(), 'harmless', way)
  assert.ok((await zipOf(server, room)).text.includes('harmless'))
  assert.equal(await server.metric('scans_clean'), 1)
  await stream.close()
})

test('nobody downloads behind an upload', async t => {
  const server = await serve(t)
  const room = await server.room()
  const { url } = await create(server, room, 'slow', 10)
  await patch(room, url, 0, 'harml')
  const file = await fileOf(server, room, 'slow')
  assert.equal(file.whole_first, true)
  assert.equal(await codeOf(await get(server, room, 'slow')), '409 not_whole_yet')
  await patch(room, url, 5, 'ess!!')
  await isOffered(server, room, 'slow')
  assert.equal(await (await get(server, room, 'slow')).text(), 'harmless!!')
})

test('an infected file is removed, members hear why, and so does who asks later', async t => {
  const server = await serve(t)
  const room = await server.room()
  const stream = new Stream(server, room)
  const { url } = await create(server, room, 'present.com', eicar.length)
  const id = url.split('/').pop()
  assert.equal((await patch(room, url, 0, eicar)).status, 204)
  const removed = await stream.wait('file-removed', data => data.id === id)
  assert.deepEqual(removed.data, { id, by: '', reason: 'file_infected' })
  assert.ok(!stream.find('file-progress', data => data.file.state === 'complete'))
  for (const way of ['present.com', `/api/v1/rooms/${room.name}/files/${id}/content`]) assert.equal(await codeOf(await get(server, room, way)), '410 file_infected', way)
  // The uploader's own client, which asks how far it is.
  assert.equal((await fetch(url, { method: 'HEAD', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0' } })).status, 410)
  assert.deepEqual(await filesOf(server, room), [])
  await eventually(() => server.blobs().length === 0, 3_000, 'its bytes are erased')
  assert.match(server.log, new RegExp(`infected_file_removed.*${id}, Eicar-Test-Signature`))
  assert.equal(await server.metric('scans_infected'), 1)
  // It didn't take its name along, and a stream that was away hears of it too.
  await put(server, room, 'present.com', 'harmless')
  await isOffered(server, room, 'present.com')
  const later = new Stream(server, room, { 'Last-Event-ID': '1' })
  await later.wait('file-removed', data => data.reason === 'file_infected')
  for (const open of [stream, later]) await open.close()
})

test('what is put together of parts is scanned as a whole', async t => {
  const server = await serve(t)
  const room = await server.room()
  const parts = []
  for (const body of [eicar.slice(0, 30), eicar.slice(30)]) {
    const response = await fetch(api(server, room, '/files'), { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(body.length), 'Upload-Concat': 'partial' }, body })
    assert.equal(response.status, 201)
    parts.push(response.headers.get('location'))
  }
  const whole = await fetch(api(server, room, '/files'), { method: 'POST', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Concat': `final;${parts.join(' ')}`, 'Upload-Metadata': `filename ${Buffer.from('whole').toString('base64')}` } })
  assert.equal(whole.status, 201, await whole.text())
  await eventually(async () => await codeOf(await get(server, room, 'whole')) === '410 file_infected', 5_000, 'it is removed')
})

for (const encryption of ['off', 'on'])
  test(`a large file is scanned to its end, with storage_encryption ${encryption}`, async t => {
    const server = await serve(t, { FLEETING_STORAGE_ENCRYPTION: encryption })
    const room = await server.room()
    const clean = Buffer.alloc(20 << 20, 'x')
    await put(server, room, 'clean', clean)
    await put(server, room, 'bad', Buffer.concat([clean, Buffer.from(eicar)]))
    await isOffered(server, room, 'clean')
    assert.ok(Buffer.from(await (await get(server, room, 'clean')).arrayBuffer()).equals(clean))
    await eventually(async () => await codeOf(await get(server, room, 'bad')) === '410 file_infected', 10_000, 'the end is found')
  })

test('while clamd is away files wait, the log, the doctor and the operator’s page say so, and a restart forgets none', async t => {
  const server = await serve(t, { FLEETING_SCAN_SOCKET: `127.0.0.1:${clamd.port}`, FLEETING_ADMIN_LISTEN: `unix:${join(makeFolder('admin'), 'socket')}` })
  const room = await server.room()
  const health = () => spawnSync(binary, ['admin', 'health'], { encoding: 'utf8', env: { PATH: process.env.PATH, ...server.env }, cwd: server.folder }).stdout
  assert.match(health(), /^clamav: well, answers in \d+ ms$/m)
  const doctor = () => spawnSync(binary, ['doctor'], { encoding: 'utf8', env: { PATH: process.env.PATH, FLEETING_SCAN_SOCKET: `127.0.0.1:${clamd.port}` }, cwd: server.folder })
  assert.match(doctor().stdout, /^well {2}virus scan: ClamAV [\d.]+.* answers$/m)
  await clamd.halt()
  t.after(() => clamd.answers().then(is => is || clamd.run()))
  await put(server, room, 'report.txt', 'harmless')
  await eventually(() => /scanner_away/.test(server.log), 5_000, 'the log says so')
  await eventually(async () => await server.metric('scan_failures') >= 2, 10_000, 'it is tried again')
  assert.equal(server.log.match(/scanner_away/g).length, 1)
  assert.equal((await fileOf(server, room, 'report.txt')).state, 'checking')
  assert.match(health(), /^clamav: clamd: connect: /m)
  assert.match(doctor().stdout, /^mend {2}virus scan: clamd: connect: .*nobody can have a file until it answers/m)
  await server.kill()
  await server.run()
  assert.equal(await codeOf(await get(server, room, 'report.txt')), '409 being_checked')
  await clamd.run()
  await isOffered(server, room, 'report.txt')
})

test('a scan that a crash cut short is begun anew', async t => {
  const server = await serve(t)
  const room = await server.room()
  clamd.pause()
  t.after(() => clamd.goOn())
  await put(server, room, 'bad', eicar)
  await eventually(() => server.sql('SELECT count(*) FROM file WHERE scan = 1 AND scan_after_ms > 0').trim() === '1', 5_000, 'the scan has begun')
  await server.kill()
  clamd.goOn()
  await server.run()
  await eventually(async () => await codeOf(await get(server, room, 'bad')) === '410 file_infected', 5_000, 'it is found')
})

test('a clamd that takes nothing more makes files wait, and none is offered', async t => {
  const server = await serve(t)
  const room = await server.room()
  const { url } = await create(server, room, 'large', 8 << 20)
  clamd.pause()
  t.after(() => clamd.goOn())
  assert.equal((await patch(room, url, 0, Buffer.alloc(8 << 20, 'x'))).status, 204)
  await eventually(() => server.sql('SELECT count(*) FROM file WHERE scan = 1 AND scan_after_ms > 0').trim() === '1', 5_000, 'the scan has begun')
  // Others are served meanwhile: no thread of theirs stands still.
  const begun = Date.now()
  for (let i = 0; i < 50; ++i) assert.equal((await get(server, room, '')).status, 200)
  assert.ok(Date.now() - begun < 5_000)
  assert.equal(await codeOf(await get(server, room, 'large')), '409 being_checked')
  clamd.goOn()
  await isOffered(server, room, 'large')
})

test('files larger than scan-limit are refused, unless they are to be offered with a mark', async t => {
  const server = await serve(t, { FLEETING_SCAN_LIMIT: '100KiB' })
  const room = await server.room()
  assert.equal(room.room.file_size_limit_bytes, 100 << 10)
  assert.equal(await codeOf((await create(server, room, 'large', (100 << 10) + 1)).response), '413 file_too_large')
  assert.equal(await codeOf(await fetch(`${server.url}/${room.name}/large`, { method: 'PUT', headers: room.bearer, body: Buffer.alloc(200 << 10) })), '413 file_too_large')
  const open = await serve(t, { FLEETING_SCAN_LIMIT: '100KiB', FLEETING_SCAN_LARGER: 'offer' })
  const other = await open.room()
  await put(open, other, 'large', Buffer.alloc(200 << 10, 'x'))
  await put(open, other, 'small', 'harmless')
  for (const name of ['large', 'small']) await isOffered(open, other, name)
  assert.equal((await fileOf(open, other, 'large')).unchecked, true)
  assert.equal((await fileOf(open, other, 'small')).unchecked, undefined)
  assert.match(await (await get(open, other, '')).text(), /large {2}\(.*\) {2}not checked for viruses/)
})

test('a file that is more than clamd takes goes by the same rule', async t => {
  const small = await Clamd.start({ limit: '1M' })
  t.after(() => small.stop())
  const server = await serve(t, { FLEETING_SCAN_SOCKET: small.socket })
  const room = await server.room()
  await put(server, room, 'large', Buffer.alloc(3 << 20, 'x'))
  await eventually(() => /scan_failed.*larger than may be scanned/.test(server.log), 10_000, 'the log says so')
  assert.equal(await codeOf(await get(server, room, 'large')), '409 being_checked')
  server.env.FLEETING_SCAN_LARGER = 'offer'
  await server.kill('SIGTERM')
  await server.run()
  await isOffered(server, room, 'large')
  assert.equal((await fileOf(server, room, 'large')).unchecked, true)
})

test('what was there before scans were turned on is scanned too, and nothing waits once they are off', async t => {
  const server = await serve(t, { FLEETING_SCAN_SOCKET: '' })
  const room = await server.room()
  await put(server, room, 'good', 'harmless')
  await put(server, room, 'bad', eicar)
  assert.equal(await (await get(server, room, 'bad')).text(), eicar)
  server.env.FLEETING_SCAN_SOCKET = clamd.socket
  await server.kill('SIGTERM')
  await server.run()
  await isOffered(server, room, 'good')
  await eventually(async () => await codeOf(await get(server, room, 'bad')) === '410 file_infected', 5_000, 'it is found')
  clamd.pause()
  t.after(() => clamd.goOn())
  await put(server, room, 'late', 'harmless')
  assert.equal((await fileOf(server, room, 'late')).state, 'checking')
  server.env.FLEETING_SCAN_SOCKET = ''
  await server.kill('SIGTERM')
  await server.run()
  assert.equal(await (await get(server, room, 'late')).text(), 'harmless')
})

test('a socket that can\'t be one is refused at the start', () => {
  for (const bad of ['clamd', 'host:0', '/run/']) {
    const { status, stderr } = spawnSync(binary, ['serve'], { encoding: 'utf8', env: { PATH: process.env.PATH, FLEETING_SCAN_SOCKET: bad } })
    assert.notEqual(status, 0)
    assert.match(stderr, /scan-socket/i, bad)
  }
})
