// A Redis of the test's own.
import { execFileSync } from 'node:child_process'
import { Engine } from './engine.mjs'
import { eventually, freePort } from './server.mjs'

export class Redis extends Engine {
  static async start() {
    const redis = new Redis()
    redis.makeFolder('redis')
    redis.port = await freePort()
    await redis.run()
    return redis
  }

  get address() { return { port: this.port } }
  get url() { return this.urlOf(0) }
  urlOf = database => `redis://127.0.0.1:${this.port}/${database}`

  /** Starts the process (again). It has forgotten everything. */
  async run() {
    this.launch('redis', ['redis-server', '--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', '', '--appendonly', 'no'])
    await eventually(() => this.answers(), 10_000, 'Redis answers')
  }

  answers() {
    try {
      return this.ask('PING') === 'PONG'
    } catch {
      return false
    }
  }

  /** What a command returns. */
  ask = (...command) => execFileSync('redis-cli', ['-p', String(this.port), ...command], { encoding: 'utf8', timeout: 5_000, stdio: ['ignore', 'pipe', 'ignore'] }).trim()

  /** A crash. */
  halt = () => this.end('SIGKILL')
}
