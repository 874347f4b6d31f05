// Stands between a node and what it needs, and is as bad a network, or as bad a server, as a test asks for.
import { connect, createServer } from 'node:net'
import { sleep } from './server.mjs'

/** Bytes of one direction that may wait here; above it the sender waits. */
const kMostHeld = 1 << 20

/** One direction of a connection: what comes from `from` goes to `to`, when the proxy lets it. */
class Flow {
  constructor(proxy, from, to) {
    Object.assign(this, { proxy, from, to, held: [], heldBytes: 0, isRunning: false })
    from.on('data', chunk => this.take(chunk))
    from.on('end', () => this.take(null))
  }
  take(chunk) {
    this.held.push({ chunk, due: Date.now() + this.proxy.faults.delay })
    this.heldBytes += chunk?.length ?? 0
    if (this.heldBytes > kMostHeld) this.from.pause()
    this.run()
  }
  async run() {
    if (this.isRunning) return
    this.isRunning = true
    while (this.held.length > 0) {
      const { chunk, due } = this.held[0]
      if (due > Date.now()) await sleep(due - Date.now())
      await this.proxy.passable()
      this.held.shift()
      if (chunk === null) this.to.end()
      else await this.pass(chunk)
    }
    this.isRunning = false
  }
  async pass(chunk) {
    const { rate } = this.proxy.faults
    // A twentieth of a second's worth at a time, so that a throttled stream flows.
    const step = Math.max(1, Math.min(chunk.length, Math.floor(rate / 20)))
    for (let at = 0; at < chunk.length; at += step) {
      const part = chunk.subarray(at, at + step)
      if (!this.to.destroyed) this.to.write(part)
      if (rate !== Infinity) await sleep((part.length * 1000) / rate)
      this.proxy.count(part.length)
    }
    this.heldBytes -= chunk.length
    if (this.heldBytes <= kMostHeld) this.from.resume()
  }
}

export class FaultProxy {
  /** Before `target`: {port} or {path}, as net.connect takes it. Faultless until told otherwise. */
  static async before(target) {
    const proxy = new FaultProxy()
    Object.assign(proxy, { target, pairs: new Set(), passed: 0, connections: 0 })
    proxy.heal()
    proxy.server = createServer({ allowHalfOpen: true }, socket => proxy.accept(socket))
    await new Promise(resolve => proxy.server.listen(0, '127.0.0.1', resolve))
    proxy.port = proxy.server.address().port
    return proxy
  }

  /** Each byte comes so much later. */
  delay(ms) { this.faults.delay = ms }
  /** No more a second, for each direction of each connection. */
  throttle(bytesPerSecond) { this.faults.rate = bytesPerSecond }
  /** Takes everything and passes nothing on, until `heal`. */
  stall() { this.faults.gate ??= withResolvers() }
  /** Each new connection is reset. */
  refuse() { this.faults.refuses = true }
  /** Each new connection's request is answered by this status, and never reaches the target. */
  answer(status) { this.faults.status = status }
  /** Resets everything once so many more bytes have passed. */
  resetAfter(bytes) { this.faults.resetAt = this.passed + bytes }
  /** Ends every connection in good order. */
  cut() { for (const pair of this.pairs) for (const socket of pair) socket.end() }
  /** Breaks every connection. */
  reset() { for (const pair of this.pairs) for (const socket of pair) breakOff(socket) }
  /** No fault from here on. */
  heal() {
    this.faults?.gate?.resolve()
    this.faults = { delay: 0, rate: Infinity, gate: undefined, refuses: false, status: undefined, resetAt: Infinity }
  }

  async close() {
    this.heal()
    this.server.close()
    this.reset()
  }

  passable = () => this.faults.gate?.promise
  count(bytes) {
    this.passed += bytes
    if (this.passed < this.faults.resetAt) return
    this.faults.resetAt = Infinity
    this.reset()
  }

  accept(socket) {
    ++this.connections
    socket.on('error', () => {})
    if (this.faults.refuses) return void breakOff(socket)
    if (this.faults.status) return void refuseByHttp(socket, this.faults.status)
    const beyond = connect({ ...this.target, allowHalfOpen: true })
    beyond.isLocal = Boolean(this.target.path)
    const pair = [socket, beyond]
    this.pairs.add(pair)
    for (const [one, other] of [pair, [beyond, socket]]) {
      one.setNoDelay(true)
      one.on('error', () => breakOff(other))
      one.on('close', () => this.pairs.delete(pair))
      new Flow(this, one, other)
    }
  }
}

/** A promise that is kept from outside: Promise.withResolvers, which comes with Node 22. */
function withResolvers() {
  const made = {}
  made.promise = new Promise(resolve => (made.resolve = resolve))
  return made
}

/** By a reset where the connection has such a thing. While its end is on the way Node can't, and would keep the socket for ever. */
function breakOff(socket) {
  if (socket.isBroken) return
  socket.isBroken = true
  if (socket.isLocal || (socket.writableEnded && !socket.writableFinished)) socket.destroy()
  else socket.resetAndDestroy()
}

/** Answers the request when its head is there, as a server in trouble does, and reads what still comes. */
function refuseByHttp(socket, status) {
  let head = ''
  socket.on('data', chunk => {
    if (head.includes('\r\n\r\n')) return
    head += chunk.toString('latin1')
    if (head.includes('\r\n\r\n')) socket.end(`HTTP/1.1 ${status} Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  })
  socket.on('end', () => socket.end())
}
