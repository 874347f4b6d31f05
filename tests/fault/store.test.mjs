// A store that fails a third of all requests and lies about others: what was told stored is there byte for byte, what was told to have failed
// isn't. OBJECTS and SEED choose how many and which.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Engines } from '../support/cluster.mjs'
import { LyingStore } from '../support/lying_store.mjs'
import { eventually, generous, handsOut, Server, sleep } from '../support/server.mjs'
import { inParallel, percentile, tell } from '../trust/load.mjs'
import { randomFrom } from './transfers.mjs'

const count = Number(process.env.OBJECTS || 80)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const random = randomFrom(seed)
const kAll = { 500: 0.3, stalls: 0.002, forgets: 0.02, 'cut short': 0.02, 'wrong ETag': 0.02 }
const kFew = { 500: 0.05 }
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
let engines, lying, server
before(async () => {
  console.log(`seed ${seed}`)
  engines = await Engines.start()
  lying = await LyingStore.before(engines.ceph.address, random)
  server = await Server.alone({ ...generous, ...handsOut, ...engines.makeSpace('lying'), FLEETING_S3_ENDPOINT: `http://127.0.0.1:${lying.port}`, FLEETING_FILE_COUNT_LIMIT: '20000', FLEETING_ROOM_SIZE_LIMIT: '900GiB' })
})
after(async () => {
  await server?.stop()
  lying?.close()
  await engines?.stop()
  Server.killAll()
})

/** Small ones mostly; some of several parts. */
function bytesOf(i) {
  const bytes = Buffer.alloc(4 + (i % 20 === 7 ? (10 << 20) + random(4 << 20) : random(200_000)), `${i} of ${seed}, `)
  bytes.writeUInt32LE(i, 0)
  return bytes
}
const address = (room, name) => `${server.url}/${room.name}/${name}`

/** Puts them all, each as often as a client would; what was told in the end, and how long each took. */
async function putAll(room, shares, objects) {
  const told = { stored: new Map(), failed: [], bytes: 0, took: [], tries: 0 }
  lying.shares = shares
  const begun = performance.now()
  await inParallel(objects, 8, async i => {
    const bytes = bytesOf(i)
    const first = performance.now()
    for (let tries = 1; ; tries++) {
      told.tries++
      const answer = await fetch(address(room, `f${i}`), { method: 'PUT', body: bytes, headers: room.bearer })
        .catch(error => { throw new Error(`no answer to try ${tries} of f${i}: ${error.cause?.message}`) })
      const { status } = answer
      await answer.arrayBuffer()
      assert.ok(status === 201 || status >= 500, `${status}`)
      if (status === 201) { told.stored.set(`f${i}`, sha256(bytes)); told.bytes += bytes.length; break }
      if (tries === 20) { told.failed.push(`f${i}`); break }
      await sleep(200)
    }
    told.took.push(performance.now() - first)
  })
  lying.shares = {}
  told.rate = told.bytes / (performance.now() - begun) / 1000
  return told
}

/** Read through the same lies: whole and right, or cut. */
async function readBack(room, name, digest, shares) {
  lying.shares = shares
  for (let tries = 0; ; tries++) {
    try {
      const answer = await fetch(address(room, name), { headers: room.bearer })
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (answer.status === 200) return assert.equal(sha256(bytes), digest, name)
      assert.ok(answer.status >= 500, `${name}: ${answer.status}`)
    } catch (error) {
      if (error.code === 'ERR_ASSERTION') throw error
    }
    if (tries === 100) throw new Error(`${name} is never read`)
    await sleep(50)
  }
}

async function assertExact(room, told, shares) {
  await eventually(async () => (await fetch(`${server.url}/readyz`)).status === 200, 20_000, 'it is ready again')
  const { files } = await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
  const complete = files.filter(file => file.state === 'complete')
  assert.deepEqual(complete.map(file => file.name).sort(), [...told.stored.keys()].sort(), 'what was told stored, and nothing else')
  assert.deepEqual(complete.filter(file => file.size_bytes === 0), [])
  const stored = [...told.stored]
  await inParallel(stored.length, 8, i => readBack(room, ...stored[i], shares))
  lying.shares = {}
}

/**
 * A room of its own, whose bytes are gone with it, also those of calls that only seemed to fail. An upload of parts whose end failed too waits
 * for the sweep, an hour later. (And this radosgw holds 4 GiB in memory: whoever writes to a full one waits for good.)
 */
async function through(shares, objects = count) {
  const room = await server.room()
  const told = await putAll(room, shares, objects)
  await assertExact(room, told, shares)
  await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })
  await eventually(() => engines.ceph.objects('fleeting', 'lying/').length === 0, 30_000, 'its objects are erased')
  return told
}

test(`${count} objects go through a store that fails and lies, exactly or not at all`, { timeout: 7_200_000 }, async () => {
  await through({}, 40)  // to warm up
  const well = await through({})
  assert.equal(well.failed.length, 0)
  const few = await through(kFew)
  const all = await through(kAll)
  const late = p => (percentile(few.took, p) - percentile(well.took, p)).toFixed(0)
  const share = told => `${(100 * told.rate / well.rate).toFixed(0)} %`
  tell('a store that fails 5 % of requests', `${few.stored.size} of ${count} stored, ${share(few)} of the goodput without, ${late(0.99)} ms more at the 99th percentile`)
  tell('a store that fails 30 % of requests and lies', `${all.stored.size} of ${count} stored after ${all.tries} tries, ${all.failed.length} told to have failed, 0 wrong, 0 doubled, 0 empty; ${share(all)} of the goodput; ${JSON.stringify(lying.counts)}`)
})
