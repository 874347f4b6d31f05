// The same commit, built twice in two folders, is the same package byte for byte. It takes two whole builds: nightly, or with REPRODUCE=1.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../support/server.mjs'

const root = new URL('../../', import.meta.url).pathname

/** The digests of what script/package makes of a fresh clone in a folder of that name. */
function packed(name) {
  const clone = join(makeFolder('reproducible'), name)
  execFileSync('git', ['clone', '-q', root, clone])
  const paths = execFileSync('script/package', { cwd: clone, env: { ...process.env, CCACHE_DISABLE: '1' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const files = [...paths.trim().split('\n'), join(clone, 'build/release/fleeting')]
  return files.map(file => [file.slice(file.lastIndexOf('/') + 1), createHash('sha256').update(readFileSync(file)).digest('hex')])
}

test('two builds in two folders are the same byte for byte', { skip: !process.env.REPRODUCE }, () => {
  assert.deepEqual(packed('one'), packed('another-with-a-longer-name'))
})
