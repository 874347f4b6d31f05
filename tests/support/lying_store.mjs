// Before an S3 store: answers some requests with 500, forgets to answer others that it did, stalls, cuts bodies short, tells wrong ETags.
import { createServer, request } from 'node:http'
import { sleep } from './server.mjs'

const kStall = 5_000  // ms

/** Each fault by its share of requests; what a share of zero says never happens. */
export class LyingStore {
  shares = {}
  counts = {}

  /** Before the store at `port`; `random(below)` decides. */
  static async before({ port }, random) {
    const lying = Object.assign(new LyingStore(), { target: port, random })
    lying.server = createServer((asked, answer) => lying.pass(asked, answer).catch(() => answer.destroy()))
    await new Promise(resolve => lying.server.listen(0, '127.0.0.1', resolve))
    lying.port = lying.server.address().port
    return lying
  }
  close() { this.server.closeAllConnections(); this.server.close() }

  /** The fault of this request, if any. */
  pick() {
    let dice = this.random(10_000) / 10_000
    for (const [fault, share] of Object.entries(this.shares)) {
      if ((dice -= share) >= 0) continue
      this.counts[fault] = (this.counts[fault] ?? 0) + 1
      return fault
    }
  }

  async pass(asked, answer) {
    const fault = this.pick()
    if (fault === 'stalls') await sleep(kStall)
    if (fault === '500') {
      asked.resume()
      answer.writeHead(500, { 'Content-Type': 'application/xml', Connection: 'close' }).end('<Error><Code>InternalError</Code></Error>')
      return
    }
    const headers = Object.fromEntries(asked.rawHeaders.flatMap((name, i) => (i % 2 ? [] : [[name, asked.rawHeaders[i + 1]]])))
    const told = await new Promise((resolve, reject) => {
      const onward = request({ host: '127.0.0.1', port: this.target, method: asked.method, path: asked.url, headers, agent: false }).on('response', resolve).on('error', reject)
      // Who gave up in the middle leaves no request behind that waits for the rest.
      asked.on('close', () => { if (!asked.complete) onward.destroy() }).pipe(onward)
    })
    const parts = []
    for await (const part of told) parts.push(part)
    if (fault === 'forgets') return answer.destroy()
    const fields = { ...told.headers }
    const body = Buffer.concat(parts)
    if (fault === 'wrong ETag' && fields.etag) fields.etag = `"${'0'.repeat(32)}"`
    answer.writeHead(told.statusCode, fields)
    if (fault !== 'cut short' || body.length < 2) return answer.end(body)
    answer.write(body.subarray(0, body.length >> 1), () => answer.destroy())
  }
}
