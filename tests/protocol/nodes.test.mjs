// Two nodes of one deployment, on one PostgreSQL, one Redis and one bucket: what happens on one is felt on the other.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { clockOff } from '../support/clock_shim.mjs'
import { Engines } from '../support/cluster.mjs'
import { eventually, generous, Server, sleep } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'
import { tell } from '../trust/load.mjs'

let engines, redis, shared, one, other
const startNode = (env = {}) => Server.alone({ ...generous, ...shared, ...env })
before(async () => {
  engines = await Engines.start()
  redis = engines.redis
  shared = engines.makeSpace('nodes')
  one = await startNode()
  other = await startNode()
  await eventually(() => redis.ask('PUBSUB', 'NUMSUB', 'fleeting:events').endsWith('2'), 2_000, 'both nodes listen')
})
after(async () => {
  await Promise.all([one?.stop(), other?.stop()])
  await engines?.stop()
})

const api = (server, room, path = '') => `${server.url}/api/v1/rooms/${room.name}${path}`
const call = (server, room, method, path, body) =>
  fetch(api(server, room, path), { method, headers: room.bearer, body: body && JSON.stringify(body) })
const membersOf = (server, room) => call(server, room, 'GET').then(r => r.json()).then(r => r.members)

async function join(server, room, nickname) {
  const response = await fetch(api(server, room, '/sessions'), { method: 'POST', body: JSON.stringify({ password: room.password, nickname }) })
  assert.equal(response.status, 201)
  const { session } = await response.json()
  return { ...room, session, bearer: { Authorization: `Bearer ${session.token}` } }
}

/** A room that was opened on one node, and a member who came by the other and listens there. */
async function roomOfTwo(nickname = 'Tom') {
  const owner = await one.room({ nickname: 'Ada' })
  const member = await join(other, owner, nickname)
  const stream = new Stream(other, member)
  await stream.wait('snapshot')
  return { owner, member, stream }
}

/** How long after `act` the stream hears `name`. */
async function heardAfter(stream, act, name, matches) {
  const begun = Date.now()
  await act()
  const done = Date.now()
  const event = await stream.wait(name, matches)
  return event.at - (event.at < done ? begun : done)
}

