// Files that go from the client straight to the store (Ceph's), in parts: what the server does, and what it lets nobody do.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { Ceph } from '../support/ceph.mjs'
import { Postgres } from '../support/postgres.mjs'
import { eventually, freePort, generous, Server, sleep } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

const MiB = 1 << 20
let ceph, store
before(async () => {
  ceph = await Ceph.start()
  store = new S3Client({
    endpoint: ceph.url, region: 'us-east-1', forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: Ceph.accessKey, secretAccessKey: Ceph.secretKey },
  })
})
after(async () => { await ceph?.stop() })

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
