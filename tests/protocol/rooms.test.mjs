// Rooms, members and who may do what, as the API tells it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually, Server, sleep } from '../support/server.mjs'
import { flood, tell } from '../trust/load.mjs'

let server
before(async () => { server = await Server.start() })
after(async () => { await server.stop() })

const password = 'four short plain words'
/** One request to the API: status, headers and JSON (or nothing). */
async function api(method, path, { body, headers = {} } = {}) {
  const response = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), redirect: 'manual' })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text ? JSON.parse(text) : undefined, text }
}
const open = async (name, wish = {}) => {
  const made = await api('POST', '/rooms', { body: { name, password, ...wish } })
  assert.equal(made.status, 201, made.text)
  return { ...made.json, headers: { Authorization: `Bearer ${made.json.session.token}` } }
}
const join = async (name, word = password, nickname = undefined) => {
  const made = await api('POST', `/rooms/${encodeURIComponent(name)}/sessions`, { body: { password: word, nickname } })
  return { ...made, bearer: { Authorization: `Bearer ${made.json?.session?.token}` } }
}

test('whatever is left out is made up, and what is given is kept', async () => {
  const empty = await api('POST', '/rooms', { body: {} })
  assert.match(empty.json.room.name, /^[a-z]+-[a-z]+-\d+$/)
  assert.match(empty.json.password, /^[a-z]+(-[a-z]+){3}$/)
  const room = await open('Given', { ttl_seconds: 90, nickname: 'Ada' })
  assert.equal(room.room.name, 'Given')
  assert.equal(room.password, undefined)
  assert.equal(room.session.nickname, 'Ada')
  assert.equal(Date.parse(room.room.expires_at) - Date.parse(room.room.created_at), 90_000)
})

test('a name is one name in any case, script or width', async () => {
  await open('Straße')
  for (const same of ['strasse', 'STRASSE', 'ｓtrasse']) assert.equal((await join(same)).status, 201, same)
  assert.equal((await api('POST', '/rooms', { body: { name: 'STRASSE' } })).json.code, 'name_taken')
  for (const script of ['教室-1', 'обед', 'فصل', 'कक्षा', 'τάξη', 'ห้อง', '교실', 'ሰላም']) await open(script)
})

test('names that nobody could say or type are refused, with the field', async () => {
  for (const name of ['', ' ', 'a b', 'a/b', '..', '.', 'a\u0000b', 'a\u202Eb', 'api', 'ASSETS', 'd', 'x'.repeat(65), '😀']) {
    const { status, json } = await api('POST', '/rooms', { body: { name } })
    assert.deepEqual([status, json.code, json.field], [400, 'invalid_name', 'name'], JSON.stringify(name))
  }
})

test('JSON that says something else is refused, with the field', async () => {
  for (const [body, field] of [[{ ttl_seconds: -1 }, 'ttl_seconds'], [{ ttl_seconds: 1e99 }, 'ttl_seconds'], [{ ttl_seconds: '60' }, 'ttl_seconds'],
    [{ name: 7 }, 'name'], [{ nickname: 'x'.repeat(2000) }, 'nickname'], [{ password: 'short' }, 'password'], [{ color: 'red' }, 'color']]) {
    const { status, json } = await api('POST', '/rooms', { body })
    assert.equal(status, 400, JSON.stringify(body))
    assert.equal(json.field, field, JSON.stringify(json))
  }
  for (const text of ['[]', '{', 'null', '\u0000', '{"a":'.repeat(200)]) {
    const response = await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body: text })
    assert.equal(response.status, 400, text)
  }
})

test('an unknown room and a wrong password are the same answer, byte for byte', async () => {
  await open('known')
  const [unknown, wrong] = [await join('unknown'), await join('known', 'not the password')]
  assert.equal(unknown.status, 401)
  assert.equal(unknown.text, wrong.text)
  const shown = answer => [...answer.headers].filter(([name]) => name !== 'date')
  assert.deepEqual(shown(unknown), shown(wrong))
})

test('a session opens its room and no other, and nothing once it has left', async () => {
  await open('one')
  await open('two')
  const { bearer } = await join('one', password, 'Tom')
  const inside = await api('GET', '/rooms/one', { headers: bearer })
  assert.deepEqual(inside.json.members.map(m => m.nickname).includes('Tom'), true)
  assert.equal((await api('GET', '/rooms/two', { headers: bearer })).json.code, 'no_session')
  assert.equal((await api('DELETE', '/rooms/one/sessions/me', { headers: bearer })).status, 204)
  assert.equal((await api('GET', '/rooms/one', { headers: bearer })).status, 401)
})

