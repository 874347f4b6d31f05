// Everything that members do, mixed, for SOAK_SECONDS: memory and descriptors stay as they were, nothing fails, nothing is left.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { descriptorsOf, memoryOf, tell } from '../trust/load.mjs'

after(Server.killAll)

const kSeconds = Number(process.env.SOAK_SECONDS || 4)
const kMembers = 8
const tus = { 'Tus-Resumable': '1.0.0' }
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** One life of a room: people come, bring files by each way, take them, look on, go; the room is closed, or ends by itself. */
async function live(server, round) {
  const room = await server.room({ ttl_seconds: kSeconds > 60 ? 60 : 5, password: 'a soaking password' })
  const path = `/api/v1/rooms/${room.name}`
  const ask = async (expected, method, path, headers, body) => {
    const answer = await fetch(server.url + path, { method, body, headers: { ...room.bearer, ...headers } })
    assert.equal(answer.status, expected, `${method} ${path.split('/')[1]}`)
    return answer
  }
  const watching = new AbortController()
  const events = await fetch(`${server.url}${path}/events`, { headers: room.bearer, signal: watching.signal })
  const watched = events.text().catch(() => {})
  await ask(201, 'POST', `${path}/sessions`, {}, JSON.stringify({ password: 'a soaking password' }))
  const small = randomBytes(1 + (round * 7919) % 20_000)
  const large = randomBytes(1_000_000 + (round * 104_729) % 2_000_000)
  await ask(201, 'PUT', `/${room.name}/small`, {}, small)
  const made = await ask(201, 'POST', `${path}/files`, { ...tus, 'Upload-Length': String(large.length), 'Upload-Metadata': 'filename bGFyZ2U=' })
  for (let from = 0; from < large.length; from += 700_000) {
    const headers = { ...tus, 'Upload-Offset': String(from), 'Content-Type': 'application/offset+octet-stream' }
    await ask(204, 'PATCH', made.headers.get('location'), headers, large.subarray(from, from + 700_000))
  }
  // One that is never finished, one download that is left in the middle.
  await ask(201, 'POST', `${path}/files`, { ...tus, 'Upload-Length': '100000', 'Upload-Metadata': 'filename aGFsZg==', 'Content-Type': 'application/offset+octet-stream' }, randomBytes(50_000))
  const left = await ask(200, 'GET', `/${room.name}/large`)
  await left.body.cancel()
  const got = await Promise.all([ask(200, 'GET', `/${room.name}/large`), ask(200, 'GET', `${made.headers.get('location')}/content`)].map(async answer => sha256(Buffer.from(await (await answer).arrayBuffer()))))
  assert.deepEqual(got, [sha256(large), sha256(large)])
  await (await ask(200, 'GET', `${path}/archive.zip`)).arrayBuffer()
  const { files } = await (await ask(200, 'GET', path)).json()
  await ask(204, 'DELETE', `${path}/files/${files.find(file => file.name === 'small').id}`, tus)
  if (round % 3) await ask(204, 'DELETE', path)
  watching.abort()
  await watched
}

/** The least of a while: a password's check takes its memory for a moment and gives it back. */
async function memoryBetweenChecks(pid) {
  let least = memoryOf(pid)
  for (let i = 0; kSeconds >= 60 && i < 15; i++) {
    await sleep(200)
    least = Math.min(least, memoryOf(pid))
  }
  return least
}

test(`${kSeconds} s of all that members do leave memory and descriptors as they were`, { timeout: kSeconds * 1000 + 120_000 }, async () => {
  const server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB' })
  const held = () => descriptorsOf(server.process.pid).length
  const before = held()
  const end = Date.now() + kSeconds * 1000
  const samples = []
  let rounds = 0
  const sampling = (async () => {
    while (Date.now() < end) {
      samples.push([Date.now() / 3_600_000, await memoryBetweenChecks(server.process.pid)])
      await sleep(Math.max(200, kSeconds * 5))
    }
  })()
  const member = async () => { while (Date.now() < end) await live(server, rounds++) }
  await Promise.all([sampling, ...Array.from({ length: kMembers }, member)])
  await eventually(server.isEmpty, 80_000, 'no row and no blob is left')
  // A third of the time to warm up; then the line through what was seen.
  const rest = samples.slice(Math.floor(samples.length / 3))
  const [meanAt, mean] = [0, 1].map(column => rest.reduce((sum, row) => sum + row[column], 0) / rest.length)
  const slope = rest.reduce((sum, [at, memory]) => sum + (at - meanAt) * (memory - mean), 0) / rest.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0)
  await eventually(() => held() <= before + 1, 20_000, 'descriptors are back').catch(error => assert.fail(`${error.message}: ${before} became ${held()}: ${descriptorsOf(server.process.pid)}`))
  tell(`soak of ${kSeconds} s`, `${rounds} rooms, ${mean.toFixed(0)} MiB, growing by ${slope.toFixed(1)} MiB an hour, ${before} descriptors before, ${held()} after`)
  if (kSeconds >= 1800) assert.ok(slope < 8, `memory grows by ${slope} MiB an hour`)
  assert.doesNotMatch(server.log, / error /)
  await server.stop()
})
