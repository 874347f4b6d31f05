// A power loss at every moment of a day: what was acknowledged is there. The day's server writes down what it does to its folder;
// of that, only what was synced by then is given to another server, on a machine that has booted anew.
// POINTS (a number, or all), TORN (how often each with parts of what wasn't synced) and SEED choose.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { DiskShim, readRecord } from './disk_shim.mjs'
import { Disk } from './power_loss.mjs'
import { randomFrom } from './transfers.mjs'

after(Server.killAll)

const points = process.env.POINTS || '25'
const torn = Number(process.env.TORN || 0)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const random = randomFrom(seed)
const settings = {
  ...generous, FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_ROOM_TTL: '1h', FLEETING_DISK_FLOOR_BYTES: '0', FLEETING_DISK_FLOOR_PERCENT: '0',
}
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const tus = { 'Tus-Resumable': '1.0.0' }
const octets = { 'Content-Type': 'application/offset+octet-stream' }
const named = name => ({ 'Upload-Metadata': `filename ${Buffer.from(name).toString('base64')}` })

/** What a day's requests did, and when: each is asked, and acknowledged, at so many calls to the disk. */
class Day {
  rooms = []
  constructor(server, shim) { Object.assign(this, { server, shim }) }

  /** Asks for a change of `thing` to `state`, and has it acknowledged. */
  async change(thing, state, ask) {
    const step = { state, askedAt: this.shim.recorded, toldAt: Infinity }
    thing.steps.push(step)
    const answer = await ask()
    step.toldAt = this.shim.recorded
    return answer
  }

  async request(expected, method, path, headers, body) {
    const answer = await fetch(this.server.url + path, { method, headers, body })
    assert.equal(answer.status, expected, `${method} ${path}: ${await answer.clone().text()}`)
    return answer
  }

  async open() {
    const thing = { steps: [], files: [] }
    this.rooms.push(thing)
    Object.assign(thing, await this.change(thing, 'open', () => this.server.room()))
    return thing
  }

  close(room) {
    return this.change(room, 'closed', () => this.request(204, 'DELETE', `/api/v1/rooms/${room.name}`, room.bearer))
  }

  file(room, name, bytes) {
    const thing = { name, bytes, steps: [] }
    room.files.push(thing)
    return thing
  }

  put(room, name, bytes) {
    return this.change(this.file(room, name, bytes), 'complete', () => this.request(201, 'PUT', `/${room.name}/${name}`, room.bearer, bytes))
  }

  /** By tus, in pieces; without the last of them where it isn't `whole`. */
  async upload(room, name, bytes, pieces, whole = true) {
    const thing = this.file(room, name, bytes)
    const headers = { ...room.bearer, ...tus }
    const made = await this.change(thing, 'uploading', () =>
      this.request(201, 'POST', `/api/v1/rooms/${room.name}/files`, { ...headers, ...named(name), 'Upload-Length': String(bytes.length) }))
    thing.path = made.headers.get('location')
    for (let piece = 0; piece < pieces; ++piece) {
      const [from, to] = [piece, piece + 1].map(n => Math.floor((bytes.length * n) / pieces))
      const isLast = piece + 1 === pieces
      if (isLast && !whole) return
      const send = () => this.request(204, 'PATCH', thing.path, { ...headers, ...octets, 'Upload-Offset': String(from) }, bytes.subarray(from, to))
      await this.change(thing, isLast ? 'complete' : 'uploading', send)
    }
  }

  async concatenate(room, name, parts) {
    const headers = { ...room.bearer, ...tus }
    const paths = []
    for (const part of parts) {
      const made = await this.request(201, 'POST', `/api/v1/rooms/${room.name}/files`,
        { ...headers, ...octets, 'Upload-Concat': 'partial', 'Upload-Length': String(part.length) }, part)
      paths.push(made.headers.get('location'))
    }
    const thing = this.file(room, name, Buffer.concat(parts))
    await this.change(thing, 'complete', () =>
      this.request(201, 'POST', `/api/v1/rooms/${room.name}/files`, { ...headers, ...named(name), 'Upload-Concat': `final;${paths.join(' ')}` }))
  }

  async remove(room, name) {
    const { files } = await (await this.request(200, 'GET', `/api/v1/rooms/${room.name}`, room.bearer)).json()
    const { id } = files.find(file => file.name === name)
    await this.change(room.files.find(file => file.name === name), 'removed', () =>
      this.request(204, 'DELETE', `/api/v1/rooms/${room.name}/files/${id}`, { ...room.bearer, ...tus }))
  }

  /** Rooms come and go; files of every size, by every way, some of them removed, some never whole. */
  async live(rounds) {
    for (let round = 0; round < rounds; ++round) {
      const room = await this.open()
      await this.put(room, 'small.bin', randomBytes(1 + random(4096)))
      await Promise.all([1, 2, 3].map(n => this.put(room, `beside-${n}.bin`, randomBytes(1 + random(100_000)))))
      await this.upload(room, 'pieces.bin', randomBytes(50_000 + random(200_000)), 4)
      await this.upload(room, 'never.bin', randomBytes(50_000 + random(200_000)), 3, false)
      await this.concatenate(room, 'joined.bin', [1, 2, 3].map(() => randomBytes(1 + random(50_000))))
      await this.remove(room, 'beside-2.bin')
      await this.put(room, 'late.bin', randomBytes(1 + random(1_000_000)))
      if (round % 2) await this.close(this.rooms.at(-1 - random(2)))
    }
  }
}

