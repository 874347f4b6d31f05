// Everything that can be asked of a room, at random moments around its end, while the next room of the same name is made: nothing is let in
// after the end, no byte comes more than a second late, nothing of one room is told to another's members. INTERLEAVINGS and SEED choose
// how many and which.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { readSlowly } from '../support/slow_reader.mjs'
import { percentile, tell } from '../trust/load.mjs'
import { randomFrom } from './transfers.mjs'

const total = Number(process.env.INTERLEAVINGS || 400)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const kNames = 20
const kEach = 12  // around one room's end
// ms: what is promised, which is told; and what fails, however busy the machine is.
const kPromised = 1000
const kLate = 3000
const tus = { 'Tus-Resumable': '1.0.0' }
const patch = { ...tus, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' }
const filename = name => `filename ${Buffer.from(name).toString('base64')}`
let server
before(async () => {
  console.log(`seed ${seed}`)
  server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_SYNC_UPLOADS: 'off', FLEETING_DISK_FLOOR_BYTES: '0', FLEETING_DISK_FLOOR_PERCENT: '0' })
})
after(async () => {
  await server.stop()
  Server.killAll()
})

/** What came of one request, and when: its status, its bytes, when the last of them came and when it was over. A `drip` feeds its body. */
function ask(method, path, headers = {}, body, drip) {
  const seen = { begun: Date.now(), status: 0, headers: {}, last: 0, over: 0 }
  const parts = []
  return new Promise(resolve => {
    const end = () => { seen.over ||= Date.now(); resolve({ ...seen, bytes: Buffer.concat(parts) }) }
    const length = body && !drip ? { 'Content-Length': Buffer.byteLength(body) } : {}
    const client = request(server.url + path, { method, agent: false, headers: { ...length, ...headers } }, answer => {
      Object.assign(seen, { status: answer.statusCode, headers: answer.headers, last: Date.now() })
      answer.on('data', part => { seen.last = Date.now(); parts.push(part) }).on('end', end).on('error', end).on('close', end)
    })
    client.on('error', end).on('close', end)
    if (drip) drip(client)
    else client.end(body)
  })
}

/** Feeds a body of `length` bytes in ten pieces, over `ms`. */
const dripOf = (length, ms, letter) => async client => {
  for (let piece = 0; piece < 10 && !client.destroyed; piece++) {
    client.write(letter.repeat(length / 10))
    await sleep(ms / 10)
  }
  client.end()
}

/**
 * Each deed of a member or a stranger with `its` credentials; `lasting` says how long a slow one means to take. What is read here comes in one
 * piece, as this process reads late what came long ago; much is read by the slow reader.
 */
const deeds = {
  list: its => ask('GET', its.path, its.bearer),
  text: its => ask('GET', `/${its.name}/`, its.bearer),
  events: its => ask('GET', `${its.path}/events`, its.bearer),
  link: its => ask('GET', `${its.path}/files/${its.file.id}/content`, its.bearer),
  'by link': its => ask('GET', its.link, its.bearer),
  'by name': its => ask('GET', `/${its.name}/a.bin`, its.bearer),
  'by password': its => ask('GET', `/${its.name}/a.bin`, { Authorization: `Basic ${Buffer.from(`ada:${its.password}`).toString('base64')}` }),
  zip: its => ask('GET', `${its.path}/archive.zip?ids=${its.file.id}`, its.bearer),
  preview: its => ask('GET', `${its.path}/files/${its.file.id}/preview`, its.bearer),
  join: its => ask('POST', `${its.path}/sessions`, {}, JSON.stringify({ password: its.password, nickname: its.tag })),
  put: its => ask('PUT', `/${its.name}/${its.tag}-put`, its.bearer, its.tag),
  'slow put': (its, lasting) => ask('PUT', `/${its.name}/${its.tag}-slow`, { ...its.bearer, 'Content-Length': 1000 }, ' ', dripOf(1000, lasting, 'x')),
  'tus creation': its => ask('POST', `${its.path}/files`, { ...its.bearer, ...tus, 'Upload-Length': '10', 'Upload-Metadata': filename(`${its.tag}-tus`) }),
  'slow tus': (its, lasting) => ask('PATCH', its.upload, { ...its.bearer, ...patch, 'Content-Length': 1000 }, ' ', dripOf(1000, lasting, 'y')),
  remove: its => ask('DELETE', `${its.path}/files/${its.spare}`, its.bearer),
  'slow by link': its => slowly(its.largeLink, its),
  'slow by name': its => slowly(`/${its.name}/large.bin`, its),
  'slow zip': its => slowly(`${its.path}/archive.zip`, its),
}
async function slowly(path, its) {
  const begun = Date.now()
  const { first, last, end, at } = await readSlowly(server, path, its.bearer, its.deadline + kLate + 1000 - begun).over
  return { begun, status: Number(first.slice(9, 12)), last, over: end === 'open' ? Infinity : at, bytes: Buffer.from(first, 'latin1') }
}

/** One of the rooms that bear a name one after the other: what its members have, and what its bytes are. */
class Generation {
  constructor(name, number, random) {
    Object.assign(this, { name, tag: `${name}-generation-${number}-`, path: `/api/v1/rooms/${name}`, password: `password of generation ${number}`, random })
  }

