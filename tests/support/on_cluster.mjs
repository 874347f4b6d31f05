// Runs tests on a cluster: node on_cluster.mjs COMMAND [ARGUMENT...]. PostgreSQL, Redis and radosgw are there while the command runs, and
// each server that a test starts is three nodes behind HAProxy on them, in a database and under a prefix of its own.
import { spawn } from 'node:child_process'
import { Engines } from './cluster.mjs'

const engines = await Engines.start({ store: 'bluestore' })
const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, TEST_ENGINES: engines.address() } })
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => child.kill(signal))
child.on('error', error => console.error(`on_cluster: ${error.message}`))
child.on('close', async code => {
  await engines.stop()
  process.exit(code ?? 1)
})
