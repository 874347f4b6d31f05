// The room as one ZIP: read back by the readers people have, resumed, and holding nothing that could leave its folder.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, before, test } from 'node:test'
import { eventually, Server } from '../support/server.mjs'
import { filesUnder, readers } from '../support/zip_readers.mjs'

let server, folder
before(async () => {
  server = await Server.start({ FLEETING_FILE_COUNT_LIMIT: '20000', FLEETING_ROOM_SIZE_LIMIT: '50GiB' })
  folder = mkdtempSync(join(tmpdir(), 'fleeting-zip-'))
})
after(async () => { await server.stop(); rmSync(folder, { recursive: true, force: true }) })

const address = (room, query = '') => `${server.url}/api/v1/rooms/${room.name}/archive.zip${query}`
const get = (room, query, headers = {}) => fetch(address(room, query), { headers: { ...room.bearer, ...headers } })
const bytesOf = async response => Buffer.from(await response.arrayBuffer())
const b64 = text => Buffer.from(text).toString('base64')
/** A small file, by tus: its names need no address. */
async function add(room, name, body, metadata = '') {
  const response = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, {
    method: 'POST', body,
    headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(body.length), 'Content-Type': 'application/offset+octet-stream', 'Upload-Metadata': `filename ${b64(name)}${metadata}` },
  })
  assert.equal(response.status, 201, `${name}: ${await response.text()}`)
  return response.headers.get('location').split('/').pop()
}
const python = (script, ...args) => execFileSync('python3', ['-c', script, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 })
const listed = file => JSON.parse(python('import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps([[i.filename,i.file_size,list(i.date_time),i.external_attr>>16,i.flag_bits,i.compress_type] for i in z.infolist()]))', file))
const save = async (room, name, query = '') => {
  const file = join(folder, name)
  writeFileSync(file, await bytesOf(await get(room, query)))
  return file
}

test('every reader gives back what was put in', async () => {
  const room = await server.room()
  const files = { 'a.txt': 'hello', 'empty': '', 'notes/week 1/α.pdf': 'x'.repeat(100_000), 'Наука/語.bin': 'y', '📦 parcel.dat': 'z'.repeat(70_000) }
  for (const [name, text] of Object.entries(files)) await add(room, name, Buffer.from(text))
  const zip = await save(room, 'all.zip')
  assert.deepEqual(listed(zip).map(entry => entry[0]).sort(), Object.keys(files).sort())
  for (const [reader, extract] of Object.entries(readers)) {
    const into = join(folder, reader.replace(/ /g, '-'))
    mkdirSync(into)
    extract(zip, into)
    assert.equal(filesUnder(into).length, Object.keys(files).length, reader)
    for (const [name, text] of Object.entries(files)) {
      assert.equal(readFileSync(join(into, name), 'utf8'), text, `${reader}: ${name}`)
      assert.equal(statSync(join(into, name)).mode & 0o111, 0, `${reader}: ${name} runs`)
    }
  }
})

