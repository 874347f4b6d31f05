// A room with nothing but curl, from creation to the last byte erased. LARGE is the size of its largest file, in MB.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually, handsOut, Server, sleep } from '../support/server.mjs'

const run = promisify(execFile)
const secret = 'four short plain words'
const largest = Number(process.env.LARGE ?? 100) * 1_000_000
let server, folder, owner

/** Runs curl in the test's folder; `stdin` is piped in. */
async function curl(args, stdin) {
  const child = run('curl', ['-sS', ...args], { cwd: folder, maxBuffer: 1 << 26 })
  if (stdin !== undefined) child.child.stdin.end(stdin)
  return (await child).stdout
}
const status = async args => Number(await curl(['-o', 'ignored', '-w', '%{http_code}', ...args]))
const as = (user, password = secret) => ['-u', `${user}:${password}`]
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const sha256Of = async path => {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path)) hash.update(part)
  return hash.digest('hex')
}

before(async () => {
  server = await Server.start(handsOut)
  folder = mkdtempSync(join(tmpdir(), 'fleeting-curl-'))
  owner = JSON.parse(await curl(['-X', 'POST', `${server.url}/api/v1/rooms`, '-d', JSON.stringify({ name: 'Lab-1', password: secret })]))
})
after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('a room is made with one curl, name and password made up', async () => {
  const made = JSON.parse(await curl(['-X', 'POST', `${server.url}/api/v1/rooms`]))
  assert.match(made.room.name, /^[a-z]+-[a-z]+-\d+$/)
  assert.match(made.password, /^[a-z]+(-[a-z]+){3}$/)
  assert.equal(await status(['-X', 'DELETE', '-H', `Authorization: Bearer ${made.session.token}`, `${server.url}/api/v1/rooms/${made.room.name}`]), 204)
})

test('files of every name go up and come down, bytes equal', async () => {
  for (const name of ['notes.pdf', 'α и 教室.txt', "it's 100% #1?.bin"]) {
    const bytes = Buffer.alloc(300_000, name)
    writeFileSync(join(folder, name), bytes)
    const told = await curl([...as('tom'), '-T', name, `${server.url}/lab-1/`])
    assert.ok(told.includes(sha256(bytes)), told)
    const back = await run('curl', ['-sS', ...as(''), `${server.url}/lab-1/${encodeURIComponent(name)}`], { encoding: 'buffer' })
    assert.equal(sha256(back.stdout), sha256(bytes))
  }
  const down = mkdtempSync(join(folder, 'down-'))
  await run('curl', ['-sS', ...as(''), '-OJ', `${server.url}/lab-1/notes.pdf`], { cwd: down })
  assert.equal(sha256(readFileSync(join(down, 'notes.pdf'))), sha256(readFileSync(join(folder, 'notes.pdf'))))
})

