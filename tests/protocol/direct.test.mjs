// Files that go from the client straight to the store (Ceph's), in parts: what the server does, and what it lets nobody do.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Ceph } from '../support/ceph.mjs'
import { Engines } from '../support/cluster.mjs'
import { crc32 } from '../support/crc32.mjs'
import { FaultProxy } from '../support/fault_proxy.mjs'
import { eventually, freePort, generous, makeFolder, Server, sleep } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

const MiB = 1 << 20
let engines, ceph, store
before(async () => {
  engines = await Engines.start()
  ceph = engines.ceph
  store = new S3Client({
    endpoint: ceph.url, region: 'us-east-1', forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: Ceph.accessKey, secretAccessKey: Ceph.secretKey },
  })
})
after(async () => { await engines?.stop() })

let buckets = 0
async function makeBucket() {
  const name = `direct-${++buckets}`
  await store.send(new CreateBucketCommand({ Bucket: name }))
  return name
}
const settingsOf = bucket => ({
  FLEETING_S3_ENDPOINT: ceph.url, FLEETING_S3_BUCKET: bucket, FLEETING_S3_PREFIX: 'files/', FLEETING_S3_ACCESS_KEY: Ceph.accessKey,
  FLEETING_S3_SECRET_KEY: Ceph.secretKey,
})
/** A server on a bucket of its own, ended with the test. */
async function serve(t, env = {}) {
  const bucket = await makeBucket()
  const server = await Server.alone({ ...generous, ...settingsOf(bucket), ...env })
  server.bucket = bucket
  t.after(() => server.stop())
  return server
}
/** Two nodes on one database, one Redis and a bucket of their own, which the first reaches by a network that can fail: `way`. */
async function serveTwo(t) {
  const bucket = await makeBucket()
  const way = await FaultProxy.before(ceph.address)
  t.after(() => way.close())
  const shared = { ...generous, ...engines.makeSpace(bucket.replace('-', '')), ...settingsOf(bucket) }
  const nodes = []
  for (const endpoint of [`http://127.0.0.1:${way.port}`, ceph.url]) {
    const metrics = await freePort()
    const node = await Server.alone({ ...shared, FLEETING_S3_ENDPOINT: endpoint, FLEETING_METRICS_LISTEN: `127.0.0.1:${metrics}` })
    node.completed = async () => Number((await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).match(/^fleeting_direct_uploads_total (.*)$/m)[1])
    t.after(() => node.stop())
    nodes.push(node)
  }
  await eventually(() => engines.redis.ask('PUBSUB', 'NUMSUB', 'fleeting:events').endsWith('2'), 2_000, 'both nodes listen')
  return { one: nodes[0], other: nodes[1], way, bucket }
}

