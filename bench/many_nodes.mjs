// Measures nodes on PostgreSQL, Redis and radosgw for bench/many_nodes.py: a line of JSON for each row.
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from '../tests/support/crc32.mjs'
import { Ceph } from '../tests/support/ceph.mjs'
import { Cluster, Engines } from '../tests/support/cluster.mjs'
import { eventually, generous, makeFolder } from '../tests/support/server.mjs'
import { processorTimeOf } from './processor_time.mjs'

const execute = promisify(execFile)
const kMembers = 2_000
const kEvents = 50
const kSeconds = 5
const kRounds = 5
const kFileMiB = 256
const kFileBytes = kFileMiB << 20
const kAtOnce = 4

const say = row => console.log(JSON.stringify(row))
const clock = () => performance.now()
const quantile = (sorted, share) => sorted[Math.floor(share * (sorted.length - 1))]
const plenty = { ...generous, FLEETING_HASH_QUEUE: '10000', FLEETING_HASH_PATIENCE: '1min', FLEETING_MAX_CONNECTIONS: '10000' }
const engines = await Engines.start()
/** What `measure` does on so many nodes. */
async function on(nodes, measure, env = {}) {
  const cluster = await Cluster.start({ engines, nodes, env: { ...plenty, ...env } })
  await measure(cluster)
  await cluster.stop()
}
/** All of `count` calls of `work(i)`, some at once. */
async function all(count, atOnce, work) {
  let next = 0
  await Promise.all(Array.from({ length: atOnce }, async () => { while (next < count) await work(next++) }))
}
async function enter(server, room) {
  const answer = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password }) })
  if (answer.status !== 201) throw new Error(`a join is answered ${answer.status}`)
  return (await answer.json()).session.token
}

