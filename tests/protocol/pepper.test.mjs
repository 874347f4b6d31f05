// A pepper as an operator meets it: set, changed and lost while rooms live, and what a thief of the database has without it.
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'

const password = 'four short plain words'
const newPepper = () => randomBytes(32).toString('base64')
const cheap = { ...generous, FLEETING_PASSWORD_MEMORY: '8MiB' }

const withServer = work => Server.during(Server.prepared(cheap), server => {
  server.pepperFile = join(server.folder, 'pepper')
  return work(server)
})
/** Started, again where it runs; without a pepper where none is given. */
async function run(server, pepper) {
  if (server.process) await server.kill('SIGTERM')
  if (pepper) writeFileSync(server.pepperFile, `${pepper}\n`, { mode: 0o600 })
  server.env = pepper ? { ...cheap, FLEETING_PASSWORD_PEPPER_FILE: server.pepperFile } : cheap
  await server.run()
}
const joining = (server, name, word = password) => fetch(`${server.url}/api/v1/rooms/${name}/sessions`, { method: 'POST', body: JSON.stringify({ password: word }) })
const admits = async (server, name, word) => (await joining(server, name, word)).status === 201
const isIn = async (server, room) => (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).status === 200
/** A refusal as the caller sees it, but for the clock. */
async function refusal(server, name, word) {
  const answer = await joining(server, name, word)
  return { status: answer.status, headers: [...answer.headers].filter(([key]) => key !== 'date'), text: await answer.text() }
}
const record = (server, name) => server.sql(`SELECT password_hash FROM room WHERE name_key = '${name}'`).trim()

test('a room is joined as long as its pepper is there; with another or none its password is a wrong one, and who is in stays in', () => withServer(async server => {
  const pepper = newPepper()
  await run(server, pepper)
  const room = await server.room({ name: 'lab', password })
  assert.ok(await admits(server, 'lab'))
  await run(server, pepper)
  assert.ok(await admits(server, 'lab'), 'after a restart')
  for (const other of [newPepper(), undefined]) {
    await run(server, other)
    const refused = await refusal(server, 'lab', password)
    assert.equal(refused.status, 401)
    assert.deepEqual(refused, await refusal(server, 'lab', 'not the password'))
    assert.deepEqual(refused, await refusal(server, 'hall', password))
    assert.ok(await isIn(server, room))
  }
  await run(server, pepper)
  assert.ok(await admits(server, 'lab'), 'with its own again')
}))

test('a room made before there was a pepper is joined as ever, and a new password of it is mixed with it', () => withServer(async server => {
  await run(server)
  const room = await server.room({ name: 'old', password })
  await run(server, newPepper())
  assert.ok(await admits(server, 'old'))
  assert.ok(!await admits(server, 'old', 'not the password'))
  assert.doesNotMatch(record(server, 'old'), /keyid/)
  assert.equal((await fetch(`${server.url}/api/v1/rooms/old`, { method: 'PATCH', headers: room.bearer, body: JSON.stringify({ password: 'other plain words' }) })).status, 200)
  assert.match(record(server, 'old'), /^\$argon2id\$v=19\$m=8192,t=1,p=1,keyid=[A-Za-z0-9+/]{8}\$/)
  assert.ok(await admits(server, 'old', 'other plain words'))
}))

test('who has the database without the pepper can\'t try passwords on its records', () => withServer(async server => {
  const pepper = newPepper()
  await run(server, pepper)
  await server.room({ name: 'lab', password })
  // As a thief would: Argon2id alone on what is left of the record, by a server that knows no pepper.
  server.sql('UPDATE room SET password_hash = substr(password_hash, 1, instr(password_hash, \',keyid=\') - 1) || substr(password_hash, instr(password_hash, \',keyid=\') + 15)')
  await run(server)
  assert.match(record(server, 'lab'), /^\$argon2id\$v=19\$m=8192,t=1,p=1\$[^$]+\$[^$]+$/)
  assert.ok(!await admits(server, 'lab'), 'the right password is none of it')
  assert.ok(await admits(server, 'lab', createHmac('sha256', pepper).update(password).digest('base64')), 'what was hashed')
}))

test('the pepper is nowhere but in its file: not in the data folder, not in the log, at any level', () => withServer(async server => {
  const pepper = newPepper()
  server.env = cheap
  writeFileSync(server.pepperFile, pepper, { mode: 0o600 })
  server.env = { ...cheap, FLEETING_PASSWORD_PEPPER_FILE: server.pepperFile, FLEETING_LOG_LEVEL: 'debug' }
  await server.run()
  const room = await server.room({ name: 'lab', password })
  await fetch(`${server.url}/lab/a.txt`, { method: 'PUT', headers: room.bearer, body: 'a' })
  assert.ok(await admits(server, 'lab'))
  assert.ok(!await admits(server, 'lab', 'not the password'))
  const files = readdirSync(server.data, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  assert.ok(files.length >= 3, String(files.length))
  const forms = [pepper, Buffer.from(pepper, 'base64'), Buffer.from(pepper).toString('hex'), Buffer.from(pepper, 'base64').toString('hex')]
  for (const form of forms) {
    for (const { parentPath, path, name } of files) assert.ok(!readFileSync(join(parentPath ?? path, name)).includes(form), name)
    assert.ok(!server.log.includes(form.toString('latin1')))
  }
  assert.match(server.log, /password-pepper-file=\S*pepper/, 'the settings are in the log')
}))

test('a file that is no pepper stops the start with a sentence that names the setting', () => withServer(async server => {
  const file = server.pepperFile
  const refused = async (name, why) => {
    server.env = { ...cheap, FLEETING_PASSWORD_PEPPER_FILE: name }
    await assert.rejects(server.run(), error => /FLEETING_PASSWORD_PEPPER_FILE/.test(error.message) && why.test(error.message) || assert.fail(error.message))
    assert.equal(server.process.exitCode, 2)
  }
  await refused(file, /No such file/)
  mkdirSync(join(server.folder, 'folder'))
  await refused(join(server.folder, 'folder'), /isn't a plain file/)
  writeFileSync(file, 'x'.repeat(31))
  for (const mode of [0o644, 0o640, 0o604]) {
    chmodSync(file, mode)
    await refused(file, /chmod 600/)
  }
  chmodSync(file, 0o600)
  await refused(file, /32 to 1024/)
  assert.deepEqual(readdirSync(server.folder).sort(), ['folder', 'pepper'], 'nothing was opened')
}))

test('the file is read once, before the process gives up files it doesn\'t need', () => withServer(async server => {
  await run(server, newPepper())
  await server.room({ name: 'lab', password })
  writeFileSync(server.pepperFile, newPepper())
  assert.ok(await admits(server, 'lab'))
  await eventually(() => /sandbox files by Landlock/.test(server.log), 1_000, 'the sandbox is on')
}))