  /** Its name is free once the one before has ended: asked for until it is. On a busy machine one may end before it is filled: then the next. */
  async begin() {
    for (; ; await sleep(20 + this.random(60))) {
      const made = await ask('POST', '/api/v1/rooms', {}, JSON.stringify({ name: this.name, password: this.password, ttl_seconds: 2 + this.random(2) }))
      assert.ok([201, 409].includes(made.status), String(made.bytes))
      if (made.status === 201 && (await this.fill(JSON.parse(made.bytes)))) return this
    }
  }

  async fill({ room, session }) {
    this.deadline = Date.parse(room.expires_at)
    this.bearer = { Authorization: `Bearer ${session.token}` }
    await Promise.all([this.put('a.bin', 20_000), this.put('large.bin', (1 + this.random(4)) << 20), this.put('spare.bin', 20)])
    const listed = await deeds.list(this)
    const files = listed.status === 200 ? JSON.parse(listed.bytes).files : []
    const [large, file, spare] = ['large.bin', 'a.bin', 'spare.bin'].map(name => files.find(file => file.name === name))
    const linkTo = async file => file && (await deeds.link({ ...this, file })).headers.location
    Object.assign(this, { file, spare: spare?.id, link: await linkTo(file), largeLink: await linkTo(large) })
    const made = await ask('POST', `${this.path}/files`, { ...this.bearer, ...tus, 'Upload-Length': '1000', 'Upload-Metadata': filename(`${this.tag}-upload`) })
    this.upload = made.headers.location
    const isFilled = this.link && this.largeLink && this.upload
    assert.ok(isFilled || Date.now() >= this.deadline, `a living room isn't filled: ${listed.status} ${made.status} ${made.bytes} ${listed.bytes}`)
    return isFilled && Date.now() < this.deadline - 700
  }

  put(name, length) { return ask('PUT', `/${this.name}/${name}`, this.bearer, Buffer.alloc(length, this.tag)) }
}

const violations = []
const cuts = []
const late = []
const seen = {}

/** How long a timer of this process was late at most: by so much what comes here is seen later than it came. */
let stall = 0
let last = Date.now()
setInterval(() => {
  stall = Math.max(stall, Date.now() - last - 20)
  last = Date.now()
}, 20).unref()

/** What holds for one deed, whenever it began. `others`: the tags of the rooms of the same name. What the end has cut is told 503 `cancelled`. */
function judge(what, its, others, { begun, status, bytes, last, over }) {
  const isServed = status > 0 && status < 400
  const verdict = `${what} ${isServed ? 'served' : 'refused'}`
  seen[verdict] = (seen[verdict] ?? 0) + 1
  const after = { begun: begun - its.deadline, last: last - its.deadline, over: over - its.deadline }
  if (isServed && after.over > 0) {
    late.push(after.last)
    cuts.push(after.over)
  }
  const other = others.find(tag => bytes.includes(tag))
  const wrong = other ? `it tells of ${other}` : status >= 500 && !bytes.includes('"cancelled"') ? 'the server failed' : isServed && after.begun > 0 ? 'it was let in after the end' : isServed && after.over > kLate ? 'it was not cut' : ''
  if (wrong) violations.push(`${wrong}: ${what} in ${its.tag}, ms after its end: ${JSON.stringify(after)}, answered ${status} ${bytes.subarray(0, 200)}`)
}

/** What a room's members are told holds nothing of another of its name. */
async function judgeNext(its, others) {
  const told = await Promise.all([deeds.list(its), deeds.text(its), deeds.zip(its), deeds['by name'](its)])
  for (const each of told) judge('of the next room', its, others, each)
}

/** Deeds around the end of one room after the other, all of one name. */
async function live(lane, generations) {
  const random = randomFrom(seed + lane * 7919 + 1)
  const names = Object.keys(deeds)
  const done = []
  await sleep(random(2000))
  for (let number = 0; number < generations; number++) {
    const name = `ending-${lane}`
    const its = await new Generation(name, number, random).begin()
    const others = [-2, -1, 1, 2].map(by => `${name}-generation-${number + by}-`)
    if (number > 0) done.push(judgeNext(its, others))
    for (let i = 0; i < kEach; i++) {
      const what = names[random(names.length)]
      const isSlow = /slow|events/.test(what)
      const at = its.deadline + (isSlow ? -500 + random(600) : -200 + random(random(2) ? 300 : 1500))
      done.push(sleep(at - Date.now()).then(() => deeds[what](its, 100 + random(2000))).then(answer => judge(what, its, others, answer)))
    }
    await sleep(its.deadline - 20 - Date.now())
    // No deed outlives the room after its own.
    await Promise.all(done.splice(0, Math.max(0, done.length - kEach - 1)))
  }
  await Promise.all(done)
}

test(`${total} deeds at random moments around the ends of rooms, and of the next ones of their names`, { timeout: 3_600_000 }, async () => {
  await Promise.all(Array.from({ length: kNames }, (_, lane) => live(lane, Math.ceil(total / kNames / kEach))))
  assert.deepEqual(violations, [], `seed ${seed}`)
  await eventually(server.isEmpty, 10_000, 'no row and no blob is left')
  console.log(Object.entries(seen).sort().map(([what, count]) => `${what} ${count}`).join(', '))
  const ms = number => number.toFixed(0)
  const latest = `the last byte came ${ms(percentile(late, 0.5))} ms after it by the median, ${ms(Math.max(...late))} at most, of ${late.filter(ms => ms > kPromised).length} after more than ${kPromised}`
  tell('deeds around the ends of rooms', `${total}; 0 let in after it, 0 of another room; ${cuts.length} were cut by it: ${latest}; this process stalled ${stall} ms at most`)
})