const begun = async bucket => (await store.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []
const objects = async bucket => (await store.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []
const isEmpty = async bucket => (await begun(bucket)).length + (await objects(bucket)).length === 0

const api = (server, room, path = '') => `${server.url}/api/v1/rooms/${encodeURIComponent(room.name)}${path}`
const ask = (server, room, method, path, body) =>
  fetch(api(server, room, path), { method, headers: room.bearer, body: body && JSON.stringify(body), redirect: 'manual' })
/** The body of an answer that must have that status. */
async function told(answer, status = 200) {
  const response = await answer
  const body = response.status === 204 ? undefined : await response.json()
  assert.equal(response.status, status, JSON.stringify(body))
  return body
}
const refusal = async (answer, status) => (await told(answer, status)).code
const hash = (name, bytes, encoding) => createHash(name).update(bytes).digest(encoding)

/** A file on its way, as a page would send it. */
class Upload {
  constructor(room, data) { Object.assign(this, { room, data }) }
  static async begin(server, room, name, data, more = {}) {
    const upload = new Upload(room, data)
    const made = await told(ask(server, room, 'POST', '/direct-uploads', { name, size_bytes: data.length, ...more }), 201)
    assert.deepEqual(made.parts, [])
    Object.assign(upload, { id: made.file.id, file: made.file, size: made.part_size_bytes })
    upload.count = Math.ceil(data.length / upload.size)
    return upload
  }
  get path() { return `/direct-uploads/${this.id}` }
  bytes = number => this.data.subarray((number - 1) * this.size, number * this.size)
  async link(server, number, bytes = this.bytes(number)) {
    const { parts } = await told(ask(server, this.room, 'POST', `${this.path}/links`, { parts: [{ number, md5: hash('md5', bytes, 'base64') }] }))
    return parts[0]
  }
  record = (server, number, etag, bytes = this.bytes(number)) =>
    ask(server, this.room, 'PUT', `${this.path}/parts/${number}`, { etag, crc32: crc32(bytes) })
  async send(server, number) {
    const link = await this.link(server, number)
    const stored = await fetch(link.url, { method: 'PUT', headers: link.headers, body: this.bytes(number) })
    assert.equal(stored.status, 200, await stored.text())
    return told(this.record(server, number, stored.headers.get('etag')))
  }
  async sendAll(server) {
    for (let number = 1; number <= this.count; ++number) await this.send(server, number)
  }
  standing = server => told(ask(server, this.room, 'GET', this.path))
  complete = server => ask(server, this.room, 'POST', `${this.path}/complete`, {})
}
const room = server => server.room({ nickname: 'Ada' })
async function join(server, { name, password }) {
  const { session } = await told(fetch(api(server, { name }, '/sessions'), { method: 'POST', body: JSON.stringify({ password, nickname: 'Tom' }) }), 201)
  return { name, bearer: { Authorization: `Bearer ${session.token}` } }
}
async function contentOf(server, of, id) {
  const redirect = await ask(server, of, 'GET', `/files/${id}/content`)
  assert.equal(redirect.status, 302)
  return Buffer.from(await (await fetch(redirect.headers.get('location'))).arrayBuffer())
}

test('a file of 64 MiB goes to the store in parts, in any order, and past the server', async t => {
  const metrics = await freePort()
  const server = await serve(t, { FLEETING_METRICS_LISTEN: `127.0.0.1:${metrics}` })
  const read = async name => Number((await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).match(new RegExp(`^${name} (.*)$`, 'm'))[1])
  const owner = await room(server)
  assert.equal(owner.room.direct_upload_from_bytes, 16 * MiB)
  const other = await join(server, owner)
  const stream = new Stream(server, other)
  await stream.wait('snapshot', data => data.room.direct_upload_from_bytes === 16 * MiB)

  const data = randomBytes(64 * MiB - 3)
  const upload = await Upload.begin(server, owner, 'film.mkv', data, { media_type: 'video/x-matroska', modified_at: 1_700_000_000_000 })
  assert.deepEqual([upload.file.state, upload.file.direct, upload.size], ['uploading', true, 8 * MiB])
  await stream.wait('file-added', ({ file }) => file.id === upload.id && file.direct)
  for (const number of [8, 1, 3, 2, 5, 4, 7, 6]) {
    const { offset_bytes } = await upload.send(server, number)
    await stream.wait('file-progress', ({ file }) => file.offset_bytes === offset_bytes && file.direct)
  }
  const file = await told(upload.complete(server))
  assert.deepEqual([file.state, file.size_bytes, file.offset_bytes, file.sha256, file.direct], ['complete', data.length, data.length, null, undefined])
  await stream.wait('file-progress', ({ file }) => file.id === upload.id && file.state === 'complete')
  await stream.close()
  for (const [name, most] of [['received', MiB], ['sent', MiB], ['s3_sent', MiB], ['s3_received', MiB]]) {
    const bytes = await read(`fleeting_${name}_bytes_total`)
    assert.ok(bytes < most, `${name}: ${bytes}`)
  }
  assert.deepEqual([await read('fleeting_direct_uploads_total'), await read('fleeting_direct_parts_total'), await read('fleeting_direct_bytes_total')], [1, 8, data.length])

  assert.ok((await contentOf(server, other, upload.id)).equals(data))
  const zip = Buffer.from(await (await ask(server, other, 'GET', '/archive.zip')).arrayBuffer())
  const at = zip.indexOf(data.subarray(0, 64))
  assert.ok(zip.subarray(at, at + data.length).equals(data))
  assert.equal(zip.readUInt32LE(zip.indexOf('PK\x01\x02') + 16), crc32(data), 'the CRC-32 is the whole file\'s')
  assert.deepEqual(await begun(server.bucket), [])
  await told(ask(server, owner, 'DELETE', ''), 204)
  await eventually(() => isEmpty(server.bucket), 10_000, 'nothing is left')
})

/** Whether `text` is what a page shows, where `…` stands for anything. */
const fits = (text, shown) => new RegExp(`^${shown.trimEnd().split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*')}$`).test(text.trimEnd())

test('the example of docs/protocol.md does what the page says', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  const [, code, shown] = page.match(/^```bash\n([^]*?)^```\n```text\n([^]*?)^```/m)
  const before = `room=${api(server, owner)}\nmember='Authorization: ${owner.bearer.Authorization}'\n`
  const cwd = makeFolder('example')
  const printed = execFileSync('bash', ['-euo', 'pipefail', '-c', before + code], { cwd, encoding: 'utf8' })
  assert.ok(fits(printed, shown), printed)
  const { id } = JSON.parse(printed.slice(printed.indexOf('{"id"')))
  assert.ok((await contentOf(server, owner, id)).equals(readFileSync(`${cwd}/film.mkv`)))
})

test('an upload goes on through another node, by what the database says', async t => {
  const { one, other, bucket } = await serveTwo(t)
  const owner = await room(one)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(one, owner, 'film.mkv', data)
  await upload.send(one, 2)
  await one.kill()
  assert.deepEqual((await upload.standing(other)).parts, [{ number: 2, size_bytes: 8 * MiB }])
  // A part that reached the store and was never recorded counts nowhere.
  const link = await upload.link(other, 1)
  assert.equal((await fetch(link.url, { method: 'PUT', headers: link.headers, body: upload.bytes(1) })).status, 200)
  const standing = await upload.standing(other)
  assert.deepEqual([standing.parts.length, standing.file.offset_bytes, standing.part_size_bytes], [1, 8 * MiB, 8 * MiB])
  await one.run()
  await Promise.all([upload.send(one, 1), upload.send(other, 3)])
  assert.equal((await told(upload.complete(one))).state, 'complete')
  assert.ok((await contentOf(other, owner, upload.id)).equals(data))
  assert.deepEqual(await begun(bucket), [])
})

test('completed by both nodes at once it is completed once: one change of the room, one event, and all are told the same', async t => {
  const { one, other, way } = await serveTwo(t)
  const owner = await room(one)
  const upload = await Upload.begin(one, owner, 'film.mkv', randomBytes(20 * MiB))
  await upload.sendAll(other)
  const stream = new Stream(other, owner)
  const { room: { version } } = (await stream.wait('snapshot')).data
  way.delay(300)
  const answers = await Promise.all([one, one, other, other].map(node => told(upload.complete(node))))
  way.heal()
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.equal(answers[0].state, 'complete')
  assert.deepEqual(await told(upload.complete(one)), answers[0], 'and so is who asks again')
  await stream.wait('file-progress', ({ file }) => file.state === 'complete')
  await sleep(400)
  assert.equal(stream.events.filter(({ name, data }) => name === 'file-progress' && data.file.state === 'complete').length, 1)
  await stream.close()
  assert.equal((await told(ask(other, owner, 'GET', ''))).room.version, version + 1)
  assert.equal((await one.completed()) + (await other.completed()), 1)
})

test('an answer of the store that was lost is found again', async t => {
  const { one, way } = await serveTwo(t)
  const owner = await room(one)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(one, owner, 'film.mkv', data)
  await upload.sendAll(one)
  way.delay(400)
  const completing = upload.complete(one)
  await sleep(600) // The store has the request, and the answer is on its way.
  way.reset()
  assert.equal((await told(completing)).state, 'complete')
  way.heal()
  assert.ok((await contentOf(one, owner, upload.id)).equals(data))
})

test('a node that dies before the store has heard of it keeps nobody waiting for longer than a claim lives', async t => {
  const { one, other, way } = await serveTwo(t)
  const owner = await room(one)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(one, owner, 'film.mkv', data)
  await upload.sendAll(other)
  way.stall()
  const completing = upload.complete(one).catch(() => undefined)
  await sleep(600)
  assert.equal(await refusal(upload.record(other, 1, '"x"'), 423), 'upload_busy', 'it is being completed')
  await one.kill()
  await completing
  const at = Date.now()
  assert.equal((await told(upload.complete(other))).state, 'complete')
  assert.ok(Date.now() - at < 20_000, `${Date.now() - at} ms`)
  way.heal()
  assert.ok((await contentOf(other, owner, upload.id)).equals(data))
  await one.run()
})

test('a node that dies while it completes an upload leaves it to the other', async t => {
  const { one, other, way, bucket } = await serveTwo(t)
  const owner = await room(one)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(one, owner, 'film.mkv', data)
  await upload.sendAll(other)
  way.delay(400)
  const completing = upload.complete(one).catch(() => undefined)
  await sleep(600)
  await one.kill()
  await completing
  assert.equal(await refusal(upload.record(other, 1, '"x"'), 423), 'upload_busy', 'what is being completed stays as it is')
  assert.equal((await told(upload.complete(other))).state, 'complete')
  way.heal()
  assert.ok((await contentOf(other, owner, upload.id)).equals(data))
  assert.deepEqual(await begun(bucket), [])
  await one.run()
})

/** Sends half a part and waits; `rest` sends the other half and tells the status, or 0 where the store hung up. */
async function halfAPart(link, bytes) {
  const half = bytes.length / 2
  const sending = request(link.url, { method: 'PUT', headers: { ...link.headers, 'Content-Length': bytes.length } })
  const status = new Promise(resolve => sending.on('response', response => resolve(response.resume().statusCode)).on('error', () => resolve(0)))
  await new Promise(resolve => sending.write(bytes.subarray(0, half), resolve))
  return { rest: () => { sending.end(bytes.subarray(half)); return status } }
}

test('a room that ends, and a file that is removed, leave nothing of a direct upload: not even of a part on its way', async t => {
  const server = await serve(t)
  for (const ending of ['the deadline', 'DELETE of the file', 'DELETE of the room']) {
    const owner = await room(server)
    if (ending === 'the deadline') await told(ask(server, owner, 'PATCH', '', { ttl_seconds: 4 }))
    const upload = await Upload.begin(server, owner, 'film.mkv', randomBytes(24 * MiB))
    await upload.send(server, 1)
    const late = await upload.link(server, 3)
    const half = await halfAPart(await upload.link(server, 2), upload.bytes(2))
    assert.equal((await begun(server.bucket)).length, 1)
    if (ending === 'DELETE of the file') await told(ask(server, owner, 'DELETE', `/files/${upload.id}`), 204)
    if (ending === 'DELETE of the room') await told(ask(server, owner, 'DELETE', ''), 204)
    await eventually(() => isEmpty(server.bucket), 9_000, `nothing is left after ${ending}`)
    await half.rest()
    assert.ok((await fetch(late.url, { method: 'PUT', headers: late.headers, body: upload.bytes(3) })).status >= 400)
    assert.equal((await upload.complete(server)).status, ending === 'DELETE of the file' ? 404 : 410)
    assert.ok(await isEmpty(server.bucket), `nothing has come after ${ending}`)
  }
})

/** A download that stands still once it has begun. */
async function beginReading(url) {
  const response = await new Promise((resolve, reject) => request(url, resolve).on('error', reject).end())
  assert.equal(response.statusCode, 200)
  const parts = []
  response.on('error', () => {})
  await new Promise(resolve => response.once('data', part => { parts.push(part); response.pause(); resolve() }))
  return {
    /** What still comes, until it ends or nothing has come for so long. */
    rest: () => new Promise(resolve => {
      let silence
      const over = () => { clearTimeout(silence); response.destroy(); resolve(Buffer.concat(parts)) }
      const wait = () => { clearTimeout(silence); silence = setTimeout(over, 5_000) }
      response.on('data', part => { parts.push(part); wait() }).on('close', over)
      wait()
      response.resume()
    }),
  }
}
const locationOf = async (server, of, id) => (await ask(server, of, 'GET', `/files/${id}/content`)).headers.get('location')

test('a download from the store goes on after the end only until the store has collected its bytes', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const data = randomBytes(96 * MiB)
  const upload = await Upload.begin(server, owner, 'film.mkv', data)
  await upload.sendAll(server)
  await told(upload.complete(server))
  const location = await locationOf(server, owner, upload.id)
  const download = await beginReading(location)
  await told(ask(server, owner, 'DELETE', ''), 204)
  await eventually(() => isEmpty(server.bucket), 2_000, 'the object is gone')
  assert.equal((await fetch(location)).status, 404, 'nothing begins any more')
  await sleep(8_000) // the tests' store collects what is two seconds old, every two seconds
  const got = await download.rest()
  assert.ok(got.length < data.length / 2, `${got.length} of ${data.length} came`)
  assert.ok(got.equals(data.subarray(0, got.length)), 'and they are right')
})

