// The same server on an S3 store (Ceph's), looked at from the side with Amazon's own client.
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, GetBucketCorsCommand, GetBucketLifecycleConfigurationCommand, GetObjectCommand, ListMultipartUploadsCommand,
  ListObjectsV2Command, ListObjectVersionsCommand, PutBucketAclCommand, PutBucketCorsCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { Ceph } from '../support/ceph.mjs'
import { FaultProxy } from '../support/fault_proxy.mjs'
import { binary, eventually, freePort, generous, makeFolder, Server, sleep } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'

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
  const name = `bucket-${++buckets}`
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
async function objects(bucket) {
  const { Contents = [] } = await store.send(new ListObjectsV2Command({ Bucket: bucket }))
  return Contents
}
const read = async (bucket, key) => Buffer.from(await (await store.send(new GetObjectCommand({ Bucket: bucket, Key: key }))).Body.transformToByteArray())
const sha256 = data => createHash('sha256').update(data).digest('hex')
const proxy = { FLEETING_S3_TRANSFER: 'proxy' }

const put = (server, room, name, body) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: room.bearer })
const get = (server, room, name, headers = {}) => fetch(`${server.url}/${room.name}/${name}`, { headers: { ...room.bearer, ...headers } })
const listed = (server, room) => fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer }).then(r => r.json()).then(r => r.files)
const bytesOf = async response => Buffer.from(await response.arrayBuffer())
const tus = { 'Tus-Resumable': '1.0.0' }
async function createUpload(server, room, name, length) {
  const headers = { ...tus, ...room.bearer, 'Upload-Length': String(length), 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` }
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers })
  assert.equal(made.status, 201)
  return new URL(made.headers.get('location'), server.url).href
}
const patch = (room, url, from, body, more = {}) => fetch(url, {
  method: 'PATCH', headers: { ...tus, ...room.bearer, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(from), ...more }, body,
})
const offsetOf = async (room, url) => Number((await fetch(url, { method: 'HEAD', headers: { ...tus, ...room.bearer } })).headers.get('upload-offset'))
async function linkOf(server, room, name) {
  const { id } = (await listed(server, room)).find(file => file.name === name)
  const redirect = await fetch(`${server.url}/api/v1/rooms/${room.name}/files/${id}/content`, { headers: room.bearer, redirect: 'manual' })
  assert.equal(redirect.status, 302)
  return new URL(redirect.headers.get('location'), server.url).href
}

test('small and large files go up and come back through the server, whole and in part, and leave nothing behind', async t => {
  const server = await serve(t, proxy)
  const room = await server.room()
  const files = { small: Buffer.from('small'), empty: Buffer.alloc(0), large: randomBytes(100 << 20) }
  for (const [name, body] of Object.entries(files)) assert.equal((await put(server, room, name, body)).status, 201)
  for (const [name, body] of Object.entries(files)) assert.equal(sha256(await bytesOf(await get(server, room, name))), sha256(body), name)
  const part = await get(server, room, 'large', { Range: 'bytes=8388600-8388700' })
  assert.equal(part.status, 206)
  assert.deepEqual(await bytesOf(part), files.large.subarray(8388600, 8388701))
  const stored = await objects(server.bucket)
  assert.deepEqual(stored.map(object => object.Size).sort((a, b) => a - b), [0, 5, 100 << 20])
  assert.equal(sha256(await read(server.bucket, stored.find(o => o.Size === 100 << 20).Key)), sha256(files.large))
  const zip = await fetch(`${server.url}/api/v1/rooms/${room.name}/archive.zip`, { headers: room.bearer })
  assert.equal((await bytesOf(zip)).length, Number(zip.headers.get('content-length')))
  await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })
  await eventually(async () => (await objects(server.bucket)).length === 0, 5_000, 'the bucket is empty')
})

test('an upload goes on after kill -9, and what was acknowledged is there', async t => {
  const server = await serve(t, proxy)
  const room = await server.room()
  const data = randomBytes(21_000_001)
  const url = await createUpload(server, room, 'parts.bin', data.length)
  let at = 0
  for (const to of [1, 70_000, 12_000_000]) {
    assert.equal((await patch(room, url, at, data.subarray(at, to))).status, 204)
    at = to
  }
  await server.kill()
  await server.run()
  assert.equal(await offsetOf(room, url), at)
  assert.equal((await patch(room, url, at, data.subarray(at))).status, 204)
  const [file] = await listed(server, room)
  assert.deepEqual([file.state, file.sha256], ['complete', sha256(data)])
  assert.equal(sha256(await bytesOf(await get(server, room, 'parts.bin'))), sha256(data))
  const stored = await objects(server.bucket)
  assert.deepEqual(stored.map(object => object.Size), [data.length])
  assert.equal((await store.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }))).Uploads, undefined)
})

test('what comes in checked pieces is digested from the store while more of it comes', async t => {
  const server = await serve(t, proxy)
  const room = await server.room()
  const data = randomBytes(40 << 20)
  const url = await createUpload(server, room, 'checked.bin', data.length)
  for (let at = 0; at < data.length; at += 4 << 20) {
    const piece = data.subarray(at, at + (4 << 20))
    const checksum = `sha256 ${createHash('sha256').update(piece).digest('base64')}`
    assert.equal((await patch(room, url, at, piece, { 'Upload-Checksum': checksum })).status, 204)
  }
  await eventually(async () => (await listed(server, room))[0].sha256 === sha256(data), 20_000, 'its SHA-256 is told')
})

test('a link leads to the store for ten seconds, and to this file under this name only', async t => {
  const server = await serve(t)
  const room = await server.room()
  await put(server, room, 'größe 1.txt', 'linked')
  const link = await linkOf(server, room, 'größe 1.txt')
  assert.ok(link.startsWith(ceph.url))
  const made = Date.now()
  const response = await fetch(link)
  assert.equal(response.status, 200)
  assert.match(response.headers.get('content-disposition'), /^attachment;.*filename\*=UTF-8''gr%C3%B6%C3%9Fe%201\.txt/)
  assert.equal(response.headers.get('content-type'), 'application/octet-stream')
  assert.equal(await response.text(), 'linked')
  assert.equal(await (await fetch(link, { headers: { Range: 'bytes=1-3' } })).text(), 'ink')
  const altered = [link.replace('/files/', '/files/0'), link.replace('attachment', 'inline'), link.replace('X-Amz-Expires=10', 'X-Amz-Expires=11')]
  for (const other of altered) {
    assert.notEqual(other, link)
    assert.equal((await fetch(other)).status, 403)
  }
  await sleep(made + 8_900 - Date.now())
  assert.equal((await fetch(link)).status, 200)
  await sleep(made + 11_100 - Date.now())
  assert.equal((await fetch(link)).status, 403)
})

test('a bucket has an address of its own where path style is off, for the server and in links', async t => {
  const endpoint = ceph.url.replace('127.0.0.1', 'localhost')
  const server = await serve(t, { FLEETING_S3_ENDPOINT: endpoint, FLEETING_S3_PATH_STYLE: 'off' })
  const room = await server.room()
  const files = { small: Buffer.from('small'), large: randomBytes(20 << 20) }
  for (const [name, body] of Object.entries(files)) {
    assert.equal((await put(server, room, name, body)).status, 201)
    assert.ok((await bytesOf(await get(server, room, name))).equals(body), `${name} by the server`)
    const link = new URL(await linkOf(server, room, name))
    assert.equal(link.host, `${server.bucket}.localhost:${ceph.port}`)
    assert.match(link.pathname, /^\/files\/[0-9a-f]{32}$/)
    assert.ok(execFileSync('curl', ['-sSf', link.href], { maxBuffer: 1 << 26 }).equals(body), `${name} by its link`)
    assert.throws(() => execFileSync('curl', ['-sSf', link.href.replace('attachment', 'inline')], { stdio: 'pipe' }), /403/)
  }
  const stored = (await objects(server.bucket)).map(object => object.Size).sort((a, b) => a - b)
  assert.deepEqual(stored, [5, 20 << 20], 'in the bucket itself')
  await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })
  await eventually(async () => (await objects(server.bucket)).length === 0, 5_000, 'the bucket is empty')
})

test('a room that ends takes every version of its files with it, uploads that aren\'t complete too', async t => {
  const bucket = await makeBucket()
  await store.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  const server = await Server.alone({ ...generous, ...settingsOf(bucket), ...proxy })
  t.after(() => server.stop())
  const room = await server.room({ ttl_seconds: 3 })
  await put(server, room, 'whole', 'whole')
  const url = await createUpload(server, room, 'begun', 10)
  assert.equal((await patch(room, url, 0, 'abcde')).status, 204)
  const done = await createUpload(server, room, 'done', 10)
  for (const [at, part] of [[0, 'abcde'], [5, 'fghij']]) assert.equal((await patch(room, done, at, part)).status, 204)
  assert.equal((await objects(bucket)).length, 3)
  const versions = async () => {
    const { Versions = [], DeleteMarkers = [] } = await store.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: 'files/' }))
    return [...Versions, ...DeleteMarkers].filter(version => !version.Key.includes('check')).length
  }
  await eventually(async () => (await versions()) === 0, 9_000, 'no version is left')
})

test('at its start the server sets what is missing', async t => {
  const { bucket } = await serve(t)
  const { Rules } = await store.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
  assert.equal(Rules[0].AbortIncompleteMultipartUpload.DaysAfterInitiation, 8, 'longer than any room lives')
  const { CORSRules } = await store.send(new GetBucketCorsCommand({ Bucket: bucket }))
  assert.deepEqual(CORSRules[0].ExposeHeaders, ['ETag'])
})

test('rules that a bucket has already stay; where they keep pages from uploading, the log says what to run', async t => {
  const bucket = await makeBucket()
  const rule = { AllowedOrigins: ['https://files.example'], AllowedMethods: ['GET'], AllowedHeaders: ['*'] }
  const set = more => store.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [{ ...rule, ...more }] } }))
  const advice = async () => {
    const server = await Server.alone({ ...generous, ...settingsOf(bucket) })
    await server.stop()
    return server.log.split('\n').find(line => line.includes('bucket_advice')) ?? ''
  }
  await set({})
  assert.match(await advice(), /no CORS rule lets pages upload to the store: aws s3api put-bucket-cors --bucket .* AllowedMethods GET and PUT, AllowedHeaders \*, ExposeHeaders ETag/)
  const { CORSRules } = await store.send(new GetBucketCorsCommand({ Bucket: bucket }))
  assert.deepEqual(CORSRules[0].AllowedMethods, ['GET'], 'it is the operator\'s')
  await set({ AllowedMethods: ['PUT', 'GET'], ExposeHeaders: ['ETag'] })
  assert.equal(await advice(), '')
})

/** Starts a server that should refuse to, and returns what it says. */
async function refusal(env) {
  const folder = makeFolder('refused')
  const settings = { ...generous, FLEETING_LISTEN: `127.0.0.1:${await freePort()}`, FLEETING_DATA_DIR: `${folder}/data`, ...env }
  const child = spawn(binary, ['serve'], { cwd: folder, env: { PATH: process.env.PATH, AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1', ...settings } })
  let said = ''
  child.stderr.on('data', text => (said += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const code = await new Promise(resolve => child.on('close', resolve))
  clearTimeout(timer)
  assert.equal(code, 1, said)
  return said.trim().split('\n').at(-1)
}

test('keys that are wrong or missing, a bucket that isn\'t there or is public, and a store that is away stop the start', async () => {
  const bucket = await makeBucket()
  const good = settingsOf(bucket)
  assert.match(await refusal({ ...good, FLEETING_S3_SECRET_KEY: 'wrong' }), /refuses our keys \(SignatureDoesNotMatch\): set FLEETING_S3_ACCESS_KEY/)
  assert.match(await refusal({ ...good, FLEETING_S3_ACCESS_KEY: 'nobody' }), /refuses our keys \(InvalidAccessKeyId\)/)
  assert.match(await refusal({ ...good, FLEETING_S3_ACCESS_KEY: '', FLEETING_S3_SECRET_KEY: '' }), /no keys for the store .*set FLEETING_S3_ACCESS_KEY/)
  assert.match(await refusal({ ...good, FLEETING_S3_BUCKET: 'no-such-bucket' }), /no-such-bucket .* doesn't exist: create it/)
  assert.match(await refusal({ ...good, FLEETING_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` }), /asking the store at /)
  await store.send(new PutBucketAclCommand({ Bucket: bucket, ACL: 'public-read' }))
  assert.match(await refusal(good), /is public, anybody can read every file: block public access/)
})

