// Who has downloaded what, as everybody in the room is told.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, handsOut, Server, sleep } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

let server
before(async () => { server = await Server.start(handsOut) })
after(async () => { await server.stop() })

const ask = (room, path, init = {}) => fetch(`${server.url}/api/v1/rooms/${room.name}${path}`, { ...init, headers: { ...room.bearer, ...init.headers } })
const snapshot = async room => (await ask(room, '')).json()
const put = (room, name, body = name) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', headers: room.bearer, body })
const get = async (room, name, headers = {}, method = 'GET') => (await fetch(`${server.url}/${room.name}/${name}`, { method, headers: { ...room.bearer, ...headers } })).arrayBuffer()
const takers = async (room, name) => (await snapshot(room)).files.find(f => f.name === name).taken_by

/** A room with a file in it, and a member beside its owner. */
async function roomWithFile(name = 'a', body = 'abcdef') {
  const owner = await server.room({ nickname: 'Ada' })
  const joined = await ask(owner, '/sessions', { method: 'POST', body: JSON.stringify({ password: owner.password, nickname: 'Tom' }) })
  const member = { ...owner, bearer: { Authorization: `Bearer ${(await joined.json()).session.token}` } }
  await put(owner, name, body)
  return { owner, member, id: (await snapshot(member)).me.id }
}
const isTaken = (room, name, ids) => eventually(async () => JSON.stringify(await takers(room, name)) === JSON.stringify(ids), 2_000, `${name} is taken by ${ids}`)

test('who was sent all of a file has taken it; its uploader has not', async () => {
  const { owner, member, id } = await roomWithFile()
  assert.deepEqual(await takers(owner, 'a'), [])
  const stream = new Stream(server, owner)
  await stream.wait('snapshot')
  await get(member, 'a')
  const { data } = await stream.wait('file-taken')
  const { files } = await snapshot(owner)
  assert.deepEqual(data, { id: files[0].id, member_id: id })
  assert.deepEqual(files[0].taken_by, [id])
  await get(member, 'a')
  await put(owner, 'mark')
  await stream.wait('file-added', d => d.file.name === 'mark')
  assert.equal(stream.events.filter(e => e.name === 'file-taken').length, 1, 'the second time is nothing new')
  await stream.close()
})

test('by a signed link, by a large file, by HTTP Basic', async () => {
  const { owner, member, id } = await roomWithFile('big', Buffer.alloc(5 << 20, 'x'))
  const file = (await snapshot(owner)).files[0]
  const link = (await ask(member, `/files/${file.id}/content`, { redirect: 'manual' })).headers.get('location')
  await (await fetch(server.url + link, { headers: member.bearer })).arrayBuffer()
  await isTaken(owner, 'big', [id])
  const basic = { ...owner, bearer: { Authorization: `Basic ${Buffer.from(`eve:${owner.password}`).toString('base64')}` } }
  await get(basic, 'big')
  await eventually(async () => (await takers(owner, 'big')).length === 2, 2_000, 'two have it')
  const eve = (await snapshot(owner)).members.find(m => m.nickname === 'eve').id
  assert.deepEqual((await takers(owner, 'big')).sort(), [id, eve].sort())
})

test('neither the head of a file, nor its beginning, nor what is still there', async () => {
  const { owner, member, id } = await roomWithFile()
  const etag = (await fetch(`${server.url}/${owner.name}/a`, { method: 'HEAD', headers: member.bearer })).headers.get('etag')
  await get(member, 'a', { Range: 'bytes=0-4' })
  await get(member, 'a', { 'If-None-Match': etag })
  await get(member, 'a', { Range: 'bytes=99-' })
  await sleep(200)
  assert.deepEqual(await takers(owner, 'a'), [])
  await get(member, 'a', { Range: 'bytes=5-' })
  await isTaken(owner, 'a', [id])
})

test('a download that breaks off takes nothing', async () => {
  const { owner, member } = await roomWithFile('big', Buffer.alloc(64 << 20, 'x'))
  const stopper = new AbortController()
  const answer = await fetch(`${server.url}/${owner.name}/big`, { headers: member.bearer, signal: stopper.signal })
  await answer.body.getReader().read()
  stopper.abort()
  await sleep(400)
  assert.deepEqual(await takers(owner, 'big'), [])
})

test('a file without a byte is taken too', async () => {
  const { owner, member, id } = await roomWithFile('none', '')
  await get(member, 'none')
  await isTaken(owner, 'none', [id])
})

test('a ZIP counts for each file in it, once it was sent whole', async () => {
  const { owner, member, id } = await roomWithFile()
  await put(owner, 'b')
  await put(owner, 'c')
  const stream = new Stream(server, member)
  await stream.wait('snapshot')
  const files = (await snapshot(owner)).files.filter(f => f.name !== 'c')
  const address = `/archive.zip?ids=${files.map(f => f.id)}`
  await (await ask(member, address, { headers: { Range: 'bytes=0-9' } })).arrayBuffer()
  await sleep(200)
  assert.equal(stream.find('file-taken'), undefined)
  await (await ask(member, address)).arrayBuffer()
  for (const file of files) await stream.wait('file-taken', d => d.id === file.id && d.member_id === id)
  assert.deepEqual(await takers(owner, 'a'), [id])
  assert.deepEqual(await takers(owner, 'b'), [id])
  assert.deepEqual(await takers(owner, 'c'), [])
  await stream.close()
})

test('who read behind the writer has taken it, and is still told so with its digest', async () => {
  const { owner, member, id } = await roomWithFile()
  const size = 3 << 20
  const tus = { 'Tus-Resumable': '1.0.0' }
  const made = await ask(owner, '/files', { method: 'POST', headers: { ...tus, 'Upload-Length': size, 'Upload-Metadata': `filename ${btoa('live')}` } })
  const upload = server.url + made.headers.get('location')
  const read = get(member, 'live')
  const patch = (from, to) => fetch(upload, { method: 'PATCH', headers: { ...owner.bearer, ...tus, 'Upload-Offset': from, 'Content-Type': 'application/offset+octet-stream' }, body: Buffer.alloc(to - from, 'y') })
  await patch(0, 1 << 20)
  await patch(1 << 20, size)
  assert.equal((await read).byteLength, size)
  await isTaken(owner, 'live', [id])
})

test('what was taken while a page was away is told when it comes back, and after a restart', async () => {
  const { owner, member, id } = await roomWithFile()
  const first = new Stream(server, owner)
  await first.wait('snapshot')
  await put(owner, 'b')
  const seen = await first.wait('file-added', d => d.file.name === 'b')
  await first.close()
  await get(member, 'a')
  await isTaken(owner, 'a', [id])
  const second = new Stream(server, owner, { 'Last-Event-ID': seen.id })
  // Another node than the first has nothing to replay, and tells all there is.
  const takenBy = () => second.find('file-taken')?.data.member_id ?? second.find('snapshot')?.data.files.find(f => f.name === 'a').taken_by[0]
  assert.equal(await eventually(takenBy, 3_000, 'who has it is told'), id)
  if (!server.nodes) assert.equal(second.find('snapshot'), undefined)
  await second.close()
  await server.kill()
  await server.run()
  assert.deepEqual(await takers(owner, 'a'), [id])
})