test('a download from the store whose member is removed goes on, and another begins neither by the room nor after ten seconds', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const member = await join(server, owner)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(server, owner, 'film.mkv', data)
  await upload.sendAll(server)
  await told(upload.complete(server))
  const location = await locationOf(server, member, upload.id)
  const download = await beginReading(location)
  const { id } = (await told(ask(server, owner, 'GET', ''))).members.find(each => each.nickname === 'Tom')
  await told(ask(server, owner, 'DELETE', `/members/${id}`), 204)
  assert.equal(await refusal(ask(server, member, 'GET', `/files/${upload.id}/content`), 401), 'no_session')
  await sleep(11_000)
  assert.equal((await fetch(location)).status, 403, 'its ten seconds are over')
  assert.ok((await download.rest()).equals(data))
})

test('a client that has the bytes is told that they are the same, by the store and by the server', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const upload = await Upload.begin(server, owner, 'film.mkv', randomBytes(20 * MiB))
  await upload.sendAll(server)
  await told(upload.complete(server))
  const addresses = { store: () => locationOf(server, owner, upload.id), server: () => `${server.url}/${owner.name}/film.mkv` }
  for (const [who, address] of Object.entries(addresses)) {
    const headers = who === 'server' ? owner.bearer : {}
    const first = await fetch(await address(), { headers: { ...headers, Range: 'bytes=0-0' } })
    const etag = first.headers.get('etag')
    assert.match(etag, /^".+"$/, who)
    const same = await fetch(await address(), { headers: { ...headers, 'If-None-Match': etag } })
    assert.deepEqual([same.status, (await same.arrayBuffer()).byteLength], [304, 0], who)
    const other = await fetch(await address(), { headers: { ...headers, 'If-None-Match': '"another"', Range: 'bytes=0-9' } })
    assert.deepEqual([other.status, (await other.arrayBuffer()).byteLength], [206, 10], who)
  }
})

