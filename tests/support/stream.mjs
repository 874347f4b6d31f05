// What a page hears.
import { eventually } from './server.mjs'

/** An open event stream: `events` fills as they come. */
export class Stream {
  constructor(server, room, headers = {}) {
    this.events = []
    this.stopper = new AbortController()
    this.over = this.run(server, room, headers).catch(error => { if (error.name !== 'AbortError') this.error = error })
  }
  async run(server, room, headers) {
    const response = await fetch(`${server.url}/api/v1/rooms/${room.name}/events`, { headers: { ...room.bearer, ...headers }, signal: this.stopper.signal })
    this.status = response.status
    if (!response.ok) return
    let text = ''
    for await (const part of response.body) {
      text += Buffer.from(part).toString()
      const blocks = text.split('\n\n')
      text = blocks.pop()
      for (const block of blocks) this.take(block)
    }
  }
  take(block) {
    const fields = Object.fromEntries(block.split('\n').map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
    if (fields.event) this.events.push({ at: Date.now(), name: fields.event, id: fields.id, data: JSON.parse(fields.data) })
  }
  find = (name, matches = () => true) => this.events.find(e => e.name === name && matches(e.data))
  wait = (name, matches) => eventually(() => this.find(name, matches), 3_000, `${name} comes; there were ${this.events.map(e => e.name)}`)
  async close() { this.stopper.abort(); await this.over }
}
