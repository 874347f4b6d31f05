// One file of HUGE_GIB (nightly a hundred) of zeros, on a disk that packs them: whole after a kill in its middle, in flat memory.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream, truncateSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually, Server } from '../support/server.mjs'
import { memoryOf, tell } from '../trust/load.mjs'
import { serverOnPackingDisk } from './small_disk.mjs'

after(Server.killAll)
const execute = promisify(execFile)
const gib = Number(process.env.HUGE_GIB || 0)
const size = gib * 2 ** 30
const tus = { 'Tus-Resumable': '1.0.0' }

/** Sends what comes from `offset` on; resolves with the answer's status, or nothing where the connection broke. A third of the way it calls `onThird`. */
const send = (server, url, headers, source, offset, onThird = () => {}) => new Promise(resolve => {
  const asking = request(url, { method: 'PATCH', agent: false, headers: { ...headers, ...tus, 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream', 'Content-Length': size - offset } })
  asking.on('response', response => response.resume().on('close', () => resolve(response.complete ? response.statusCode : undefined))).on('close', () => resolve())
  const watch = setInterval(() => asking.socket?.bytesWritten > size / 3 && (clearInterval(watch), onThird()), 20)
  asking.on('close', () => clearInterval(watch))
  createReadStream(source, { start: offset, highWaterMark: 1 << 20 }).pipe(asking.on('error', () => {}))
})

test('a huge file goes up in spite of a kill, is served from anywhere in it, and takes no memory', { skip: !gib && 'nightly (HUGE_GIB)', timeout: 3_600_000 }, async () => {
  const server = await serverOnPackingDisk(`${gib + 8}G`, { FLEETING_ROOM_SIZE_LIMIT: `${gib + 1}GiB`, FLEETING_FILE_SIZE_LIMIT: `${gib + 1}GiB`, FLEETING_DISK_FLOOR_PERCENT: '0', FLEETING_ROOM_TTL: '3h' })
  const source = join(server.folder, 'source')
  writeFileSync(source, '')
  truncateSync(source, size)
  const room = await server.room()
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, ...tus, 'Upload-Length': String(size), 'Upload-Metadata': 'filename aHVnZQ==' } })
  assert.equal(made.status, 201, await made.text())
  const url = server.url + made.headers.get('location')
  const offset = async () => Number((await fetch(url, { method: 'HEAD', headers: { ...room.bearer, ...tus } })).headers.get('upload-offset'))
  const begun = Date.now()
  assert.equal(await send(server, url, room.bearer, source, 0, () => server.process.kill('SIGKILL')), undefined)
  await server.exited
  await server.run()
  const kept = await offset()
  assert.ok(kept > size / 4 && kept < size, String(kept))
  assert.equal(await send(server, url, room.bearer, source, kept), 204)
  const seconds = (Date.now() - begun) / 1000
  assert.equal(await offset(), size)
  const path = `${server.url}/${room.name}/huge`
  const tail = await fetch(path, { headers: { ...room.bearer, Range: `bytes=${size - 5}-` } })
  assert.deepEqual([tail.status, tail.headers.get('content-range'), (await tail.arrayBuffer()).byteLength], [206, `bytes ${size - 5}-${size - 1}/${size}`, 5])
  const whole = await execute('curl', ['-sS', '--fail', '-L', '-H', `Authorization: ${room.bearer.Authorization}`, '-o', '/dev/null', '-w', '%{size_download}', path])
  assert.equal(whole.stdout, String(size))
  const { stdout } = await execute('openssl', ['dgst', '-sha256', '-r', source])
  const entry = async () => (await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files[0]
  const told = await eventually(async () => (await entry()).sha256, 600_000, 'the digest is told')
  assert.equal(told, stdout.split(' ')[0])
  const megabytes = memoryOf(server.process.pid, 'VmHWM')
  assert.ok(megabytes < 100, `${megabytes} MiB`)
  tell('a huge file', `${gib} GiB in ${seconds.toFixed(0)} s, killed at ${(kept / 2 ** 30).toFixed(1)} GiB; at most ${megabytes.toFixed(0)} MiB of memory`)
  await server.stop()
})
