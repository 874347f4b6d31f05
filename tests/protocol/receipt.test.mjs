// What is left of a room for a day: a signed receipt for those who were in it, and a tombstone that no backup gets past.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Engines } from '../support/cluster.mjs'
import { eventually, generous, makeFolder, Server, sleep } from '../support/server.mjs'

const password = 'four short plain words'
const call = (server, name, path = '', { method = 'GET', headers = {}, body } = {}) => fetch(`${server.url}/api/v1/rooms/${encodeURIComponent(name)}${path}`, { method, headers, body })
const receiptOf = (server, room, headers = room.bearer) => call(server, room.name, '/receipt', { headers })
const put = async (server, room, name, body) => assert.equal((await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: room.bearer })).status, 201)
const close = async (server, room) => assert.equal((await call(server, room.name, '', { method: 'DELETE', headers: room.bearer })).status, 204)
const sqlite = (server, sql) => execFileSync('sqlite3', [join(server.data, 'fleeting.db'), '-cmd', '.timeout 2000', sql], { encoding: 'utf8' }).trim()

/** The receipt once it is there, its signature held against the server's own key. */
async function proven(server, room, headers) {
  const response = await eventually(async () => {
    const asked = await receiptOf(server, room, headers)
    if (asked.status === 200) return asked
    assert.deepEqual([asked.status, (await asked.json()).code], [409, 'not_erased_yet'])
    return undefined
  }, 5_000, 'the receipt is there')
  const receipt = await response.json()
  const key = await fetch(`${server.url}/api/v1/receipt-key`).then(r => r.text())
  assert.equal(receipt.public_key, key)
  assert.ok(verify(null, Buffer.from(receipt.statement), createPublicKey(key), Buffer.from(receipt.signature, 'base64')), 'the signature is right')
  return { ...receipt, ...JSON.parse(receipt.statement) }
}
async function enter(server, name, nickname) {
  const response = await call(server, name, '/sessions', { method: 'POST', body: JSON.stringify({ password, nickname }) })
  assert.equal(response.status, 201)
  const { session } = await response.json()
  return { Authorization: `Bearer ${session.token}` }
}

