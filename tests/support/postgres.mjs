// A PostgreSQL of the test's own: a fresh cluster in a temporary folder, on a socket there.
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Engine } from './engine.mjs'
import { eventually } from './server.mjs'

const versions = '/usr/lib/postgresql'
const newest = existsSync(versions) && readdirSync(versions).sort((a, b) => b - a).find(version => existsSync(join(versions, version, 'bin/postgres')))
const program = name => join(versions, newest, 'bin', name)
const idOf = flag => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
/** Root may not run it. */
const isRoot = process.getuid() === 0
const identity = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {}
const as = isRoot ? ['--reuid=postgres', '--regid=postgres', '--init-groups'] : []

export class Postgres extends Engine {
  static async start() {
    if (!newest) throw new Error('PostgreSQL is not installed: run script/bootstrap')
    const postgres = new Postgres()
    const folder = postgres.makeFolder('postgres')
    if (isRoot) chownSync(folder, identity.uid, identity.gid)
    execFileSync(program('initdb'), ['-D', `${folder}/data`, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--wal-segsize=1'],
      { ...identity, cwd: folder, stdio: 'ignore' })
    await postgres.run()
    return postgres
  }

  get address() { return { folder: this.folder } }
  get socket() { return join(this.folder, '.s.PGSQL.5432') }
  get url() { return this.urlOf('postgres') }
  urlOf = database => `postgresql://app@/${database}?host=${this.folder}`

  /** Starts the process (again), on what it has stored. */
  async run() {
    const { folder } = this
    this.launch('postgres', [program('postgres'), '-D', `${folder}/data`, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off', '-c', 'shared_buffers=32MB'],
      { deathSignal: 'QUIT', as })
    await eventually(() => this.answers(), 10_000, 'PostgreSQL answers')
  }

  /** A database with nothing in it. Returns its address. */
  makeDatabase(name) {
    this.ask(`CREATE DATABASE ${name}`)
    return this.urlOf(name)
  }

  answers() {
    try {
      return this.ask('SELECT 1') === '1'
    } catch {
      return false
    }
  }

  /** The first value of what a statement returns. */
  ask(sql, url = this.url) {
    return execFileSync(program('psql'), ['-XAtqc', sql, url], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  }

  /** Ends every session at once, and the process. */
  halt = () => this.end('SIGQUIT')
  stop = () => super.stop('SIGQUIT')
}
