// A full disk: uploads are refused at once, and everything that reads or frees space goes on, to the last byte.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, sleep } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { serverOnSmallDisk } from './small_disk.mjs'

const kMiB = 1 << 20
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const tus = { 'Tus-Resumable': '1.0.0' }
const octets = { 'Content-Type': 'application/offset+octet-stream' }
let server
before(async () => { server = await serverOnSmallDisk('64m', { FLEETING_PASSWORD_MEMORY: '8MiB' }) })
after(async () => { await server.stop() })

/** A refusal comes before all has been sent; one that the end of the connection overtook has no status. */
const put = (room, name, body) => new Promise(resolve => {
  const client = request(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: { ...room.bearer, 'Content-Length': body.length } })
  client.on('response', answer => {
    let text = ''
    const done = () => resolve({ status: answer.statusCode, headers: answer.headers, text })
    answer.on('data', part => (text += part)).on('close', done).on('error', done)
  })
  client.on('error', () => resolve({})).end(body)
})
const listed = async room => (await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files
const get = async (room, name) => Buffer.from(await (await fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer })).arrayBuffer())
const remove = (room, { id }) => fetch(`${server.url}/api/v1/rooms/${room.name}/files/${id}`, { method: 'DELETE', headers: { ...room.bearer, ...tus } })
const patch = (room, path, offset, body) =>
  fetch(server.url + path, { method: 'PATCH', body, headers: { ...room.bearer, ...tus, ...octets, 'Upload-Offset': String(offset) } })

/** Somebody else fills the disk, to its last byte, and again whenever there is some. */
function fill() {
  const file = openSync(join(server.disk, 'filler'), 'a')
  for (const size of [kMiB, 4096, 1])
    for (let full = false; !full;) {
      try {
        full = writeSync(file, Buffer.alloc(size)) < size
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error
        full = true
      }
    }
  closeSync(file)
}
const empty = () => rmSync(join(server.disk, 'filler'), { force: true })

test('fifty who upload at once to a disk that fills: each is whole, or refused with 507 and when to come back', async () => {
  const room = await server.room({ ttl_seconds: 600 })
  const kept = randomBytes(4 * kMiB)
  assert.equal((await put(room, 'kept.bin', kept)).status, 201)
  const bodies = Array.from({ length: 50 }, () => randomBytes(2 * kMiB))
  const answers = await Promise.all(bodies.map((body, n) => put(room, `up-${n}.bin`, body)))
  const refused = answers.filter(answer => answer.status === 507)
  assert.deepEqual(answers.filter(answer => ![201, 507, undefined].includes(answer.status)), [])
  assert.ok(refused.length > 10 && refused.length < 50, `${refused.length} refused`)
  for (const answer of refused) {
    assert.equal(JSON.parse(answer.text).code, 'storage_full')
    assert.ok(Number(answer.headers['retry-after']) > 0)
  }
  for (const file of await listed(room))
    assert.equal(sha256(await get(room, file.name)), sha256(file.name === 'kept.bin' ? kept : bodies[Number(/\d+/.exec(file.name))]), file.name)
  const begun = performance.now()
  const late = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(64 * kMiB), 'Upload-Metadata': 'filename YQ==' } })
  assert.equal(late.status, 507)
  tell('a full disk: 507 after ms', (performance.now() - begun).toFixed(1))
  assert.equal((await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })).status, 204)
  await eventually(server.isEmpty, 30_000, 'all are gone')
  await sleep(500)  // what is free is looked at four times a second
})

test('at 0 bytes free downloads, removals, leaving, ends and the start go on, and uploads resume once there is space', { timeout: 60_000 }, async () => {
  const room = await server.room({ ttl_seconds: 600 })
  const brief = await server.room({ ttl_seconds: 8 })
  const owned = await server.room({ ttl_seconds: 600 })
  const files = Object.fromEntries(['a', 'b', 'c', 'd'].map(name => [`${name}.bin`, randomBytes(kMiB)]))
  for (const [name, body] of Object.entries(files)) for (const one of [room, brief, owned]) assert.equal((await put(one, name, body)).status, 201)
  const large = randomBytes(4 * kMiB)
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(large.length), 'Upload-Metadata': 'filename bGFyZ2U=' } })
  const upload = made.headers.get('location')
  assert.equal((await patch(room, upload, 0, large.subarray(0, kMiB))).status, 204)

  fill()
  assert.equal(server.free(), 0)
  const begun = performance.now()
  const refused = await patch(room, upload, kMiB, large.subarray(kMiB, kMiB + 60_000))
  assert.equal(refused.status, 507)
  tell('0 bytes free: 507 after ms', (performance.now() - begun).toFixed(1))
  for (const [name, body] of Object.entries(files)) assert.equal(sha256(await get(room, name)), sha256(body))

  const [a, b] = await listed(room)
  assert.equal((await remove(room, a)).status, 204)
  await eventually(async () => (await listed(room)).length === 4, 2_000, 'one is gone')
  fill()
  await server.kill()
  await server.run()
  assert.equal((await remove(room, b)).status, 204, server.log)
  fill()
  assert.equal((await fetch(`${server.url}/api/v1/rooms/${owned.name}`, { method: 'DELETE', headers: owned.bearer })).status, 204)
  await sleep(500)  // the log is cut behind the answer; who fills in that very moment takes its place
  fill()
  await sleep(Math.max(0, Date.parse(brief.room.expires_at) - Date.now()))
  await eventually(() => server.blobs().length === 3, 30_000, 'of the rooms that ended nothing is left').catch(error => { throw new Error(`${error.message}: ${server.blobs().length}\n${server.log}`) })
  assert.equal(sha256(await get(room, 'd.bin')), sha256(files['d.bin']))

  empty()
  const again = performance.now()
  await eventually(async () => (await patch(room, upload, kMiB, large.subarray(kMiB))).status === 204, 5_000, 'the upload goes on')
  tell('after there was space: an upload resumed after ms', (performance.now() - again).toFixed(0))
  assert.equal(sha256(await get(room, 'large')), sha256(large))
  assert.equal((await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })).status, 204)
  await eventually(server.isEmpty, 30_000, 'all are gone')
})
