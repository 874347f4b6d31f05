// Where the parent holds the listening socket (systemd's socket unit), nobody who comes while the server is replaced is refused.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { get } from 'node:http'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, generous, Server, sleep } from '../support/server.mjs'

const holder = join(dirname(fileURLToPath(import.meta.url)), '../support/socket_holder.py')
async function heldServer(env = {}) {
  const made = await Server.prepared({ ...generous, ...env })
  made.inside = ['python3', holder, String(made.port)]
  return made
}
/** The process that serves; 0 between two. */
const childOf = made => Number(spawnSync('pgrep', ['-P', String(made.process.pid)], { encoding: 'utf8' }).stdout)

let server
before(async () => {
  server = await heldServer()
  await server.run()
})
after(async () => { await server.stop() })

/** The status of a request on a connection of its own. */
const ask = (path, headers = {}) => new Promise((resolve, reject) => {
  get(server.url + path, { agent: false, headers }, response => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject)
})

test('nobody is refused while the server is replaced again and again', { timeout: 120_000 }, async () => {
  let isOver = false
  let asked = 0
  const askOn = async () => {
    for (; !isOver; asked++) assert.equal(await ask('/healthz'), 200)
  }
  const askers = Array.from({ length: 8 }, askOn)
  const room = await server.room()
  for (let round = 0; round < 5; round++) {
    const old = childOf(server)
    await sleep(200)
    process.kill(old, 'SIGTERM')
    await eventually(() => ![0, old].includes(childOf(server)), 10_000, 'the next one runs')
    assert.equal(await ask(`/api/v1/rooms/${room.name}`, room.bearer), 200)
  }
  isOver = true
  await Promise.all(askers)
  assert.ok(asked > 500, `${asked} were answered`)
  assert.equal(server.log.match(/ listening /g).length, 6, server.log)
})

test('a socket on another port than FLEETING_LISTEN is refused with what to do', async () => {
  const other = await heldServer({ FLEETING_LISTEN: '127.0.0.1:1' })
  await assert.rejects(other.run(), /socket that was handed over is on port \d+, FLEETING_LISTEN is 127\.0\.0\.1:1: let both say the same/)
})

test('a descriptor that does not listen is refused', async () => {
  const other = await Server.prepared(generous)
  other.inside = ['sh', '-c', 'exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', 'sh']
  await assert.rejects(other.run(), /LISTEN_FDS: what was handed over doesn't listen for streams/)
})

test('variables that are meant for another process are none', async () => {
  const other = await Server.prepared({ ...generous, LISTEN_PID: '1', LISTEN_FDS: '1' })
  await other.run()
  await other.stop()
})
