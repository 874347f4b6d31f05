// Where settings come from, seen on a server that runs: flag, variable, the file named by --config, .env, default.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { binary, eventually, freePort, generous, Server } from '../support/server.mjs'

after(Server.killAll)

/** The limits that a server tells which was started in a folder with these files, variables and flags. */
async function limits({ files = {}, env = {}, flags = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'fleeting-settings-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const port = await freePort()
  const serving = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--metrics-listen', 'off', ...flags],
    { cwd: folder, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  serving.stderr.on('data', part => (log += part))
  const exited = new Promise(resolve => serving.on('exit', resolve))
  const ask = () => fetch(`http://127.0.0.1:${port}/api/v1/limits`).then(r => r.json(), () => undefined)
  try {
    return await eventually(async () => serving.exitCode !== null ? { failed: serving.exitCode, log } : await ask(), 10_000, 'the server answers or stops')
  } finally {
    serving.kill()
    await exited
    rmSync(folder, { recursive: true })
  }
}

const four = value => ['FILE_COUNT_LIMIT', 'ROOM_SIZE_LIMIT', 'FILE_SIZE_LIMIT', 'ROOM_TTL'].map(key => `FLEETING_${key}=${value[key]}\n`).join('')
const counts = told => [told.file_count_limit, told.room_size_limit_bytes, told.file_size_limit_bytes, told.ttl_seconds?.default]

test('each source wins over those behind it, setting by setting', async () => {
  const dotenv = `# ours\n${four({ FILE_COUNT_LIMIT: 11, ROOM_SIZE_LIMIT: '11MiB', FILE_SIZE_LIMIT: '1MiB', ROOM_TTL: '11min' })}FLEETING_DATA_DIR="data of .env"\n`
  const config = 'FLEETING_ROOM_SIZE_LIMIT=12MiB\nFLEETING_FILE_SIZE_LIMIT=2MiB\nFLEETING_ROOM_TTL=12min\n'
  const files = { '.env': dotenv, 'our.env': config }
  const env = { FLEETING_FILE_SIZE_LIMIT: '3MiB', FLEETING_ROOM_TTL: '13min' }
  const flags = ['--config', 'our.env', '--room-ttl', '14min']
  assert.deepEqual(counts(await limits({ files, env, flags })), [11, 12 << 20, 3 << 20, 14 * 60])
  assert.deepEqual(counts(await limits({ files, env: { ...env, FLEETING_CONFIG: 'our.env' } })), [11, 12 << 20, 3 << 20, 13 * 60])
  assert.deepEqual(counts(await limits({ files })), [11, 11 << 20, 1 << 20, 11 * 60])
  assert.equal((await limits({})).file_count_limit, 1000)
})

test('a file that is missing or holds something else stops the start, with its line', async () => {
  const missing = await limits({ flags: ['--config', 'none.env'] })
  assert.equal(missing.failed, 2)
  assert.match(missing.log, /none\.env/)
  const unknown = await limits({ files: { '.env': 'FLEETING_ROM_TTL=30min\n' } })
  assert.equal(unknown.failed, 2)
  assert.match(unknown.log, /FLEETING_ROM_TTL/)
  const wrong = await limits({ files: { '.env': 'FLEETING_THREADS=1\nTHREADS=1\n' } })
  assert.equal(wrong.failed, 2)
  assert.match(wrong.log, /\.env:2/)
})

test('a data folder that is made is told of, and is made in a folder that is there', async () => {
  const server = await Server.alone(generous)
  assert.match(server.log, new RegExp(` folder_made the data folder ${server.data}$`, 'm'))
  await server.kill()
  await server.run()
  assert.doesNotMatch(server.log, /folder_made/)
  await server.stop()
  const mistyped = await limits({ flags: ['--data-dir', 'a/b/data'] })
  assert.equal(mistyped.failed, 1)
  assert.match(mistyped.log, /can't make the data folder a\/b\/data: there is no a\/b to make it in\..*mkdir -p a\/b$/m)
})

test('a wrong unit is answered with how the value is written', async () => {
  const wrong = await limits({ flags: ['--room-ttl', '30m'] })
  assert.equal(wrong.failed, 2)
  assert.match(wrong.log, /--room-ttl \(FLEETING_ROOM_TTL\) can't be "30m": 1s to 168h .*, written as 250ms, 10s, 30min or 24h$/m)
})
