// What an open page hears, and how one that was away catches up.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { Stream as AnyStream } from '../support/stream.mjs'

let server
const kStreams = 3
before(async () => { server = await Server.start({ FLEETING_EVENT_STREAMS_PER_SESSION: String(kStreams), FLEETING_PASSWORD_MEMORY: '8MiB' }) })
after(async () => { await server.stop() })

class Stream extends AnyStream {
  constructor(room, headers) { super(server, room, headers) }
}

const put = (room, name, body = 'x') => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })

test('a new page gets a snapshot, then everything as it happens', async () => {
  const room = await server.room()
  const stream = new Stream(room)
  const { data } = await stream.wait('snapshot')
  assert.deepEqual(data.files, [])
  await put(room, 'a')
  const { data: { file } } = await stream.wait('file-added')
  assert.deepEqual([file.name, file.state], ['a', 'complete'], 'a small file comes whole')
  await put(room, 'b', Buffer.alloc(100_000))
  assert.equal((await stream.wait('file-added', d => d.file.name === 'b')).data.file.state, 'uploading')
  await stream.wait('file-progress', d => d.file.name === 'b' && d.file.state === 'complete')
  await fetch(`${server.url}/${room.name}/a`, { method: 'DELETE', headers: room.bearer })
  assert.equal((await stream.wait('file-removed')).data.id, file.id)
  await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'PATCH', headers: room.bearer, body: JSON.stringify({ locked: true }) })
  assert.equal((await stream.wait('room-changed')).data.room.locked, true)
  await stream.close()
})

test('members come and go before one\'s eyes', async () => {
  const room = await server.room({ nickname: 'Ada' })
  const stream = new Stream(room)
  await stream.wait('snapshot')
  const joined = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password, nickname: 'Tom' }) })
  const tom = { ...room, bearer: { Authorization: `Bearer ${(await joined.json()).session.token}` } }
  const theirs = new Stream(tom)
  await stream.wait('members', d => d.members.some(m => m.nickname === 'Tom' && m.present))
  await theirs.close()
  await stream.wait('members', d => d.members.some(m => m.nickname === 'Tom' && !m.present))
  await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions/me`, { method: 'DELETE', headers: tom.bearer })
  await stream.wait('members', d => d.members.every(m => m.nickname !== 'Tom'))
  await stream.close()
})

test('a page that was away hears what it missed, and no more', async () => {
  const room = await server.room()
  const first = new Stream(room)
  await first.wait('snapshot')
  await put(room, 'seen')
  const { id } = await first.wait('file-added')
  await first.close()
  await put(room, 'missed')
  const second = new Stream(room, { 'Last-Event-ID': id })
  await second.wait('file-added', d => d.file.name === 'missed')
  assert.equal(second.find('snapshot'), undefined)
  assert.equal(second.events.some(e => e.data.file?.name === 'seen'), false)
  await second.close()
})

test('a page that was away hears how far an upload has come meanwhile', async () => {
  const room = await server.room()
  const first = new Stream(room)
  await first.wait('snapshot')
  const headers = { ...room.bearer, 'Tus-Resumable': '1.0.0' }
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...headers, 'Upload-Length': '10', 'Upload-Metadata': 'filename YQ==' } })
  const { id } = await first.wait('file-added')
  await first.close()
  const more = { ...headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': '0' }
  assert.equal((await fetch(new URL(made.headers.get('location'), server.url), { method: 'PATCH', headers: more, body: '1234' })).status, 204)
  const second = new Stream(room, { 'Last-Event-ID': id })
  assert.equal((await second.wait('file-progress')).data.file.offset_bytes, 4)
  assert.equal(second.find('snapshot'), undefined)
  await second.close()
})

test('where replay isn\'t possible a snapshot comes', async () => {
  for (const id of ['999999', 'nonsense', '-1', '18446744073709551616']) {
    const room = await server.room()
    await put(room, 'a')
    const stream = new Stream(room, { 'Last-Event-ID': id })
    assert.equal((await stream.wait('snapshot')).data.files.length, 1, id)
    await put(room, 'b')
    await stream.wait('file-added', d => d.file.name === 'b')
    await stream.close()
  }
})

test('the end is told with its reason and time, and the stream ends', async () => {
  for (const [wish, reason] of [[{ ttl_seconds: 1 }, 'expired'], [{}, 'closed']]) {
    const room = await server.room(wish)
    const stream = new Stream(room)
    await stream.wait('snapshot')
    if (reason === 'closed') await fetch(`${server.url}/api/v1/rooms/${room.name}`, { method: 'DELETE', headers: room.bearer })
    const ended = await stream.wait('room-ended')
    assert.equal(ended.data.reason, reason)
    assert.ok(Math.abs(Date.parse(ended.data.ended_at) - ended.at) < 1_500)
    await stream.over
    assert.equal(stream.error, undefined)
  }
})

test('streams of a session are bounded, and a closed one makes room', async () => {
  const room = await server.room()
  // Each node has its own bound; one after the other, they are spread evenly.
  const streams = []
  for (let i = 0; i < kStreams * (server.nodes?.length ?? 1); ++i) {
    streams.push(new Stream(room))
    await streams.at(-1).wait('snapshot')
  }
  const tooMany = new Stream(room)
  await Promise.race([tooMany.over, sleep(3_000)])
  assert.ok([429, 503].includes(tooMany.status), String(tooMany.status))
  await streams[0].close()
  await eventually(async () => {
    const again = new Stream(room)
    await Promise.race([again.over, sleep(300)])
    const works = again.status === 200
    await again.close()
    return works
  }, 5_000, 'a place is free')
  for (const stream of streams) await stream.close()
})

test('many who come at once are told together, and in the end all of them', async () => {
  const room = await server.room({ nickname: 'Ada' })
  const first = new Stream(room)
  await first.wait('snapshot')
  const [kGuests, kAtOnce] = [60, 6]
  const streams = []
  const enter = async i => {
    const body = JSON.stringify({ password: room.password, nickname: `Guest ${i}` })
    const { session } = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body }).then(r => r.json())
    streams.push(new Stream({ name: room.name, bearer: { Authorization: `Bearer ${session.token}` } }))
  }
  for (let i = 0; i < kGuests; i += kAtOnce) await Promise.all(Array.from({ length: kAtOnce }, (_, j) => enter(i + j)))
  const isWhole = ({ members }) => members.length === kGuests + 1 && members.every(member => member.present)
  for (const stream of [first, ...streams]) await eventually(() => stream.events.some(e => ['snapshot', 'members'].includes(e.name) && isWhole(e.data)), 20_000, 'all are there')
  const told = first.events.filter(e => e.name === 'members').length
  assert.ok(told < kGuests, `${told} lists for ${kGuests} who came and opened the page`)
  for (const stream of [first, ...streams]) await stream.close()
})
