// Where the parent holds the listening socket (systemd's socket unit), nobody who comes while the server is replaced is refused, and what
// runs goes on. RESTARTS and SEED choose how often; a hundred and more are under as many clients as docs/trust.md says.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, generous, Server, sleep } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { download, randomFrom, upload } from './transfers.mjs'

const restarts = Number(process.env.RESTARTS || 5)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const random = randomFrom(seed)
const crowd = restarts < 100 ? { uploads: 8, downloads: 8, streams: 100 } : { uploads: 64, downloads: 64, streams: 1000 }
const kDrain = 10_000  // ms

const holder = join(dirname(fileURLToPath(import.meta.url)), '../support/socket_holder.py')
async function heldServer(env = {}) {
  const made = await Server.prepared({ ...generous, ...env })
  made.inside = ['python3', holder, String(made.port)]
  return made
}
/** The process that serves; 0 between two. */
const childOf = made => Number(spawnSync('pgrep', ['-P', String(made.process.pid)], { encoding: 'utf8' }).stdout)

let server
before(async () => {
  console.log(`seed ${seed}`)
  server = await heldServer({ FLEETING_EVENT_STREAMS_PER_SESSION: '1000', FLEETING_FILE_COUNT_LIMIT: '1000' })
  await server.run()
})
after(async () => {
  await server.stop()
  Server.killAll()
})

/** The status of a request on a connection of its own. */
const ask = (path, headers = {}) => new Promise((resolve, reject) => {
  get(server.url + path, { agent: false, headers }, response => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject)
})

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** An event stream that is opened again whenever it ends, after some `retry` as pages do; by its Last-Event-ID it misses nothing. */
class Follower {
  isOpen = false
  news = 0
  opened = 0
  constructor(room) {
    this.head = `GET /api/v1/rooms/${room.name}/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${room.bearer.Authorization}\r\n`
    this.over = this.follow()
  }
  async follow() {
    for (; !this.isLeaving; await sleep(500 + random(1000))) await this.stream()
  }
  stream() {
    return new Promise((resolve, reject) => {
      this.socket = connect(server.port, '127.0.0.1', () => this.socket.write(`${this.head}${this.id ? `Last-Event-ID: ${this.id}\r\n` : ''}\r\n`))
      this.socket.on('error', error => error.code === 'ECONNREFUSED' && reject(error))
      this.socket.on('close', () => { this.isOpen = false; resolve() })
      this.socket.on('data', part => this.hear(part.toString('latin1')))
    })
  }
  hear(text) {
    if (text.startsWith('HTTP/1.1 200')) { this.isOpen = true; this.opened++ }
    this.id = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? this.id
    this.news += text.split('"name":"news"').length - 1
  }
  leave() { this.isLeaving = true; this.socket.destroy(); return this.over }
}

/** What members do without an end, each with what it has done; what can't be had again is refused and fails. */
class Crowd {
  isOver = false
  asked = 0
  late = 0
  uploaded = 0
  downloaded = 0
  constructor(room) { this.room = room }

  async begin() {
    this.base = randomBytes(4 << 20)
    this.baseFile = { id: await upload(server, this.room, 'base.bin', this.base, this.base.length), size: this.base.length }
    this.followers = Array.from({ length: crowd.streams }, () => new Follower(this.room))
    await eventually(() => this.followers.every(follower => follower.isOpen), 20_000, 'all streams are open')
    const each = (count, work) => Array.from({ length: count }, (_, i) => this.on(() => work.call(this, i)))
    this.work = Promise.all([...each(8, this.ask), ...each(crowd.uploads, this.send), ...each(crowd.downloads, this.take)])
    this.work.catch(() => {})  // awaited at the end
  }
  async on(work) { while (!this.isOver) await work() }

