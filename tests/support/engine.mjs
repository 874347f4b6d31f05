// A server that a test starts for itself: processes of this one's own, in a temporary folder.
import { spawn } from 'node:child_process'
import { openSync, closeSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './server.mjs'

/** Servers live where a user's PATH doesn't always go. */
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` }

/** `pid` and its children: PostgreSQL's have sessions of their own, which no signal to a group reaches. */
function familyOf(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return [pid, ...children.map(Number)]
}

export class Engine {
  children = new Map()

  /** One of our own to be, or, with its address, one that another process runs: it can be asked things. */
  constructor(address = {}) { Object.assign(this, address) }

  /** `kind` stands in the folder's name. */
  makeFolder(kind) {
    return (this.folder = makeFolder(kind))
  }

  /** Starts one of its processes (again). It gets `deathSignal` when this process is gone, however that ended. */
  launch(name, command, { deathSignal = 'KILL', as = [] } = {}) {
    const log = openSync(join(this.folder, `${name}.log`), 'a')
    const child = spawn('setpriv', [`--pdeathsig=${deathSignal}`, ...as, ...command], { cwd: this.folder, env: environment, stdio: ['ignore', log, log] })
    closeSync(log)
    child.exited = new Promise(resolve => child.on('exit', resolve).on('error', resolve))
    this.children.set(name, child)
    return child
  }

  /** To a process and each of its own: SIGSTOP is a hang, SIGKILL a crash. */
  signal(signal, name = this.children.keys().next().value) {
    for (const pid of familyOf(this.children.get(name).pid)) {
      try {
        process.kill(pid, signal)
      } catch (error) {
        if (error.code !== 'ESRCH') throw error
      }
    }
  }

  /** Ends a process by `signal` and waits for that; one that hangs goes on first. */
  async end(signal = 'SIGTERM', name = this.children.keys().next().value) {
    const child = this.children.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    this.signal('SIGCONT', name)
    if (signal === 'SIGKILL') this.signal(signal, name)
    else child.kill(signal)
    await child.exited
  }

  /** Ends all of it, the youngest first, and forgets what it stored. */
  async stop(signal = 'SIGTERM') {
    for (const name of [...this.children.keys()].reverse()) await this.end(signal, name)
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What a process has said so far. */
  log = (name = this.children.keys().next().value) => readFileSync(join(this.folder, `${name}.log`), 'utf8')
}
