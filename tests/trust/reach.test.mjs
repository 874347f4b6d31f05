// Under strace: whatever is asked, and however it is spelled, the server opens nothing outside its folder and calls nobody.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join as joinPath } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, generous, Server } from '../support/server.mjs'
import { ask, credentials, join, open } from './ask.mjs'
import { isNightly, tell } from './load.mjs'
import { rows } from './routes.mjs'

const kSpellings = isNightly ? 1 : 10  // each n-th a route
const dots = ['..', '%2e%2e', '.%2e', '%252e%252e', '..%00', '..;', '%c0%ae%c0%ae', '%ef%bc%8e%ef%bc%8e', '....//', '.']
const slashes = ['/', '%2f', '%252f', '\\', '%5c', '%c0%af', '%ef%bc%8f', '//']
const spellings = dots.flatMap(dot => slashes.flatMap(slash => [1, 3, 8].flatMap(depth => ['etc/passwd', 'proc/self/environ']
  .map(file => `${(dot + slash).repeat(depth)}${file.replaceAll('/', slash)}`))))

let server, ours, trace, bait, member
const caught = []
before(async () => {
  bait = createServer(socket => { caught.push(socket.remotePort); socket.destroy() })
  await new Promise(resolve => bait.listen(0, '127.0.0.1', resolve))
  server = await Server.prepared({ ...generous, FLEETING_PASSWORD_MEMORY: '8MiB' })
  trace = joinPath(server.folder, 'trace')
  server.inside = ['strace', '-D', '-f', '-qq', '-y', '-s', '4096', '-o', trace, '-e', 'trace=open,openat,openat2,creat,connect,socket']
  await server.run()
  ours = readFileSync(trace, 'utf8').length
  await open(server, 'lab')
  member = await join(server, 'lab', 'tom')
})
after(async () => {
  await server.stop()
  bait.close()
})

/** What it did since it was ready. */
const deeds = () => (existsSync(trace) ? readFileSync(trace, 'utf8').slice(ours).split('\n') : [])
const opened = () => deeds().filter(line => /\bopen(at2?)?\(|\bcreat\(/.test(line))

/** The route with its n-th parameter in each spelling, by somebody who is in. */
function* mischief() {
  for (const [at, { route }] of rows.entries()) {
    const [method, path] = route.split(' ')
    const parts = path.split('/').flatMap((part, index) => (part.startsWith('{') ? [index] : []))
    for (const index of parts)
      for (let i = at % kSpellings; i < spellings.length; i += kSpellings)
        yield { method, path: path.split('/').map((part, other) => (other === index ? spellings[i] : part.startsWith('{room') ? member.name : part.startsWith('{') ? 'x' : part)).join('/') }
  }
}

test('no spelling of a path opens anything outside the folder', { timeout: 1_200_000 }, async () => {
  let asked = 0
  const statuses = new Set()
  for (const { method, path } of mischief()) {
    const answer = await ask(server, method, path, { headers: credentials.bearer(member) })
    assert.doesNotMatch(String(answer.bytes), /root:x:0|PATH=/, path)
    statuses.add(answer.status)
    asked++
  }
  assert.ok(asked > 1000 && !statuses.has(500), `${asked}: ${[...statuses]}`)
  assert.equal((await ask(server, 'PUT', `/${member.name}/control`, { headers: credentials.bearer(member), body: 'x' })).status, 201)
  await eventually(() => opened().some(line => line.includes(`${server.data}/blobs`)), 5_000, 'the trace shows what is opened')
  const outside = opened().filter(line => !line.includes(server.data))
  assert.deepEqual(outside, [])
  tell('spellings of a path', `${asked} requests, ${opened().length} times something was opened`)
})

test('no address that a client names is called', async () => {
  const url = `http://127.0.0.1:${bait.address().port}/x`
  const encoded = Buffer.from(url).toString('base64')
  const headers = {
    'Upload-Metadata': `filename ${encoded},url ${encoded}`, 'Upload-Concat': `final;${url}`, 'Upload-Length': '4', Location: url, Referer: url, Forwarded: `for=127.0.0.1;host=${url}`,
    'X-Forwarded-Host': `127.0.0.1:${bait.address().port}`, 'X-Forwarded-For': '127.0.0.1', 'X-Original-URL': url, 'X-Rewrite-URL': url, Destination: url, 'Content-Location': url, Link: `<${url}>`,
  }
  const bodies = [undefined, JSON.stringify({ name: url, url, callback: url, password: url, webhook: url }), `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "${url}">]><a>&b;</a>`]
  for (const row of rows) {
    const [method, path] = row.route.split(' ')
    const at = path.replace('{room}', member.name).replaceAll(/\{\w+\}/g, encodeURIComponent(url))
    for (const body of bodies) await ask(server, method, at, { headers: { ...credentials.bearer(member), 'Tus-Resumable': '1.0.0', ...headers }, body: ['GET', 'HEAD'].includes(method) ? undefined : body })
    await ask(server, method, `${at}?url=${encodeURIComponent(url)}&ids=${encodeURIComponent(url)}`, { headers: credentials.bearer(member) })
    // An address as a proxy is asked for it.
    if (method === 'GET') await ask(server, method, url, { headers: credentials.bearer(member) })
  }
  assert.deepEqual(caught, [])
  assert.deepEqual(deeds().filter(line => /\b(connect|socket)\(/.test(line)), [])
})
