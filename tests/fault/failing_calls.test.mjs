// Each call to the disk fails once, for each thing that a member does: it is done, or refused in clean words; what was there is still
// there, nothing of the rest stays, and the next try succeeds. STRIDE: each so-manieth call only.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, generous, makeFolder, Server } from '../support/server.mjs'
import { descriptorsOf, memoryOf, tell } from '../trust/load.mjs'
import { all, DiskShim, kinds } from './disk_shim.mjs'

const stride = Number(process.env.STRIDE || 3)
const failures = stride === 1 ? 1000 : 200
const begin = 1 + (Date.now() % stride)
const settings = { ...generous, FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_DISK_FLOOR_BYTES: '0', FLEETING_DISK_FLOOR_PERCENT: '0' }
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const tus = { 'Tus-Resumable': '1.0.0' }
const octets = { 'Content-Type': 'application/offset+octet-stream' }
const named = name => ({ 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` })
const bytes = { 'base.bin': randomBytes(300_000), 'new.bin': randomBytes(200_000) }
const kSpace = kinds.open | kinds.write | kinds.sync | kinds.cut | kinds.link | kinds.rename | kinds.makeFolder | kinds.copy | kinds.writeBack
/** What fails, and how. */
const faults = [{ which: all, error: 'EIO' }, { which: kSpace, error: 'ENOSPC' }, { which: kinds.open, error: 'EMFILE' }]

let server, shim, room
before(async () => {
  server = await Server.prepared({ ...settings })
  shim = new DiskShim(server)
  await server.run()
})
after(async () => {
  await server.stop()
  Server.killAll()
})

const roomPath = () => `/api/v1/rooms/${room.name}`
const ask = (method, path, headers, body) => fetch(server.url + path, { method, headers: { ...room?.bearer, ...headers }, body })

/** Whether it was done. What wasn't must have been refused as a fault of the server, in its own words. */
async function isDone(answer, expected) {
  if (answer.status === expected) return true
  const text = await answer.text()
  assert.ok([503, 507].includes(answer.status), `${answer.status} ${text}`)
  assert.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  assert.ok(['unavailable', 'storage_full', 'busy', 'cancelled'].includes(JSON.parse(text).code), text)
  return false
}

/** Whether all bytes came, which then are right. Cut is an answer too, once it has begun. */
async function isWhole(answer, wanted) {
  if (!(await isDone(answer, 200))) return false
  const got = await answer.arrayBuffer().catch(() => null)
  if (!got) return false
  assert.equal(sha256(Buffer.from(got)), sha256(wanted))
  return true
}

async function createUpload(headers, body) {
  const made = await ask('POST', `${roomPath()}/files`, { ...tus, ...headers }, body)
  return (await isDone(made, 201)) && made.headers.get('location')
}

async function uploadByTus() {
  const path = await createUpload({ ...named('new.bin'), 'Upload-Length': '200000' })
  if (!path) return false
  for (const [from, to] of [[0, 90_000], [90_000, 200_000]])
    if (!(await isDone(await ask('PATCH', path, { ...tus, ...octets, 'Upload-Offset': String(from) }, bytes['new.bin'].subarray(from, to)), 204))) return false
  return true
}

async function concatenate() {
  const parts = []
  for (const [from, to] of [[0, 90_000], [90_000, 200_000]]) {
    parts.push(await createUpload({ ...octets, 'Upload-Concat': 'partial', 'Upload-Length': String(to - from) }, bytes['new.bin'].subarray(from, to)))
    if (!parts.at(-1)) return false
  }
  return Boolean(await createUpload({ ...named('new.bin'), 'Upload-Concat': `final;${parts.join(' ')}` }))
}

const fileId = async name => (await (await ask('GET', roomPath())).json()).files.find(file => file.name === name).id

/** By its name: what is made before it, what is done, and whether new.bin is there afterwards. */
const deeds = {
  'a file by PUT': { work: async () => isDone(await ask('PUT', `/${room.name}/new.bin`, {}, bytes['new.bin']), 201), leaves: true },
  'a file by tus': { work: uploadByTus, leaves: true },
  'a file put together': { work: concatenate, leaves: true },
  'a download': { work: async () => isWhole(await ask('GET', `/${room.name}/base.bin`), bytes['base.bin']) },
  'a link': { work: async () => isWhole(await ask('GET', `${roomPath()}/files/${room.base}/content`), bytes['base.bin']) },
  'a ZIP': {
    work: async () => {
      const answer = await ask('GET', `${roomPath()}/archive.zip`)
      if (!(await isDone(answer, 200))) return false
      const got = await answer.arrayBuffer().catch(() => null)
      if (got) assert.ok(Buffer.from(got).includes(bytes['base.bin']))
      return Boolean(got)
    },
  },
  'a removal': {
    prepare: async () => {
      assert.equal((await ask('PUT', `/${room.name}/new.bin`, {}, bytes['new.bin'])).status, 201)
      room.doomed = await fileId('new.bin')
    },
    work: async () => isDone(await ask('DELETE', `${roomPath()}/files/${room.doomed}`, tus), 204), leaves: false, had: true,
  },
}

/** What was there is there, right to the last bit; what was done has been; what wasn't is whole or absent, and can be removed. */
async function look(deed, done) {
  const listing = await ask('GET', roomPath())
  assert.equal(listing.status, 200)
  const { files } = await listing.json()
  const isThere = files.some(file => file.name === 'new.bin' && file.state === 'complete')
  if (done && deed.leaves !== undefined) assert.equal(isThere, deed.leaves, 'what was acknowledged')
  if (!done && deed.had) assert.ok(isThere, 'what was refused to be removed')
  for (const file of files.filter(file => file.state === 'complete'))
    assert.ok(await isWhole(await ask('GET', `/${room.name}/${file.name}`), bytes[file.name]), file.name)
  for (const file of files.filter(file => file.name !== 'base.bin'))
    assert.equal((await ask('DELETE', `${roomPath()}/files/${file.id}`, tus)).status, 204)
}

async function openRoom() {
  room = await server.room({ ttl_seconds: 3600 })
  assert.equal((await ask('PUT', `/${room.name}/base.bin`, {}, bytes['base.bin'])).status, 201)
  room.base = await fileId('base.bin')
}

/** One deed with its n-th call failing: false where there was no n-th one. */
async function tryWith(deed, fault, first) {
  await deed.prepare?.()
  shim.arm({ ...fault, first })
  const done = await deed.work()
  shim.disarm()
  const failed = shim.failed > 0
  assert.equal(server.process.exitCode ?? server.process.signalCode, null, `the server has ended: ${server.log}`)
  await look(deed, done)
  // A folder whose sync failed once takes nothing any more: its next files fail, and not by what this looks at.
  if (failed && shim.failedKind === 'syncFolder') await restart()
  return failed
}

async function restart() {
  await server.kill()
  await server.run()
}

for (const [name, deed] of Object.entries(deeds))
  test(`${name}: any call to the disk may fail`, { timeout: 600_000 }, async () => {
    await openRoom()
    let tried = 0
    for (const fault of faults)
      for (let n = begin; n < 10_000; n += stride) {
        const happened = await tryWith(deed, fault, n).catch(error => {
          error.message = `${name}, call ${n} of ${fault.error} (${shim.failedKind}): ${error.message}`
          throw error
        })
        if (!happened) break
        ++tried
      }
    if (stride === 1) assert.ok(tried > 0)
    assert.equal((await ask('DELETE', roomPath())).status, 204)
    await eventually(() => server.rows() === 0, 30_000, 'no row is left')
    await restart()  // which looks for blobs without a row, as it does each minute
    await eventually(server.isEmpty, 30_000, 'no blob is left')
    tell(`${name}: calls that failed in turn`, tried)
  })

const descriptors = () => descriptorsOf(server.process.pid).length

test(`${failures} failures leave no descriptor and no memory behind`, { timeout: 120_000 }, async () => {
  await restart()
  await openRoom()
  const once = async n => {
    shim.arm({ which: all & ~(kinds.syncFolder | kinds.lock), error: 'EIO', first: 1 + (n % 12) })
    await deeds['a file by PUT'].work()
    shim.disarm()
    const { files } = await (await ask('GET', roomPath())).json()
    for (const file of files.filter(file => file.name !== 'base.bin')) await ask('DELETE', `${roomPath()}/files/${file.id}`, tus)
  }
  for (let n = 0; n < failures / 2; ++n) await once(n)
  const [held, memory] = [descriptors(), memoryOf(server.process.pid)]
  for (let n = 0; n < failures; ++n) await once(n)
  const grown = memoryOf(server.process.pid) - memory
  tell(`after ${failures} failures`, `${descriptors() - held} more descriptors, ${grown.toFixed(1)} MiB more`)
  await eventually(() => descriptors() <= held + 4, 5_000, 'descriptors are back')
  assert.ok(grown < 8, `memory grew by ${grown} MiB`)
  assert.equal((await ask('DELETE', roomPath())).status, 204)
  await eventually(server.isEmpty, 5_000, 'no row and no blob is left')
})

test('a start whose calls to the disk fail refuses, or serves', { timeout: 600_000 }, async () => {
  await openRoom()
  const unfinished = await createUpload({ ...octets, ...named('half.bin'), 'Upload-Length': '200000' }, bytes['new.bin'].subarray(0, 90_000))
  assert.ok(unfinished)
  await server.kill()
  const used = join(makeFolder('used'), 'data')
  cpSync(server.data, used, { recursive: true })
  let [refused, tried] = [0, 0]
  for (let n = begin; n < 10_000; n += stride === 1 ? 1 : 15) {
    rmSync(server.data, { recursive: true })
    cpSync(used, server.data, { recursive: true })
    shim.arm({ which: all, error: 'EIO', first: n })
    const ready = await server.run().then(() => true, () => false)
    shim.disarm()
    if (!ready) {
      assert.equal(server.process.exitCode, 1, `call ${n} (${shim.failedKind}): ${server.process.signalCode} ${server.log}`)
      assert.match(server.log, /^fleeting: .+/m)
      ++refused
      await server.run()
    }
    await eventually(async () => (await ask('GET', '/readyz')).ok, 3_000, 'it is ready')
    assert.ok(await isWhole(await ask('GET', `/${room.name}/base.bin`), bytes['base.bin']))
    await server.kill()
    if (shim.failed === 0) break
    ++tried
  }
  tell('calls at the start that failed in turn', `${tried}, ${refused} of which refused to start`)
  await server.run()
})