test('a file that is removed while it is completed is gone, with its object', async t => {
  const { one, other, way, bucket } = await serveTwo(t)
  const owner = await room(one)
  const upload = await Upload.begin(one, owner, 'film.mkv', randomBytes(20 * MiB))
  await upload.sendAll(other)
  way.delay(400)
  const completing = upload.complete(one)
  await sleep(600)
  await told(ask(other, owner, 'DELETE', `/files/${upload.id}`), 204)
  assert.equal(await refusal(completing, 404), 'not_found')
  way.heal()
  await eventually(() => isEmpty(bucket), 5_000, 'nothing is left')
  assert.deepEqual((await told(ask(other, owner, 'GET', ''))).files, [])
})

test('a link takes its part and nothing else, and not for long', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const upload = await Upload.begin(server, owner, 'film.mkv', randomBytes(20 * MiB))
  const link = await upload.link(server, 3)
  const lives = ({ url }) => Number(new URL(url).searchParams.get('X-Amz-Expires'))
  assert.equal(lives(link), 60)
  const put = async (url, headers, body) => (await fetch(url, { method: 'PUT', headers, body })).status
  const last = upload.bytes(3)
  const others = randomBytes(last.length)
  assert.equal(await put(link.url, link.headers, last.subarray(1)), 403, 'a shorter part')
  assert.equal(await put(link.url, link.headers, Buffer.concat([last, Buffer.from('x')])), 403, 'a longer one')
  assert.equal(await put(link.url, link.headers, others), 400, 'other bytes')
  assert.equal(await put(link.url, { 'Content-MD5': hash('md5', others, 'base64') }, others), 403, 'other bytes with their own sum')
  assert.equal(await put(link.url, {}, last), 403, 'no sum')
  assert.equal(await put(link.url.replace('partNumber=3', 'partNumber=2'), link.headers, last), 403, 'another part')
  assert.equal((await fetch(link.url, { headers: link.headers })).status, 403, 'reading')
  assert.deepEqual((await upload.standing(server)).parts, [])

  await told(ask(server, owner, 'PATCH', '', { ttl_seconds: 3 }))
  const short = await upload.link(server, 3)
  assert.ok(lives(short) <= 3, 'no longer than the room')
  await told(ask(server, owner, 'PATCH', '', { ttl_seconds: 600 }))
  await sleep(3_100)
  assert.equal(await put(short.url, short.headers, last), 403, 'after its time')
  assert.equal(await put(link.url, link.headers, last), 200, 'and the first is still good')
})

