// A server whose data folder has a disk of its own: a small one, which can be filled, or one that packs what is on it.
import { spawn } from 'node:child_process'
import { mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { generous, Server } from '../support/server.mjs'

class ServerOnDisk extends Server {
  /** The disk, as others than the server see it. */
  get disk() { return `/proc/${this.holder.pid}/root${this.mount}` }
  free() {
    const { bavail, bsize } = statfsSync(this.disk)
    return bavail * bsize
  }

  /** The mount is in a namespace of its own, held by a process that does nothing else: it needs no rights and is gone with it. */
  async mountBy(script, ...words) {
    this.mount = join(this.folder, 'disk')
    mkdirSync(this.mount)
    const isRoot = process.getuid() === 0
    const mount = `${script} && echo ready && exec cat`
    const rights = isRoot ? [] : ['--user', '--map-root-user']
    this.holder = spawn('setpriv', ['--pdeathsig=KILL', 'unshare', ...rights, '--mount', 'sh', '-c', mount, 'sh', this.mount, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise((resolve, reject) => {
      this.holder.stdout.once('data', resolve)
      this.holder.once('exit', code => reject(new Error(`no disk: ${code}`)))
    })
    // A test that failed ends without it.
    for (const part of [this.holder, this.holder.stdin, this.holder.stdout]) part.unref()
    this.data = join(this.mount, 'data')
    this.inside = ['nsenter', '--target', String(this.holder.pid), ...(isRoot ? [] : ['--user', '--preserve-credentials']), '--mount', `--wdns=${this.folder}`]
  }

  async stop() {
    await super.stop()
    this.holder.kill('SIGKILL')
  }

  /** Looked at from outside. */
  blobs() {
    const data = this.data
    this.data = join(this.disk, 'data')
    try {
      return super.blobs()
    } finally {
      this.data = data
    }
  }
}

export const serverOnSmallDisk = (size, env) => serverOn(env, 'mount -t tmpfs -o size="$2",mode=0700 tmpfs "$1"', size)
/** Zeros take next to nothing there: a file may be larger than this machine's disk. `size` as truncate(1) has it. For root. */
export const serverOnPackingDisk = (size, env) => serverOn(env, 'truncate -s "$2" "$1.image" && mkfs.btrfs -q "$1.image" >&2 && mount -o loop,compress-force=zstd:1 "$1.image" "$1" && chmod 700 "$1"', size)

/** `script` mounts the disk at "$1"; `words` are "$2" and so on. */
async function serverOn(env, script, ...words) {
  const server = await ServerOnDisk.prepared({ ...generous, ...env })
  await server.mountBy(script, ...words)
  await server.run().catch(error => {
    server.holder.kill('SIGKILL')
    throw error
  })
  return server
}
