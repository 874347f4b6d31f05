// What a room, a file and an event cost each part of a cluster: node bench/capacity.mjs [ROOMS]. The figures docs/operations.md plans with.
// Run it on a quiet machine after script/build release fleeting. Nodes and engines share the cores with this program, so it counts the
// processor time each has used, not how long a thing took.
import { cpus } from 'node:os'
import { Cluster, Engines } from '../tests/support/cluster.mjs'
import { eventually, generous } from '../tests/support/server.mjs'
import { Stream } from '../tests/support/stream.mjs'
import { processorTime, processorTimeOf } from './processor_time.mjs'

const rooms = Number(process.argv[2] ?? 500)
const kFilesPerRoom = 4
const kFileBytes = 4096
const kStreams = 20
const kAtOnce = 8

const engines = await Engines.start()
const cluster = await Cluster.start({ engines, env: { ...generous, FLEETING_HASH_QUEUE: '10000', FLEETING_HASH_PATIENCE: '1min' } })
const { postgres, redis, ceph } = engines
const sql = text => postgres.ask(text, postgres.urlOf(cluster.space))

function snapshot() {
  const cpu = engine => [...engine.children.values()].reduce((sum, child) => sum + processorTime(child.pid), 0)
  sql('CHECKPOINT')
  return {
    'nodes, CPU ms': processorTimeOf(cluster.nodes),
    'HAProxy, CPU ms': cpu(cluster.haproxy),
    'PostgreSQL, CPU ms': cpu(postgres),
    'Redis, CPU ms': cpu(redis),
    'radosgw, mon and osd, CPU ms': cpu(ceph),
    'PostgreSQL, bytes of log': Number(sql("SELECT pg_current_wal_lsn() - '0/0'")),
    'PostgreSQL, bytes in the database': Number(sql('SELECT pg_database_size(current_database())')),
    'Redis, bytes': Number(/used_memory:(\d+)/.exec(redis.ask('INFO', 'memory'))[1]),
  }
}

/** Runs `work(i)` for each of `count`, some at once, and prints what one of `per` cost each part. */
async function measure(what, count, work, per = count) {
  const before = snapshot()
  const begun = Date.now()
  let next = 0
  await Promise.all(Array.from({ length: kAtOnce }, async () => { while (next < count) await work(next++) }))
  const seconds = (Date.now() - begun) / 1000
  const after = snapshot()
  console.log(`\n| one ${what} (of ${per}, ${(per / seconds).toFixed(0)}/s) | costs |\n|---|--:|`)
  for (const [name, value] of Object.entries(after)) console.log(`| ${name} | ${((value - before[name]) / per).toFixed(2)} |`)
}

const opened = []
const kept = Buffer.alloc(kFileBytes, 'x')
console.log(`${cluster.nodes.length} nodes, ${cpus().length} cores, ${cpus()[0].model}`)
await measure('room opened', rooms, async () => { opened.push(await cluster.room({ ttl_seconds: 3600 })) })
await measure('join', rooms, async i => {
  const { name, password } = opened[i]
  await fetch(`${cluster.url}/api/v1/rooms/${name}/sessions`, { method: 'POST', body: JSON.stringify({ password }) }).then(r => r.text())
})
await measure(`file of ${kFileBytes} bytes`, rooms * kFilesPerRoom, async i => {
  const room = opened[i % rooms]
  await fetch(`${cluster.url}/${room.name}/file-${i}`, { method: 'PUT', body: kept, headers: room.bearer }).then(r => r.text())
})
await measure('file fetched by its name, through a node', rooms * kFilesPerRoom, async i => {
  const room = opened[i % rooms]
  await fetch(`${cluster.url}/${room.name}/file-${i}`, { headers: room.bearer }).then(r => r.arrayBuffer())
})

const room = await cluster.room({ ttl_seconds: 3600 })
const guests = await Promise.all(Array.from({ length: kStreams }, async () => {
  const joined = await fetch(`${cluster.url}/api/v1/rooms/${room.name}/sessions`, { method: 'POST', body: JSON.stringify({ password: room.password }) }).then(r => r.json())
  return { name: room.name, bearer: { Authorization: `Bearer ${joined.session.token}` } }
}))
const listening = guests.map((guest, i) => new Stream(cluster.nodes[i % cluster.nodes.length], guest))
for (const stream of listening) await stream.wait('snapshot')
await measure('event of a file, told to one page', 100, i => fetch(`${cluster.url}/${room.name}/event-${i}`, { method: 'PUT', body: 'x', headers: room.bearer }).then(r => r.text()), 100 * kStreams)
for (const stream of listening) await stream.close()

// Their blobs too: some of what erasing costs comes behind the answer.
const isErased = () => sql('SELECT count(*) FROM purge') === '0'
await measure('room ended, with its files', rooms, async i => {
  await fetch(`${cluster.url}/api/v1/rooms/${opened[i].name}`, { method: 'DELETE', headers: opened[i].bearer }).then(r => r.text())
  if (i === rooms - 1) await eventually(isErased, 60_000, 'every blob is erased')
})
await cluster.stop()
await engines.stop()