/** What a thing may be after a power loss: what was told last before `next`, or what had been asked for by `at` and came later. */
function possible(thing, at, next) {
  const told = thing.steps.findLastIndex(step => step.toldAt < next)
  const states = thing.steps.filter((step, index) => index === told || (index > told && step.askedAt <= at)).map(step => step.state)
  const onTheWay = told < 0 && states.includes('complete') ? ['uploading'] : []
  return told < 0 ? ['nothing', ...onTheWay, ...states] : states
}

async function checkUpload(server, room, file) {
  const headers = { ...room.bearer, ...tus }
  const told = await fetch(server.url + file.path, { method: 'HEAD', headers })
  assert.equal(told.status, 200, file.name)
  const offset = Number(told.headers.get('upload-offset'))
  assert.ok(offset <= file.bytes.length)
  const done = await fetch(server.url + file.path, { method: 'PATCH', headers: { ...headers, ...octets, 'Upload-Offset': String(offset) }, body: file.bytes.subarray(offset) })
  assert.equal(done.status, 204, `${file.name} goes on from ${offset}`)
  await checkContent(server, room, file)
}

async function checkContent(server, room, file) {
  const content = await fetch(`${server.url}/${room.name}/${file.name}`, { headers: room.bearer })
  assert.equal(content.status, 200, file.name)
  assert.equal(sha256(Buffer.from(await content.arrayBuffer())), sha256(file.bytes), `the bytes of ${file.name}`)
}

async function checkFile(server, room, listed, file, [at, next]) {
  const found = listed.find(one => one.name === file.name)
  const state = !found ? 'nothing' : found.state
  const allowed = possible(file, at, next).map(one => (one === 'removed' ? 'nothing' : one))
  assert.ok(allowed.includes(state), `${file.name} is ${state}, which isn't of ${allowed}`)
  if (state === 'complete') await checkContent(server, room, file)
  else if (state === 'uploading' && file.path) await checkUpload(server, room, file)
}

async function checkRoom(server, room, moment) {
  if (!room.name) return
  const answer = await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })
  const state = answer.status === 200 ? 'open' : 'closed'
  const allowed = possible(room, ...moment).map(one => (one === 'nothing' ? 'closed' : one))
  assert.ok(allowed.includes(state), `a room is ${state}, which isn't of ${allowed}`)
  if (state === 'closed') return
  const { files } = await answer.json()
  for (const file of room.files) await checkFile(server, room, files, file, moment)
}

/** Starts a server on what is left in `data` and looks whether all that was told is there. */
async function check(server, rooms, moment) {
  await server.run()
  await Promise.all(rooms.map(room => checkRoom(server, room, moment)))
  await server.kill()
}

async function recordedDay(rounds) {
  const server = await Server.prepared({ ...settings })
  const record = join(server.folder, 'record')
  const shim = new DiskShim(server, { record, bootId: 'yesterday' })
  await server.run()
  const day = new Day(server, shim)
  await day.live(rounds)
  const end = shim.recorded
  await server.kill()
  return { rooms: day.rooms, entries: readRecord(record), end }
}

test('what was acknowledged is there after a power loss at any moment', { timeout: 3_600_000 }, async () => {
  console.log(`seed ${seed}`)
  const day = await recordedDay(points === 'all' ? 20 : 4)
  const syncs = day.entries.flatMap(({ what }, index) => ('SD'.includes(what) ? [index + 1] : []))
  const chosen = new Set(points === 'all' ? syncs : Array.from({ length: Number(points) }, () => syncs[random(syncs.length)]))
  chosen.add(syncs.at(-1))
  const disk = new Disk()
  const server = await Server.prepared({ ...settings })
  new DiskShim(server, { bootId: 'today' })
  let [looked, longest] = [0, 0]
  const look = async (moment, what, stays) => {
    rmSync(server.data, { recursive: true, force: true })
    disk.leave(server.data, stays)
    const begun = performance.now()
    await check(server, day.rooms, moment).catch(error => { throw new Error(`power lost after call ${moment[0]} of ${day.end}, ${what}, seed ${seed}: ${error.stack}\n${server.log}`) })
    longest = Math.max(longest, performance.now() - begun)
    ++looked
  }
  for (const [index, entry] of day.entries.entries()) {
    disk.do(entry)
    if (!chosen.has(index + 1)) continue
    const moment = [index + 1, syncs.find(sync => sync > index + 1) ?? Infinity]
    await look(moment, 'nothing left that was not synced')
    for (let time = 0; time < torn; ++time) await look(moment, 'parts left', () => random(2) === 1)
  }
  tell('power losses', `${looked} at ${chosen.size} of ${syncs.length} syncs; the longest took ${Math.round(longest)} ms from the start to the last look`)
  await server.run()
  await eventually(async () => (await server.unknownBlobs()).length === 0, 60_000, 'blobs without a row are gone')
  await server.kill()
})
