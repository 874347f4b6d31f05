// Requests whose end proxy and server might see in two places, through each real proxy: whatever comes of them, nobody else's answer is changed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { test } from 'node:test'
import { names, through } from '../support/proxies.mjs'

const corpus = JSON.parse(readFileSync(new URL('../vectors/http/requests.json', import.meta.url), 'utf8'))
const hidden = 'GET /robots.txt HTTP/1.1\r\nHost: files.example\r\nX-Rest: '
const kQuiet = 150

/** One request in two readings: by its length it ends behind `hidden`, by its chunks before it, or the other way round. */
const withBoth = (name, lengthFields, codingFields, body) => ({
  name, bytes: `POST /api/v1/rooms HTTP/1.1\r\nHost: files.example\r\n${lengthFields}${codingFields}\r\n${body}`,
})
const codings = ['Transfer-Encoding: chunked', 'Transfer-Encoding : chunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity, chunked', 'Transfer-Encoding: CHUNKED',
  'Transfer-Encoding:\x0bchunked', 'Transfer-Encoding: "chunked"', 'Transfer-Encoding: chunked;q=1', 'Transfer_Encoding: chunked', 'X: y\nTransfer-Encoding: chunked', 'X: y\rTransfer-Encoding: chunked', ' Transfer-Encoding: chunked', 'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x', 'Transfer-Encoding: x\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: \x00chunked', 'Transfer-Encoding: chunked\x00', 'tRANSFER-ENCODING: chunked', 'Transfer-Encoding:', 'Transfer-Encoding: chunked\t']
const lengths = [`Content-Length: ${hidden.length + 5}`, 'Content-Length: 4', 'Content-Length: 0', 'Content-Length: +4', 'Content-Length: 4, 4', `Content-Length: 4\r\nContent-Length: ${hidden.length}`, 'Content-Length: 0x4', 'Content-Length: 4 4', `Content-Length : ${hidden.length}`]
const bodies = [`0\r\n\r\n${hidden}`, `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`]
const attacks = [
  ...codings.flatMap(coding => lengths.slice(0, 3).flatMap(length => bodies.map(body => withBoth(`${coding} | ${length}`, `${length}\r\n`, `${coding}\r\n`, body)))),
  ...lengths.flatMap(length => [...bodies, hidden].map(body => withBoth(length, `${length}\r\n`, '', body))),
  ...['Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA', 'Upgrade: websocket\r\nConnection: Upgrade', 'Connection: Content-Length', 'Expect: 100-continue', 'Expect: 100-Continue, x']
    .map(field => withBoth(field, `${field}\r\nContent-Length: ${hidden.length}\r\n`, '', hidden)),
  ...corpus.map(({ name, bytes }) => ({ name, bytes: bytes.replaceAll('Host: a\r\n', 'Host: files.example\r\n') + hidden })),
]

/** Sends bytes on a connection of its own; what comes back until it is quiet or closed. */
const throwAt = (proxy, bytes) => new Promise(resolve => {
  let text = ''
  const over = () => { socket.destroy(); resolve(text) }
  const socket = connect({ host: '127.0.0.1', port: proxy.port, servername: 'files.example', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => socket.write(Buffer.from(bytes, 'latin1')))
  socket.setTimeout(kQuiet, over).on('data', part => { text += part.toString('latin1') }).on('close', over).on('error', over)
})

for (const kind of names) {
  test(`${kind}: no request hides another one from it`, { timeout: 380_000 }, () => through(kind, {}, async proxy => {
    let refused = 0
    for (let i = 0; i < attacks.length; i += 4) {
      const some = attacks.slice(i, i + 4)
      const heard = await Promise.all(some.map(({ bytes }) => throwAt(proxy, bytes)))
      refused += heard.filter(text => /^HTTP\/1\.[01] (4|5)/.test(text)).length
      const others = await Promise.all([1, 2, 3, 4].map(() => proxy.ask('/healthz')))
      for (const { status, text } of others) assert.deepEqual([status, text], [200, '{"status":"ok"}'], some.map(({ name }) => name).join(' || '))
    }
    assert.ok(refused > attacks.length / 3, `${refused} of ${attacks.length} were refused`)
    console.log(`figure: ${kind}: ${attacks.length} requests, ${refused} refused, 0 answers changed`)
  }))
}
