// A thread full of clients that hold what they have: heads that never end, bodies that drip, answers that nobody reads.
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

const { port, token, room, file, heads, bodies, readers, seconds } = workerData
const auth = `Host: x\r\nAuthorization: Bearer ${token}\r\n`
const closed = { heads: [], bodies: [], readers: [] }
const open = new Set()

function hold(kind, i, first, drip) {
  let begun = Date.now()
  // So many from one address would be one address's; the loopback network has more.
  const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.${1 + i % 200}.1` })
  open.add(socket)
  socket.on('connect', () => { begun = Date.now(); socket.write(first) })
  if (kind === 'readers') socket.pause()
  const timer = drip && setInterval(() => socket.write(drip), 1_000)
  socket.on('error', () => {}).on('close', () => { open.delete(socket); clearInterval(timer); closed[kind].push(Date.now() - begun) })
  if (kind !== 'readers') socket.resume()
}
for (let i = 0; i < heads; i++) hold('heads', i, `GET /healthz HTTP/1.1\r\n${auth}X-Slow: `, 'a')
for (let i = 0; i < bodies; i++) hold('bodies', i, `PUT /${room}/slow-${i} HTTP/1.1\r\n${auth}Content-Length: 1000000\r\n\r\nx`, 'x')
for (let i = 0; i < readers; i++) hold('readers', i, `GET /${room}/${file} HTTP/1.1\r\n${auth}\r\n`)

setTimeout(() => {
  // Who doesn't read doesn't see the end either: its socket says it when it looks.
  for (const socket of open) socket.resume()
  setTimeout(() => {
    const left = open.size
    for (const socket of open) socket.destroy()
    parentPort.postMessage({ left, slowest: { heads: Math.max(0, ...closed.heads), bodies: Math.max(0, ...closed.bodies) }, counts: { heads: closed.heads.length, bodies: closed.bodies.length, readers: closed.readers.length } })
    parentPort.close()
  }, 1_500)
}, seconds * 1_000)