test('a session that a client brings along is none: each joins with one of its own, which is worth nothing once it has left', async () => {
  await open('planted')
  const kJoins = 100
  const known = new Set()
  const planted = (await api('POST', '/rooms/planted/sessions', { body: { password } })).headers.get('set-cookie').split('=')[0]
  for (let i = 0; i < kJoins; i++) {
    const brought = `${planted}=${i.toString(16).padStart(64, '0')}`
    assert.equal((await api('GET', '/rooms/planted', { headers: { Cookie: brought } })).status, 401)
    const joined = await api('POST', '/rooms/planted/sessions', { body: { password }, headers: { Cookie: brought, 'Sec-Fetch-Site': 'same-origin' } })
    const line = joined.headers.get('set-cookie')
    assert.match(line, /^[^=]+=[^;]{43,};.*HttpOnly; SameSite=Strict/)
    const [cookie] = line.split(';')
    const { token } = joined.json.session
    assert.match(token, /^[0-9a-f]{64}$/)
    for (const one of [cookie, token]) { assert.ok(!known.has(one)); known.add(one) }
    assert.equal((await api('GET', '/rooms/planted', { headers: { Cookie: brought } })).status, 401, 'what was brought has not become it')
    const ways = [{ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' }, { Authorization: `Bearer ${token}` }]
    for (const headers of ways) assert.equal((await api('GET', '/rooms/planted', { headers })).status, 200)
    assert.equal((await api('DELETE', '/rooms/planted/sessions/me', { headers: ways[i % 2] })).status, 204)
    for (const headers of ways) assert.equal((await api('GET', '/rooms/planted', { headers })).status, 401)
  }
  tell('sessions brought along', `${kJoins}, 0 kept; ${2 * kJoins} tried again after leaving, 0 let in`)
})

test('what opened a room that ended opens nothing when the name is taken again', async () => {
  const first = await open('again')
  const member = await join('again')
  assert.equal((await api('DELETE', '/rooms/again', { headers: first.headers })).status, 204)
  await open('again', { password: 'quite another password' })
  for (const headers of [first.headers, member.bearer]) assert.equal((await api('GET', '/rooms/again', { headers })).json.code, 'no_session')
  assert.equal((await join('again')).status, 401)
})

test('a browser that has been in very many rooms is in the last ones, and sends no more than proxies take', async () => {
  const jar = new Map()
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const opened = []
  for (let i = 0; i < 40; i++) {
    const made = await api('POST', '/rooms', { headers: { Cookie: header(), 'Sec-Fetch-Site': 'same-origin' } })
    for (const line of made.headers.getSetCookie()) {
      const [, name, value, age] = /^([^=]+)=([^;]*);.*Max-Age=(\d+)/.exec(line)
      if (age === '0') assert.ok(jar.delete(name), `${name} was there`)
      else jar.set(name, value)
    }
    opened.push(made.json.room.name)
    assert.ok(header().length < 8_000, `${header().length} bytes`)
    assert.equal((await api('GET', `/rooms/${opened.at(-1)}`, { headers: { Cookie: header() } })).status, 200, `room ${i}`)
  }
  const statuses = await Promise.all(opened.map(async name => (await api('GET', `/rooms/${name}`, { headers: { Cookie: header() } })).status))
  assert.deepEqual(statuses, [...Array(8).fill(401), ...Array(32).fill(200)])
})

test('several rooms are open in one browser', async () => {
  const cookies = []
  for (const name of ['tab-1', 'tab-2']) {
    const made = await api('POST', '/rooms', { body: { name, password } })
    const cookie = made.headers.get('set-cookie')
    assert.match(cookie, /HttpOnly; SameSite=Strict/)
    cookies.push(cookie.split(';')[0])
  }
  for (const name of ['tab-1', 'tab-2']) assert.equal((await api('GET', `/rooms/${name}`, { headers: { Cookie: cookies.join('; ') } })).status, 200)
})

test('the cookie of a room that ended says when that room ended, and nothing of any other', async () => {
  const made = await api('POST', '/rooms', { body: { name: 'first', password } })
  const stale = made.headers.get('set-cookie').split(';')[0]
  const second = await open('second')
  const before = Date.now()
  assert.equal((await api('DELETE', '/rooms/first', { headers: { Cookie: stale, 'Sec-Fetch-Site': 'same-origin' } })).status, 204)
  const ask = async name => (await api('GET', `/rooms/${name}`, { headers: { Cookie: stale } })).json
  assert.equal((await ask('second')).code, 'no_session')
  assert.equal((await ask('nonexistent')).code, 'no_session')
  const ended = await ask('FIRST')
  assert.equal(ended.code, 'room_ended')
  assert.ok(Date.parse(ended.ended_at) >= before - 50 && Date.parse(ended.ended_at) <= Date.now(), ended.ended_at)

  // With the password at hand the other room opens, and its own cookie beside the stale one too.
  const joined = await api('POST', '/rooms/second/sessions', { body: { password }, headers: { Cookie: stale, 'Sec-Fetch-Site': 'same-origin' } })
  const both = `${stale}; ${joined.headers.get('set-cookie').split(';')[0]}`
  assert.equal((await api('GET', '/rooms/second', { headers: { Cookie: both } })).status, 200)
  await api('DELETE', '/rooms/second', { headers: second.headers })
})

test('the owner shortens, extends, locks and changes the password; a member may not', async () => {
  const room = await open('owned')
  const { bearer } = await join('owned')
  for (const body of [{ ttl_seconds: 60 }, { locked: true }, { password: 'another password' }])
    assert.equal((await api('PATCH', '/rooms/owned', { body, headers: bearer })).json.code, 'forbidden')
  assert.equal((await api('DELETE', '/rooms/owned', { headers: bearer })).json.code, 'forbidden')
  const shorter = await api('PATCH', '/rooms/owned', { body: { ttl_seconds: 60 }, headers: room.headers })
  assert.ok(Date.parse(shorter.json.room.expires_at) < Date.now() + 61_000)
  const longer = await api('PATCH', '/rooms/owned', { body: { ttl_seconds: 7200 }, headers: room.headers })
  assert.ok(Date.parse(longer.json.room.expires_at) > Date.now() + 7_100_000)
  assert.equal((await api('PATCH', '/rooms/owned', { body: { ttl_seconds: 90_000 }, headers: room.headers })).json.field, 'ttl_seconds')
  await api('PATCH', '/rooms/owned', { body: { locked: true }, headers: room.headers })
  const put = await fetch(`${server.url}/owned/x`, { method: 'PUT', body: 'x', headers: bearer })
  assert.equal((await put.json()).code, 'uploads_locked')
  const markFor = async headers => (await api('GET', '/rooms/owned', { headers })).json.room.password_mark
  assert.equal(await markFor(bearer), room.room.password_mark)
  const changed = await api('PATCH', '/rooms/owned', { body: { password: 'another password' }, headers: room.headers })
  assert.notEqual(changed.json.room.password_mark, room.room.password_mark)
  assert.equal(await markFor(bearer), changed.json.room.password_mark, 'who is in learns that the password is another')
  assert.equal((await join('owned')).status, 401)
  assert.equal((await join('owned', 'another password')).json.room.password_mark, changed.json.room.password_mark)
})

test('a room ends on its second, and its name is free at once', async () => {
  const room = await open('brief', { ttl_seconds: 1 })
  const left = Date.parse(room.room.expires_at) - Date.now()
  assert.equal((await api('GET', '/rooms/brief', { headers: room.headers })).status, 200)
  await sleep(left + 20)
  assert.deepEqual((({ code, ended_at }) => [code, ended_at])((await api('GET', '/rooms/brief', { headers: room.headers })).json), ['room_ended', room.room.expires_at])
  assert.equal((await join('brief')).status, 401)
  await open('brief')
})

test('guesses are counted, and the right password is let in again after a while', async () => {
  const strict = await Server.start({ FLEETING_RATE_JOIN_ROOM: '3/1s' })
  try {
    const guess = async word => (await fetch(`${strict.url}/api/v1/rooms/locked/sessions`, { method: 'POST', body: JSON.stringify({ password: word }) }))
    await strict.room({ name: 'locked', password })
    const answers = []
    for (let i = 0; i < 6; ++i) answers.push(await guess('not the password'))
    assert.deepEqual(answers.slice(0, 3).map(a => a.status), [401, 401, 401])
    const late = answers.at(-1)
    assert.equal(late.status, 429)
    assert.ok(Number(late.headers.get('retry-after')) >= 1)
    await eventually(async () => (await guess(password)).status === 201, 10_000, 'let in')
  } finally {
    await strict.stop()
  }
})

test('to be told that a name is taken costs a guess', async () => {
  const strict = await Server.start({ FLEETING_RATE_JOIN_ROOM: '10/60s' })
  try {
    await strict.room({ name: 'taken', password })
    const ask = () => fetch(`${strict.url}/api/v1/rooms`, { method: 'POST', body: JSON.stringify({ name: 'TAKEN', password }) })
    for (let i = 0; i < 10; ++i) assert.equal((await ask()).status, 409, `guess ${i}`)
    const late = await ask()
    assert.equal(late.status, 429)
    assert.equal((await late.json()).code, 'rate_limited')
    const patience = Number(late.headers.get('retry-after'))
    assert.ok(patience >= 1 && patience <= 60, `${patience} s`)
    const join = await fetch(`${strict.url}/api/v1/rooms/taken/sessions`, { method: 'POST', body: JSON.stringify({ password }) })
    assert.equal(join.status, 429, 'it is the same budget')
    await strict.room({ name: 'not-taken', password })
  } finally {
    await strict.stop()
  }
})

test('more password checks than may wait are refused at once, and told when to try again', async () => {
  const small = await Server.start({ FLEETING_HASH_WORKERS: '1', FLEETING_HASH_QUEUE: '2' })
  try {
    await small.room({ name: 'busy', password })
    const join = () => fetch(`${small.url}/api/v1/rooms/busy/sessions`, { method: 'POST', body: JSON.stringify({ password }) })
    const answers = await Promise.all(Array.from({ length: 40 }, join))
    const refused = answers.filter(a => a.status === 503)
    assert.deepEqual([...new Set(answers.map(a => a.status))].sort(), [201, 503])
    for (const answer of refused) {
      assert.ok(Number(answer.headers.get('retry-after')) >= 1)
      assert.equal((await answer.json()).code, 'busy')
    }
    assert.equal((await join()).status, 201, 'the burst is over')
  } finally {
    await small.stop()
  }
})

test('strangers who use up a room\'s tries keep nobody out whose browser was in it before', async t => {
  const limited = await Server.start({ FLEETING_RATE_JOIN_ROOM: '2/60s', FLEETING_RATE_JOIN_KNOWN: '2/60s' })
  t.after(() => limited.stop())
  const enter = (name, word, cookies) => fetch(`${limited.url}/api/v1/rooms/${name}/sessions`, { method: 'POST', body: JSON.stringify({ password: word }), headers: cookies ? { Cookie: cookies.join('; '), 'Sec-Fetch-Site': 'same-origin' } : {} })
  const jarOf = response => response.headers.getSetCookie().map(line => line.split(';')[0])
  const codeOf = async response => [response.status, (await response.json()).code]

  await limited.room({ name: 'target', password })
  await limited.room({ name: 'beside', password })
  const jar = jarOf(await enter('target', password))
  const besides = jarOf(await enter('beside', password)).filter(cookie => cookie.startsWith('k_'))
  const left = await fetch(`${limited.url}/api/v1/rooms/target/sessions/me`, { method: 'DELETE', headers: { Cookie: jar.join('; '), 'Sec-Fetch-Site': 'same-origin' } })
  const gone = left.headers.getSetCookie().map(line => line.split('=')[0])
  assert.deepEqual([left.status, gone], [204, [jar[0].split('=')[0]]], 'leaving takes the session, and not that one was there')
  const kept = jar.filter(cookie => !gone.includes(cookie.split('=')[0]))
  assert.equal(kept.length, 1)

  for (let i = 0; i < 2; i++) assert.deepEqual(await codeOf(await enter('target', 'a wrong guess')), [401, 'not_admitted'])
  assert.deepEqual(await codeOf(await enter('target', password)), [429, 'rate_limited'])
  for (const other of [besides, [kept[0].replace(/=.*/, `=${'0'.repeat(64)}`)]]) assert.deepEqual(await codeOf(await enter('target', password, other)), [429, 'rate_limited'])
  let isOver = false
  const attack = flood(32, () => isOver, async () => (await enter('target', 'a wrong guess')).status)
  await sleep(500)
  const begun = performance.now()
  assert.equal((await enter('target', password, kept)).status, 201)
  const took = performance.now() - begun
  isOver = true
  const guesses = await attack
  assert.deepEqual(Object.keys(guesses), ['429'])
  tell('who was in before comes back', `after ${took.toFixed(0)} ms, while strangers guess on 32 connections (${guesses[429]} refused)`)

  // That it was in once opens nothing, and guesses from there are counted as well.
  for (let i = 0; i < 2; i++) assert.deepEqual(await codeOf(await enter('target', 'a wrong guess', kept)), [401, 'not_admitted'])
  assert.deepEqual(await codeOf(await enter('target', password, kept)), [429, 'rate_limited'])
})
