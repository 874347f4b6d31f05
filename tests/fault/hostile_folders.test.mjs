// A data folder that holds what it shouldn't: the server serves what is whole, or refuses to start and says what to do. It never
// crashes, hangs, or gives wrong bytes for right ones. MUTATIONS and SEED choose how many and which.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generous, makeFolder, Server } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'
import { randomFrom } from './transfers.mjs'

after(Server.killAll)

const count = Number(process.env.MUTATIONS || 26)
const seed = Number(process.env.SEED || Date.now() % 1_000_000)
const random = randomFrom(seed)
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const tus = { 'Tus-Resumable': '1.0.0' }
const pick = list => list[random(list.length)]

/** All paths below `folder`, folders too. */
const below = folder => readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
  const path = join(folder, entry.name)
  return entry.isDirectory() ? [path, ...below(path)] : [path]
})
const files = data => below(data).filter(path => lstatSync(path).isFile())
const blobs = data => files(join(data, 'blobs'))

/** What is done to the folder `data`, by name. Those of `rot` change bytes in place, which nothing but a digest shows. */
const mutations = {
  'a file is gone': data => rmSync(pick(files(data))),
  'a blob is gone': data => rmSync(pick(blobs(data))),
  'a file is shorter': data => { const path = pick(files(data)); truncateSync(path, random(lstatSync(path).size + 1)) },
  'a file is longer': data => appendFileSync(pick(files(data)), randomBytes(1 + random(5000))),
  'a file is empty': data => truncateSync(pick(files(data)), 0),
  'a folder stands in for a file': data => { const path = pick(files(data)); rmSync(path); mkdirSync(path) },
  'a link stands in for a file': data => { const path = pick(files(data)); rmSync(path); symlinkSync('/etc/hostname', path) },
  'a pipe stands in for a file': data => { const path = pick(files(data)); rmSync(path); execFileSync('mkfifo', [path]) },
  'a file stands in for a folder': data => { const path = pick(['blobs', 'tombstones'].map(name => join(data, name))); rmSync(path, { recursive: true }); writeFileSync(path, 'no folder') },
  'a folder is gone': data => rmSync(pick(below(data).filter(path => lstatSync(path).isDirectory())), { recursive: true }),
  'strange files came': data => { for (const name of ['x', 'blobs/x', 'blobs/zz', 'tombstones/x', 'tombstones/1-2', `blobs/${'0'.repeat(200)}`]) writeFileSync(join(data, name), randomBytes(100)) },
  'strange folders came': data => { for (const name of ['y', 'blobs/y', 'blobs/00/y', 'tombstones/y']) mkdirSync(join(data, name), { recursive: true }) },
  'a blob has another name': data => { const path = pick(blobs(data)); renameSync(path, join(path, '..', randomBytes(16).toString('hex'))) },
  'a blob is of nobody': data => writeFileSync(join(data, 'blobs', readdirSync(join(data, 'blobs'))[0], randomBytes(16).toString('hex')), 'whose?'),
  'the database is text': data => writeFileSync(join(data, 'fleeting.db'), 'this is no database\n'.repeat(1000)),
  'the log is noise': data => writeFileSync(join(data, 'fleeting.db-wal'), randomBytes(40_000)),
  'the database is of another program': data => {
    for (const end of ['', '-wal', '-shm']) rmSync(join(data, `fleeting.db${end}`), { force: true })
    execFileSync('sqlite3', [join(data, 'fleeting.db'), 'CREATE TABLE room (a); CREATE TABLE other (b)'])
  },
  'the database lost a table': data => execFileSync('sqlite3', [join(data, 'fleeting.db'), `DROP TABLE ${pick(['file', 'room', 'session', 'purge', 'setting'])}`]),
  'the database is of the future': data => execFileSync('sqlite3', [join(data, 'fleeting.db'), 'PRAGMA user_version=999']),
  'everybody may write': data => chmodSync(data, 0o777),
  'it is somebody else’s': data => chownSync(data, 12345, 12345),
  'rows are nonsense': data => execFileSync('sqlite3', [join(data, 'fleeting.db'), pick([
    "UPDATE file SET blob_key = x'01' WHERE id = (SELECT min(id) FROM file)", "UPDATE file SET offset_bytes = -5", "UPDATE file SET state = 77", "UPDATE room SET expires_at_ms = 9e18",
    "UPDATE file SET name = '../../etc/passwd' WHERE id = (SELECT min(id) FROM file)", "UPDATE setting SET value = 'zz'", "UPDATE file SET size_bytes = 9223372036854775807", "UPDATE file SET checkpoint = randomblob(50), offset_bytes = 70000",
    "UPDATE session SET role = 9", "UPDATE purge SET blob_key = x''", 'UPDATE tombstone SET reason = 99', "UPDATE room SET used_bytes = 0"])]),
}
const rot = {
  'a bit of the database flipped': data => flip(join(data, 'fleeting.db')),
  'a bit of the log flipped': data => flip(join(data, 'fleeting.db-wal')),
}
function flip(path) {
  const bytes = readFileSync(path)
  if (bytes.length) bytes[random(bytes.length)] ^= 1 << random(8)
  writeFileSync(path, bytes)
}