describe('with Redis', () => {
  test('a room is opened on one node and entered by the other, which hears of its files at once', async () => {
    const { owner, stream } = await roomOfTwo()
    const put = () => fetch(`${one.url}/${owner.name}/notes.txt`, { method: 'PUT', body: 'notes', headers: owner.bearer })
    const late = await heardAfter(stream, put, 'file-added', data => data.file.name === 'notes.txt' && data.file.state === 'complete')
    assert.ok(late < 200, `${late} ms`)
    const { file } = stream.find('file-added').data
    const gone = await heardAfter(stream, () => call(one, owner, 'DELETE', `/files/${file.id}`), 'file-removed', data => data.id === file.id)
    assert.ok(gone < 200, `${gone} ms`)
    await stream.close()
  })

  test('a removed member is told so and cut on the other node', async () => {
    const { owner, member, stream } = await roomOfTwo('Eve')
    const { id } = (await membersOf(one, owner)).find(m => m.nickname === 'Eve')
    const late = await heardAfter(stream, () => call(one, owner, 'DELETE', `/members/${id}`), 'member-removed')
    assert.ok(late < 200, `${late} ms`)
    await stream.over
    assert.equal((await call(other, member, 'GET')).status, 401)
  })

  test('a deadline is moved, and a room closed, on both', async () => {
    const { owner, member, stream } = await roomOfTwo()
    const late = await heardAfter(stream, () => call(one, owner, 'PATCH', '', { ttl_seconds: 3600 }), 'room-changed')
    assert.ok(late < 200, `${late} ms`)
    const ended = await heardAfter(stream, () => call(one, owner, 'DELETE'), 'room-ended', data => data.reason === 'closed')
    assert.ok(ended < 200, `${ended} ms`)
    await stream.over
    assert.equal((await call(other, member, 'GET')).status, 410)
  })

  test('that the password is another one is told on both', async () => {
    const { owner, member, stream } = await roomOfTwo()
    const markOf = async answer => (await answer.json()).room.password_mark
    const before = await markOf(await call(other, member, 'GET'))
    const changed = await markOf(await call(one, owner, 'PATCH', '', { password: 'quite another password' }))
    assert.notEqual(changed, before)
    assert.equal((await stream.wait('room-changed')).data.room.password_mark, changed)
    await stream.close()
  })

  test('each node knows who is present on the other, and forgets those of one that crashed', async () => {
    const { owner, stream } = await roomOfTwo('Zoe')
    const isThere = async () => (await membersOf(one, owner)).find(m => m.nickname === 'Zoe').present
    await eventually(isThere, 500, 'present on the first node')
    const watcher = new Stream(one, owner)
    await watcher.wait('snapshot')
    await stream.close()
    await eventually(async () => !(await isThere()), 2_500, 'gone')
    await watcher.wait('members', data => data.members.some(m => m.nickname === 'Zoe' && !m.present))
    const crashing = await startNode()
    const zoe = new Stream(crashing, await join(crashing, owner, 'Yan'))
    const hasYan = async () => (await membersOf(one, owner)).find(m => m.nickname === 'Yan')?.present
    await eventually(hasYan, 500, 'present by the third')
    await crashing.kill()
    await eventually(async () => !(await hasYan()), 7_000, 'forgotten')
    await Promise.all([zoe.close(), watcher.close()])
    await crashing.stop()
  })

  test('nothing that goes over Redis can be read there', async () => {
    const { owner, stream } = await roomOfTwo('Nicknamed')
    const monitor = execFile('redis-cli', ['-p', String(redis.port), 'MONITOR'])
    let seen = ''
    monitor.stdout.on('data', text => (seen += text))
    await eventually(() => seen.includes('OK'), 2_000, 'it listens')
    await heardAfter(stream, () => fetch(`${one.url}/${owner.name}/secret-plan.txt`, { method: 'PUT', body: 'x', headers: owner.bearer }), 'file-added')
    await eventually(() => seen.includes('PUBLISH'), 2_000, 'something goes over it')
    monitor.kill()
    assert.doesNotMatch(seen, /secret-plan|Nicknamed|argon2/)
    await stream.close()
  })
})

describe('without Redis', () => {
  before(() => redis.halt())
  after(() => redis.run())

  test('what happens on one node is felt on the other within two seconds', async () => {
    const { owner, member, stream } = await roomOfTwo('Eve')
    const put = await heardAfter(stream, () => fetch(`${one.url}/${owner.name}/notes.txt`, { method: 'PUT', body: 'notes', headers: owner.bearer }),
      'snapshot', data => data.files.some(f => f.name === 'notes.txt'))
    const moved = await heardAfter(stream, () => call(one, owner, 'PATCH', '', { ttl_seconds: 3600 }), 'snapshot',
      data => Date.parse(data.room.expires_at) > Date.now() + 3_500_000)
    const ada = await call(one, owner, 'GET').then(r => r.json())
    const { id } = ada.members.find(m => m.nickname === 'Eve')
    const removed = await heardAfter(stream, () => call(one, owner, 'DELETE', `/members/${id}`), 'member-removed', data => data.by === '')  // a row that is gone doesn't say whose doing it was
    await stream.over
    assert.equal((await call(other, member, 'GET')).status, 401)
    const left = new Stream(other, owner)
    await left.wait('snapshot')
    const ended = await heardAfter(left, () => call(one, owner, 'DELETE'), 'room-ended', data => data.reason === 'closed')
    await left.over
    for (const late of [put, moved, removed, ended]) assert.ok(late < 2_000, `${late} ms`)
    tell('without Redis', `another node hears after ${Math.max(put, moved, removed, ended)} ms at most`)
  })

  test('nothing fails for its sake', async () => {
    const room = await one.room()
    assert.equal((await fetch(`${other.url}/readyz`)).status, 200)
    assert.equal((await call(other, room, 'GET')).status, 200)
    assert.equal((await call(other, room, 'DELETE')).status, 204)
  })
})

