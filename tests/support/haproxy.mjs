// HAProxy in front of several servers, as deploy/haproxy.cfg has it but quicker to notice that one is gone.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'
import { Engine } from './engine.mjs'
import { eventually, freePort } from './server.mjs'

const configuration = (folder, port, backends) => `
global
  stats socket ${folder}/admin.sock mode 600 level admin
  maxconn 4000
defaults
  mode http
  timeout connect 500ms
  timeout client 5m
  timeout server 5m
  timeout http-request 10s
  # Longer than a check's turn: on a machine that is busy with tests a node that is slow for 200 ms isn't gone, and keeps its requests.
  timeout check 1s
  option forwardfor
  # Who has gone away is told to the node: a closed page leaves its room at once.
  option abortonclose
  option redispatch 1
  retries 3
  # What a node may have begun is begun again only where that changes nothing.
  retry-on conn-failure empty-response
frontend members
  bind 127.0.0.1:${port}
  default_backend nodes
backend nodes
  # One request here, the next there: no node holds what another lacks.
  balance roundrobin
  http-request disable-l7-retry if !METH_GET
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host nodes
  default-server check inter 200ms fall 2 rise 1 on-marked-down shutdown-sessions observe layer4 error-limit 1 on-error mark-down
${backends.map((backend, i) => `  server node${i + 1} 127.0.0.1:${backend}\n`).join('')}`

export class Haproxy extends Engine {
  /** Before servers on these ports. */
  static async start(backends, port) {
    const haproxy = new Haproxy()
    haproxy.makeFolder('haproxy')
    haproxy.port = port ?? await freePort()
    haproxy.url = `http://127.0.0.1:${haproxy.port}`
    writeFileSync(join(haproxy.folder, 'haproxy.cfg'), configuration(haproxy.folder, haproxy.port, backends))
    haproxy.launch('haproxy', ['haproxy', '-f', 'haproxy.cfg', '-db'])
    const answers = () => fetch(`${haproxy.url}/readyz`).then(r => r.ok, () => false)
    await eventually(answers, 10_000, 'HAProxy answers').catch(error => { throw new Error(`${error.message}: ${haproxy.log()}`) })
    return haproxy
  }

  /** Says a command to its admin socket; returns the answer. */
  ask(command) {
    return new Promise((resolve, reject) => {
      let answer = ''
      connect(join(this.folder, 'admin.sock'), function () { this.write(`${command}\n`) })
        .on('data', part => (answer += part)).on('end', () => resolve(answer)).on('error', reject)
    })
  }
  /** No new request goes to that node ('drain'), or they do again ('ready'). */
  setState = (node, state) => this.ask(`set server nodes/node${node + 1} state ${state}`)
}
