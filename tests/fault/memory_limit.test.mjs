// A control group of 256 MiB, and as many transfers at once as TRANSFERS says: all come whole, nothing is killed.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { after, test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'
import { memoryOf, tell } from '../trust/load.mjs'

after(Server.killAll)
const transfers = Number(process.env.TRANSFERS || 200)
const limit = 256 << 20
const most = 200  // MiB
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** A control group of either version that holds `limit`; nothing where this user may not make one. */
function makeGroup() {
  const isNew = existsSync('/sys/fs/cgroup/cgroup.controllers')
  const parent = isNew ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory'
  try { accessSync(parent, constants.W_OK) } catch { return undefined }
  const path = `${parent}/fleeting-test-${process.pid}`
  mkdirSync(path)
  try {
    writeFileSync(`${path}/${isNew ? 'memory.max' : 'memory.limit_in_bytes'}`, String(limit))
  } catch { rmdirSync(path); return undefined }
  const events = () => readFileSync(`${path}/${isNew ? 'memory.events' : 'memory.oom_control'}`, 'utf8')
  return { join: ['sh', '-c', `echo $$ >${path}/cgroup.procs && exec "$@"`, 'sh'], kills: () => Number(/oom_kill (\d+)/.exec(events())[1]), remove: () => rmdirSync(path) }
}

const agent = new Agent({ maxSockets: Infinity })
const transfer = (url, { method = 'GET', headers, body }) => new Promise((resolve, reject) => {
  const asking = request(url, { method, agent, headers: { ...headers, ...(body ? { 'Content-Length': body.length } : {}) } }, response => {
    const hash = createHash('sha256')
    response.on('data', part => hash.update(part)).on('end', () => resolve([response.statusCode, hash.digest('hex')])).on('error', reject)
  }).on('error', reject)
  asking.end(body)
})

test(`inside 256 MiB, ${transfers} uploads and downloads at once, and archives, come whole`, { timeout: 600_000 }, async () => {
  const group = makeGroup()
  const server = await Server.prepared({ ...generous, FLEETING_FILE_COUNT_LIMIT: '10000', FLEETING_ROOM_SIZE_LIMIT: '20GiB' })
  if (group) server.inside = group.join
  await server.run()
  const room = await server.room()
  const large = randomBytes(2 << 20)
  const small = randomBytes(300_000)
  const at = name => `${server.url}/${room.name}/${name}`
  assert.equal((await transfer(at('large'), { method: 'PUT', headers: room.bearer, body: large }))[0], 201)
  // A session has eight archives at once: more are refused.
  const deeds = Array.from({ length: transfers }, (_, i) => {
    if (i % 100 === 0) return transfer(`${server.url}/api/v1/rooms/${room.name}/archive.zip`, { headers: room.bearer }).then(([status]) => assert.ok([200, 429, 503].includes(status), String(status)))
    if (i % 4 === 0) return transfer(at(`up-${i}`), { method: 'PUT', headers: room.bearer, body: small }).then(([status]) => assert.equal(status, 201))
    return transfer(at('large'), { headers: room.bearer }).then(answer => assert.deepEqual(answer, [200, sha256(large)]))
  })
  await Promise.all(deeds)
  const peak = memoryOf(server.process.pid, 'VmHWM')
  assert.ok(peak < most, `${peak} MiB`)
  if (group) assert.equal(group.kills(), 0)
  tell(`${transfers} transfers at once`, `at most ${peak.toFixed(0)} MiB${group ? ', in a control group' : '; this user may make no control group'}`)
  agent.destroy()
  await server.stop()
  if (group) await eventually(() => { try { group.remove(); return true } catch { return false } }, 5_000, 'the group is empty')
})