describe('one node', () => {
  let server
  before(async () => { server = await Server.alone(generous) })
  after(async () => { await server.stop() })
  const open = wish => server.room({ password, ...wish })

  test('a room that was closed leaves a receipt that tells what was erased when', async () => {
    const room = await open({ name: 'told', nickname: 'Ada' })
    await put(server, room, 'notes.txt', 'notes')
    await put(server, room, 'more.txt', 'more notes')
    const half = await call(server, 'told', '/files', { method: 'POST', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': '100', 'Upload-Metadata': `filename ${btoa('half.bin')}` } })
    assert.equal(half.status, 201)
    const begun = Date.now()
    await close(server, room)
    const receipt = await proven(server, room)
    assert.deepEqual([receipt.kind, receipt.room, receipt.reason, receipt.files, receipt.bytes, receipt.unfinished_uploads], ['fleeting-receipt-1', room.room.id, 'closed', 2, 15, 1])
    const [ended, rows, bytes] = ['ended_at', 'rows_erased_at', 'bytes_erased_at'].map(at => Date.parse(receipt[at]))
    assert.ok(begun - 50 <= ended && ended <= rows && rows <= bytes && bytes <= Date.now() + 50, receipt.statement)
    assert.equal(receipt.late_ms, bytes - ended)
    assert.deepEqual(server.blobs(), [])
  })

  test('it is the same at every asking, and altered it is no receipt', async () => {
    const room = await open()
    await close(server, room)
    const first = await proven(server, room)
    assert.deepEqual(await proven(server, room), first)
    const altered = first.statement.replace('"files":0', '"files":1')
    assert.notEqual(altered, first.statement)
    assert.equal(verify(null, Buffer.from(altered), createPublicKey(first.public_key), Buffer.from(first.signature, 'base64')), false)
  })

  test('openssl holds it too', async () => {
    const room = await open()
    await close(server, room)
    const { statement, signature, public_key, key_id } = await proven(server, room)
    const folder = makeFolder('receipt')
    for (const [name, bytes] of [['statement', statement], ['signature', Buffer.from(signature, 'base64')], ['key.pem', public_key]]) writeFileSync(join(folder, name), bytes)
    const openssl = (...words) => execFileSync('openssl', words, { cwd: folder })
    assert.match(openssl('pkeyutl', '-verify', '-pubin', '-inkey', 'key.pem', '-rawin', '-in', 'statement', '-sigfile', 'signature').toString(), /Verified Successfully/)
    openssl('pkey', '-pubin', '-in', 'key.pem', '-outform', 'DER', '-out', 'key.der')
    assert.equal(openssl('dgst', '-sha256', '-r', 'key.der').toString().slice(0, 16), key_id)
  })

  test('a room at its deadline has one as well', async () => {
    const room = await open({ ttl_seconds: 3 })
    await put(server, room, 'a', 'x')
    const early = await receiptOf(server, room)
    assert.deepEqual([early.status, (await early.json()).code], [409, 'not_erased_yet'], 'it lives')
    await sleep(Date.parse(room.room.expires_at) - Date.now())
    const receipt = await proven(server, room)
    assert.deepEqual([receipt.reason, receipt.files, receipt.ended_at], ['expired', 1, room.room.expires_at])
    assert.ok(receipt.late_ms < 2_000, receipt.statement)
  })

  test('who asks all the while its deadline passes is told that it isn’t erased yet, until it is', async () => {
    const rooms = []
    for (let i = 0; i < 40; i++) rooms.push(await open({ ttl_seconds: 3 }))
    await Promise.all(rooms.flatMap(room => Array.from({ length: 4 }, async () => {
      await sleep(Date.parse(room.room.expires_at) - Date.now() - 20)
      for (;;) {
        const asked = await receiptOf(server, room)
        if (asked.status === 200) return
        assert.deepEqual([asked.status, (await asked.json()).code], [409, 'not_erased_yet'])
      }
    })))
  })

  test('everybody who was in it gets it, by cookie too, and nobody else learns that there was a room', async () => {
    const room = await open({ name: 'mine' })
    const tom = await enter(server, 'mine', 'Tom')
    const eve = await enter(server, 'mine', 'Eve')
    assert.equal((await call(server, 'mine', '/sessions/me', { method: 'DELETE', headers: eve })).status, 204)
    const other = await open({ name: 'another' })
    await close(server, room)
    await proven(server, room, tom)
    await proven(server, room, { Cookie: `r_${other.room.id.slice(0, 16)}=${other.session.token}; r_${room.room.id.slice(0, 16)}=${room.session.token}` })
    const unknown = await call(server, 'no-such-room', '/receipt', { headers: room.bearer })
    const text = await unknown.text()
    assert.equal(unknown.status, 404)
    const refusals = [['a stranger', {}], ['one who had left', eve], ['a member of another room', other.bearer], ['the password', { Authorization: `Basic ${btoa(`Tom:${password}`)}` }], ['a made-up token', { Authorization: `Bearer ${'0'.repeat(64)}` }]]
    for (const [who, headers] of refusals) {
      const refused = await receiptOf(server, room, headers)
      assert.deepEqual([refused.status, await refused.text()], [404, text], who)
    }
  })

  test('a browser that closed its room keeps the cookie that the receipt is shown for', async () => {
    const made = await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body: '{"name":"browser"}', headers: { 'Sec-Fetch-Site': 'same-origin' } })
    const cookie = made.headers.get('set-cookie')
    assert.ok(Number(/Max-Age=(\d+)/.exec(cookie)[1]) > 47 * 3600, cookie)
    const headers = { Cookie: cookie.split(';')[0], 'Sec-Fetch-Site': 'same-origin' }
    const closed = await call(server, 'browser', '', { method: 'DELETE', headers })
    assert.deepEqual([closed.status, closed.headers.get('set-cookie')], [204, null])
    await proven(server, { name: 'browser' }, headers)
  })

  test('the room after it under that name is no obstacle', async () => {
    const first = await open({ name: 'again' })
    await put(server, first, 'a', 'first')
    await close(server, first)
    const second = await open({ name: 'again' })
    assert.equal((await proven(server, first)).room, first.room.id)
    assert.equal((await receiptOf(server, second)).status, 409)
  })

  test('neither it nor what is kept says a name, a token or what a file was called', async () => {
    const room = await open({ name: 'Geheimnis', nickname: 'Wolpertinger' })
    await put(server, room, 'Quartalszahlen.pdf', 'Kleingedrucktes')
    await close(server, room)
    const { statement } = await proven(server, room)
    assert.equal(sqlite(server, 'SELECT (SELECT count(*) FROM room WHERE display_name = \'Geheimnis\') + (SELECT count(*) FROM file)'), '0')
    const kept = ['fleeting.db', 'fleeting.db-wal'].map(name => readFileSync(join(server.data, name)))
    const marks = readdirSync(join(server.data, 'tombstones')).map(name => readFileSync(join(server.data, 'tombstones', name)))
    const tokenHash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(room.session.token, 'hex')))
    assert.ok(kept.some(bytes => bytes.includes(Buffer.from(room.room.id, 'hex'))) && marks.some(bytes => bytes.includes(room.room.id)), 'it is the right place to look in')
    for (const secret of ['Geheimnis', 'geheimnis', 'Wolpertinger', 'Quartalszahlen', 'Kleingedrucktes', room.session.token, tokenHash])
      for (const bytes of [Buffer.from(statement), ...kept, ...marks]) assert.equal(bytes.includes(secret), false, String(secret))
  })

  test('after a day it is gone', async () => {
    const room = await open()
    await close(server, room)
    await proven(server, room)
    const id = `x'${room.room.id}'`
    sqlite(server, `UPDATE tombstone SET ended_at_ms = ended_at_ms - 86400000 + 60000 WHERE room_id = ${id}`)
    assert.equal((await receiptOf(server, room)).status, 200, 'a minute is left')
    sqlite(server, `UPDATE tombstone SET ended_at_ms = ended_at_ms - 60000 WHERE room_id = ${id}`)
    assert.equal((await receiptOf(server, room)).status, 404)
    await server.kill('SIGTERM')
    await server.run()
    await eventually(() => sqlite(server, `SELECT count(*) FROM tombstone WHERE room_id = ${id}`) === '0', 3_000, 'its row is gone')
    assert.equal(sqlite(server, `SELECT count(*) FROM receipt_holder WHERE room_id = ${id}`), '0')
  })
})

