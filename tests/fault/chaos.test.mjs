// Nodes, PostgreSQL, Redis, radosgw and the network between them fail at random under uploads, downloads, joins and expiries: nothing
// acknowledged is lost, nothing is served past its deadline, no quota is exceeded, nothing is left over. CHAOS_SECONDS and SEED choose how
// long and which.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Cluster, Engines } from '../support/cluster.mjs'
import { eventually, generous, makeFolder, sleep } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { trouble } from './nemesis.mjs'
import { download, randomFrom, upload } from './transfers.mjs'

const seconds = Number(process.env.CHAOS_SECONDS || 60)
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
const kStreams = 16
const kMost = 2 << 20
/** Less than the uploads want: room_full is met all the time. */
const kRoomSize = 40 << 20
const kKept = 12
/** So long a blob without a row is left alone in a shared store: another node may be about to write the row. */
const kLongestBirth = 600_000
/** A blob's key begins with the time it was made. */
const isYoung = key => Date.now() - parseInt(key.split('/').at(-1).slice(0, 12), 16) < kLongestBirth

let engines, cluster, folder
const random = randomFrom(seed)
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

before(async () => {
  console.log(`seed ${seed}, ${seconds} s`)
  folder = makeFolder('chaos')
  engines = await Engines.start({ store: 'bluestore' })
  await engines.addProxies()
  cluster = await Cluster.start({ engines, env: { ...generous, FLEETING_ROOM_SIZE_LIMIT: String(kRoomSize), FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_LOG_LEVEL: 'error' } })
})
after(async () => {
  await cluster?.stop()
  await engines?.stop()
})

const ask = (room, path = '', options = {}) => fetch(`${cluster.url}/api/v1/rooms/${room.name}${path}`, { signal: AbortSignal.timeout(15_000), ...options, headers: { ...room.bearer, ...options.headers } })
/** What `work` gives once it works. */
const persistently = (work, what, ms = 60_000) => eventually(() => work().catch(() => undefined), ms, what)
const kNoSpace = [413, 507]
const openRoom = wish => persistently(() => cluster.room(wish), 'a room opens')

/** What the run does and has seen. */
class Run {
  constructor(room, end) { Object.assign(this, { room, end, files: new Map(), active: new Set(), counts: { uploads: 0, downloads: 0, joins: 0, expired: 0, full: 0 }, served: [], overfull: [] }) }
  goesOn = () => Date.now() < this.end
  async loop(work) { while (this.goesOn()) await work() }

