// What the program says to who types it wrong, or asks for help.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { binary, freePort, makeFolder } from '../support/server.mjs'

const cwd = makeFolder('typed')
const run = (...args) => spawnSync(binary, args, { cwd, env: { PATH: process.env.PATH }, encoding: 'utf8' })

test('a subcommand that is none is named, with those there are', () => {
  for (const [args, text] of [
    [['serv'], '"serv" is no subcommand of fleeting: there are serve, settings, admin, doctor (fleeting --help)'],
    [['serv', '--listen', '127.0.0.1:8000'], '"serv" is no subcommand of fleeting: there are serve, settings, admin, doctor (fleeting --help)'],
    [[], 'a subcommand is missing: serve, settings, admin, doctor (fleeting --help)'],
    [['admin', 'blok', '192.0.2.1'], '"blok" is no subcommand of fleeting admin: there are rooms, health, end, blocks, block, unblock, drain (fleeting admin --help)'],
    [['admin'], 'a subcommand is missing: rooms, health, end, blocks, block, unblock, drain (fleeting admin --help)'],
  ]) {
    const { status, stderr } = run(...args)
    assert.deepEqual([status, stderr], [2, `fleeting: ${text}\n`])
  }
  assert.match(run('admin', 'block').stderr, /WHAT is required/)
  assert.match(run('serve', 'blah').stderr, /blah/)
})

test('help lists a command\'s own options, and the server\'s settings where they are', () => {
  for (const [name, own] of [['admin', 'drain'], ['doctor', '--connect-to'], ['settings', '--markdown']]) {
    const { status, stdout } = run(name, '--help')
    assert.equal(status, 0)
    assert.match(stdout, new RegExp(`^  ${own} `, 'm'))
    assert.match(stdout, /fleeting serve --help/)
    assert.doesNotMatch(stdout, /--room-ttl/)
    assert.ok(stdout.split('\n').length < 30, stdout)
  }
  assert.match(run('serve', '--help').stdout, /^  --room-ttl /m)
  assert.match(run('settings', '--room-ttl', '20min').stdout, /^FLEETING_ROOM_TTL=20min$/m, 'and they are taken all the same')
})

test('an address that is taken is refused with the setting that names it', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => taken.on('listening', resolve))
  const address = `127.0.0.1:${taken.address().port}`
  const token = { FLEETING_ADMIN_TOKEN: 'a'.repeat(32) }
  const listeners = { listen: `127.0.0.1:${await freePort()}`, 'metrics-listen': 'off', 'admin-listen': 'off', 'data-dir': join(cwd, 'data') }
  for (const key of ['listen', 'metrics-listen', 'admin-listen']) {
    const flags = Object.entries({ ...listeners, [key]: address }).flatMap(([name, value]) => [`--${name}`, value])
    const { status, stderr } = spawnSync(binary, ['serve', ...flags], { cwd, env: { PATH: process.env.PATH, ...token }, encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, new RegExp(`^fleeting: --${key} \\(FLEETING_${key.toUpperCase().replace('-', '_')}\\): can't listen on ${address}: Address already in use$`, 'm'))
  }
  taken.close()
})
