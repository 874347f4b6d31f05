// A thread full of clients that send too much, in every way there is.
import { connect } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** Attacks by one connection each: what is sent at once, and what again and again for as long as the other end takes it. */
const kib = 'x'.repeat(1024)
const { port, token, room, each, seconds, connectionsWanted } = workerData
const attacks = () => {
  const head = (line, fields = '') => `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${fields}`
  const chunked = head('PUT /flood/f', 'Transfer-Encoding: chunked\r\n\r\n')
  const json = size => head('POST /api/v1/rooms/flood/sessions', `Content-Length: ${size}\r\n\r\n`)
  return {
    'a field without end': [head('GET /', 'X: '), kib],
    'fields without end': [head('GET /'), 'A: b\r\n'.repeat(100)],
    'an address without end': ['GET /', kib],
    'a request line of blank lines': ['', '\r\n'.repeat(500)],
    'an extension of a chunk without end': [`${chunked}5;`, kib],
    'a chunk\'s size of zeros': [chunked, '0'.repeat(1024)],
    'trailers without end': [`${chunked}0\r\n`, 'A: b\r\n'.repeat(100)],
    'chunks of one byte': [chunked, '1\r\nx\r\n'.repeat(500)],
    'JSON as deep as it is long': [json(1e9), '{"a":'.repeat(200)],
    'JSON of one long text': [`${json(1e9)}{"password":"`, kib],
    'a form\'s head without end': [head(`POST /${room}/`, 'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000000\r\n\r\n--b\r\nX: '), kib],
    'a form of parts without end': [head(`POST /${room}/`, 'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000000\r\n\r\n'), '--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n'.repeat(20)],
    'requests whose answers nobody reads': ['', `${head('GET /flood/large')}\r\n`.repeat(5)],
    'pages whose answers nobody reads': ['', `${head('GET /', 'Accept: text/html\r\n')}\r\n`.repeat(10)],
    'events that nobody reads': [`${head(`GET /api/v1/rooms/${room}/events`)}\r\n`, ''],
    'ranges, many and small': ['', `${head('GET /flood/large', `Range: bytes=${Array.from({ length: 300 }, (_, i) => `${i * 2}-${i * 2}`)}\r\n`)}\r\n`],
    'a ZIP of a thousand ids': ['', `${head(`GET /api/v1/rooms/${room}/archive.zip?ids=${'0123abcd,'.repeat(500)}0123abcd`)}\r\n`],
    'cookies by the dozen': ['', `${head('GET /api/v1/rooms/flood', `Cookie: ${Array.from({ length: 150 }, (_, i) => `r_${i}=${'f'.repeat(64)}`).join('; ')}\r\n`)}\r\n`],
    'metadata by the kilobyte': ['', head(`POST /api/v1/rooms/${room}/files`, `Tus-Resumable: 1.0.0\r\nUpload-Length: 1\r\nUpload-Metadata: ${Array.from({ length: 500 }, (_, i) => `k${i} eHg=`)}\r\n\r\n`)],
  }
}

/** Sends until the peer closes, then comes again, until it is over. Answers are read only where that is the point. */
function attack([first, again], reads, i) {
  return new Promise(resolve => {
    const begin = () => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: `127.1.${i % 200}.1` })
      open.add(socket)
      // A write at a time: a peer that takes all of it at once would have this thread to itself.
      const push = () => { if (again && !isOver() && socket.writable && socket.write(again)) setImmediate(push) }
      socket.on('connect', () => { connections++; socket.write(first); push() }).on('drain', push)
      if (reads) socket.resume()
      else socket.pause()
      socket.on('error', () => {}).on('close', () => { open.delete(socket); sent += socket.bytesWritten; isOver() ? resolve() : setTimeout(begin, 20) })
    }
    begin()
  })
}

let [connections, sent] = [0, 0]
const open = new Set()
const [begun, kPatience] = [Date.now(), 60_000]
/** A busy machine takes longer to be flooded. */
function isOver() {
  const took = Date.now() - begun
  return took > seconds * 1_000 && (connections > connectionsWanted || took > seconds * 1_000 + kPatience)
}
const watch = setInterval(() => { if (isOver()) for (const socket of open) socket.destroy() }, 50)
const kinds = Object.entries(attacks())
await Promise.all(kinds.flatMap(([kind, bytes]) => Array.from({ length: each }, (_, i) => attack(bytes, !/nobody reads/.test(kind), i))))
clearInterval(watch)
parentPort.postMessage({ kinds: kinds.length, connections, sent })
