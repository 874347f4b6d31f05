// Requests for one upload in every order, at once, doubled, cut short: each acknowledged byte is there once and by whom it was
// acknowledged to, and no told offset goes back. SCHEDULES and SEED choose how many and which.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { Server, sleep } from '../support/server.mjs'
import { inParallel, percentile, tell } from '../trust/load.mjs'
import { randomFrom } from './transfers.mjs'

const count = Number(process.env.SCHEDULES || 100)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const kLength = 40_000
const kClients = 4
const tus = { 'Tus-Resumable': '1.0.0' }
let server, room
before(async () => {
  console.log(`seed ${seed}`)
  server = await Server.start({ FLEETING_FILE_COUNT_LIMIT: '1000000', FLEETING_ROOM_TTL_MAX: '168h' })
  room = await server.room({ ttl_seconds: 86_400 })
})
after(async () => {
  await server.stop()
  Server.killAll()
})

/** Status and offset; nothing where the connection ended first. With `cutAfter` the client goes away once it has sent so many bytes. */
function ask(method, path, headers = {}, body, cutAfter) {
  return new Promise(resolve => {
    const client = request(server.url + path, { method, headers: { ...room.bearer, ...tus, ...headers, ...(body && { 'Content-Length': body.length }) } }, answer => {
      answer.resume().on('end', () => resolve({ status: answer.statusCode, offset: Number(answer.headers['upload-offset'] ?? NaN) })).on('error', () => resolve({}))
    })
    client.on('error', () => resolve({}))
    if (cutAfter === undefined) return client.end(body)
    client.flushHeaders()
    client.write(body.subarray(0, cutAfter), () => setTimeout(() => client.destroy(), 1))
  })
}

/** Again, where the connection had just been closed by the other side. */
async function surely(ask) {
  for (let tries = 0; tries < 10; ++tries) {
    const answer = await ask()
    if (answer.status && answer.status !== 423) return answer
  }
  return {}
}

/** What clients do to one upload, and what each was told, checked as it comes. Every client writes bytes that only it writes. */
class Schedule {
  owners = new Uint8Array(kLength)  // 0: nobody was told, else the client it was acknowledged to
  told = 0
  isDoomed = false  // somebody has asked for its removal

  constructor(number) { this.random = randomFrom(seed + number * 7919 + 1) }

  async run() {
    const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(kLength), 'Upload-Metadata': 'filename YQ==' } })
    this.path = made.headers.get('location')
    await Promise.all(Array.from({ length: kClients }, (_, client) => this.live(client + 1)))
    await this.finish()
  }

  async live(client) {
    const steps = 2 + this.random(4)
    for (let step = 0; step < steps && !this.isDoomed; ++step) {
      await sleep(this.random(4))
      const dice = this.random(20)
      if (dice < 5) await this.look()
      else if (dice === 19 && this.random(4) === 0) await this.remove()
      else await this.write(client, dice)
    }
  }

  async look() {
    const known = this.told
    const { status, offset } = await ask('HEAD', this.path)
    if (status === 200) this.hear(known, offset)
    else assert.ok(status === undefined || status === 423 || this.isDoomed, `HEAD: ${status}`)
  }

  hear(known, offset) {
    assert.ok(offset >= known, `told ${offset} after ${known}`)
    this.told = Math.max(this.told, offset)
  }

  async write(client, dice) {
    // Mostly where the upload stands, as far as this client knows; else anywhere.
    const from = dice < 16 ? this.told : this.random(kLength)
    if (from === kLength) return this.look()
    const body = Buffer.alloc(1 + this.random(Math.min(15_000, kLength - from)), client)
    const cutAfter = dice % 4 === 0 ? this.random(body.length) : undefined
    const { status, offset } = await ask('PATCH', this.path, { 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' }, body, cutAfter)
    if (status === 204) {
      assert.equal(offset, from + body.length)
      assert.ok(this.owners.subarray(from, offset).every(owner => owner === 0), 'a byte was acknowledged twice')
      this.owners.fill(client, from, offset)
      this.hear(this.told > offset ? offset : this.told, offset)
    } else {
      assert.ok(status === undefined || [409, 423, 400, 503].includes(status) || this.isDoomed, `PATCH: ${status}`)
    }
  }

  async remove() {
    this.isDoomed = true
    const { status } = await ask('DELETE', this.path)
    assert.ok([undefined, 204, 404, 423].includes(status), `DELETE: ${status}`)
  }

  /** The rest is written by one more client; then every byte is whose it was told to be. */
  async finish() {
    const { status, offset } = await surely(() => ask('HEAD', this.path))
    if (this.isDoomed && status === 404) return
    assert.equal(status, 200)
    this.hear(this.told, offset)
    // What a client sent that was cut off may still come meanwhile: then it is where the rest would have begun.
    for (let from = offset; from < kLength; from = (await surely(() => ask('HEAD', this.path))).offset) {
      const { status } = await ask('PATCH', this.path, { 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' }, Buffer.alloc(kLength - from, kClients + 1))
      if (status === 204) this.owners.fill(kClients + 1, from)
    }
    const content = await fetch(`${server.url}${this.path}/content`, { headers: room.bearer })
    const bytes = Buffer.from(await content.arrayBuffer())
    assert.equal(bytes.length, kLength)
    const wrong = bytes.findIndex((byte, at) => byte === 0 || (this.owners[at] !== 0 && byte !== this.owners[at]))
    assert.equal(wrong, -1, `the byte at ${wrong} is ${bytes[wrong]}'s and was told to be ${this.owners[wrong]}'s`)
    assert.ok([204, 404].includes((await surely(() => ask('DELETE', this.path))).status))
  }
}

test(`${count} random schedules of requests for one upload keep each byte once, whose it is`, { timeout: 3_600_000 }, async () => {
  const took = []
  await inParallel(count, 8, async number => {
    const begun = performance.now()
    await new Schedule(number).run().catch(error => {
      error.message = `schedule ${number}, seed ${seed}: ${error.message}`
      throw error
    })
    took.push(performance.now() - begun)
  })
  tell('random schedules', `${count}, 0 violations, p99 ${percentile(took, 0.99).toFixed(0)} ms each`)
  const { room: left, files } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
  assert.deepEqual([left.used_bytes, files.length], [0, 0])
})