test('twenty files, of no byte, of one and of very many, go up in one curl and come down in another', { timeout: 600_000 }, async () => {
  const room = JSON.parse(await curl(['-X', 'POST', `${server.url}/api/v1/rooms`, '-d', JSON.stringify({ name: 'twenty', password: secret })]))
  const names = ['nothing', 'one', 'large.bin', ...Array.from({ length: 17 }, (_, i) => `file ${i}.txt`)]
  const up = mkdtempSync(join(folder, 'up-'))
  const down = mkdtempSync(join(folder, 'down-'))
  for (const name of names) writeFileSync(join(up, name), name === 'nothing' ? '' : name === 'one' ? '1' : name.repeat(5000))
  const large = createWriteStream(join(up, 'large.bin'))
  for (let left = largest; left > 0; left -= 1 << 20) {
    const part = Buffer.alloc(Math.min(left, 1 << 20), `${left} `)
    if (!large.write(part)) await new Promise(resolve => large.once('drain', resolve))
  }
  await new Promise(resolve => large.end(resolve))

  const sent = await run('curl', ['-sS', '--fail', ...as('tom'), '-T', `{${names.join(',')}}`, `${server.url}/twenty/`], { cwd: up })
  assert.equal(sent.stdout.trim().split('\n').length, 20)
  assert.equal((await curl([...as(''), `${server.url}/twenty/`])).split('\n').filter(line => line.includes('(tom)')).length, 20)
  await run('curl', ['-sS', '--fail', ...as(''), '--remote-name-all', '-J', ...names.map(name => `${server.url}/twenty/${encodeURIComponent(name)}`)], { cwd: down })
  assert.deepEqual(readdirSync(down).sort(), [...names].sort())
  assert.deepEqual(['nothing', 'one', 'large.bin'].map(name => statSync(join(down, name)).size), [0, 1, largest])
  for (const name of names) assert.equal(await sha256Of(join(down, name)), await sha256Of(join(up, name)), name)
  const bearer = ['-H', `Authorization: Bearer ${room.session.token}`]
  const digests = async () => {
    const { files } = JSON.parse(await curl([...bearer, `${server.url}/api/v1/rooms/twenty`]))
    return files.every(file => file.sha256) && files
  }
  for (const { name, sha256 } of await eventually(digests, 30_000, 'all digests are known')) assert.equal(sha256, await sha256Of(join(up, name)), name)
  assert.equal(await status(['-X', 'DELETE', ...bearer, `${server.url}/api/v1/rooms/twenty`]), 204)
  for (const path of [up, down]) rmSync(path, { recursive: true })
})

test('what is piped in is stored too, and an equal name gets a number', async () => {
  const bytes = Buffer.alloc(3_000_000, 'piped')
  const told = await curl([...as('tom'), '-T', '-', `${server.url}/lab-1/notes.pdf`], bytes)
  assert.match(told, /^notes \(2\)\.pdf  3\.0 MB/)
  // The digest of a large file may come a moment later than the file.
  const digest = async () => JSON.parse(await curl([...as('tom'), `${server.url}/api/v1/rooms/lab-1`])).files.find(f => f.name === 'notes (2).pdf').sha256
  assert.equal(await eventually(digest, 5_000, 'its digest is known'), sha256(bytes))
})

test('a folder is kept', async () => {
  writeFileSync(join(folder, 'x'), 'x')
  await curl([...as('tom'), '-T', 'x', `${server.url}/lab-1/week%201/x`])
  assert.match(await curl([...as('tom'), `${server.url}/lab-1/`]), /1 B {2}week 1\/x {2}\(tom\)/)
})

test('a broken download goes on where it stopped', async () => {
  const url = `${server.url}/lab-1/notes.pdf`
  const whole = await curl([...as(''), url])
  const etag = /etag: (\S+)/i.exec(await curl([...as(''), '-I', url]))[1]
  assert.equal(await curl([...as(''), '-H', 'Range: bytes=5-9', '-H', `If-Range: ${etag}`, url]), whole.slice(5, 10))
  assert.equal((await curl([...as(''), '-H', 'Range: bytes=5-9', '-H', 'If-Range: "other"', url])).length, whole.length)
  assert.equal(await status([...as(''), '-H', 'Range: bytes=300000-', url]), 416)
})

test('strangers, wrong passwords and unknown rooms get the same answer', async () => {
  const body = async (user, room) => curl([...user, `${server.url}/${room}/`])
  const wrong = await body(as('', 'wrong password'), 'lab-1')
  assert.equal(wrong, await body(as('', 'wrong password'), 'nowhere'))
  assert.match(wrong, /"code":"not_admitted"/)
  assert.equal(await status([`${server.url}/lab-1/notes.pdf`]), 401)
  assert.match(await curl(['-D', '-', '-o', 'ignored', `${server.url}/lab-1/notes.pdf`]), /WWW-Authenticate: Basic/i)
})

