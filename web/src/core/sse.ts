/** An event as the server sends it. `id` is empty where it has none: it is about now, and isn't replayed. */
export interface ServerEvent { name: string; id: string; data: string }

/**
 * Reads a stream of server-sent events to its end.
 *
 * chunks    the response's text as it comes
 * take      gets each event once it is whole
 * onBytes   called for every chunk, a heartbeat's too
 */
export async function readEvents(chunks: AsyncIterable<string>, take: (event: ServerEvent) => void, onBytes: () => void = () => undefined) {
  let rest = ''
  for await (const chunk of chunks) {
    onBytes()
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) {
      const event = eventOf(block)
      if (event) take(event)
    }
  }
}

function eventOf(block: string): ServerEvent | null {
  const event: ServerEvent = { name: '', id: '', data: '' }
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^(event|id|data): ?(.*)$/s.exec(line) ?? []
    if (field === 'event') event.name = value
    else if (field === 'id') event.id = value
    else if (field === 'data') event.data += (event.data && '\n') + value
  }
  return event.name ? event : null
}

/** A response's body as text. Safari's streams can't be iterated yet, so they are read by hand. */
export async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield decoder.decode(value, { stream: true })
  }
}