describe('after a crash', () => {
  let server
  before(async () => { server = await Server.alone(generous) })
  after(async () => { await server.stop() })

  test('between rows and bytes it isn\'t there until the bytes are gone, and tells how late that was', async () => {
    const room = await server.room({ password })
    await put(server, room, 'a', 'stubborn')
    const [blob] = server.blobs()
    const path = join(server.data, 'blobs', blob.slice(-2), blob)
    // A folder with something in it can't be unlinked: so a disk refuses.
    rmSync(path)
    mkdirSync(join(path, 'in the way'), { recursive: true })
    await close(server, room)
    await eventually(() => sqlite(server, 'SELECT rows_erased_at_ms IS NOT NULL FROM tombstone') === '1', 2_000, 'its rows are gone')
    await sleep(1_200)
    assert.equal((await receiptOf(server, room)).status, 409)
    await server.kill()
    await server.run()
    assert.equal((await receiptOf(server, room)).status, 409, 'the start forgets nothing')
    await server.kill()
    rmSync(path, { recursive: true })
    writeFileSync(path, 'stubborn')
    await server.run()
    const receipt = await proven(server, room)
    assert.deepEqual(server.blobs(), [])
    assert.deepEqual([receipt.files, receipt.bytes], [1, 8])
    assert.ok(Date.parse(receipt.rows_erased_at) - Date.parse(receipt.ended_at) < 1_000, receipt.statement)
    assert.ok(receipt.late_ms > 1_200, receipt.statement)
  })
})

