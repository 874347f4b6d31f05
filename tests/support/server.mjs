// Starts the real binary on a folder of its own and looks into that folder.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
export const binary = process.env.FLEETING_BINARY ?? join(here, '../../build/release/fleeting')
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

export function freePort() {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

const running = new Set()
const folders = new Set()
process.once('exit', () => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }) })
/** A temporary folder, gone with this process unless it is killed. */
export function makeFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `fleeting-${name}-`))
  folders.add(folder)
  return folder
}

/** Asks again until `check` gives something true, for at most `ms`. */
export async function eventually(check, ms, what) {
  const end = Date.now() + ms
  for (;;) {
    const value = await check()
    if (value) return value
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await sleep(25)
  }
}

/** No limit is met by a test that isn't about it. */
const many = '100000/1ms'
export const generous = {
  FLEETING_METRICS_LISTEN: 'off', FLEETING_ROOM_TTL_MIN: '1s', FLEETING_CONNECTIONS_PER_ADDRESS: '10000', FLEETING_RATE_CREATE_HOUR: many,
  FLEETING_RATE_CREATE_DAY: many, FLEETING_RATE_JOIN_ROOM: many, FLEETING_RATE_JOIN_NETWORK: many, FLEETING_ROOMS_PER_ADDRESS: '1000000',
}

/** For tests of links and what comes by them: the server hands out all bytes itself, also those it has in a store that could. */
export const handsOut = { FLEETING_S3_TRANSFER: 'proxy' }

export class Server {
  /** A command that becomes the one behind it (nsenter, prlimit …), with its arguments. */
  inside = []

  /** A running server; `env` adds settings. Where the run has engines (tests/support/on_cluster.mjs), three nodes on them. */
  static async start(env = {}) {
    if (process.env.TEST_ENGINES) return (await import('./cluster.mjs')).Cluster.borrowed(env)
    return Server.alone({ ...generous, ...env })
  }

  /** Does `work(server)` with one that is being started, and stops it however that ends. */
  static async during(started, work) {
    const server = await started
    try {
      await work(server)
    } finally {
      await server.stop()
    }
  }

  /** One process with these settings and no others. */
  static async alone(env) {
    const server = await this.prepared(env)
    await server.run()
    return server
  }

  /** The same, with its port and its folder, before its first `run`. */
  static async prepared(env) {
    const server = new this()
    server.port = await freePort()
    server.folder = makeFolder('test')
    server.data = join(server.folder, 'data')
    server.env = env
    server.url = `http://127.0.0.1:${server.port}`
    return server
  }

  /** Starts the process (again), on the same port and folder. */
  async run() {
    this.log = ''
    // The server refuses settings it doesn't know, and FLEETING_BINARY is ours.
    const { FLEETING_BINARY: _, ...environment } = process.env
    // It doesn't outlive us, however we end.
    const [command, ...rest] = [...this.inside, 'setpriv', '--pdeathsig=KILL', binary, 'serve']
    this.process = spawn(command, rest, {
      cwd: this.folder, env: { ...environment, FLEETING_LISTEN: `127.0.0.1:${this.port}`, FLEETING_DATA_DIR: this.data, ...this.env },
    })
    const started = this.process
    running.add(started)
    this.exited = new Promise(resolve => started.on('close', code => {
      running.delete(started)
      resolve(code)
    }))
    this.process.stderr.on('data', text => (this.log += text))
    this.process.stdout.resume()
    const hasEnded = () => this.process.exitCode !== null || this.process.signalCode !== null
    await eventually(async () => hasEnded() || (await this.isReady()), 10_000, 'the server answers').catch(async error => {
      await this.kill()
      throw new Error(`${error.message}: ${this.log}`)
    })
    if (hasEnded()) {
      await this.exited
      throw new Error(`the server has ended: ${this.log}`)
    }
  }

  /** What it has counted under `name`. Its metrics are listened to on a port of its choice: FLEETING_METRICS_LISTEN=127.0.0.1:0. */
  async metric(name) {
    const port = /metrics_port=(\d+)/.exec(this.log)[1]
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    return Number(text.match(new RegExp(`^fleeting_${name}_total (.*)$`, 'm'))[1])
  }

  isReady = () => fetch(`${this.url}/readyz`).then(r => r.status < 500, () => false)

  /** For the end of a test's file: a server that a failed test left would keep it from ending. */
  static killAll() { for (const started of running) started.kill('SIGKILL') }

  async kill(signal = 'SIGKILL') {
    this.process.kill(signal)
    return this.exited
  }

  async stop() {
    await this.kill('SIGTERM')
    rmSync(this.folder, { recursive: true, force: true })
  }

  blobs() {
    const shards = readdirSync(join(this.data, 'blobs'), { withFileTypes: true }).filter(e => e.isDirectory())
    return shards.flatMap(shard => readdirSync(join(this.data, 'blobs', shard.name)))
  }

  /** What the database says to a query, by the command line's client. */
  sql(query) {
    const [command, ...rest] = [...this.inside, 'sqlite3', join(this.data, 'fleeting.db'), '-cmd', '.timeout 2000', query]
    return execFileSync(command, rest, { encoding: 'utf8' })
  }

  /** Blobs that no row knows. */
  unknownBlobs() {
    const known = new Set(this.sql('SELECT lower(hex(blob_key)) FROM file UNION SELECT lower(hex(blob_key)) FROM purge').split('\n'))
    return this.blobs().filter(name => !known.has(name.split('.')[0]))
  }

  /** Rows of rooms, sessions, files, takings and purges together. */
  rows() {
    return Number(this.sql('SELECT (SELECT count(*) FROM room) + (SELECT count(*) FROM session) + (SELECT count(*) FROM file) + (SELECT count(*) FROM purge) + (SELECT count(*) FROM taken)'))
  }

  isEmpty = () => this.rows() === 0 && this.blobs().length === 0

  /** Creates a room by the API. */
  async room(wish = {}) {
    const response = await fetch(`${this.url}/api/v1/rooms`, { method: 'POST', body: JSON.stringify(wish) })
    const made = await response.json()
    if (response.status !== 201) throw new Error(JSON.stringify(made))
    return { ...made, name: made.room.name, bearer: { Authorization: `Bearer ${made.session.token}` } }
  }
}