test('the doctor says what a start would', async () => {
  const bucket = await makeBucket()
  const diagnose = env => spawnSync(binary, ['doctor'], { encoding: 'utf8', env: { PATH: process.env.PATH, ...settingsOf(bucket), ...env } })
  const well = diagnose({})
  assert.deepEqual([well.status, well.stdout.includes(`the bucket ${bucket} can be used`)], [0, true], well.stdout + well.stderr)
  const ill = diagnose({ FLEETING_S3_BUCKET: 'no-such-bucket' })
  assert.equal(ill.status, 1)
  assert.match(ill.stdout, /no-such-bucket .* doesn't exist: create it/)
})

test('keys come from the environment', async t => {
  const keys = { FLEETING_S3_ACCESS_KEY: '', FLEETING_S3_SECRET_KEY: '', AWS_ACCESS_KEY_ID: Ceph.accessKey, AWS_SECRET_ACCESS_KEY: Ceph.secretKey }
  const server = await serve(t, { ...proxy, ...keys })
  const room = await server.room()
  assert.equal((await put(server, room, 'a', 'a')).status, 201)
})

test('a store that hangs is told within its deadline, then at once, and is used again within a second of its return', async t => {
  const server = await serve(t, proxy)
  const room = await server.room()
  await put(server, room, 'kept', 'kept')
  ceph.signal('SIGSTOP', 'gateway')
  let first, toldAfter
  try {
    const begun = Date.now()
    assert.equal((await put(server, room, 'lost', 'lost')).status, 503)
    first = Date.now() - begun
    assert.ok(first < 65_000)
    await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 503, 15_000, 'it is known')
    const known = Date.now()
    assert.equal((await put(server, room, 'lost', 'lost')).status, 503)
    toldAfter = Date.now() - known
    assert.ok(toldAfter < 50, `known, and told after ${toldAfter} ms`)
  } finally {
    ceph.signal('SIGCONT', 'gateway')
  }
  const back = Date.now()
  await eventually(async () => (await get(server, room, 'kept')).status === 200, 2_000, 'it is back')
  const backAfter = Date.now() - back
  assert.ok(backAfter < 1_000, `back after ${backAfter} ms`)
  tell('a store that hangs', `503 after ${first} ms, once it is known after ${toldAfter}; used again ${backAfter} ms after its return`)
  assert.deepEqual((await listed(server, room)).map(file => file.name), ['kept'])
})