test('a link works for ten seconds, for its member only', async () => {
  const bearer = ['-H', `Authorization: Bearer ${owner.session.token}`]
  const room = JSON.parse(await curl([...bearer, `${server.url}/api/v1/rooms/lab-1`]))
  const file = room.files.find(f => f.name === 'notes.pdf')
  const head = await curl([...bearer, '-D', '-', '-o', 'ignored', `${server.url}/api/v1/rooms/lab-1/files/${file.id}/content`])
  const link = server.url + /location: (\S+)/i.exec(head)[1]
  assert.equal(await status([...bearer, link]), 200)
  assert.match(await curl([link]), /link_invalid/)
  assert.match(await curl([...as('tom'), link]), /link_invalid/)
  const at = link.length - 10
  const mutated = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1)
  assert.match(await curl([...bearer, mutated]), /link_invalid/)
  assert.match(await curl([...bearer, `${link}&e=1`]), /link_invalid/)
  await sleep(10_100)
  assert.match(await curl([...bearer, link]), /link_expired/)
  assert.equal(await status([...bearer, link]), 403)
})

test('bad input gets a problem that names the field', async () => {
  const post = async body => JSON.parse(await curl(['-X', 'POST', `${server.url}/api/v1/rooms`, '-d', body]))
  for (const [body, code, field] of [
    ['{"name":"a b"}', 'invalid_name', 'name'], ['{"name":"api"}', 'invalid_name', 'name'], ['{"password":"short"}', 'invalid_password', 'password'],
    ['{"ttl_seconds":-1}', 'invalid_request', 'ttl_seconds'], ['{"ttl_seconds":"60"}', 'invalid_request', 'ttl_seconds'], ['{"ttl_seconds":99999999}', 'invalid_request', 'ttl_seconds'],
    ['{"colour":"red"}', 'invalid_request', 'colour'], ['[]', 'invalid_request', 'body'], ['{', 'invalid_request', 'body'], ['{"name":"LAB-1"}', 'name_taken', undefined],
  ]) {
    const problem = await post(body)
    assert.deepEqual([problem.code, problem.field], [code, field], body)
  }
  const tus = ['-X', 'POST', '-H', 'Tus-Resumable: 1.0.0', '-H', `Authorization: Bearer ${owner.session.token}`]
  const upload = async (...headers) => JSON.parse(await curl([...tus, ...headers.flatMap(h => ['-H', h]), `${server.url}/api/v1/rooms/lab-1/files`]))
  const named = name => `Upload-Metadata: filename ${Buffer.from(name).toString('base64')}`
  for (const length of ['-1', '1e3', '99999999999999999999', ''])
    assert.equal((await upload(`Upload-Length: ${length}`, named('a'))).code, 'invalid_request')
  assert.equal((await upload('Upload-Length: 9000000000', named('a'))).code, 'file_too_large')
  for (const name of ['..', '../a', 'a/../b', 'a\0b', 'a\nb', 'x'.repeat(256)])
    assert.deepEqual(Object.entries(await upload('Upload-Length: 1', named(name))).filter(([k]) => k === 'field'), [['field', 'filename']], name)
})

test('the owner ends it, and every row and byte is gone', async () => {
  assert.equal(await status(['-X', 'DELETE', '-H', `Authorization: Bearer ${owner.session.token}`, `${server.url}/api/v1/rooms/lab-1`]), 204)
  assert.equal(await status([...as(''), `${server.url}/lab-1/notes.pdf`]), 401)
  await eventually(server.isEmpty, 5000, 'no row and no blob is left')
  const ended = JSON.parse(await curl(['-H', `Authorization: Bearer ${owner.session.token}`, `${server.url}/api/v1/rooms/lab-1`]))
  assert.equal(ended.code, 'room_ended')
  assert.ok(Math.abs(Date.parse(ended.ended_at) - Date.now()) < 10_000, ended.ended_at)
  const again = JSON.parse(await curl(['-X', 'POST', `${server.url}/api/v1/rooms`, '-d', JSON.stringify({ name: 'lab-1', password: 'another password' })]))
  assert.equal(await status(['-H', `Authorization: Bearer ${owner.session.token}`, `${server.url}/api/v1/rooms/lab-1`]), 401)
  assert.equal(await status([...as(''), `${server.url}/lab-1/`]), 401)
  assert.equal(await status(['-X', 'DELETE', '-H', `Authorization: Bearer ${again.session.token}`, `${server.url}/api/v1/rooms/lab-1`]), 204)
  await eventually(server.isEmpty, 5000, 'nor of the second')
})
