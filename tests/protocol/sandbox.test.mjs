// What the process has given up, seen from outside.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generous, makeFolder, Server } from '../support/server.mjs'

const field = (status, name) => Number(new RegExp(`^${name}:\\s*(\\d+)$`, 'm').exec(status)[1])
const threads = pid => readdirSync(`/proc/${pid}/task`).map(id => readFileSync(`/proc/${pid}/task/${id}/status`, 'utf8'))

/** A page's folder in which `leak.txt` leads to a file outside. */
function pageThatLeaks() {
  const folder = makeFolder('page')
  const page = join(folder, 'page')
  mkdirSync(page)
  const asset = path => ({ path, media_type: 'text/plain', hashed: false, etag: `"${path}"`, gz: false, br: false })
  writeFileSync(join(page, 'manifest.json'), JSON.stringify([asset('mine.txt'), asset('leak.txt')]))
  writeFileSync(join(page, 'mine.txt'), 'mine')
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  symlinkSync(join(folder, 'secret.txt'), join(page, 'leak.txt'))
  return page
}

async function serving(env, use) {
  const page = pageThatLeaks()
  const server = await Server.alone({ ...generous, FLEETING_WEB_DIR: page, ...env })
  const get = async name => { const answer = await fetch(`${server.url}/${name}`); return answer.ok ? answer.text() : answer.status }
  try {
    await use({ server, pid: server.process.pid, get })
  } finally {
    await server.stop()
  }
}

test('every thread runs under seccomp and takes no new privileges, and the log says what is gone', () => serving({}, async ({ server, pid }) => {
  for (const status of threads(pid)) {
    assert.equal(field(status, 'Seccomp'), 2, status)
    assert.equal(field(status, 'NoNewPrivs'), 1, status)
  }
  assert.match(server.log, /info +sandbox files by Landlock \d+, system calls by seccomp/)
}))

test('a file outside what the settings name can\'t be read, even where a link leads to it', async () => {
  await serving({}, async ({ get }) => {
    assert.equal(await get('mine.txt'), 'mine')
    assert.notEqual(await get('leak.txt'), 'secret')
  })
  await serving({ FLEETING_SANDBOX: 'off' }, async ({ get }) => assert.equal(await get('leak.txt'), 'secret', 'the test shows what it should'))
})

test('off gives up nothing', () => serving({ FLEETING_SANDBOX: 'off' }, async ({ server, pid }) => {
  for (const status of threads(pid)) assert.equal(field(status, 'Seccomp'), 0)
  assert.match(server.log, /sandbox off/)
}))

test('doctor foresees it', async () => {
  const { binary } = await import('../support/server.mjs')
  assert.match(execFileSync(binary, ['doctor'], { encoding: 'utf8', cwd: makeFolder('doctor'), env: {} }), /^well {2}sandbox: files restricted by Landlock \d+, system calls by seccomp$/m)
})