test('rooms end on time while the store hangs, and their bytes go once it is back', async t => {
  const server = await serve(t, proxy)
  const rooms = []
  for (const ttl_seconds of [3, 5]) {
    const room = await server.room({ ttl_seconds })
    assert.equal((await put(server, room, 'mine', 'mine')).status, 201)
    rooms.push(room)
  }
  ceph.signal('SIGSTOP', 'gateway')
  try {
    for (const { room } of rooms) {
      await sleep(Date.parse(room.expires_at) - Date.now())
      await eventually(() => server.sql(`SELECT count(*) FROM room WHERE name_key = '${room.name}'`).trim() === '0', 1_000, 'its rows are gone')
    }
  } finally {
    ceph.signal('SIGCONT', 'gateway')
  }
  await eventually(async () => (await objects(server.bucket)).length === 0, 30_000, 'the bytes are gone')
})

/** What a container's and an instance's endpoint answer, whichever is asked. */
async function roleEndpoint(t) {
  const keys = JSON.stringify({ AccessKeyId: Ceph.accessKey, SecretAccessKey: Ceph.secretKey, Expiration: new Date(Date.now() + 3_600_000).toISOString() })
  const asked = []
  const endpoint = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? request.headers['x-aws-ec2-metadata-token'] ?? ''}`.trim())
    response.end(request.method === 'PUT' ? 'token' : request.url.endsWith('/security-credentials/') ? 'role' : keys)
  })
  await new Promise(resolve => endpoint.listen(0, '127.0.0.1', resolve))
  t.after(() => endpoint.close())
  return { asked, url: `http://127.0.0.1:${endpoint.address().port}` }
}
const noKeys = { FLEETING_S3_ACCESS_KEY: '', FLEETING_S3_SECRET_KEY: '' }