test('names are made portable, and none is lost for it', async () => {
  const room = await server.room()
  const names = ['C:\\windows\\x.dll', 'con', 'CON.txt', 'aux.tar.gz', 'com1', 'COM¹.log', 'nul', 'dots...', 'space ', 'a<b>c"d|e?f*g', 'Same', 'same', 'SAME', 'straße', 'STRASSE',
    'thing', 'Thing/inside', '.hidden', '-rf', '~root', '%2e%2e%2f', 'lpt9/x', 'folder./x', 'caf\u00e9', 'CAFE\u0301']
  for (const [index, name] of names.entries()) await add(room, name, Buffer.from(String(index)))
  const entries = listed(await save(room, 'names.zip'))
  assert.equal(entries.length, names.length)
  const seen = new Set()
  for (const [name, , , mode, flags, method] of entries) {
    assert.doesNotMatch(name, /[<>:"|?*\\\u0000-\u001f]/, name)
    assert.ok(!name.startsWith('/') && name.split('/').every(part => part && part !== '.' && part !== '..'), name)
    for (const part of name.split('/')) {
      assert.doesNotMatch(part, /[. ]$/, name)
      assert.doesNotMatch(part, /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i, name)
    }
    assert.equal(mode, 0o100644)
    assert.ok(flags & 0x800, 'names are marked as UTF-8')
    assert.equal(method, 0)
    const key = name.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss')
    assert.ok(!seen.has(key), `${name} comes twice where case doesn't count`)
    seen.add(key)
  }
  for (const name of seen) for (const other of seen) assert.ok(!other.startsWith(`${name}/`), `${name} is a file and a folder`)
})

test('times are kept', async () => {
  const room = await server.room()
  const when = Date.UTC(2001, 1, 3, 4, 5, 6)
  await add(room, 'old', Buffer.from('x'), `,lastModified ${b64(String(when))}`)
  await add(room, 'new', Buffer.from('x'))
  const zip = await save(room, 'times.zip')
  const [old, fresh] = listed(zip)
  assert.deepEqual(old[2], [2001, 2, 3, 4, 5, 6])
  assert.ok(Math.abs(Date.UTC(fresh[2][0], fresh[2][1] - 1, ...fresh[2].slice(2)) - Date.now()) < 60_000)
  execFileSync('unzip', ['-q', zip, 'old', '-d', folder], { env: { ...process.env, TZ: 'Asia/Kolkata' } })
  assert.equal(statSync(join(folder, 'old')).mtimeMs, when, 'to the second, in every time zone')
})

test('length, ETag and every range are those of one and the same file', async () => {
  const room = await server.room()
  for (let i = 0; i < 7; ++i) await add(room, `f${i}`, Buffer.alloc(i * 997, `${i}`))
  const first = await get(room)
  assert.equal(first.headers.get('content-type'), 'application/zip')
  assert.equal(first.headers.get('content-disposition'), `attachment; filename="${room.name}.zip"`)
  const length = Number(first.headers.get('content-length'))
  const etag = first.headers.get('etag')
  const whole = await bytesOf(first)
  assert.equal(whole.length, length)
  const head = await fetch(address(room), { method: 'HEAD', headers: room.bearer })
  assert.deepEqual([head.headers.get('content-length'), head.headers.get('etag')], [String(length), etag])
  const places = [0, 1, 29, 30, 31, 40, 500, 997, 1100, 5_000, length - 500, length - 60, length - 22, length - 1]
  for (const from of places)
    for (const count of [1, 30, 2_000, length]) {
      const part = await get(room, '', { Range: `bytes=${from}-${from + count - 1}`, 'If-Range': etag })
      assert.equal(part.status, 206)
      assert.deepEqual(await bytesOf(part), whole.subarray(from, from + count), `${count} from ${from}`)
    }
  assert.equal((await get(room, '', { 'If-None-Match': etag })).status, 304)
})

test('a fixed address gives the same bytes though files came since, and says so when one is gone', async () => {
  const room = await server.room()
  const keep = await add(room, 'keep', Buffer.from('keep'))
  const first = await get(room)
  const fixed = first.headers.get('content-location').replace(/^[^?]*/, '')
  const whole = await bytesOf(first)
  await add(room, 'late', Buffer.from('late'))
  assert.deepEqual(await bytesOf(await get(room, fixed)), whole)
  assert.notEqual((await get(room)).headers.get('etag'), first.headers.get('etag'))
  await fetch(`${server.url}/api/v1/rooms/${room.name}/files/${keep}`, { method: 'DELETE', headers: room.bearer })
  const gone = await get(room, fixed)
  assert.deepEqual([gone.status, (await gone.json()).code], [410, 'archive_changed'])
})

test('a selection holds what was selected; nonsense is refused', async () => {
  const room = await server.room()
  const [a, , c] = [await add(room, 'a', Buffer.from('a')), await add(room, 'b', Buffer.from('b')), await add(room, 'c', Buffer.from('c'))]
  assert.deepEqual(listed(await save(room, 'some.zip', `?ids=${c},${a}`)).map(entry => entry[0]), ['c', 'a'])
  for (const query of ['?ids=', '?ids=xyz', `?ids=${a}&ids=${c}`, '?at=-1', '?other=1']) assert.equal((await get(room, query)).status, 400, query)
  assert.equal((await get(room, `?ids=${'0'.repeat(32)}`)).status, 404)
  // An id's last eight digits do, as long as they are one file's: it begins with a time.
  assert.deepEqual(listed(await save(room, 'cut.zip', `?ids=${c.slice(-8)},${a.slice(-20)}`)).map(entry => entry[0]), ['c', 'a'])
  assert.equal((await get(room, `?ids=${c.slice(-7)}`)).status, 400)
  assert.equal((await get(room, '?ids=00000000')).status, 404)
  const stranger = await server.room()
  assert.equal((await fetch(address(room), { headers: stranger.bearer })).status, 401)
  assert.equal(listed(await save(stranger, 'none.zip')).length, 0, 'an empty room is an empty archive')
})

test('a member has eight different archives at once, and keeps nobody from theirs', async () => {
  const room = await server.room()
  const ids = []
  for (let i = 0; i < 9; ++i) ids.push(await add(room, `f${i}`, Buffer.alloc(8 << 20, `${i}`)))  // more than the sockets take
  const stoppers = ids.map(() => new AbortController())
  // Each node counts what it sends itself.
  const { url } = server.nodes?.[0] ?? server
  const get = (of, i, headers, signal) => fetch(`${url}/api/v1/rooms/${of.name}/archive.zip?ids=${ids[i]}`, { headers: { ...of.bearer, ...headers }, signal })
  const begin = i => get(room, i, {}, stoppers[i].signal)
  for (let i = 0; i < 8; ++i) assert.equal((await begin(i)).status, 200)
  const refused = await begin(8)
  assert.deepEqual([refused.status, refused.headers.get('retry-after'), (await refused.json()).code], [429, '5', 'rate_limited'])
  assert.equal((await get(room, 7, { Range: 'bytes=5-9' })).status, 206, 'of one that is being sent already more')
  const joined = await fetch(`${server.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password }) })
  const other = { ...room, bearer: { Authorization: `Bearer ${(await joined.json()).session.token}` } }
  assert.equal((await bytesOf(await get(other, 8))).length > 8 << 20, true, 'another member')
  stoppers[0].abort()
  await eventually(async () => (await get(room, 8, { Range: 'bytes=0-0' })).status === 206, 5_000, 'one is over')
  for (const stopper of stoppers) stopper.abort()
})

test('a broken download goes on where it stopped', async () => {
  const room = await server.room()
  for (let i = 0; i < 20; ++i) await add(room, `f${i}`, Buffer.alloc(60_000, `${i}`))
  const whole = await bytesOf(await get(room))
  const stopper = new AbortController()
  const broken = await fetch(address(room), { headers: room.bearer, signal: stopper.signal })
  let had = 0
  for await (const part of broken.body) if ((had += part.length) > 300_000) break
  stopper.abort()
  const rest = await get(room, '', { Range: `bytes=${had}-`, 'If-Range': broken.headers.get('etag') })
  assert.equal(rest.status, 206)
  assert.deepEqual(await bytesOf(rest), whole.subarray(had))
})

test('files above 4 GiB and what comes behind them can be read', async () => {
  const room = await server.room()
  const block = Buffer.alloc(4 << 20)
  for (let i = 0; i < block.length; i += 4096) block.writeUInt32LE(i, i)
  const blocks = 1030
  const body = Readable.from((function* () { for (let i = 0; i < blocks; ++i) yield block })())
  const put = await fetch(`${server.url}/${room.name}/large.bin`, { method: 'PUT', headers: { ...room.bearer, 'Content-Length': String(block.length * blocks) }, body, duplex: 'half' })
  assert.equal(put.status, 201, await put.text())
  await add(room, 'behind.txt', Buffer.from('behind'))
  const response = await get(room)
  const length = Number(response.headers.get('content-length'))
  // Head and tail in place, a hole between them: readers need no more to find their way.
  const zip = join(folder, 'large.zip')
  await response.body.cancel()
  await pipeline(Readable.fromWeb((await get(room, '', { Range: 'bytes=0-99999' })).body), createWriteStream(zip))
  execFileSync('truncate', ['-s', String(length), zip])
  const tail = await get(room, '', { Range: `bytes=${length - 1000}-` })
  await pipeline(Readable.fromWeb(tail.body), createWriteStream(zip, { flags: 'r+', start: length - 1000 }))
  const told = python('import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nprint([(i.filename,i.file_size) for i in z.infolist()], z.read("behind.txt"))', zip)
  assert.equal(told.trim(), `[('large.bin', ${block.length * blocks}), ('behind.txt', 6)] b'behind'`)
  const crc = python('import sys,zipfile\nprint(zipfile.ZipFile(sys.argv[1]).getinfo("large.bin").CRC)', zip)
  const expected = python('import zlib\nb=bytearray(4<<20)\nfor i in range(0,len(b),4096): b[i:i+4]=i.to_bytes(4,"little")\nc=0\nfor _ in range(1030): c=zlib.crc32(b,c)\nprint(c)')
  assert.equal(crc, expected)
})