test('nobody but its uploader goes on with an upload; the owner can remove it', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const member = await join(server, owner)
  const upload = await Upload.begin(server, member, 'film.mkv', randomBytes(20 * MiB))
  const part = { number: 1, md5: hash('md5', upload.bytes(1), 'base64') }
  const requests = [['GET', '', undefined], ['POST', '/links', { parts: [part] }], ['PUT', '/parts/1', { etag: '"x"', crc32: 1 }], ['POST', '/complete', {}]]
  const stranger = await room(server)
  for (const [method, path, body] of requests) {
    assert.equal(await refusal(ask(server, owner, method, upload.path + path, body), 403), 'forbidden', path)
    assert.equal(await refusal(ask(server, { name: owner.name, bearer: {} }, method, upload.path + path, body), 401), 'no_session', path)
    assert.equal(await refusal(ask(server, { name: owner.name, bearer: stranger.bearer }, method, upload.path + path, body), 401), 'no_session', path)
    assert.equal(await refusal(ask(server, stranger, method, upload.path + path, body), 404), 'not_found', path)
  }
  assert.deepEqual((await upload.standing(server)).parts, [])
  await told(ask(server, owner, 'DELETE', `/files/${upload.id}`), 204)
  await eventually(() => isEmpty(server.bucket), 5_000, 'nothing is left')
})

