// script/cluster's own part: what it says, that it serves, and that it leaves nothing running, however it ends.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { binary, eventually } from '../support/server.mjs'

const program = fileURLToPath(new URL('../support/run_cluster.mjs', import.meta.url))

/** A running one: its process, the lines it said, and everything it started. */
async function bringUp() {
  const child = spawn('node', [program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FLEETING_BINARY: binary } })
  let said = ''
  child.stdout.on('data', part => (said += part))
  const exited = new Promise(resolve => child.on('exit', (code, signal) => resolve(signal ?? code)))
  await eventually(() => said.endsWith('ready\n'), 60_000, 'it is ready')
  const started = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).trim().split('\n').map(Number)
  return { child, exited, started, lines: said.trim().split('\n') }
}
const isRunning = pid => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

for (const [signal, outcome] of [['SIGTERM', 0], ['SIGKILL', 'SIGKILL']])
  test(`a cluster serves, and leaves nothing behind ${signal}`, { timeout: 120_000 }, async () => {
    const { child, exited, started, lines } = await bringUp()
    const addresses = lines.slice(0, -1).map(line => /^(lb|node\d) (http:\/\/127\.0\.0\.1:\d+)$/.exec(line))
    assert.equal(addresses[0][1], 'lb')
    assert.ok(addresses.length >= 2 && addresses.every(Boolean), lines.join('\n'))
    for (const [, , url] of addresses) assert.equal((await fetch(`${url}/readyz`)).status, 200)
    assert.ok(started.length >= 6, `${started.length} processes`)
    child.kill(signal)
    assert.equal(await exited, outcome)
    await eventually(() => !started.some(isRunning), 10_000, 'all it started is gone')
  })
