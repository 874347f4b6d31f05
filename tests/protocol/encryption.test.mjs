// Storage encryption as an operator meets it: switched on and off while rooms live, and a key file that is gone, another's, or cut.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'

const content = randomBytes(300_000)

const withServer = (env, work) => Server.during(Server.alone({ ...generous, FLEETING_STORAGE_ENCRYPTION: 'on', ...env }), server => {
  server.keys = join(server.data, 'keys')
  return work(server)
})
const put = async (server, room, name) => assert.equal((await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body: content })).status, 201)
async function get(server, room, name) {
  const answer = await fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer })
  const body = await answer.arrayBuffer().then(Buffer.from, () => Buffer.alloc(0))
  return answer.status === 200 ? body.equals(content) : answer.status
}
/** Stopped, changed by `change`, started with the setting at `is`. */
async function restarted(server, is, change = () => {}) {
  await server.kill('SIGTERM')
  await change()
  server.env.FLEETING_STORAGE_ENCRYPTION = is
  await server.run()
}

test('switched on and off, every room goes on, and each file is what it was', () => withServer({ FLEETING_STORAGE_ENCRYPTION: 'off' }, async server => {
  const before = await server.room()
  await put(server, before, 'off')
  await restarted(server, 'on')
  await put(server, before, 'on')
  const encrypted = await server.room()
  await put(server, encrypted, 'on')
  await restarted(server, 'off')
  await put(server, encrypted, 'off')
  for (const [room, name] of [[before, 'off'], [before, 'on'], [encrypted, 'on'], [encrypted, 'off']]) assert.equal(await get(server, room, name), true, name)
  assert.doesNotMatch(server.log, /keys_missing|file_unreadable/)
}))

for (const is of ['on', 'off']) test(`with the key file lost and the setting ${is} nothing is handed out as it lies there, and the log says why`, () => withServer({}, async server => {
  const room = await server.room()
  await put(server, room, 'a')
  await restarted(server, is, () => rmSync(server.keys))
  await eventually(() => /error +keys_missing 1 files of living rooms are encrypted/.test(server.log), 5_000, 'it is told')
  assert.equal(await get(server, room, 'a'), 404)
  const next = await server.room()
  await put(server, next, 'b')
  assert.equal(await get(server, next, 'b'), true)
}))

test('what is no key file in its place keeps the server from starting, and is left alone', () => withServer({}, async server => {
  await put(server, await server.room(), 'a')
  const kept = readFileSync(server.keys)
  for (const spoil of [() => writeFileSync(server.keys, randomBytes(kept.length)), () => truncateSync(server.keys, 50)]) {
    await assert.rejects(restarted(server, 'on', spoil), /the file keys in the data folder is no key file, or of a newer version/)
    assert.notEqual(statSync(server.keys).size, 0)
    writeFileSync(server.keys, kept)
  }
  await server.run()
}))

test('a byte that was changed on the disk cuts the download, and the log says so', () => withServer({}, async server => {
  const room = await server.room()
  await put(server, room, 'a')
  const blobs = join(server.data, 'blobs')
  const blob = openSync(join(blobs, readdirSync(blobs, { recursive: true }).find(name => name.includes('/'))), 'r+')
  writeSync(blob, Buffer.from('changed'), 0, 7, 200_000)
  closeSync(blob)
  assert.notEqual(await get(server, room, 'a'), true)
  await eventually(() => /error +file_unreadable a stored segment isn't what was written/.test(server.log), 2_000, 'it is told')
}))