describe('a backup', () => {
  let server
  before(async () => { server = await Server.alone(generous) })
  after(async () => { await server.stop() })

  /** What `cp -a data backup` keeps of a stopped server. */
  async function backUp(at) {
    await at.kill('SIGTERM')
    const copy = join(makeFolder('backup'), 'data')
    cpSync(at.data, copy, { recursive: true })
    await at.run()
    return copy
  }
  async function restore(at, copy, { whole }) {
    await at.kill('SIGTERM')
    if (whole) rmSync(at.data, { recursive: true })
    for (const ending of whole ? [] : ['', '-wal', '-shm']) rmSync(join(at.data, `fleeting.db${ending}`), { force: true })
    cpSync(copy, at.data, { recursive: true })
    await at.run()
  }

  test('laid over the data folder revives no room that was closed', async () => {
    const [room, other] = [await server.room({ password }), await server.room({ password })]
    await put(server, room, 'a', 'back from the dead')
    const copy = await backUp(server)
    await close(server, room)
    await proven(server, room)
    await restore(server, copy, { whole: false })
    assert.match(server.log, /ended_rooms_came_back/)
    assert.equal((await call(server, room.name, '', { headers: room.bearer })).status, 410)
    assert.equal((await fetch(`${server.url}/${room.name}/a`, { headers: room.bearer })).status, 410)
    assert.equal((await call(server, other.name, '', { headers: other.bearer })).status, 200, 'one that lived lives')
    const receipt = await proven(server, room)
    assert.deepEqual([receipt.reason, receipt.files], ['closed', 1])
    await eventually(() => server.blobs().length === 0, 3_000, 'its bytes are gone again')
  })

  test('of the whole data folder revives none either where tombstones have a folder of their own', async () => {
    const apart = await Server.alone({ ...generous, FLEETING_TOMBSTONE_DIR: join(makeFolder('tombstones'), 'kept') })
    try {
      const room = await apart.room({ password })
      await put(apart, room, 'a', 'back from the dead')
      const copy = await backUp(apart)
      await close(apart, room)
      await restore(apart, copy, { whole: true })
      assert.equal((await call(apart, room.name, '', { headers: room.bearer })).status, 410)
      assert.equal((await proven(apart, room)).files, 1)
    } finally {
      await apart.stop()
    }
  })
})

describe('two nodes', () => {
  let engines, url, one, other
  before(async () => {
    engines = await Engines.start()
    const shared = engines.makeSpace('receipts')
    url = shared.FLEETING_DATABASE_URL
    one = await Server.alone({ ...generous, ...shared })
    other = await Server.alone({ ...generous, ...shared })
  })
  after(async () => {
    await Promise.all([one?.stop(), other?.stop()])
    await engines?.stop()
  })

  test('tell and sign the same of a room', async () => {
    const room = await one.room({ password })
    const tom = await enter(other, room.name, 'Tom')
    await put(one, room, 'a', 'on the bucket')
    await close(other, room)
    const receipt = await proven(one, room, tom)
    assert.deepEqual(await proven(other, room), receipt)
    assert.deepEqual([receipt.reason, receipt.files, receipt.bytes], ['closed', 1, 13])
    assert.equal((await receiptOf(other, room, {})).status, 404)
  })

  test('end a room that a dump of the database brings back, where tombstones are left out of it', async () => {
    const room = await one.room({ password })
    const rows = sql => engines.postgres.ask(sql, url)
    const saved = rows(`SELECT json_agg(room) FROM room WHERE id = '\\x${room.room.id}'`)
    const session = rows(`SELECT json_agg(session) FROM session WHERE room_id = '\\x${room.room.id}'`)
    await close(one, room)
    await proven(one, room)
    await Promise.all([one.kill('SIGTERM'), other.kill('SIGTERM')])
    for (const [table, json] of [['room', saved], ['session', session]]) rows(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, '${json}')`)
    await one.run()
    await other.run()
    assert.equal((await call(one, room.name, '', { headers: room.bearer })).status, 410)
    assert.equal(rows('SELECT count(*) FROM room'), '0')
    assert.equal((await proven(other, room)).reason, 'closed')
  })
})