test('bad input is refused by the name of its field', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const refused = async (method, path, body) => {
    const { code, field } = await told(ask(server, owner, method, path, body), 400)
    return `${code} ${field}`
  }
  const create = more => refused('POST', '/direct-uploads', { name: 'film.mkv', size_bytes: 20 * MiB, ...more })
  for (const name of ['', '../x', '/', 7]) assert.match(await create({ name }), / name$/)
  for (const size_bytes of [undefined, 0, -1, 1.5, '1', 2 ** 63]) assert.equal(await create({ size_bytes }), 'invalid_request size_bytes', String(size_bytes))
  assert.equal(await create({ media_type: 7 }), 'invalid_request media_type')
  assert.equal(await create({ modified_at: 'now' }), 'invalid_request modified_at')
  assert.equal(await create({ sha256: 'a'.repeat(64) }), 'invalid_request sha256', 'nobody here could hold the bytes to it')
  assert.deepEqual(await begun(server.bucket), [])

  const upload = await Upload.begin(server, owner, 'film.mkv', randomBytes(20 * MiB))
  const md5 = hash('md5', upload.bytes(1), 'base64')
  const links = parts => refused('POST', `${upload.path}/links`, { parts })
  for (const parts of [undefined, [], {}, [1], Array(17).fill({ number: 1, md5 })]) assert.equal(await links(parts), 'invalid_request parts')
  for (const number of [0, 4, -1, 1.5, '1', 2 ** 32, undefined]) assert.equal(await links([{ number, md5 }]), 'invalid_request number', String(number))
  for (const bad of ['', 'x', md5.slice(4), `${md5}AAAA`, 7, undefined]) assert.equal(await links([{ number: 1, md5: bad }]), 'invalid_request md5', String(bad))
  assert.equal(await links([{ number: 1, md5, size: 1 }]), 'invalid_request size')
  const record = (number, body) => refused('PUT', `${upload.path}/parts/${number}`, { etag: '"x"', crc32: 1, ...body })
  for (const number of ['0', '4', '-1', 'x', '4294967297', '1%202']) assert.equal(await record(number), 'invalid_request number', number)
  for (const etag of ['', 'a b', '\n', 'é', 'x'.repeat(201), undefined, 7]) assert.equal(await record(1, { etag }), 'invalid_request etag', String(etag))
  for (const crc32 of [-1, 2 ** 32, 1.5, '1', undefined]) assert.equal(await record(1, { crc32 }), 'invalid_request crc32', String(crc32))
  assert.equal(await record(1, { size: 1 }), 'invalid_request size')
  assert.equal(await refused('POST', `${upload.path}/complete`, { size: 1 }), 'invalid_request size')
  for (const path of ['/direct-uploads/x', `/direct-uploads/${'0'.repeat(32)}`]) assert.equal(await refusal(ask(server, owner, 'GET', path), 404), 'not_found')
  const { id } = await told(fetch(`${server.url}/${owner.name}/small`, { method: 'PUT', headers: { ...owner.bearer, Accept: 'application/json' }, body: 'small' }).then(() => ask(server, owner, 'GET', ''))).then(({ files }) => files.find(file => file.name === 'small'))
  assert.equal(await refusal(ask(server, owner, 'GET', `/direct-uploads/${id}`), 404), 'not_found', 'a file that came by the server')
  assert.deepEqual((await upload.standing(server)).parts, [])
})

