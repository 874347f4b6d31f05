// Several nodes behind HAProxy, on one PostgreSQL, one Redis and one radosgw.
import { rmSync } from 'node:fs'
import { Ceph } from './ceph.mjs'
import { FaultProxy } from './fault_proxy.mjs'
import { Haproxy } from './haproxy.mjs'
import { Postgres } from './postgres.mjs'
import { Redis } from './redis.mjs'
import { eventually, freePort, generous, makeFolder, Server } from './server.mjs'

const kBucket = 'fleeting'
const kNodes = 3

/** What nodes have in common. */
export class Engines {
  constructor({ postgres, redis, ceph }) { Object.assign(this, { postgres, redis, ceph }) }

  /** `store` as Ceph takes it. */
  static async start({ store } = {}) {
    const [postgres, redis, ceph] = await Promise.all([Postgres.start(), Redis.start(), Ceph.start({ store })])
    ceph.makeBucket(kBucket)
    return new Engines({ postgres, redis, ceph })
  }
  /** Puts a network that can fail between the nodes to come and each engine: `proxies`. */
  async addProxies() {
    const [postgres, redis, ceph] = await Promise.all([{ path: this.postgres.socket }, { port: this.redis.port }, { port: this.ceph.port }].map(FaultProxy.before))
    this.proxies = { postgres, redis, ceph }
  }
  async stop() {
    for (const proxy of Object.values(this.proxies ?? {})) await proxy.close()
    await Promise.all([this.ceph.stop(), this.redis.stop(), this.postgres.stop()])
  }

  /** For `at`, in another process. */
  address() { return JSON.stringify({ postgres: this.postgres.address, redis: this.redis.address, ceph: this.ceph.address }) }
  /** Those of another process. */
  static at(address) {
    const { postgres, redis, ceph } = JSON.parse(address)
    return new Engines({ postgres: new Postgres(postgres), redis: new Redis(redis), ceph: new Ceph(ceph) })
  }

  /** A place of their own for some nodes: the settings that lead there. */
  makeSpace(name) {
    const { proxies } = this
    const database = this.postgres.makeDatabase(name)
    return {
      FLEETING_DATABASE_URL: proxies ? `postgresql://app@127.0.0.1:${proxies.postgres.port}/${name}?sslmode=disable` : database,
      FLEETING_REDIS_URL: proxies ? `redis://127.0.0.1:${proxies.redis.port}/0` : this.redis.url,
      FLEETING_S3_ENDPOINT: proxies ? `http://127.0.0.1:${proxies.ceph.port}` : this.ceph.url, FLEETING_S3_BUCKET: kBucket, FLEETING_S3_REGION: 'us-east-1', FLEETING_S3_PREFIX: `${name}/`,
      FLEETING_S3_ACCESS_KEY: Ceph.accessKey, FLEETING_S3_SECRET_KEY: Ceph.secretKey, FLEETING_S3_PATH_STYLE: 'on',
    }
  }
}

/** Used as one server is. */
export class Cluster extends Server {
  /** Nodes in a space of `engines`; `env` adds settings. */
  static async start({ engines, env = {}, nodes = kNodes, port }) {
    const cluster = new Cluster()
    cluster.space = `t${process.pid}_${Date.now()}`
    // By itself each would listen for its metrics on the same port.
    cluster.place = { ...engines.makeSpace(cluster.space), FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_METRICS_LISTEN: 'off' }
    Object.assign(cluster, { engines, port: port ?? (await freePort()), nodes: [], folder: makeFolder('cluster') })
    cluster.url = `http://127.0.0.1:${cluster.port}`
    // One after the other: the first makes the tables.
    for (let i = 0; i < nodes; ++i) cluster.nodes.push(await Server.alone({ ...cluster.place, ...env }))
    cluster.haproxy = await Haproxy.start(cluster.nodes.map(node => node.port), cluster.port)
    return cluster
  }
  /** On the engines that the whole run of tests shares. */
  static borrowed = env => Cluster.start({ engines: Engines.at(process.env.TEST_ENGINES), env: { ...generous, ...env } })

  /** Settings from the next start on, beside those that lead to its engines. */
  set env(env) { for (const node of this.nodes) node.env = { ...this.place, ...env } }
  get log() { return this.nodes.map(node => node.log).join('') }
  /** Of all nodes together. */
  async metric(name) { return (await Promise.all(this.nodes.map(node => node.metric(name)))).reduce((sum, count) => sum + count) }
  get data() { throw new Error('nodes keep nothing in a folder') }

  async run() {
    await Promise.all(this.nodes.map(node => node.run()))
    await eventually(this.isReady, 10_000, 'HAProxy sees a node')
  }
  async kill(signal = 'SIGKILL') { return Math.max(...(await Promise.all(this.nodes.map(node => node.kill(signal))))) }
  async stop() {
    await Promise.all(this.nodes.map(node => node.stop()))
    await this.haproxy.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  blobs = () => this.engines.ceph.keys(kBucket, `${this.space}/`)
  rows = () => Number(this.engines.postgres.ask(`SELECT ${['room', 'session', 'file', 'purge', 'taken'].map(table => `(SELECT count(*) FROM ${table})`).join('+')}`, this.engines.postgres.urlOf(this.space)))
}
