// Two nodes on one PostgreSQL, one Redis and one bucket, that scan files: one takes each, another takes over, and what goes past them is
// read back.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Clamd, eicar } from '../support/clamd.mjs'
import { Engines } from '../support/cluster.mjs'
import { crc32 } from '../support/crc32.mjs'
import { eventually, generous, Server } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

const MiB = 1 << 20
let engines, clamd, one, other
before(async () => {
  [engines, clamd] = await Promise.all([Engines.start(), Clamd.start()])
  const shared = { ...generous, ...engines.makeSpace('scans'), FLEETING_METRICS_LISTEN: '127.0.0.1:0', FLEETING_SCAN_SOCKET: clamd.socket, FLEETING_SCAN_LIMIT: '64MiB' }
  one = await Server.alone(shared)
  other = await Server.alone(shared)
  await eventually(() => engines.redis.ask('PUBSUB', 'NUMSUB', 'fleeting:events').endsWith('2'), 2_000, 'both nodes listen')
})
after(async () => {
  await Promise.all([one?.stop(), other?.stop()])
  await Promise.all([engines?.stop(), clamd?.stop()])
})

const ask = (server, room, method, path, body) =>
  fetch(`${server.url}/api/v1/rooms/${room.name}${path}`, { method, headers: room.bearer, body: body && JSON.stringify(body), redirect: 'manual' })
const told = async (answer, status) => {
  const response = await answer
  const body = await response.json()
  assert.equal(response.status, status, JSON.stringify(body))
  return body
}
const put = async (server, room, name, body) => assert.equal((await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })).status, 201)
const get = (server, room, name) => fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer })
const codeOf = async answer => (await (await answer).json()).code
const isOffered = (server, room, name, ms = 10_000) => eventually(async () => (await get(server, room, name)).status === 200, ms, `${name} is offered`)
const scanned = async () => (await one.metric('scans_clean')) + (await other.metric('scans_clean'))

/** A file that goes straight to the store. */
async function sendDirect(server, room, name, data) {
  const { file, part_size_bytes } = await told(ask(server, room, 'POST', '/direct-uploads', { name, size_bytes: data.length }), 201)
  for (let at = 0, number = 1; at < data.length; at += part_size_bytes, ++number) {
    const bytes = data.subarray(at, at + part_size_bytes)
    const { parts: [link] } = await told(ask(server, room, 'POST', `/direct-uploads/${file.id}/links`, { parts: [{ number, md5: createHash('md5').update(bytes).digest('base64') }] }), 200)
    const stored = await fetch(link.url, { method: 'PUT', headers: link.headers, body: bytes })
    assert.equal(stored.status, 200)
    await told(ask(server, room, 'PUT', `/direct-uploads/${file.id}/parts/${number}`, { etag: stored.headers.get('etag'), crc32: crc32(bytes) }), 200)
  }
  await told(ask(server, room, 'POST', `/direct-uploads/${file.id}/complete`, {}), 200)
  return file.id
}

test('each file is scanned by one node, and members of both hear of it', async () => {
  const room = await one.room()
  const streams = [one, other].map(server => new Stream(server, room))
  await Promise.all(streams.map(stream => stream.wait('snapshot')))
  const before = await scanned()
  for (let i = 0; i < 20; ++i) await put(i % 2 ? one : other, room, `file-${i}`, `harmless ${i}`)
  await put(one, room, 'bad', eicar)
  for (let i = 0; i < 20; ++i) for (const server of [one, other]) await isOffered(server, room, `file-${i}`)
  assert.equal(await scanned() - before, 20)
  for (const stream of streams) await stream.wait('file-removed', data => data.reason === 'file_infected')
  for (const server of [one, other]) assert.equal(await codeOf(get(server, room, 'bad')), 'file_infected')
  for (const stream of streams) await stream.close()
})

test('what went straight to the store is read back and scanned before anybody is sent there', async () => {
  const room = await one.room()
  const harmless = Buffer.alloc(20 * MiB, 'x')
  clamd.pause()
  const id = await sendDirect(one, room, 'clean', harmless)
  const bad = await sendDirect(one, room, 'bad', Buffer.concat([harmless, Buffer.from(eicar)]))
  for (const server of [one, other]) assert.equal(await codeOf(ask(server, room, 'GET', `/files/${id}/content`)), 'being_checked')
  clamd.goOn()
  await eventually(async () => (await ask(other, room, 'GET', `/files/${id}/content`)).status === 302, 20_000, 'it is offered')
  await eventually(async () => await codeOf(ask(other, room, 'GET', `/files/${bad}/content`)) === 'file_infected', 20_000, 'the other is removed')
  assert.equal(await codeOf(ask(one, room, 'GET', `/direct-uploads/${bad}`)), 'file_infected')
})

test('another node takes a file over from one that died', async () => {
  const room = await one.room()
  clamd.pause()
  // More than one node takes up at once.
  for (let i = 0; i < 4; ++i) await put(one, room, `file-${i}`, 'harmless')
  const claimed = () => engines.postgres.ask('SELECT count(*) FROM file WHERE scan = 1 AND scan_after_ms > 0', engines.postgres.urlOf('scans'))
  await eventually(() => claimed() === '4', 5_000, 'all are being scanned')
  await one.kill()
  clamd.goOn()
  for (let i = 0; i < 4; ++i) await isOffered(other, room, `file-${i}`, 45_000)
  await one.run()
})
