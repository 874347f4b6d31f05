// Brings up engines, nodes and HAProxy, says where they are, and stays until it is ended: script/cluster runs it.
import { Cluster, Engines } from './cluster.mjs'

const port = process.argv[2] ? Number(process.argv[2]) : undefined
if (port !== undefined && !(port > 0 && port < 65536)) {
  console.error(`usage: script/cluster [PORT]; '${process.argv[2]}' is none`)
  process.exit(2)
}

let engines, cluster
async function finish(code) {
  // A second signal, or a failure here, leaves it to the kernel: no child outlives this process.
  for (const signal of ['SIGTERM', 'SIGINT']) process.removeAllListeners(signal)
  await cluster?.stop()
  await engines?.stop()
  process.exit(code)
}
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => finish(0))

try {
  engines = await Engines.start({ store: 'bluestore' })
  cluster = await Cluster.start({ engines, port, env: { FLEETING_METRICS_LISTEN: '127.0.0.1:0' } })
  console.log(`lb ${cluster.url}`)
  cluster.nodes.forEach((node, i) => console.log(`node${i + 1} ${node.url}`))
  console.log('ready')
} catch (error) {
  console.error(`cluster: ${error.message}`)
  await finish(1)
}
