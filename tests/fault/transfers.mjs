// Members' clients that never give up: what they were told must hold whatever happens to the server.
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import * as tus from 'tus-js-client'
import { sleep } from '../support/server.mjs'

/** xorshift: the same seed, the same run. */
export function randomFrom(seed) {
  let state = seed || 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Uploads with tus-js-client, which finds its way after every fault; checks that no told offset ever goes back. `options` are more of
    tus-js-client's, and `onResent` hears how many bytes it had sent behind each offset that it went on from. Returns the file's id.
    Answered a 503, tus-js-client would begin anew and say nothing, so once there is an upload it knows no place for another. */
export function upload(server, room, name, source, size, options = {}) {
  return new Promise((resolve, reject) => {
    let acknowledged = 0
    let sent = 0
    const client = new tus.Upload(source, {
      endpoint: `${server.url}/api/v1/rooms/${room.name}/files`, headers: room.bearer, metadata: { filename: name }, uploadSize: size,
      chunkSize: 1 << 20, retryDelays: Array(200).fill(100), onShouldRetry: () => true, ...options,
      onChunkComplete: (part, accepted) => {
        acknowledged = accepted
        options.onChunkComplete?.(part, accepted)
      },
      onProgress: bytes => { sent = Math.max(sent, bytes) },
      onAfterResponse: (request, response) => {
        if (request.getMethod() !== 'HEAD') return
        const [status, offset] = [response.getStatus(), response.getHeader('Upload-Offset')]
        if (status < 300) {
          options.onResent?.(Math.max(0, sent - Number(offset)))
          sent = Number(offset)
        }
        const isLost = status < 300 ? Number(offset) < acknowledged : acknowledged > 0 && status < 500 && ![423, 429].includes(status)
        if (isLost) reject(new Error(`${name}: told ${status}, offset ${offset}, after ${acknowledged} had been acknowledged at ${request.getURL()}: ${response.getBody()}`))
      },
      onUploadUrlAvailable: () => { client.options.endpoint = null },
      onError: reject,
      onSuccess: () => resolve(client.url.split('/').at(-1)),
    })
    client.start()
  })
}

/** Downloads by link, and after every break from where it stopped, guarded by the ETag. Ends early where `isWanted` says so. */
export async function download(server, room, { id, size }, into, isWanted = () => true) {
  let got = 0
  let etag = ''
  const file = createWriteStream(into)
  while (got < size && isWanted()) {
    try {
      const headers = { ...room.bearer, ...(got > 0 && { Range: `bytes=${got}-`, 'If-Range': etag }) }
      const response = await fetch(`${server.url}/api/v1/rooms/${room.name}/files/${id}/content`, { headers })
      if (response.status >= 500) throw new Error(`status ${response.status}`)
      // Who waited for the next server longer than a link lasts asks for another one.
      if (response.status === 403 && (await response.json()).code === 'link_expired') continue
      assert.equal(response.status, got > 0 ? 206 : 200)
      etag = response.headers.get('etag')
      for await (const part of response.body) {
        file.write(part)
        got += part.length
      }
    } catch (error) {
      if (error.code === 'ERR_ASSERTION' && isWanted()) throw error
      await sleep(50)
    }
  }
  await new Promise(resolve => file.end(resolve))
}