test('tus and the draft bring nothing to a direct upload, and nobody reads it before it is whole', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(server, owner, 'film.mkv', data)
  await upload.send(server, 1)
  const at = api(server, owner, `/files/${upload.id}`)
  const tus = { ...owner.bearer, 'Tus-Resumable': '1.0.0' }
  const head = await fetch(at, { method: 'HEAD', headers: tus })
  assert.deepEqual([head.status, head.headers.get('upload-offset'), head.headers.get('upload-length')], [200, String(8 * MiB), String(data.length)])
  const patch = headers => fetch(at, { method: 'PATCH', headers: { ...headers, 'Upload-Offset': String(8 * MiB) }, body: 'more' })
  assert.equal(await refusal(patch({ ...tus, 'Content-Type': 'application/offset+octet-stream' }), 409), 'direct_upload')
  assert.equal(await refusal(patch({ ...owner.bearer, 'Upload-Complete': '?0', 'Upload-Draft-Interop-Version': '8', 'Content-Type': 'application/partial-upload' }), 409), 'direct_upload')

  const get = (address, headers = {}) => fetch(address, { headers: { ...owner.bearer, ...headers } })
  for (const address of [`${at}/content`, `${at}/preview`, `${server.url}/${owner.name}/film.mkv`]) {
    const answer = await fetch(address, { headers: owner.bearer })
    assert.equal(await refusal(answer, 409), 'not_whole_yet', address)
  }
  const listed = await told(ask(server, owner, 'GET', ''))
  assert.deepEqual(listed.files.map(file => [file.state, file.offset_bytes, file.direct]), [['uploading', 8 * MiB, true]])
  await fetch(`${server.url}/${owner.name}/small`, { method: 'PUT', headers: owner.bearer, body: 'small' })
  const zip = Buffer.from(await (await get(api(server, owner, '/archive.zip'))).arrayBuffer())
  assert.ok(zip.includes('small') && !zip.includes('film.mkv'), 'a ZIP leaves it out')

  await upload.send(server, 3)
  await upload.send(server, 2)
  const { sha256 } = await told(upload.complete(server))
  assert.equal(sha256, null)
  const range = await get(`${server.url}/${owner.name}/film.mkv`, { Range: `bytes=${8 * MiB - 5}-${8 * MiB + 4}` })
  assert.equal(range.status, 206)
  assert.ok(Buffer.from(await range.arrayBuffer()).equals(data.subarray(8 * MiB - 5, 8 * MiB + 5)))
  assert.equal(await refusal(patch({ ...tus, 'Content-Type': 'application/offset+octet-stream' }), 409), 'offset_conflict')
  assert.equal(await refusal(upload.record(server, 1, '"x"'), 400), 'upload_complete')
  assert.deepEqual((await upload.standing(server)).parts, [])
})

