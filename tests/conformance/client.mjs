// An HTTP/1.1 client that can do what a test must and a library won't: stop in the middle of a body, leave a request hanging, and
// hand over the informational responses as they came.
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'

const bodyOf = body => {
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (typeof body === 'string') return Buffer.from(body)
  return Buffer.alloc(body.bytes, body.fill ?? 'x')
}

/**
 * Sends one request of a case and resolves with {status, headers, text, interim} or, where the connection ended without an answer,
 * {cut: true, interim}. `step.stop_after`: sends so many bytes of the body and closes. `step.hold_after`: sends so many and keeps
 * the request open; resolves at once with {held, answer}, `answer` being the promise of what comes of it.
 */
export function send(url, step, patienceMs = 10_000) {
  const body = bodyOf(step.body)
  const headers = { ...step.headers }
  if (step.chunked) headers['Transfer-Encoding'] = 'chunked'
  else if (step.length ?? (body.length || !['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(step.method))) headers['Content-Length'] = String(step.length ?? body.length)
  const interim = []
  const client = (url.protocol === 'https:' ? secureRequest : request)(url, { method: step.method, headers, agent: false })
  const answer = new Promise((resolve, reject) => {
    const timer = setTimeout(() => { client.destroy(); reject(new Error(`no answer within ${patienceMs} ms`)) }, patienceMs)
    const finish = result => { clearTimeout(timer); resolve({ ...result, interim }) }
    client.on('information', info => interim.push({ status: info.statusCode, headers: info.headers }))
    client.on('continue', () => interim.push({ status: 100, headers: {} }))
    client.on('response', response => {
      const parts = []
      response.on('data', part => parts.push(part))
      response.on('end', () => { client.destroy(); finish({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }) })
      response.on('error', () => finish({ cut: true }))
    })
    client.on('error', () => finish({ cut: true }))
    client.on('close', () => finish({ cut: true }))
  })
  const part = step.stop_after ?? step.hold_after
  if (part === undefined) {
    // Who expects 100 waits for it, or the server needn't send one.
    if (step.headers?.Expect) {
      client.flushHeaders()
      client.once('continue', () => client.end(body))
    } else {
      client.end(body)
    }
    return answer
  }
  return new Promise((resolve, reject) => client.write(body.subarray(0, part), error => {
    if (error) return reject(error)
    if (step.hold_after !== undefined) return resolve({ held: client, answer })
    // The bytes must have left before the close, or a reset would overtake them.
    setTimeout(() => { client.destroy(); answer.then(resolve, reject) }, 150)
  }))
}