  /** One file up, which stays until newer ones push it out. */
  async putOne(index) {
    const bytes = randomBytes(1 + random(kMost))
    const name = `up-${index}-${++this.counts.uploads}`
    this.active.add(name)
    try {
      const id = await upload(cluster, this.room, name, bytes, bytes.length, { chunkSize: 1 << 19, onShouldRetry: error => !kNoSpace.includes(error.originalResponse?.getStatus()) })
      this.files.set(id, { id, size: bytes.length, digest: sha256(bytes) })
    } catch (error) {
      if (!/room_full/.test(error.message)) throw error
      ++this.counts.full
      await this.makeSpace()
    } finally {
      this.active.delete(name)
    }
    if (this.files.size > kKept) await this.drop(this.files.keys().next().value)
  }
  async drop(id) {
    this.files.delete(id)
    await ask(this.room, `/files/${id}`, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } }).catch(() => {})
  }
  /** Removes what creations left whose answer got lost: nobody goes on with those. */
  async makeSpace() {
    const listed = await ask(this.room).then(r => r.json()).catch(() => ({}))
    for (const { id, name, created_at: made } of listed.files ?? [])
      if (!this.files.has(id) && !this.active.has(name.replace(/ \(\d+\)$/, '')) && Date.now() - Date.parse(made) > 10_000) await this.drop(id)
    await sleep(200)
  }

  async getOne(index) {
    const all = [...this.files.values()]
    if (all.length === 0) return sleep(100)
    const file = all[random(all.length)]
    const into = join(folder, `down-${index}`)
    const isKept = () => this.files.has(file.id)
    await download(cluster, this.room, file, into, isKept)
    if (isKept()) assert.equal(sha256(readFileSync(into)), file.digest, `${file.id} is other bytes, seed ${seed}`)
    ++this.counts.downloads
  }

  async joinOne() {
    const body = JSON.stringify({ password: this.room.password, nickname: 'Tom' })
    const joined = await ask(this.room, '/sessions', { method: 'POST', body }).catch(() => undefined)
    if (joined?.status === 201) ++this.counts.joins
    else if (joined) assert.ok(joined.status >= 500, `a join with the right password is answered ${joined.status}`)
    await sleep(300)
  }

  /** A short room with a file: from its deadline on nobody gets it. */
  async expireOne() {
    const room = await openRoom({ ttl_seconds: 3 })
    const put = () => fetch(`${cluster.url}/${room.name}/short.txt`, { method: 'PUT', body: 'short', headers: room.bearer, signal: AbortSignal.timeout(3_000) }).catch(() => {})
    await put()
    const deadline = Date.parse(room.room.expires_at)
    await sleep(Math.max(0, deadline - Date.now()) + 5)
    for (let i = 0; i < 10; ++i) {
      const answer = await fetch(`${cluster.url}/${room.name}/short.txt`, { headers: room.bearer, signal: AbortSignal.timeout(3_000) }).catch(() => undefined)
      if (answer?.ok) this.served.push(`${room.name} ${Date.now() - deadline} ms late`)
      await sleep(100)
    }
    ++this.counts.expired
  }

  /** What the database says is reserved is never above the room's limit, and is what its files take. */
  async watchQuota() {
    await sleep(500)
    const told = await ask(this.room).then(r => r.json()).catch(() => undefined)
    if (!told?.files) return
    const taken = told.files.reduce((sum, file) => sum + file.size_bytes, 0)
    if (told.room.used_bytes > kRoomSize || taken > kRoomSize) this.overfull.push(`${told.room.used_bytes}, ${taken} of ${kRoomSize}`)
  }
}

test(`nothing is lost, late or left while everything fails for ${seconds} s`, { timeout: (seconds + 1_200) * 1000 }, async () => {
  const room = await openRoom({ ttl_seconds: seconds + 600 })
  const run = new Run(room, Date.now() + seconds * 1000)
  const loops = []
  for (let i = 0; i < kStreams; ++i) loops.push(run.loop(() => run.putOne(i)), run.loop(() => run.getOne(i)))
  loops.push(run.loop(() => run.joinOne()), run.loop(() => run.watchQuota()))
  for (let i = 0; i < 4; ++i) loops.push(run.loop(() => run.expireOne()))
  const troubles = {}
  loops.push(trouble(cluster, random, run.end, name => (troubles[name] = (troubles[name] ?? 0) + 1)))
  await Promise.all(loops)
  console.log(JSON.stringify({ ...run.counts, troubles }))
  const sum = Object.values(troubles).reduce((a, b) => a + b, 0)

  assert.deepEqual(run.served, [], `served past a deadline, seed ${seed}`)
  assert.deepEqual(run.overfull, [], `quota exceeded, seed ${seed}`)
  for (const file of run.files.values()) {
    await download(cluster, room, file, join(folder, 'last'))
    assert.equal(sha256(readFileSync(join(folder, 'last'))), file.digest, `${file.id} isn't what was acknowledged, seed ${seed}`)
  }
  for (const [name, count] of Object.entries({ ...run.counts, full: 1 })) assert.ok(count > 0, `no ${name} at all`)
  tell('while everything fails', `${seconds} s, ${sum} troubles of ${Object.keys(troubles).length} kinds: ${run.counts.uploads} uploads and ${run.counts.downloads} downloads, 0 lost, 0 wrong; ${run.counts.expired} rooms ended, 0 served late; quota never passed`)

  await persistently(async () => (await ask(room, '', { method: 'DELETE' })).status < 500, 'the room is ended')
  await eventually(() => cluster.rows() === 0, 30_000, `no row is left, seed ${seed}`)
  await eventually(() => cluster.blobs().every(isYoung), 60_000, `no blob is left but of a node that died at it, seed ${seed}`)
  if (seconds < 600) return
  await eventually(() => cluster.blobs().length === 0, kLongestBirth + 120_000, `no blob is left at all, seed ${seed}`)
})