test('an upload isn\'t completed with parts missing, nor with others than the store has; these are sent again', async t => {
  const server = await serve(t)
  const owner = await room(server)
  const data = randomBytes(20 * MiB)
  const upload = await Upload.begin(server, owner, 'film.mkv', data)
  await upload.send(server, 1)
  await upload.send(server, 3)
  assert.equal(await refusal(upload.complete(server), 409), 'parts_missing')
  assert.deepEqual((await upload.standing(server)).parts.map(part => part.number), [1, 3], 'what is recorded stays')

  const stream = new Stream(server, owner)
  await told(upload.record(server, 2, '"00000000000000000000000000000000"'))
  await stream.wait('file-progress', ({ file }) => file.offset_bytes === data.length)
  assert.equal(await refusal(upload.complete(server), 409), 'parts_missing')
  const { file, parts } = await upload.standing(server)
  assert.deepEqual([file.offset_bytes, file.state, parts], [0, 'uploading', []])
  await stream.wait('file-progress', ({ file }) => file.offset_bytes === 0)
  await stream.close()
  await upload.sendAll(server)
  await upload.send(server, 2) // Twice is once.
  assert.equal((await told(upload.complete(server))).state, 'complete')
  assert.ok((await contentOf(server, owner, upload.id)).equals(data))
})

test('a direct upload takes its place in the room when it begins, and gives it back', async t => {
  const server = await serve(t, { FLEETING_ROOM_SIZE_LIMIT: '100MiB', FLEETING_FILE_SIZE_LIMIT: '60MiB' })
  const owner = await room(server)
  const create = (name, size_bytes) => ask(server, owner, 'POST', '/direct-uploads', { name, size_bytes })
  assert.equal(await refusal(create('a', 60 * MiB + 1), 413), 'file_too_large')
  const made = await Promise.all(Array.from({ length: 6 }, () => create('film.mkv', 50 * MiB)))
  assert.deepEqual(made.map(answer => answer.status).sort(), [201, 201, 507, 507, 507, 507])
  assert.equal((await begun(server.bucket)).length, 2, 'those that found no place left nothing')
  const { room: { used_bytes }, files } = await told(ask(server, owner, 'GET', ''))
  assert.deepEqual([used_bytes, files.map(file => file.name).sort()], [100 * MiB, ['film (2).mkv', 'film.mkv']])
  await told(ask(server, owner, 'DELETE', `/files/${files[0].id}`), 204)
  await told(ask(server, owner, 'PATCH', '', { locked: true }))
  assert.equal(await refusal(create('a', MiB), 403), 'uploads_locked')
  await told(ask(server, owner, 'PATCH', '', { locked: false }))
  await told(create('a', 50 * MiB), 201)
})

test('where members can\'t reach the store, or there is none, uploads pass the server', async t => {
  const alone = await Server.alone(generous)
  t.after(() => alone.stop())
  for (const server of [alone, await serve(t, { FLEETING_S3_TRANSFER: 'proxy' })]) {
    const owner = await room(server)
    assert.equal(owner.room.direct_upload_from_bytes, undefined)
    assert.equal(await refusal(ask(server, owner, 'POST', '/direct-uploads', { name: 'a', size_bytes: MiB }), 404), 'no_direct_uploads')
    const page = await fetch(server.url, { headers: { Accept: 'text/html' } })
    assert.match(page.headers.get('content-security-policy'), /connect-src 'self';/)
  }
})
