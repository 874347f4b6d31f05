// Breaks one part of a cluster after the other, at random, and mends it.
import { sleep } from '../support/server.mjs'

/** Every kind of trouble: does it, and returns how to end it. `random(below)` decides what the kind leaves open. */
function troublesOf(cluster, random) {
  const { nodes } = cluster
  const { postgres, redis, ceph, proxies } = cluster.engines
  const anyNode = () => nodes[random(nodes.length)]
  const anyProxy = () => Object.values(proxies)[random(3)]
  const hang = (engine, name) => {
    engine.signal('SIGSTOP', name)
    return () => engine.signal('SIGCONT', name)
  }
  return {
    async 'a node is killed'() {
      const node = anyNode()
      await node.kill()
      return () => node.run()
    },
    async 'a node hangs'() {
      const { process: child } = anyNode()
      child.kill('SIGSTOP')
      return () => child.kill('SIGCONT')
    },
    async 'PostgreSQL is killed'() {
      await postgres.end('SIGKILL')
      return () => postgres.run()
    },
    'PostgreSQL hangs': async () => hang(postgres, 'postgres'),
    async 'Redis is killed'() {
      await redis.halt()
      return () => redis.run()
    },
    'Redis hangs': async () => hang(redis, 'redis'),
    async 'radosgw is killed'() {
      await ceph.end('SIGKILL', 'gateway')
      return () => ceph.runGateway()
    },
    'radosgw hangs': async () => hang(ceph, 'gateway'),
    async 'radosgw answers 500'() {
      proxies.ceph.answer(500)
      proxies.ceph.cut()
      return () => proxies.ceph.heal()
    },
    async 'a connection breaks in the middle'() {
      const proxy = anyProxy()
      proxy.resetAfter(1 + random(100_000))
      return () => proxy.heal()
    },
    async 'a network stalls'() {
      const proxy = anyProxy()
      proxy.stall()
      return () => proxy.heal()
    },
    async 'a network is slow'() {
      const proxy = anyProxy()
      proxy.delay(20 + random(200))
      return () => proxy.heal()
    },
  }
}

/** Trouble until `end` (ms since the epoch), one kind at a time, up to 3 s each, with calm of up to 1 s between. Every kind comes
    before one comes again. Calls `tell` with each. */
export async function trouble(cluster, random, end, tell) {
  const kinds = Object.entries(troublesOf(cluster, random))
  for (let left = []; Date.now() < end;) {
    if (left.length === 0) left = [...kinds]
    const [name, begin] = left.splice(random(left.length), 1)[0]
    tell(name)
    const mend = await begin()
    await sleep(random(3_000))
    await mend()
    await sleep(random(1_000))
  }
}
