// A ClamAV of the test's own, which knows one virus: the test file of EICAR.
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Engine } from './engine.mjs'
import { eventually, freePort } from './server.mjs'

/** What every scanner takes for a virus, by agreement; in two pieces, so that this file isn't. */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD', '-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

export class Clamd extends Engine {
  /** `limit` is its StreamMaxLength. */
  static async start({ limit = '64M' } = {}) {
    const clamd = new Clamd()
    clamd.makeFolder('clamd')
    clamd.socket = join(clamd.folder, 'clamd.sock')
    clamd.port = await freePort()
    const signatures = join(clamd.folder, 'signatures')
    mkdirSync(signatures)
    writeFileSync(join(signatures, 'test.ndb'), `Eicar-Test-Signature:0:*:${Buffer.from(eicar).toString('hex')}\n`)
    writeFileSync(join(clamd.folder, 'clamd.conf'), [
      `LocalSocket ${clamd.socket}`, `TCPSocket ${clamd.port}`, 'TCPAddr 127.0.0.1', `DatabaseDirectory ${signatures}`, `TemporaryDirectory ${clamd.folder}`,
      'Foreground yes', `StreamMaxLength ${limit}`, 'MaxScanSize 0', 'MaxFileSize 0', ...(process.getuid() === 0 ? ['User root'] : []),
    ].map(line => `${line}\n`).join(''))
    await clamd.run()
    return clamd
  }

  /** Starts the process (again). */
  async run() {
    this.launch('clamd', ['clamd', '--config-file', join(this.folder, 'clamd.conf')])
    await eventually(() => this.answers(), 30_000, 'clamd answers').catch(error => { throw new Error(`${error.message}: ${this.log()}`) })
  }

  answers = () => new Promise(resolve => {
    const client = connect(this.socket, () => client.write('zPING\0')).on('error', () => resolve(false)).on('close', () => resolve(false))
    client.on('data', answer => { resolve(String(answer) === 'PONG\0'); client.destroy() })
  })

  /** A hang, and its end. */
  pause = () => this.signal('SIGSTOP')
  goOn = () => this.signal('SIGCONT')
  /** A crash. */
  halt = () => this.end('SIGKILL')
}
