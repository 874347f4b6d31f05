// A process with few descriptors: members are served, uploads go on, and nothing spins, whoever else connects.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { eventually, generous, Server, sleep } from '../support/server.mjs'
import { percentile, tell } from '../trust/load.mjs'

const kLimit = 1024
const kStrangers = 2000
const tus = { 'Tus-Resumable': '1.0.0' }
const octets = { 'Content-Type': 'application/offset+octet-stream' }
let server
const withDescriptors = async (limit, env = {}) => {
  const made = await Server.prepared({ ...generous, FLEETING_PASSWORD_MEMORY: '8MiB', ...env })
  made.inside = ['prlimit', `--nofile=${limit}`]
  return made
}
before(async () => {
  server = await withDescriptors(kLimit)
  await server.run()
})
after(async () => {
  await server.stop()
  Server.killAll()
})

const held = () => readdirSync(`/proc/${server.process.pid}/fd`).length
/** Seconds of processor time so far. */
function spent() {
  const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Connects and says nothing, and comes back whenever it is put out. */
class Stranger {
  constructor() { this.#come() }
  #come() {
    if (this.isGone) return
    this.socket = connect(server.port, '127.0.0.1').on('error', () => {}).on('close', () => setTimeout(() => this.#come(), 500))
    this.socket.resume()
  }
  leave() {
    this.isGone = true
    this.socket.destroy()
  }
}

test('two thousand strangers who only connect keep nobody from a file, and cost no busy loop', { timeout: 60_000 }, async () => {
  const room = await server.room({ ttl_seconds: 600 })
  const bytes = randomBytes(1 << 20)
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(bytes.length), 'Upload-Metadata': 'filename YQ==' } })
  const path = made.headers.get('location')
  const strangers = Array.from({ length: kStrangers }, () => new Stranger())
  await sleep(1500)

  const took = []
  const send = async (from, to) => {
    const headers = { ...room.bearer, ...tus, ...octets, 'Upload-Offset': String(from), Connection: 'close' }
    const answer = await fetch(server.url + path, { method: 'PATCH', body: bytes.subarray(from, to), headers })
    return answer.status === 204
  }
  for (let from = 0; from < bytes.length; from += 65_536) {
    const begun = performance.now()
    // A connection may be refused in the crowd; who comes back is served.
    await eventually(() => send(from, from + 65_536).catch(() => false), 5_000, 'the upload goes on')
    took.push(performance.now() - begun)
  }
  const idle = spent()
  await sleep(2000)
  tell('few descriptors: processor while strangers only hold on', `${((spent() - idle) * 50).toFixed(1)} %`)
  assert.ok(spent() - idle < 1, 'it spins')
  assert.ok(held() <= kLimit)
  tell('few descriptors: a piece of an upload, p99 ms', percentile(took, 0.99).toFixed(0))

  for (const stranger of strangers) stranger.leave()
  const begun = performance.now()
  await eventually(() => fetch(`${server.url}/${room.name}/a`, { headers: room.bearer }).then(async answer => Buffer.from(await answer.arrayBuffer()).equals(bytes), () => false), 3_000, 'it is as before')
  tell('few descriptors: as before after ms', (performance.now() - begun).toFixed(0))
  assert.doesNotMatch(server.log, /accept_failed/)
})

test('more transfers than descriptors are refused one by one, and none is lost', { timeout: 60_000 }, async () => {
  const room = await server.room({ ttl_seconds: 600 })
  const bytes = name => Buffer.alloc(300_000, name)
  const names = Array.from({ length: 120 }, (_, n) => `file-${n}`)
  for (const name of names) {
    const answer = await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body: bytes(name), headers: room.bearer })
    assert.equal(answer.status, 201, await answer.text())
  }
  // Each holds its file open, and reads no further.
  const ask = name => `GET /${room.name}/${name} HTTP/1.1\r\nHost: x\r\nAuthorization: ${room.bearer.Authorization}\r\n\r\n`
  const sockets = Array.from({ length: 600 }, (_, n) => connect(server.port, '127.0.0.1').on('error', () => {}).on('connect', function () { this.write(ask(names[n % names.length])) }).pause())
  await sleep(1000)
  for (const socket of sockets) socket.destroy()
  await eventually(async () => {
    const answers = await Promise.all(names.slice(0, 20).map(name => fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer }).then(async answer => Buffer.from(await answer.arrayBuffer()).equals(bytes(name)), () => false)))
    return answers.every(Boolean)
  }, 5_000, 'all files can be read again')
})

test('too few descriptors for anything are told at the start', async () => {
  const poor = await withDescriptors(128)
  await assert.rejects(poor.run(), /the server has ended/)
  assert.match(poor.log, /LimitNOFILE/)
  assert.equal(poor.process.exitCode, 1)
})
