// A node goes, by a crash or for a new version: uploads go on through another.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Cluster, Engines } from '../support/cluster.mjs'
import { eventually, generous, sleep } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { upload } from './transfers.mjs'

const kPart = 1 << 19
const kSize = 24 * kPart
let engines, cluster
before(async () => {
  engines = await Engines.start()
  cluster = await Cluster.start({ engines, env: generous })
})
after(async () => {
  await cluster?.stop()
  await engines?.stop()
})

/** An upload in parts, slow enough to be met; `acknowledged` tells when each came. */
function slowUpload(room, name, options = {}) {
  const bytes = randomBytes(kSize)
  const acknowledged = []
  const onBeforeRequest = () => sleep(60)
  const done = upload(cluster, room, name, bytes, kSize, { chunkSize: kPart, onBeforeRequest,
    onChunkComplete: () => acknowledged.push(Date.now()), ...options })
  return { digest: createHash('sha256').update(bytes).digest('hex'), acknowledged, done }
}
async function assertStored(room, id, digest) {
  const response = await fetch(`${cluster.url}/api/v1/rooms/${room.name}/files/${id}/content`, { headers: room.bearer })
  assert.equal(createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex'), digest)
}
const isUp = async node => (await cluster.haproxy.ask('show stat')).split('\n').some(line => line.startsWith(`nodes,node${node + 1},`) && line.includes(',UP,'))

for (const [what, signal] of [['was killed', 'SIGKILL'], ['hangs', 'SIGSTOP']])
  test(`an upload whose node ${what} goes on through another within 7 s`, { timeout: 120_000 }, async () => {
    const room = await cluster.room()
    const longest = []
    for (const node of cluster.nodes) {
      const { digest, acknowledged, done } = slowUpload(room, 'large.bin')
      await eventually(() => acknowledged.length > 4, 20_000, 'it is under way')
      node.process.kill(signal)
      const id = await done
      const gaps = acknowledged.slice(1).map((at, i) => at - acknowledged[i])
      longest.push(Math.max(...gaps))
      assert.ok(longest.at(-1) < 7_000, `${longest.at(-1)} ms`)
      await assertStored(room, id, digest)
      if (signal === 'SIGKILL') await node.run()
      else node.process.kill('SIGCONT')
      await eventually(() => isUp(cluster.nodes.indexOf(node)), 5_000, 'it is back')
    }
    tell(`its node ${what}`, `the upload goes on through another after ${Math.max(...longest)} ms at most of ${longest.length}`)
  })

test('a rolling restart fails no upload of a client that retries as tus-js-client does by itself', { timeout: 120_000 }, async () => {
  const room = await cluster.room()
  const uploads = Array.from({ length: 8 }, (_, i) => slowUpload(room, `rolling-${i}`, { retryDelays: [0, 1000, 3000, 5000], onShouldRetry: null }))
  for (const [i, node] of cluster.nodes.entries()) {
    await cluster.haproxy.setState(i, 'drain')
    assert.equal(await node.kill('SIGTERM'), 0, node.log)
    await node.run()
    await cluster.haproxy.setState(i, 'ready')
    await eventually(() => isUp(i), 5_000, 'it is back')
  }
  for (const { digest, done } of uploads) await assertStored(room, await done, digest)
})
