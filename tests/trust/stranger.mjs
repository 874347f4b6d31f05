// Another site: its pages, a bait that tells who called, and files as a plain server gives them.
import { createServer } from 'node:http'
import { polyglots } from './polyglots.mjs'

/** Stands at two names: `url` is another site than 127.0.0.1, `neighbour` another origin of the same site, to which cookies go. */
export class Stranger {
  /** Each call of the bait: `plain 03 page.html` is that file from here, opened in the way 03; `room …` is one that was in a room. */
  executed = new Set()
  pending = 0
  last = Date.now()

  static async start() {
    const stranger = new Stranger()
    stranger.server = createServer((request, response) => stranger.answer(request, response))
    await new Promise(resolve => stranger.server.listen(0, '127.0.0.1', resolve))
    const { port } = stranger.server.address()
    Object.assign(stranger, { url: `http://localhost:${port}`, neighbour: `http://127.0.0.1:${port}` })
    stranger.files = new Map(stranger.polyglots('plain').map(file => [file.name, file]))
    return stranger
  }

  /** The files whose calls are told as those of `source`. */
  polyglots = source => polyglots(name => `${this.url}/executed/${source}/00/${name}`)

  answer(request, response) {
    this.pending++
    response.on('close', () => { this.pending--; this.last = Date.now() })
    const { pathname, search } = new URL(request.url, this.url)
    const [, first, ...rest] = pathname.split('/')
    if (first === 'executed') this.executed.add(rest.join(' '))
    const file = first === 'files' ? this.files.get(rest[0]) : undefined
    if (file) return response.writeHead(200, file.type ? { 'Content-Type': file.type } : {}).end(inTheWay(file.body, search.slice(1)))
    if (first !== 'page') return response.writeHead(first === 'executed' ? 200 : 404, { 'Access-Control-Allow-Origin': '*' }).end()
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>elsewhere</title>')
  }

  stop() {
    this.server.closeAllConnections()
    return new Promise(resolve => this.server.close(resolve))
  }
}

/** A file whose call also tells in which way it was opened; no byte of it moves. */
function inTheWay(body, way) {
  const made = Buffer.from(body)
  for (let at; way.length === 2 && (at = made.indexOf('/plain/00/')) >= 0;) made.write(way, at + 7)
  return made
}
