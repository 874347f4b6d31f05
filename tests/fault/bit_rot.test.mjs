// A bit of a stored file flips. The server sends what the disk gives it; whoever looks sees it: by the digest of the download, by the
// checksum in the ZIP. FILES chooses how many.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eventually, Server } from '../support/server.mjs'
import { inParallel, tell } from '../trust/load.mjs'

after(Server.killAll)

const kFiles = Number(process.env.FILES || 100)

test('a download or a ZIP of a file whose bit has flipped shows it by its digest', { timeout: 300_000 }, async () => {
  const server = await Server.start({ FLEETING_FILE_COUNT_LIMIT: '10000' })
  const room = await server.room({ ttl_seconds: 3600 })
  await inParallel(kFiles, 8, async n => {
    const answer = await fetch(`${server.url}/${room.name}/file-${n}`, { method: 'PUT', body: randomBytes(1 + (n * 997) % 50_000), headers: room.bearer })
    assert.equal(answer.status, 201)
  })
  await server.kill()
  for (const name of server.blobs()) {
    const path = join(server.data, 'blobs', name.slice(-2), name)
    const bytes = readFileSync(path)
    bytes[Math.floor(bytes.length / 2)] ^= 1 << (bytes.length % 8)
    writeFileSync(path, bytes)
  }
  await server.run()

  const differs = await inParallel(kFiles, 8, async n => {
    const answer = await fetch(`${server.url}/${room.name}/file-${n}`, { headers: room.bearer })
    const digest = /^sha-256=:(.*):$/.exec(answer.headers.get('repr-digest'))[1]
    return digest !== createHash('sha256').update(Buffer.from(await answer.arrayBuffer())).digest('base64')
  })
  const seen = differs.filter(Boolean).length
  tell('files with a flipped bit that their digest shows', `${seen} of ${kFiles}`)
  assert.equal(seen, kFiles)

  const zip = join(server.folder, 'room.zip')
  writeFileSync(zip, Buffer.from(await (await fetch(`${server.url}/api/v1/rooms/${room.name}/archive.zip`, { headers: room.bearer })).arrayBuffer()))
  mkdirSync(join(server.folder, 'unpacked'))
  assert.throws(() => execFileSync('unzip', ['-tqq', zip], { stdio: 'pipe' }), error => (String(error.stdout).match(/bad CRC/g) ?? []).length === kFiles)
  await server.stop()
})

test('a stored file that was cut short is never delivered as whole, and the operator is told', async () => {
  const server = await Server.start({})
  const room = await server.room()
  for (const size of [1_000, 3_000_000]) {
    const body = randomBytes(size)
    assert.equal((await fetch(`${server.url}/${room.name}/cut-${size}`, { method: 'PUT', body, headers: room.bearer })).status, 201)
  }
  for (const name of server.blobs()) {
    const path = join(server.data, 'blobs', name.slice(-2), name)
    truncateSync(path, Math.floor(statSync(path).size / 2))
  }
  for (const size of [1_000, 3_000_000])
    await assert.rejects(fetch(`${server.url}/${room.name}/cut-${size}`, { headers: room.bearer }).then(answer => answer.arrayBuffer()))
  await eventually(() => server.log.match(/file_unreadable/g)?.length >= 2, 2_000, 'the log says so')
  await server.stop()
})
