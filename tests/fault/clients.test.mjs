// tus-js-client, unchanged, in every mode it has, over a network that cuts its connections.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import * as tus from 'tus-js-client'
import { eventually, Server } from '../support/server.mjs'

let server, room, proxy, cuts
let untilCut = 700_000
before(async () => {
  server = await Server.start()
  room = await server.room()
  proxy = createServer(client => {
    const upstream = connect(server.port, '127.0.0.1')
    client.on('data', part => {
      upstream.write(part)
      // Now and then a connection ends in the middle of what it carries.
      untilCut -= part.length
      if (untilCut > 0 || cuts === 0) return
      --cuts
      untilCut = 500_000 + Math.random() * 1_000_000
      client.destroy()
      upstream.destroy()
    })
    upstream.on('data', part => client.write(part))
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})
after(async () => { proxy.close(); await server.stop() })

const modes = {
  'one request': {},
  'chunks of 1 MiB': { chunkSize: 1 << 20 },
  'data during creation': { uploadDataDuringCreation: true },
  'four parallel parts': { parallelUploads: 4 },
  'a stream of unknown length': { uploadLengthDeferred: true, chunkSize: 1 << 20 },
  'interop version 5 of the draft': { protocol: 'ietf-draft-03' },
  'interop version 6 of the draft': { protocol: 'ietf-draft-05' },
  'interop version 6 of the draft, in chunks': { protocol: 'ietf-draft-05', chunkSize: 1 << 20 },
  'interop version 6 of the draft, data during creation': { protocol: 'ietf-draft-05', uploadDataDuringCreation: true },
}
for (const [mode, options] of Object.entries(modes))
  test(`${mode}: what arrives is what was sent`, async () => {
    const data = randomBytes(8_000_000)
    cuts = options.uploadLengthDeferred ? 0 : 3  // a stream can't be read twice
    const wanted = createHash('sha256').update(data).digest('hex')
    await new Promise((resolve, reject) => {
      const source = options.uploadLengthDeferred ? Readable.from([data.subarray(0, 3_000_000), data.subarray(3_000_000)]) : data
      const endpoint = `http://127.0.0.1:${proxy.address().port}/api/v1/rooms/${room.name}/files`
      new tus.Upload(source, { endpoint, headers: room.bearer, metadata: { filename: `${mode}.bin`, sha256: wanted }, retryDelays: [20, 50, 100, 200, 400, 800], onSuccess: resolve, onError: reject, ...options }).start()
    })
    const files = async () => (await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files
    const file = await eventually(async () => (await files()).find(one => one.state === 'complete' && one.sha256 === wanted), 5_000, 'the file')
    const back = Buffer.from(await (await fetch(`${server.url}/${room.name}/${encodeURIComponent(file.name)}`, { headers: room.bearer })).arrayBuffer())
    assert.ok(back.equals(data))
    assert.equal(cuts, 0, 'the network did cut')
  })
