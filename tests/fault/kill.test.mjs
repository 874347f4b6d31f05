// kill -9 at random moments during uploads and downloads: nothing acknowledged is lost, nothing is doubled, nothing outlives its room.
// ROUNDS and SEED choose how many and which.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { percentile, tell } from '../trust/load.mjs'
import { download, randomFrom, upload } from './transfers.mjs'

const rounds = Number(process.env.ROUNDS || 24)
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
let server, folder
const random = randomFrom(seed)
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

before(async () => {
  console.log(`seed ${seed}, ${rounds} rounds`)
  server = await Server.start()
  folder = mkdtempSync(join(tmpdir(), 'fleeting-kill-'))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('every upload and download survives the server being killed', { timeout: 5_400_000 }, async () => {
  const resent = []
  const ready = []
  for (let round = 0; round < rounds; round++) {
    // Mostly small ones, as many moments count for more than many bytes.
    const [streams, most] = round % 12 ? [4, 1 << 20] : [16, 6 << 20]
    const room = await server.room({ ttl_seconds: 600 })
    const base = Buffer.alloc(most, `round ${round} `)
    const basePath = join(folder, 'base')
    writeFileSync(basePath, base)
    const baseId = await upload(server, room, 'base.bin', createReadStream(basePath), base.length)

    const jobs = []
    const sources = []
    for (let i = 0; i < streams; i++) {
      const bytes = Buffer.alloc(1 + random(most))
      for (let at = 0; at + 4 < bytes.length; at += 1021) bytes.writeUInt32LE(random(2 ** 31), at)
      const path = join(folder, `up-${i}`)
      writeFileSync(path, bytes)
      sources.push(sha256(bytes))
      jobs.push(upload(server, room, `up-${i}`, createReadStream(path), bytes.length, { onResent: count => resent.push(count) }))
      jobs.push(download(server, room, { id: baseId, size: base.length }, join(folder, `down-${i}`)))
    }
    const settled = Promise.allSettled(jobs)
    await sleep(random(round % 12 ? 60 : 400))
    await server.kill()
    const restarted = performance.now()
    await server.run()
    ready.push(performance.now() - restarted)
    const outcomes = await settled
    const failed = outcomes.filter(job => job.status === 'rejected')
    assert.deepEqual(failed.map(job => String(job.reason)), [], `round ${round}, seed ${seed}`)

    const list = async () => (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()
    // A digest may come a moment later than its file.
    const listing = await eventually(async () => {
      const told = await list()
      return told.files.every(f => f.state !== 'complete' || f.sha256) && told
    }, 30_000, 'all digests are known')
    for (let i = 0; i < streams; i++) {
      // By its id: a creation whose answer was lost is made again, and then has a number behind its name.
      const stored = listing.files.find(f => f.id === outcomes[2 * i].value)
      assert.equal(stored.state, 'complete')
      assert.equal(stored.sha256, sources[i], `up-${i} of round ${round}, seed ${seed}`)
      await download(server, room, { id: stored.id, size: stored.size_bytes }, join(folder, 'check'))
      assert.equal(sha256(readFileSync(join(folder, 'check'))), sources[i])
      assert.equal(sha256(readFileSync(join(folder, `down-${i}`))), sha256(base), `down-${i} of round ${round}`)
    }
    await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })
  }
  await eventually(server.isEmpty, 5000, 'closed rooms leave nothing')
  const kib = bytes => `${(bytes / 1024).toFixed(0)} KiB`
  tell('killed', `${rounds} times, 0 bytes lost; ready ${percentile(ready, 0.5).toFixed(0)} ms after by the median, ${Math.max(...ready).toFixed(0)} at most; ${resent.length} uploads went on, ${kib(percentile(resent, 0.5))} sent again by the median, ${kib(Math.max(...resent))} at most`)
})

test('a room whose deadline passed while the server was dead is gone within 5 s of the restart', async () => {
  const room = await server.room({ ttl_seconds: 2 })
  const bytes = Buffer.alloc(200_000, 'x')
  await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, {
    method: 'POST', body: bytes.subarray(0, 1000),
    headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': '200000', 'Upload-Metadata': 'filename YQ==', 'Content-Type': 'application/offset+octet-stream' },
  })
  await server.kill()
  assert.equal(server.blobs().length, 1)
  await sleep(2500)
  await server.run()
  const answer = await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })
  assert.equal(answer.status, 410)
  await eventually(server.isEmpty, 5000, 'no row and no blob is left')
})
