// Stands between a browser and a server, alters nothing, and remembers what was asked and how it was answered. At `bare` it has a page of
// its own, which is one of the server's origin without any of its rules.
import { Agent, createServer, request } from 'node:http'

export class Recorder {
  /** `{ method, path, headers, status }` of each request, in the order of their answers' heads. */
  answers = []
  /** Requests without their whole answer, and when the last one got it. */
  pending = 0
  last = Date.now()

  static async before({ url }) {
    const recorder = new Recorder()
    recorder.behind = new URL(url)
    recorder.agent = new Agent({ keepAlive: true })
    recorder.server = createServer((asked, answer) => recorder.pass(asked, answer))
    await new Promise(resolve => recorder.server.listen(0, '127.0.0.1', resolve))
    recorder.port = recorder.server.address().port
    recorder.url = `http://127.0.0.1:${recorder.port}`
    recorder.bare = `${recorder.url}/-bare-`
    return recorder
  }

  pass(asked, answer) {
    const { method, url: path, headers } = asked
    if (this.bare.endsWith(path)) return answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>bare</title>')
    this.pending++
    const over = () => { this.pending--; this.last = Date.now() }
    answer.once('close', over)
    const onward = request({ host: this.behind.hostname, port: this.behind.port, agent: this.agent, method, path, headers: asked.rawHeaders }, got => {
      this.answers.push({ method, path, headers, status: got.statusCode })
      // A stream of events has no end.
      if (got.headers['content-type']?.startsWith('text/event-stream')) { answer.off('close', over); over() }
      answer.writeHead(got.statusCode, got.rawHeaders)
      got.on('error', () => answer.destroy()).pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.on('error', () => onward.destroy()).pipe(onward)
  }

  stop() {
    this.agent.destroy()
    this.server.closeAllConnections()
    return new Promise(resolve => this.server.close(resolve))
  }
}