  async ask() {
    // Who connects and then says nothing for a second, as this process may when it is busy, isn't waited for.
    const status = await ask('/healthz').catch(error => { if (error.code !== 'ECONNRESET') throw error })
    assert.ok([200, undefined].includes(status), status)
    status ? this.asked++ : this.late++
  }
  /** With tus-js-client's own delays between tries. */
  async send(i) {
    const bytes = Buffer.alloc(1 + random(6 << 20), `${i} ${random(1_000_000)} `)
    const id = await upload(server, this.room, `up-${i}`, bytes, bytes.length, { retryDelays: [0, 1000, 3000, 5000], onShouldRetry: null })
    const path = `${server.url}/api/v1/rooms/${this.room.name}/files/${id}`
    const stored = await eventually(async () => {
      const { files } = await this.surely(path.replace(/\/files.*/, ''), {}, answer => answer.json())
      return files.find(file => file.id === id && file.sha256)
    }, 30_000, 'its digest is known')
    assert.deepEqual([stored.state, stored.sha256], ['complete', sha256(bytes)])
    await this.surely(path, { method: 'DELETE' }, answer => assert.ok([204, 404].includes(answer.status), answer.status))
    this.uploaded++
  }
  async take(i) {
    const into = join(server.folder, `down-${i}`)
    await download(server, this.room, this.baseFile, into)
    assert.ok(readFileSync(into).equals(this.base))
    this.downloaded++
  }
  /** Again where a kept connection was closed, or who stops said so; never where somebody new was refused. */
  async surely(url, options, use) {
    for (;;) {
      try {
        const answer = await fetch(url, { ...options, headers: this.room.bearer })
        if (answer.status !== 503) return await use(answer)
      } catch (error) {
        if (error.code === 'ERR_ASSERTION' || error.cause?.code === 'ECONNREFUSED') throw error
      }
      await sleep(20)
    }
  }

  async end() {
    this.isOver = true
    await this.work
    await eventually(() => this.followers.every(follower => follower.isOpen), 20_000, 'all streams are open again')
    await this.surely(`${server.url}/${this.room.name}/news`, { method: 'PUT', body: 'x' }, answer => assert.equal(answer.status, 201))
    await eventually(() => this.followers.every(follower => follower.news > 0), 20_000, 'all are told')
    await Promise.all(this.followers.map(follower => follower.leave()))
  }
}

test(`nobody is refused while the server is replaced again and again, ${restarts} times`, { timeout: 3_600_000 }, async () => {
  const room = await server.room()
  const members = new Crowd(room)
  await members.begin()
  let longest = 0
  for (let round = 0; round < restarts; round++) {
    const old = childOf(server)
    await sleep(200 + random(500))
    const begun = Date.now()
    process.kill(old, 'SIGTERM')
    await eventually(() => ![0, old].includes(childOf(server)), 2 * kDrain, 'the next one runs')
    longest = Math.max(longest, Date.now() - begun)
    assert.equal(await ask(`/api/v1/rooms/${room.name}`, room.bearer), 200)
  }
  await members.end()
  assert.ok(members.late <= restarts / 10, `${members.late} were hung up on`)
  assert.ok(members.asked > 10 * restarts && members.uploaded >= crowd.uploads && members.downloaded >= crowd.downloads, JSON.stringify([members.asked, members.uploaded, members.downloaded]))
  assert.equal(server.log.match(/ listening /g).length, restarts + 1, server.log)
  const opened = members.followers.reduce((sum, follower) => sum + follower.opened, 0)
  tell('replaced under load', `${restarts} times, each within ${longest} ms (${kDrain} to drain): ${members.asked} requests, 0 refused (${members.late} that came a second after their connection); ${members.uploaded} uploads, 0 failed; ${members.downloaded} downloads, whole; ${crowd.streams} streams opened ${opened} times`)
})

test('a socket on another port than FLEETING_LISTEN is refused with what to do', async () => {
  const other = await heldServer({ FLEETING_LISTEN: '127.0.0.1:1' })
  await assert.rejects(other.run(), /socket that was handed over is on port \d+, FLEETING_LISTEN is 127\.0\.0\.1:1: let both say the same/)
})

test('a descriptor that does not listen is refused', async () => {
  const other = await Server.prepared(generous)
  other.inside = ['sh', '-c', 'exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh']
  await assert.rejects(other.run(), /LISTEN_FDS: what was handed over doesn't listen for streams/)
})

test('variables that are meant for another process are none', async () => {
  const other = await Server.prepared({ ...generous, LISTEN_PID: '1', LISTEN_FDS: '1' })
  await other.run()
  await other.stop()
})
