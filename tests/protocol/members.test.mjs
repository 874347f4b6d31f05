// Who is in, who gets in, and who is put out.
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { eventually, handsOut, Server } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'

let server
before(async () => { server = await Server.start(handsOut) })
after(async () => { await server.stop() })

const ask = (room, path, init = {}) => fetch(`${server.url}/api/v1/rooms/${room.name}${path}`, { ...init, headers: { ...room.bearer, ...init.headers } })
const code = async answer => (await answer.json()).code
const change = (room, wish) => ask(room, '', { method: 'PATCH', body: JSON.stringify(wish) })
const join = (room, password = room.password) => fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password, nickname: 'Tom' }) })
const basic = (room, user) => ({ Authorization: `Basic ${Buffer.from(`${user}:${room.password}`).toString('base64')}` })

/** A room with a member beside its owner. */
async function two() {
  const owner = await server.room({ nickname: 'Ada' })
  const { session } = await (await join(owner)).json()
  const member = { ...owner, bearer: { Authorization: `Bearer ${session.token}` } }
  const { me } = await (await ask(member, '')).json()
  return { owner, member, id: me.id }
}
const remove = (room, id) => ask(room, `/members/${id}`, { method: 'DELETE' })

/** A request whose body never ends, or whose answer nobody reads; `over` tells when its connection ended, or, of a body, that nobody wants
    the rest: HAProxy passes on the answer that says so, and leaves it to the client to close. */
function held(room, path, { method = 'GET', headers = {} } = {}) {
  const begun = request(`${server.url}${path}`, { method, headers: { ...room.bearer, ...headers } })
  const answered = new Promise(resolve => begun.on('response', resolve))
  const over = new Promise(resolve => {
    begun.on('close', () => resolve(Date.now()))
    if (method === 'PUT') begun.on('response', answer => answer.resume().on('end', () => resolve(Date.now())))
  })
  begun.on('error', () => {})
  return { begun, answered, over }
}

test('a member has the id that their files have', async () => {
  const { owner, member, id } = await two()
  const listed = (await (await ask(owner, '')).json()).members
  assert.deepEqual(listed.map(m => [m.nickname, m.id === id]), [['Ada', false], ['Tom', true]])
  await fetch(`${server.url}/${owner.name}/a`, { method: 'PUT', body: 'x', headers: member.bearer })
  const { files } = await (await ask(owner, '')).json()
  assert.equal(files[0].uploader_id, id)
})

test('a locked door is told to who knows the password, and to nobody else', async () => {
  const { owner, member } = await two()
  assert.equal((await fetch(`${server.url}/${owner.name}/`, { headers: basic(owner, 'eve') })).status, 200)
  assert.equal(await code(await change(member, { door_locked: true })), 'forbidden')
  assert.equal((await (await change(owner, { door_locked: true })).json()).room.door_locked, true)
  const refused = await join(owner)
  assert.equal(refused.status, 403)
  assert.equal(await code(refused), 'door_locked')
  assert.equal(await code(await join(owner, 'not the password')), 'not_admitted')
  assert.equal((await ask(member, '')).status, 200)
  assert.equal(await code(await fetch(`${server.url}/${owner.name}/`, { headers: basic(owner, 'tom') })), 'door_locked')
  assert.equal((await fetch(`${server.url}/${owner.name}/`, { headers: basic(owner, 'eve') })).status, 200, 'who is in stays in')
  await change(owner, { door_locked: false })
  assert.equal((await join(owner)).status, 201)
})

test('only the owner removes, nobody removes themselves, and nobody twice', async () => {
  const { owner, member, id } = await two()
  const { me } = await (await ask(owner, '')).json()
  assert.equal(await code(await remove(member, me.id)), 'forbidden')
  const own = await remove(owner, me.id)
  assert.deepEqual([own.status, await code(own)], [403, 'forbidden'])
  assert.equal((await remove(owner, id)).status, 204)
  const again = await remove(owner, id)
  assert.deepEqual([again.status, await code(again)], [404, 'not_found'])
  const answer = await ask(member, '')
  assert.deepEqual([answer.status, await code(answer)], [401, 'no_session'])
})

test('who is removed hears it, and the others see them go', async () => {
  const { owner, member, id } = await two()
  const [theirs, ours] = [new Stream(server, member), new Stream(server, owner)]
  await theirs.wait('snapshot')
  await ours.wait('members', d => d.members.some(m => m.id === id && m.present))
  const at = Date.now()
  await remove(owner, id)
  const told = await theirs.wait('member-removed')
  assert.deepEqual(told.data, { by: 'Ada' })
  await theirs.over
  assert.ok(Date.now() - at < 1_000, `${Date.now() - at} ms`)
  assert.equal(theirs.find('room-ended'), undefined)
  await ours.wait('members', d => d.members.every(m => m.id !== id))
  assert.equal(ours.find('member-removed'), undefined)
  await ours.close()
})