/** An open page: an event stream that notes when it was told of each complete file. */
class Page {
  heard = new Map()
  constructor({ port }, room, token) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setEncoding('latin1')
    this.socket.write(`GET /api/v1/rooms/${room.name}/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    this.isOpen = new Promise(resolve => this.socket.on('data', part => {
      if (part.includes('event: snapshot')) resolve()
      for (const [, name] of part.matchAll(/"name":"(event-\d+)"/g)) if (!this.heard.has(name)) this.heard.set(name, clock())
    }))
  }
}

/** From the answer to an upload until every page of its room knows of the file. */
async function measureEvents(cluster) {
  const room = await cluster.room({ ttl_seconds: 3600 })
  const pages = []
  await all(kMembers, 8, async i => {
    const node = cluster.nodes[i % cluster.nodes.length]
    pages.push(new Page(node, room, await enter(node, room)))
    await pages.at(-1).isOpen
  })
  const waits = []
  for (let i = 0; i < kEvents; ++i) {
    const node = cluster.nodes[i % cluster.nodes.length]
    const put = await fetch(`${node.url}/${room.name}/event-${i}`, { method: 'PUT', body: 'x', headers: room.bearer })
    if (put.status !== 201) throw new Error(`an upload is answered ${put.status}`)
    const stored = clock()
    await eventually(() => pages.every(page => page.heard.has(`event-${i}`)), 10_000, 'every page is told')
    waits.push(...pages.map(page => Math.max(0, page.heard.get(`event-${i}`) - stored)))
  }
  for (const page of pages) page.socket.destroy()
  waits.sort((a, b) => a - b)
  const label = `${kMembers} members on ${cluster.nodes.length} nodes, ${kEvents} events: told after`
  say({ label: `${label}, p99`, value: quantile(waits, 0.99), unit: 'ms', most: 200 })
  say({ label: `${label}, median`, value: quantile(waits, 0.5), unit: 'ms' })
}

/** Requests a second through HAProxy, and what the nodes used for one. */
async function tell(cluster, what, measure) {
  const before = processorTimeOf(cluster.nodes)
  const { requests, seconds } = await measure()
  const nodes = `${cluster.nodes.length} node${cluster.nodes.length > 1 ? 's' : ''}`
  say({ label: `${what} by ${nodes}`, value: requests / seconds, unit: '/s' })
  say({ label: `${what} by ${nodes}: processor of the nodes for one`, value: (processorTimeOf(cluster.nodes) - before) / requests, unit: 'ms' })
}

async function measureRequests(cluster) {
  const room = await cluster.room({ ttl_seconds: 3600 })
  await tell(cluster, 'joins', async () => {
    const begun = clock()
    let requests = 0
    const work = async () => { while (clock() - begun < kSeconds * 1000) { await enter(cluster, room); ++requests } }
    await Promise.all(Array.from({ length: 16 }, work))
    return { requests, seconds: (clock() - begun) / 1000 }
  })
  const busy = await cluster.room({ ttl_seconds: 3600 })
  for (let i = 0; i < 20; ++i) await fetch(`${cluster.url}/${busy.name}/file-${i}`, { method: 'PUT', body: 'x', headers: busy.bearer })
  await tell(cluster, 'lists of 20 files', async () => {
    const options = ['get', '--port', cluster.port, '--path', `/api/v1/rooms/${busy.name}`, '--connections', 32, '--seconds', kSeconds, '--header', `Authorization: ${busy.bearer.Authorization}`]
    return JSON.parse((await execute(process.env.BENCH_HTTP, options.map(String))).stdout)
  })
}

/** The ways of a file into the store and out of it. */
async function measureStore(cluster) {
  const folder = makeFolder('many-nodes')
  const [file, fetched] = [join(folder, 'file'), join(folder, 'fetched')]
  const data = randomBytes(kFileBytes)
  writeFileSync(file, data)
  const room = await cluster.room({ ttl_seconds: 3600 })
  const address = `${cluster.url}/${room.name}/file`
  const curl = (...args) => execute('curl', ['--silent', '--show-error', '--fail', '--header', `Authorization: ${room.bearer.Authorization}`, ...args])
  const put = () => curl('--upload-file', file, address)
  const isDigested = async () => (await filesOf(cluster, room)).every(({ sha256 }) => sha256)
  const putAndDigest = async () => { await put(); await eventually(isDigested, 60_000, 'nothing is left to do for the upload') }
  const aws = (...args) => execute('aws', ['--endpoint-url', engines.ceph.url, 's3', 'cp', '--only-show-errors', ...args], {
    env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: Ceph.accessKey, AWS_SECRET_ACCESS_KEY: Ceph.secretKey, AWS_DEFAULT_REGION: 'us-east-1' },
  })
  const theirs = 's3://fleeting/rival'
  const up = () => aws(file, theirs)
  const ways = {
    'upload through a node (curl)': [put, up],
    'upload past the nodes, in parts, 4 at once': [() => uploadDirect(cluster, room, data), up],
    'download through a node (curl)': [() => curl('--output', fetched, address), () => aws(theirs, fetched), putAndDigest],
    'download past the nodes (curl)': [async () => curl('--location', '--output', fetched, await contentOf(cluster, room)), () => aws(theirs, fetched), putAndDigest],
  }
  for (const [label, [ours, rival, prepare]] of Object.entries(ways)) {
    await prepare?.()
    await compare({ cluster, label: `${kFileMiB} MiB: ${label}`, ours, rival, clear: () => prepare ? undefined : removeFiles(cluster, room) })
    await removeFiles(cluster, room)
  }
  rmSync(folder, { recursive: true })
}

const filesOf = async (cluster, room) => (await fetch(`${cluster.url}/api/v1/rooms/${room.name}`, { headers: room.bearer }).then(r => r.json())).files

/** What leads to the store: a file's own address has its bytes by the node. */
async function contentOf(cluster, room) {
  const [{ id }] = await filesOf(cluster, room)
  return `${cluster.url}/api/v1/rooms/${room.name}/files/${id}/content`
}

async function removeFiles(cluster, room) {
  for (const { id } of await filesOf(cluster, room)) {
    const gone = await fetch(`${cluster.url}/api/v1/rooms/${room.name}/files/${id}`, { method: 'DELETE', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0' } })
    if (!gone.ok) throw new Error(`a removal is answered ${gone.status}`)
  }
  await eventually(() => engines.postgres.ask('SELECT count(*) FROM purge', engines.postgres.urlOf(cluster.space)) === '0', 60_000, 'its bytes are gone')
}

async function compare({ cluster, label, ours, rival, clear }) {
  const runs = { ours: [], rivals: [] }
  let spent = 0
  for (let turn = 0; turn <= kRounds; ++turn) {
    for (const side of turn % 2 ? ['ours', 'rivals'] : ['rivals', 'ours']) {
      const [before, begun] = [processorTimeOf(cluster.nodes), clock()]
      await (side === 'ours' ? ours : rival)()
      const seconds = (clock() - begun) / 1000
      const used = processorTimeOf(cluster.nodes) - before
      if (side === 'ours') await clear()
      if (turn === 0) continue // it doesn't count
      runs[side].push({ bytes: kFileBytes, seconds })
      if (side === 'ours') spent += used
    }
  }
  say({ label, ...runs, rival: 'aws s3 cp', unit: 'MB/s', goal: 1 })
  say({ label: `${label}: processor of the nodes`, value: spent / kRounds / (kFileBytes / 1e9), unit: 'ms/GB' })
}

/** As the page does it. */
async function uploadDirect(cluster, room, data) {
  const ask = async (method, path, body) => {
    const answer = await fetch(`${cluster.url}/api/v1/rooms/${room.name}/direct-uploads${path}`, { method, headers: room.bearer, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(await answer.text())
    return answer.json()
  }
  const { file, part_size_bytes: size } = await ask('POST', '', { name: 'direct', size_bytes: data.length })
  await all(Math.ceil(data.length / size), kAtOnce, async index => {
    const number = index + 1
    const bytes = data.subarray(index * size, number * size)
    const md5 = createHash('md5').update(bytes).digest('base64')
    const { parts: [link] } = await ask('POST', `/${file.id}/links`, { parts: [{ number, md5 }] })
    const stored = await fetch(link.url, { method: 'PUT', headers: link.headers, body: bytes })
    if (!stored.ok) throw new Error(await stored.text())
    await ask('PUT', `/${file.id}/parts/${number}`, { etag: stored.headers.get('etag'), crc32: crc32(bytes) })
  })
  await ask('POST', `/${file.id}/complete`)
}

try {
  await on(3, measureEvents, { FLEETING_PASSWORD_MEMORY: '8MiB' })
  for (const nodes of [1, 3]) await on(nodes, measureRequests)
  await on(3, measureStore)
} finally {
  await engines.stop()
}