test('Redis is back: events come at once again, within a second', async () => {
  await redis.halt()
  const { owner, stream } = await roomOfTwo()
  await redis.run()
  await sleep(1_000)
  const late = await heardAfter(stream, () => call(one, owner, 'PATCH', '', { locked: true }), 'room-changed', data => data.room.locked)
  assert.ok(late < 200, `${late} ms`)
  await stream.close()
})

test('a Redis that hangs makes no request slow', async () => {
  const { owner, member, stream } = await roomOfTwo()
  redis.signal('SIGSTOP')
  try {
    const slowest = { ms: 0 }
    for (let i = 0; i < 20; ++i) {
      const begun = Date.now()
      const response = await fetch(api(other, owner, '/sessions'), { method: 'POST', body: JSON.stringify({ password: 'wrong password' }) })
      assert.equal(response.status, 401)
      assert.equal((await call(one, member, 'GET')).status, 200)
      slowest.ms = Math.max(slowest.ms, Date.now() - begun)
    }
    assert.ok(slowest.ms < 1_500, `${slowest.ms} ms`)
    const late = await heardAfter(stream, () => call(one, owner, 'PATCH', '', { locked: true }), 'snapshot', data => data.room.locked)
    assert.ok(late < 2_000, `${late} ms`)
    tell('Redis hangs', `the slowest of 40 requests ${slowest.ms} ms; another node hears after ${late} ms`)
  } finally {
    redis.signal('SIGCONT')
  }
  await sleep(1_000)
  const late = await heardAfter(stream, () => call(one, owner, 'PATCH', '', { locked: false }), 'room-changed', data => !data.room.locked)
  assert.ok(late < 200, `${late} ms`)
  await stream.close()
})

test('wrong passwords are counted over both nodes, and by each alone while Redis is away or flushed', async () => {
  const env = { FLEETING_RATE_JOIN_ROOM: '6/1h' }
  const nodes = [await startNode(env), await startNode(env)]
  const guesses = async (room, count, between = () => {}) => {
    const answers = []
    for (let i = 0; i < count; ++i) {
      await between()
      const tried = await fetch(api(nodes[i % 2], room, '/sessions'), { method: 'POST', body: JSON.stringify({ password: `wrong guess ${i}` }) })
      answers.push(tried.status)
    }
    return answers.filter(status => status === 401).length
  }
  try {
    assert.equal(await guesses(await nodes[0].room(), 12), 6)
    assert.ok(await guesses(await nodes[0].room(), 16, () => redis.ask('FLUSHALL')) <= 12)
    await redis.halt()
    assert.equal(await guesses(await nodes[0].room(), 16), 12)
  } finally {
    await redis.run().catch(() => {})
    await Promise.all(nodes.map(node => node.stop()))
  }
})

