// What a thief of the disk finds after a room's end: the raw image of the file system that the data folder is on is searched for
// what was in the room, deleted or not. With storage encryption nothing is there; without it, what the last test says.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DiskImage } from '../support/disk_image.mjs'
import { eventually, generous, Server, sleep } from '../support/server.mjs'
import { isNightly } from './load.mjs'

// The promise is of a minute after the end; what the kernel would have written by then is written at once.
const wait = isNightly ? 60_000 : 4_000
const ttl = 12
const images = []
after(() => images.forEach(image => image.unmount()))

const base64 = text => Buffer.from(text).toString('base64')

async function startOn(image, env) {
  const server = await Server.alone({ ...generous, ...env, FLEETING_DISK_FLOOR_BYTES: '0', FLEETING_DATA_DIR: join(image.folder, 'data') })
  server.data = join(image.folder, 'data')
  return server
}

/** A room with everything that leaves bytes behind; what is to be looked for afterwards. */
async function fill(server) {
  const mark = randomBytes(6).toString('hex')
  const canary = { room: `room-${mark}`, nickname: `nickname-${mark}`, name: `name-${mark}`, content: `content-${mark}`, metadata: `metadata-${mark}` }
  const { bearer } = await server.room({ name: canary.room, password: 'four plain words', nickname: canary.nickname, ttl_seconds: ttl })
  const ended = Date.now() + ttl * 1000
  const text = size => `${canary.content} `.repeat(Math.ceil(size / (canary.content.length + 1))).slice(0, size)
  const put = async (name, size) => assert.equal((await fetch(`${server.url}/${canary.room}/${canary.name}-${name}`, { method: 'PUT', body: text(size), headers: bearer })).status, 201)
  const files = `${server.url}/api/v1/rooms/${canary.room}/files`
  const tus = { ...bearer, 'Tus-Resumable': '1.0.0' }
  const create = async (length, more = {}) => {
    const made = await fetch(files, { method: 'POST', headers: { ...tus, 'Upload-Length': String(length), 'Upload-Metadata': `filename ${base64(`${canary.name}-${length}`)},${canary.metadata} ${base64('x')}`, ...more } })
    assert.equal(made.status, 201)
    return new URL(made.headers.get('location'), server.url).href
  }
  const patch = async (upload, offset, body, more = {}) => (await fetch(upload, { method: 'PATCH', body, headers: { ...tus, 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream', ...more } })).status
  await put('small', 900)
  await put('large', 6 << 20)
  await put('removed', 2 << 20)
  const listed = await (await fetch(`${server.url}/api/v1/rooms/${canary.room}`, { headers: bearer })).json()
  const removed = listed.files.find(file => file.name.endsWith('removed'))
  assert.equal((await fetch(`${files}/${removed.id}`, { method: 'DELETE', headers: tus })).status, 204)
  // An upload that was cut, went on, survived a crash, and never came to its end.
  const upload = await create(3 << 20)
  assert.equal(await patch(upload, 0, text(500_000)), 204)
  assert.equal(await patch(upload, 500_000, text(300_000), { 'Upload-Checksum': `sha256 ${base64('no digest of thirty-two bytes ...')}` }), 400)
  assert.equal(await patch(upload, 500_000, text(300_000), { 'Upload-Checksum': `sha1 ${Buffer.alloc(20).toString('base64')}` }), 460)
  assert.equal(await patch(upload, 500_000, text(300_000)), 204)
  await server.kill()
  await server.run()
  assert.equal(await patch(upload, 800_000, text(200_000)), 204)
  const parts = []
  for (const size of [400_000, 300_000]) {
    parts.push(await create(size, { 'Upload-Concat': 'partial' }))
    assert.equal(await patch(parts.at(-1), 0, text(size)), 204)
  }
  const whole = await fetch(files, { method: 'POST', headers: { ...tus, 'Upload-Concat': `final;${parts.map(part => new URL(part).pathname).join(' ')}`, 'Upload-Metadata': `filename ${base64(`${canary.name}-whole`)}` } })
  assert.equal(whole.status, 201)
  const got = await fetch(`${new URL(whole.headers.get('location'), server.url).href}/content`, { headers: bearer })
  assert.equal(await got.text(), text(400_000) + text(300_000))
  return { canary, ended }
}

/** The rooms' secrets, as they lie in the key file. */
function secrets(server) {
  const file = readFileSync(join(server.data, 'keys'))
  const slots = [...Array(file.length / 128).keys()].map(i => file.subarray(i * 128, i * 128 + 128))
  return slots.filter((slot, i) => i > 0 && slot[0] === 1).map(slot => Buffer.from(slot.subarray(24, 56)))
}

async function findAfterTheEnd(encryption) {
  const image = new DiskImage()
  images.push(image)
  const server = await startOn(image, { FLEETING_STORAGE_ENCRYPTION: encryption })
  const { canary, ended } = await fill(server)
  const keys = encryption === 'on' ? secrets(server) : []
  const needles = [...Object.values(canary), ...keys]
  const before = image.count(needles)
  await eventually(() => server.isEmpty(), ended - Date.now() + 10_000, 'the room is erased')
  await sleep(Math.max(0, ended + wait - Date.now()))
  const left = image.count(needles)
  await server.kill('SIGTERM')
  const stopped = image.count(needles)
  return { names: Object.keys(canary), keys: keys.length, before, left, stopped }
}

test('a raw image of the disk holds no content, no name and no key of a room that has ended', async t => {
  const { names, keys, before, left, stopped } = await findAfterTheEnd('on')
  t.diagnostic(`on the medium while it lived: ${names.map((name, i) => `${name} ${before[i]}`).join(', ')}, keys ${before.slice(names.length).join(' ')}`)
  assert.equal(keys, 1)
  assert.ok(before.slice(names.length).every(count => count > 0), 'the search finds a key that is there')
  for (const name of ['room', 'nickname', 'name', 'metadata']) assert.ok(before[names.indexOf(name)] > 0, `the search finds a ${name} that is there`)
  assert.equal(before[names.indexOf('content')], 0, 'content is never there in the clear')
  assert.deepEqual(left, left.map(() => 0), names.join(' '))
  assert.deepEqual(stopped, stopped.map(() => 0), names.join(' '))
})

test('without storage encryption content stays in blocks that nobody uses any more, and so do names of the log', async t => {
  const { names, before, left } = await findAfterTheEnd('off')
  t.diagnostic(`left ${wait / 1000} s after the end: ${names.map((name, i) => `${name} ${left[i]} of ${before[i]}`).join(', ')}`)
  assert.ok(left[names.indexOf('content')] > 0, 'the search finds what is said to stay')
})