test('who leaves hears no more, in no tab, and nobody is said to have removed them', async () => {
  const { owner, member, id } = await two()
  const [theirs, ours] = [new Stream(server, member), new Stream(server, owner)]
  await theirs.wait('snapshot')
  await ours.wait('members', d => d.members.some(m => m.id === id && m.present))
  assert.equal((await ask(member, '/sessions/me', { method: 'DELETE' })).status, 204)
  assert.deepEqual((await theirs.wait('member-removed')).data, { by: '' })
  await theirs.over
  await ours.wait('members', d => d.members.every(m => m.id !== id))
  await ours.close()
})

test('a room has as many members as it may, and whoever leaves makes place', async t => {
  const small = await Server.start({ ...handsOut, FLEETING_MEMBER_COUNT_LIMIT: '2' })
  t.after(() => small.stop())
  const room = await small.room()
  const enter = user => fetch(`${small.url}/${room.name}/`, { headers: basic(room, user) })
  assert.equal((await enter('tom')).status, 200)
  const refused = await enter('eve')
  assert.deepEqual([refused.status, await code(refused)], [403, 'too_many_members'])
  assert.equal((await enter('tom')).status, 200, 'who is in stays in')
  assert.equal((await fetch(`${small.url}/api/v1/rooms/${room.name}/sessions/me`, { method: 'DELETE', headers: basic(room, 'tom') })).status, 204)
  assert.equal((await enter('eve')).status, 200)
})

test('what runs for who is removed ends within a second, and nothing of the others', async () => {
  const { owner, member, id } = await two()
  const size = 64 << 20
  const big = await fetch(`${server.url}/${owner.name}/big`, { method: 'PUT', headers: owner.bearer, duplex: 'half', body: createReadStream('/dev/zero', { end: size - 1 }) })
  assert.equal(big.status, 201)
  const { files } = await (await ask(owner, '')).json()
  const link = (await ask(member, `/files/${files[0].id}/content`, { redirect: 'manual' })).headers.get('location')
  const unused = (await ask(member, `/files/${files[0].id}/content`, { redirect: 'manual' })).headers.get('location')

  const byLink = held(member, link)
  const byName = held(member, `/${owner.name}/big`)
  const asZip = held(member, `/api/v1/rooms/${owner.name}/archive.zip`)
  const others = held(owner, `/${owner.name}/big`)
  const upload = held(member, `/${owner.name}/slow`, { method: 'PUT', headers: { 'Content-Length': 1 << 20 } })
  upload.begun.write('x')
  for (const { begun } of [byLink, byName, asZip, others]) begun.end()
  const answers = await Promise.all([byLink, byName, asZip, others].map(r => r.answered))
  assert.deepEqual(answers.map(a => a.statusCode), [200, 200, 200, 200])
  await eventually(async () => (await (await ask(owner, '')).json()).files.some(f => f.name === 'slow'), 2_000, 'the upload is there')

  const at = Date.now()
  assert.equal((await remove(owner, id)).status, 204)
  for (const answer of answers.slice(0, 3)) answer.resume().on('error', () => {})
  for (const [what, { over }] of Object.entries({ byLink, byName, asZip, upload })) {
    const ended = await Promise.race([over, new Promise(resolve => setTimeout(resolve, 1_500, Infinity))])
    assert.ok(ended - at < 1_100, `${what}: ${ended - at} ms`)
  }
  const refused = await fetch(`${server.url}${unused}`, { headers: member.bearer })
  assert.deepEqual([refused.status, await code(refused)], [403, 'link_invalid'], 'a link that was made before opens nothing')

  let count = 0
  for await (const part of answers[3]) count += part.length
  assert.equal(count, size, 'the other download came whole')
})

test('a user of HTTP Basic who was removed is back with the password, unless the door is locked', async () => {
  const { owner } = await two()
  const list = () => fetch(`${server.url}/${owner.name}/`, { headers: basic(owner, 'eve') })
  assert.equal((await list()).status, 200)
  const { members } = await (await ask(owner, '')).json()
  const eve = members.find(m => m.nickname === 'eve').id
  await remove(owner, eve)
  assert.equal((await list()).status, 200)
  await remove(owner, eve)
  await change(owner, { door_locked: true })
  assert.equal(await code(await list()), 'door_locked')
})