describe('a room that has ended', () => {
  const told = async (server, room) => {
    const response = await call(server, room, 'GET')
    return [response.status, await response.text()]
  }
  const leave = (server, room) => call(server, room, 'DELETE', '/sessions/me')

  test('is told of to who was in it by each node, be it one that never met them or one that has just started', async () => {
    const owner = await one.room()
    const [member, gone] = [await join(one, owner, 'Tom'), await join(one, owner, 'Eve')]
    assert.equal((await leave(one, gone)).status, 204)
    assert.equal((await call(one, owner, 'DELETE')).status, 204)
    const answers = [await told(one, member), await told(other, member), await told(other, owner)]
    const late = await startNode()
    answers.push(await told(late, member))
    assert.deepEqual(answers.map(([status, text]) => [status, JSON.parse(text).code]), Array(4).fill([410, 'room_ended']))
    assert.deepEqual(answers, Array(4).fill(answers[0]))
    for (const node of [one, other, late]) assert.equal((await told(node, gone))[0], 401, 'she had left before')
    const again = await one.room({ name: owner.name })
    for (const node of [one, other, late]) assert.equal((await told(node, member))[0], 401, 'its name is another room\'s')
    assert.equal((await call(other, again, 'DELETE')).status, 204)
    await late.stop()
  })

  test('by its deadline is told of by each node from that second on', async () => {
    const owner = await one.room({ ttl_seconds: 2 })
    const member = await join(one, owner, 'Tom')
    await sleep(Date.parse(owner.room.expires_at) - Date.now() + 20)
    const answers = [await told(other, member), await told(one, member)]
    await sleep(1_200)
    answers.push(await told(other, member), await told(one, member))
    assert.deepEqual(answers.map(([status, text]) => [status, JSON.parse(text).ended_at]), Array(4).fill([410, owner.room.expires_at]))
  })

  test('is to strangers like one that never was, and like one that lives', async () => {
    const [ended, lives] = [await one.room(), await one.room()]
    assert.equal((await call(one, ended, 'DELETE')).status, 204)
    const strangers = [{}, { Authorization: `Bearer ${'0'.repeat(64)}` }, lives.bearer]
    for (const node of [one, other])
      for (const bearer of strangers) {
        const answers = [await told(node, { name: ended.name, bearer }), await told(node, { name: 'never-was', bearer })]
        if (bearer !== lives.bearer) answers.push(await told(node, { name: lives.name, bearer }))
        assert.deepEqual(answers, Array(answers.length).fill([401, answers[0][1]]))
      }
  })
})

describe('a node whose clock is off', () => {
  /** Ready or not. */
  class Unready extends Server { isReady = () => fetch(`${this.url}/healthz`).then(r => r.ok, () => false) }
  const readiness = async node => (await fetch(`${node.url}/readyz`)).status
  const put = (room, name) => fetch(`${one.url}/${room.name}/${name}`, { method: 'PUT', headers: { ...room.bearer, Accept: 'application/json' }, body: 'x' })
  /** What it answers to who asks for a link to the store, for one past it, and for a part's. */
  async function asksForLinks(node, room) {
    const { files: [file] } = await call(one, room, 'GET').then(r => r.json())
    const links = [await fetch(api(node, room, `/files/${file.id}/content`), { headers: room.bearer, redirect: 'manual' })]
    const begun = await call(one, room, 'POST', '/direct-uploads', { name: 'film.mkv', size_bytes: 20 << 20 }).then(r => r.json())
    links.push(await call(node, room, 'POST', `/direct-uploads/${begun.file.id}/links`, { parts: [{ number: 1, md5: '1B2M2Y8AsgTpgAmY7PhCfg==' }] }))
    return links.map(({ status }) => status)
  }

  for (const ms of [3_000, -3_000])
    test(`by ${ms} ms signs nothing and says why; what needs no link it does`, async () => {
      const node = await Unready.alone({ ...generous, ...shared, ...clockOff(ms) })
      try {
        const room = await one.room()
        assert.equal((await put(room, 'notes.txt')).status, 201)
        assert.equal(await readiness(node), 503)
        assert.match(node.log, new RegExp(`clock_off.*${ms < 0 ? '-[23]' : '[23]'}\\d{3} ms ahead of the database`))
        assert.deepEqual(await asksForLinks(node, room), [503, 503])
        assert.deepEqual(await asksForLinks(one, room), [302, 200], 'one whose clock is right signs')
        assert.equal((await call(node, room, 'GET')).status, 200)
        assert.equal(await (await fetch(`${node.url}/${room.name}/notes.txt`, { headers: room.bearer })).text(), 'x')
      } finally {
        await node.stop()
      }
    })

  test('by a second is one of all', async () => {
    const node = await startNode(clockOff(1_000))
    const room = await one.room()
    await put(room, 'notes.txt')
    assert.equal(await readiness(node), 200)
    assert.deepEqual(await asksForLinks(node, room), [302, 200])
    await node.stop()
  })
})

test('Redis needs a database that nodes can share', async () => {
  await assert.rejects(Server.alone({ ...generous, FLEETING_REDIS_URL: redis.url }), /FLEETING_DATABASE_URL/)
})