test('keys come from the container\'s endpoint', async t => {
  const { asked, url } = await roleEndpoint(t)
  const server = await serve(t, { ...proxy, ...noKeys, AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/keys`, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'secret' })
  assert.equal((await put(server, await server.room(), 'a', 'a')).status, 201)
  assert.deepEqual(asked, ['GET /keys secret'])
})

test('keys come from the instance\'s role', async t => {
  const { asked, url } = await roleEndpoint(t)
  const server = await serve(t, { ...proxy, ...noKeys, AWS_EC2_METADATA_SERVICE_ENDPOINT: url })
  assert.equal((await put(server, await server.room(), 'a', 'a')).status, 201)
  const path = '/latest/meta-data/iam/security-credentials/'
  assert.deepEqual(asked, ['PUT /latest/api/token', `GET ${path} token`, `GET ${path}role token`])
})

test('connections to the store that break in the middle cost no byte', async t => {
  const way = await FaultProxy.before(ceph.address)
  t.after(() => way.close())
  const server = await serve(t, { ...proxy, FLEETING_S3_ENDPOINT: `http://127.0.0.1:${way.port}` })
  const room = await server.room()
  const data = randomBytes(40 << 20)
  const breaking = setInterval(() => way.reset(), 600)
  const stored = await put(server, room, 'large', data).finally(() => clearInterval(breaking))
  assert.equal(stored.status, 201)
  way.resetAfter(3 << 20)
  assert.equal(sha256(await bytesOf(await get(server, room, 'large'))), sha256(data))
  way.answer(500)
  way.reset()
  assert.equal((await put(server, room, 'refused', 'refused')).status, 503)
  way.heal()
  await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200, 2_000, 'it is back')
  assert.deepEqual((await listed(server, room)).map(file => file.name), ['large'])
})
