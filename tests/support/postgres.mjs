// A PostgreSQL of the test's own: a fresh cluster in a temporary folder, on a socket there.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './server.mjs'

const versions = '/usr/lib/postgresql'
const newest = existsSync(versions) && readdirSync(versions).sort((a, b) => b - a).find(version => existsSync(join(versions, version, 'bin/postgres')))
const program = name => join(versions, newest, 'bin', name)
const idOf = flag => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
/** Root may not run it. */
const identity = process.getuid() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

export class Postgres {
  static async start() {
    if (!newest) throw new Error('PostgreSQL is not installed: run script/bootstrap')
    const postgres = new Postgres()
    postgres.folder = mkdtempSync(join(tmpdir(), 'fleeting-postgres-'))
    if (identity.uid !== undefined) chownSync(postgres.folder, identity.uid, identity.gid)
    const { folder } = postgres
    execFileSync(program('initdb'), ['-D', `${folder}/data`, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--wal-segsize=1'],
      { ...identity, cwd: folder, stdio: 'ignore' })
    postgres.url = `postgresql://app@/postgres?host=${folder}`
    await postgres.run()
    return postgres
  }

  /** Starts the process (again), on what it has stored. */
  async run() {
    const { folder } = this
    this.process = spawn(program('postgres'), ['-D', `${folder}/data`, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=32MB'],
      { ...identity, cwd: folder, stdio: 'ignore' })
    this.exited = new Promise(resolve => this.process.on('exit', resolve))
    process.once('exit', () => this.process.kill('SIGQUIT'))
    await eventually(() => this.answers(), 10_000, 'PostgreSQL answers')
  }

  answers() {
    try {
      return this.ask('SELECT 1') === '1'
    } catch {
      return false
    }
  }

  /** The first value of what a statement returns. */
  ask(sql) {
    return execFileSync(program('psql'), ['-XAtqc', sql, this.url], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  }

  /** Ends every session at once, and the process. */
  async halt() {
    this.process.kill('SIGQUIT')
    await this.exited
  }

  /** To the server and each process of its own: SIGSTOP is a hang. */
  signal(name) {
    const { pid } = this.process
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
    for (const each of [pid, ...children]) process.kill(each, name)
  }

  async stop() {
    await this.halt()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