async function usedFolder() {
  const server = await Server.prepared({ ...generous, FLEETING_PASSWORD_MEMORY: '8MiB' })
  await server.run()
  const ended = await server.room({ ttl_seconds: 3600 })
  await fetch(`${server.url}/api/v1/rooms/${ended.name}`, { method: 'DELETE', headers: ended.bearer })
  const room = await server.room({ ttl_seconds: 3600 })
  const contents = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`file-${n}`, randomBytes(1 + random(60_000))]))
  for (const [name, body] of Object.entries(contents)) assert.equal((await fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body, headers: room.bearer })).status, 201)
  const half = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, {
    method: 'POST', body: randomBytes(50_000),
    headers: { ...room.bearer, ...tus, 'Upload-Length': '100000', 'Upload-Metadata': 'filename aGFsZg==', 'Content-Type': 'application/offset+octet-stream' },
  })
  assert.equal(half.status, 201)
  await server.kill()
  const kept = join(makeFolder('used'), 'data')
  cpSync(server.data, kept, { recursive: true })
  return { server, room, contents, kept, half: half.headers.get('location') }
}

/** Whatever may be asked is answered, or cut short, soon; what comes whole is right. Whether a new file can be put. */
async function look({ server, room, contents, half }) {
  const ask = async (method, path, headers, body) => {
    try {
      const answer = await fetch(server.url + path, { method, headers: { ...room.bearer, ...headers }, body, signal: AbortSignal.timeout(20_000) })
      return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
    } catch (error) {
      assert.notEqual(error.name, 'TimeoutError', `${method} ${path} hangs`)
      return {}
    }
  }
  await ask('GET', `/api/v1/rooms/${room.name}`)
  for (const [name, body] of Object.entries(contents)) {
    const { status, bytes } = await ask('GET', `/${room.name}/${name}`)
    if (status === 200) assert.equal(sha256(bytes), sha256(body), name)
  }
  await ask('HEAD', half, tus)
  await ask('GET', `/api/v1/rooms/${room.name}/archive.zip`)
  const other = await server.room({}).catch(() => null)
  return other !== null && (await ask('PUT', `/${other.name}/new`, other.bearer, 'new')).status === 201
}

async function tryFolder(used, name) {
  const { server } = used
  server.process.exitCode ?? await server.kill()
  if (existsSync(server.data)) rmSync(server.data, { recursive: true })
  cpSync(used.kept, server.data, { recursive: true, mode: 0 })
  const all = { ...mutations, ...rot }
  all[name](server.data)
  const ready = await server.run().then(() => true, () => false)
  if (!ready) {
    assert.equal(server.process.exitCode, 1, `neither ready nor refused: ${server.process.signalCode}`)
    assert.match(server.log, /^fleeting: .{15,}/m)
    return 'refused'
  }
  const works = await look(used).catch(error => {
    // The rows of a damaged database are what SQLite makes of them.
    if (rot[name] && !server.process.signalCode) return false
    throw error
  })
  assert.equal(server.process.exitCode ?? server.process.signalCode, null, 'it has ended')
  const stopped = await Promise.race([server.kill('SIGTERM'), new Promise(resolve => setTimeout(resolve, 15_000, 'hangs').unref())])
  assert.equal(stopped, 0)
  return works ? 'serves' : 'serves in part'
}

test('every damaged folder is served as far as it is whole, or refused with a sentence', { timeout: 3_600_000 }, async () => {
  console.log(`seed ${seed}`)
  const used = await usedFolder()
  const names = Object.keys({ ...mutations, ...rot }).filter(name => process.getuid() === 0 || !name.includes('somebody else'))
  const outcomes = {}
  for (let n = 0; n < count; ++n) {
    const name = names[n % names.length]
    const outcome = await tryFolder(used, name).catch(error => {
      error.message = `${name}, number ${n}, seed ${seed}: ${error.message}\n${used.server.log}`
      throw error
    })
    const told = (outcomes[name] ??= {})
    told[outcome] = (told[outcome] ?? 0) + 1
  }
  for (const [name, told] of Object.entries(outcomes)) console.log(`${name}: ${JSON.stringify(told)}`)
  const sum = what => Object.values(outcomes).reduce((total, told) => total + (told[what] ?? 0), 0)
  tell('damaged folders', `${count}: ${sum('serves')} served, ${sum('serves in part')} in part, ${sum('refused')} refused, 0 crashes`)
})
