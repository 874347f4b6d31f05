// A Ceph of the test's own: one mon, one osd, one radosgw, no mgr. Run as a program it prints the address when it is up and
// ends with its standard input: that is how tests in other languages have one.
import { execFile, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Engine } from './engine.mjs'
import { eventually } from './server.mjs'

const execute = promisify(execFile)
/** Ports one Ceph takes, from its base on. */
const kPorts = 41

const configuration = (folder, port, store) => `
[global]
fsid = ${randomUUID()}
mon host = [v2:127.0.0.1:${port + 1}/0,v1:127.0.0.1:${port + 2}/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth allow insecure global id reclaim = false
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/$name.log
keyring = ${folder}/keyring
crash dir = ${folder}/log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
osd crush chooseleaf type = 0
mon osd full ratio = .99
mon osd backfillfull ratio = .98
mon osd nearfull ratio = .97
ms bind port min = ${port + 10}
ms bind port max = ${port + kPorts - 1}
[mon]
# Each pool waits for a proposal: a second each without this.
paxos propose interval = 0.02
paxos min wait = 0.01
mon osd min up ratio = 0
mon pg warn min per osd = 0
mon data = ${folder}/mon
mon data avail crit = 1
mon allow pool delete = true
[osd]
osd data = ${folder}/osd
osd objectstore = ${store}
memstore device bytes = 4294967296
bluestore block size = 10737418240
bluestore fsck on mount = false
osd memory target = 939524096
osd max object name len = 1024
[client.rgw.a]
rgw data = ${folder}
# Without it Nagle and delayed acknowledgements make each GET 40 ms long.
rgw frontends = beast endpoint=127.0.0.1:${port} tcp_nodelay=1
rgw enable usage log = false
rgw thread pool size = 64
rgw dynamic resharding = false
# What was deleted gives its room back at once, not after two hours.
rgw gc obj min wait = 2
rgw gc processor period = 2
rgw gc processor max time = 2
# So that a bucket has an address of its own too: http://BUCKET.localhost.
rgw dns name = localhost
rgw relaxed region enforcement = true
`

const isFree = port => new Promise(resolve => {
  const probe = createServer().on('error', () => resolve(false)).listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
})

async function freeRange() {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(Array.from({ length: kPorts }, (_, i) => isFree(base + i)))
    if (free.every(Boolean)) return base
  }
}

const keysIn = (xml, tag) => [...xml.matchAll(new RegExp(`<${tag}>.*?<Key>([^<]*)</Key>.*?</${tag}>`, 'gs'))].map(match => match[1])

export class Ceph extends Engine {
  static accessKey = 'testkey'
  static secretKey = 'testsecret'

  /** `store` 'memstore' is quick and forgets all when the osd is killed; 'bluestore' keeps it. */
  static async start({ store = 'memstore' } = {}) {
    const ceph = new Ceph()
    ceph.makeFolder('ceph')
    ceph.port = await freeRange()
    for (const folder of ['mon', 'osd', 'run', 'log']) mkdirSync(join(ceph.folder, folder))
    writeFileSync(join(ceph.folder, 'ceph.conf'), configuration(ceph.folder, ceph.port, store))
    await ceph.makeKeys()
    await ceph.makeMonitor()
    await ceph.makeStorage()
    await ceph.runGateway()
    await ceph.execute('radosgw-admin', 'user', 'create', '--uid=test', '--display-name=test', `--access-key=${Ceph.accessKey}`, `--secret=${Ceph.secretKey}`)
    return ceph
  }

  get address() { return { port: this.port } }
  get url() { return `http://127.0.0.1:${this.port}` }
  get conf() { return ['-c', join(this.folder, 'ceph.conf')] }
  execute = (program, ...args) => execute(program, [...this.conf, ...args], { cwd: this.folder })

  async makeKeys() {
    const keyring = join(this.folder, 'keyring')
    const capabilities = {
      'mon.': { mon: 'allow *' },
      'client.admin': { mon: 'allow *', osd: 'allow *', mgr: 'allow *', mds: 'allow *' },
      'osd.0': { mon: 'allow profile osd', osd: 'allow *', mgr: 'allow profile osd' },
      'client.rgw.a': { mon: 'allow rw', osd: 'allow rwx', mgr: 'allow rw' },
    }
    let create = ['--create-keyring']
    for (const [name, allowed] of Object.entries(capabilities)) {
      const caps = Object.entries(allowed).flatMap(([of, what]) => ['--cap', of, what])
      await execute('ceph-authtool', [keyring, '--gen-key', ...create, '-n', name, ...caps])
      create = []
    }
  }

  async makeMonitor() {
    const { folder, port } = this
    const map = join(folder, 'monmap')
    await execute('monmaptool', [...this.conf, '--create', '--addv', 'a', `[v2:127.0.0.1:${port + 1},v1:127.0.0.1:${port + 2}]`, map])
    await this.execute('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', join(folder, 'keyring'))
    this.launch('mon', ['ceph-mon', ...this.conf, '-i', 'a', '-f'])
  }

  async makeStorage() {
    const uuid = randomUUID()
    await this.execute('ceph', 'osd', 'new', uuid)
    await this.execute('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', uuid)
    this.runStorage()
  }

  /** Starts the osd (again). */
  runStorage() { this.launch('osd', ['ceph-osd', ...this.conf, '-i', '0', '-f']) }

  /** Starts radosgw (again) and waits until it answers. */
  async runGateway() {
    this.launch('gateway', ['radosgw', ...this.conf, '-n', 'client.rgw.a', '-f'])
    await eventually(() => fetch(this.url).then(r => r.status < 500, () => false), 60_000, 'radosgw answers')
  }

  /** A request as the owner of all buckets; fails where the answer isn't 2xx. Returns its body. */
  ask(method, path, ...args) {
    const signed = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '-u', `${Ceph.accessKey}:${Ceph.secretKey}`, '-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD']
    return execFileSync('curl', ['-sSf', '--max-time', '20', ...signed, '-X', method, ...args, `${this.url}/${path}`], { encoding: 'utf8' })
  }
  makeBucket = name => this.ask('PUT', name)
  /** Keys of whole objects that begin so. At most 1,000, as of `uploads`. */
  objects(bucket, prefix = '') { return keysIn(this.ask('GET', `${bucket}?list-type=2&prefix=${encodeURIComponent(prefix)}`), 'Contents') }
  /** Keys of multipart uploads that nobody finished. */
  uploads(bucket, prefix = '') { return keysIn(this.ask('GET', `${bucket}?prefix=${encodeURIComponent(prefix)}&uploads=`), 'Upload') }
  keys(bucket, prefix) { return [...this.objects(bucket, prefix), ...this.uploads(bucket, prefix)] }

  /** Nothing here is worth a clean end. */
  stop = () => super.stop('SIGKILL')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ceph = await Ceph.start({ store: process.argv[2] })
  const finish = () => ceph.stop().then(() => process.exit(0))
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, finish)
  process.stdin.on('end', finish).resume()
  console.log(ceph.url)
}
