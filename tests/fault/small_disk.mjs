// A server whose data folder has a small disk of its own, which can be filled.
import { spawn } from 'node:child_process'
import { mkdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { generous, Server } from '../support/server.mjs'

class ServerOnSmallDisk extends Server {
  /** The disk, as others than the server see it. */
  get disk() { return `/proc/${this.holder.pid}/root${this.mount}` }
  free() {
    const { bavail, bsize } = statfsSync(this.disk)
    return bavail * bsize
  }

  /** The mount is in a namespace of its own, held by a process that does nothing else: it needs no rights and is gone with it. */
  async mountOn(size) {
    this.mount = join(this.folder, 'disk')
    mkdirSync(this.mount)
    const isRoot = process.getuid() === 0
    const mount = 'mount -t tmpfs -o size="$1",mode=0700 tmpfs "$2" && echo ready && exec cat'
    const rights = isRoot ? [] : ['--user', '--map-root-user']
    this.holder = spawn('setpriv', ['--pdeathsig=KILL', 'unshare', ...rights, '--mount', 'sh', '-c', mount, 'sh', size, this.mount], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise((resolve, reject) => {
      this.holder.stdout.once('data', resolve)
      this.holder.once('exit', code => reject(new Error(`no small disk: ${code}`)))
    })
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

export async function serverOnSmallDisk(size, env = {}) {
  const server = await ServerOnSmallDisk.prepared({ ...generous, ...env })
  await server.mountOn(size)
  await server.run().catch(error => {
    server.holder.kill('SIGKILL')
    throw error
  })
  return server
}
