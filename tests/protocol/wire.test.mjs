// What holds for every request: TLS, proxies, other sites' pages, headers, framing, and what the log may say.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { binary, eventually, freePort, Server } from '../support/server.mjs'
import { tell } from '../trust/load.mjs'

const password = 'four short plain words'

/** Runs `work` with a server that has these settings. */
const withServer = (env, work) => Server.during(Server.start(env), work)

/** Bytes sent as they are; everything that comes until the peer closes (or `ms` later). */
const raw = (port, bytes, ms = 500) => new Promise(resolve => {
  let text = ''
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  socket.on('data', part => (text += part.toString('latin1')))
  socket.on('error', () => {})  // a reset is an answer too: what came before it counts
  socket.on('close', () => resolve(text))
  setTimeout(() => socket.destroy(), ms)
})

test('TLS: uploads, ranges, cookies bound to the host, and HSTS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleeting-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert, '-days', '1',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'], { stdio: 'ignore' })
  const port = await freePort()
  const ca = readFileSync(cert)
  const ask = (method, path, headers = {}, body = undefined) => new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, ca }, response => {
      const parts = []
      response.on('data', part => parts.push(part))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }))
    })
    asked.on('error', reject)
    asked.end(body)
  })
  const server = new Server()
  Object.assign(server, { port, folder, data: join(folder, 'data'), url: `https://127.0.0.1:${port}`, env: { FLEETING_TLS_CERTIFICATE: cert, FLEETING_TLS_KEY: key } })
  server.isReady = () => ask('GET', '/readyz').then(r => r.status === 200, () => false)
  await server.run()
  try {
    const made = await ask('POST', '/api/v1/rooms', {}, JSON.stringify({ name: 'safe', password }))
    assert.equal(made.status, 201)
    assert.match(made.headers['set-cookie'][0], /^__Host-Http-r_.*; Secure/)
    assert.match(made.headers['strict-transport-security'], /max-age/)
    const bearer = { Authorization: `Bearer ${JSON.parse(made.body).session.token}` }
    const data = Buffer.alloc(3_000_000, 'through TLS ')
    assert.equal((await ask('PUT', '/safe/f', { ...bearer, 'Content-Length': data.length }, data)).status, 201)
    assert.ok((await ask('GET', '/safe/f', bearer)).body.equals(data))
    const part = await ask('GET', '/safe/f', { ...bearer, Range: 'bytes=1000000-2999998' })
    assert.equal(part.status, 206)
    assert.ok(part.body.equals(data.subarray(1_000_000, 2_999_999)))
    // Who says goodbye as TLS does is seen to be gone, though nobody reads that any more; the next heartbeat would be 15 s away.
    const isHere = async () => JSON.parse((await ask('GET', '/api/v1/rooms/safe', bearer)).body).members[0].present
    const stream = connectTls({ host: '127.0.0.1', port, ca }, () => stream.write(`GET /api/v1/rooms/safe/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.Authorization}\r\n\r\n`)).on('error', () => {})
    await eventually(isHere, 5_000, 'the stream is there')
    stream.end()
    await eventually(async () => !(await isHere()), 8_000, 'the stream is gone')
    assert.ok((await raw(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).length < 100, 'plain HTTP gets nothing there')
  } finally {
    await server.kill('SIGTERM')
    rmSync(folder, { recursive: true })
  }
})

test('other sites\' pages can change nothing and load nothing private', () => withServer({}, async server => {
  const made = await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body: JSON.stringify({ name: 'site', password }) })
  const cookie = made.headers.get('set-cookie').split(';')[0]
  const status = async (method, headers) => Number((await raw(server.port, `${method} /api/v1/rooms/site HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n` +
    `Cookie: ${cookie}\r\nConnection: close\r\n${headers}\r\n`, 3000)).slice(9, 12))
  assert.equal(await status('DELETE', 'Sec-Fetch-Site: cross-site\r\n'), 403)
  assert.equal(await status('DELETE', 'Sec-Fetch-Site: same-site\r\n'), 403)
  assert.equal(await status('DELETE', 'Origin: https://evil.example\r\n'), 403)
  assert.equal(await status('DELETE', 'Origin: null\r\n'), 403)
  assert.equal(await status('DELETE', 'Sec-Fetch-Site: none\r\n'), 403)
  // A browser that was once given the password repeats it to us from whichever site it comes.
  const basic = `Authorization: Basic ${Buffer.from(`:${password}`).toString('base64')}\r\n`
  const put = headers => raw(server.port, `PUT /site/x HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\nContent-Length: 1\r\n${basic}${headers}\r\nx`, 3000)
  assert.match(await put('Sec-Fetch-Site: cross-site\r\n'), /^HTTP\/1\.1 403/)
  assert.match(await put('Origin: https://evil.example\r\n'), /^HTTP\/1\.1 403/)
  assert.match(await put(''), /^HTTP\/1\.1 201/, 'curl sends neither')
  assert.equal(await status('DELETE', ''), 403)
  assert.equal(await status('GET', 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: image\r\n'), 403)
  assert.equal(await status('GET', 'Sec-Fetch-Site: same-origin\r\n'), 200)
  assert.equal(await status('DELETE', `Origin: http://127.0.0.1:${server.port}\r\n`), 204)
}))

test('a trusted proxy is believed, anybody else isn\'t', async () => {
  const limits = { FLEETING_RATE_CREATE_HOUR: '1/1h' }
  const create = (server, from) => fetch(`${server.url}/api/v1/rooms`, { method: 'POST', headers: { 'X-Forwarded-For': from, 'X-Forwarded-Proto': 'https' } })
  await withServer({ ...limits, FLEETING_TRUSTED_PROXIES: '127.0.0.1' }, async server => {
    const made = await create(server, '9.9.9.9, 203.0.113.1')
    assert.equal(made.status, 201)
    assert.match(made.headers.get('set-cookie'), /Secure/)
    assert.equal((await create(server, '9.9.9.9, 203.0.113.2')).status, 201)
    assert.equal((await create(server, '8.8.8.8, 203.0.113.1')).status, 429)
  })
  await withServer(limits, async server => {
    const made = await create(server, '203.0.113.1')
    assert.doesNotMatch(made.headers.get('set-cookie'), /Secure/)
    assert.equal((await create(server, '203.0.113.2')).status, 429)
  })
})

test('under a base path everything is under it', () => withServer({ FLEETING_BASE_PATH: '/files' }, async server => {
  const made = await fetch(`${server.url}/files/api/v1/rooms`, { method: 'POST', body: JSON.stringify({ name: 'based', password }) })
  assert.equal(made.headers.get('location'), '/files/based/')
  assert.equal((await fetch(`${server.url}/api/v1/rooms`, { method: 'POST' })).status, 404)
  const page = await (await fetch(`${server.url}/files/`, { headers: { Accept: 'text/html' } })).text()
  assert.match(page, /\/files\/assets\//)
}))

test('only the names it was given are answered to, but for probes', () => withServer({ FLEETING_ALLOWED_HOSTS: 'files.example' }, async server => {
  const status = async (host, path = '/api/v1/limits') => (await raw(server.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 3000)).slice(9, 12)
  assert.equal(await status('files.example'), '200')
  assert.equal(await status('evil.example'), '400')
  for (const probe of ['/readyz', '/healthz']) assert.equal(await status('10.0.0.7', probe), '200', probe)
}))

test('refusals close or keep the connection as the bytes allow', () => withServer({ FLEETING_FILE_SIZE_LIMIT: '1MiB' }, async server => {
  const room = await server.room({ name: 'wire', password })
  const auth = `Host: x\r\nAuthorization: ${room.bearer.Authorization}\r\n`
  const two = await raw(server.port, `GET /api/v1/limits HTTP/1.1\r\n${auth}\r\nGET /healthz HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`, 3000)
  assert.equal(two.match(/HTTP\/1\.1 200/g).length, 2)
  const large = await raw(server.port, `PUT /wire/x HTTP/1.1\r\n${auth}Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n`, 3000)
  assert.match(large, /^HTTP\/1\.1 413/)
  assert.doesNotMatch(large, /100 Continue/)
  const asked = await raw(server.port, `PUT /wire/y HTTP/1.1\r\n${auth}Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nabc`, 3000)
  assert.match(asked, /HTTP\/1\.1 201/)
  for (const smuggled of ['Content-Length: 3\r\nTransfer-Encoding: chunked', 'Content-Length: 3\r\nContent-Length: 4', 'Content-Length: +3', 'Transfer-Encoding: chunked, identity'])
    assert.match(await raw(server.port, `PUT /wire/z HTTP/1.1\r\n${auth}${smuggled}\r\n\r\nabc`, 3000), /^HTTP\/1\.1 (400|501)/, smuggled)
}))

/** What a client gets that looks for an answer only once all of its `body` is sent. */
const sendFirst = (port, head, body) => new Promise((resolve, reject) => {
  const socket = connect(port, '127.0.0.1').pause()
  let answer = ''
  socket.on('data', part => { answer += part }).on('end', () => resolve(answer)).on('error', reject)
  socket.write(head)
  socket.write(body, () => socket.resume())
})

test('who sends a whole file before it looks for the answer reads why it was refused', () => withServer({}, async server => {
  for (const size of [1, 8]) {
    const answers = await Promise.all(Array.from({ length: 4 }, () =>
      sendFirst(server.port, `PUT /nowhere/x HTTP/1.1\r\nHost: x\r\nContent-Length: ${size << 20}\r\n\r\n`, Buffer.alloc(size << 20))))
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 401[^]*"code":"no_session"/, `${size} MiB`)
  }
}))

test('what is refused before it is routed names what is wrong, and carries the same headers', () => withServer({}, async server => {
  const { bearer } = await server.room({ name: 'odd', password })
  const ask = (line, fields = '') => raw(server.port, `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.Authorization}\r\nConnection: close\r\n${fields}\r\n`, 3000)
  const cases = [['PUT /odd/a%00b', '', 'path'], ['PUT /odd/a%FFb', '', 'path'], ['PUT /odd/%zz', '', 'path'], ['GET /odd/?x=%zz', '', 'query'], ['GET /odd/#x', '', 'path'],
    ['PUT /odd/a', 'Content-Length: -1\r\n', 'Content-Length'], ['PUT /odd/a', 'Content-Length: 99999999999999999999\r\n', 'Content-Length'],
    ['PUT /odd/a', 'Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding'], ['GET /', 'Host: y\r\n', 'Host']]
  for (const [line, fields, field] of cases) {
    const answer = await ask(line, fields)
    assert.match(answer, /^HTTP\/1\.1 400/, line)
    const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
    assert.deepEqual([problem.code, problem.field], ['invalid_request', field], `${line} ${fields}`)
    for (const header of [/\r\nX-Content-Type-Options: nosniff\r\n/, /\r\nContent-Security-Policy: default-src 'none'/, /\r\nCache-Control: no-store\r\n/])
      assert.match(answer, header, `${line} ${fields}`)
  }
  assert.match(await ask('BREW /'), /^HTTP\/1\.1 501[^]*nosniff[^]*not_implemented/)
}))

test('the page at / for a program says the commands as they work', () => withServer({}, async server => {
  const home = async (host, fields = '') => raw(server.port, `GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}Connection: close\r\n\r\n`, 3000)
  assert.match(await home('files.example:8080'), /curl -X POST http:\/\/files\.example:8080\/api\/v1\/rooms\n/)
  for (const host of ['a;rm', '$(id)', "a'b", 'a|b', '`id`']) {
    const text = await home(host)
    assert.match(text, /^HTTP\/1\.1 200/, host)
    assert.equal(text.includes(host), false, host)
    assert.match(text, /THIS_ADDRESS/)
  }
  assert.match(await home('x', 'Accept: text/html\r\n'), /\r\nOrigin-Agent-Cluster: \?1\r\n/)
}))

test('every answer carries the headers that keep pages apart', () => withServer({}, async server => {
  for (const path of ['/', '/api/v1/limits', '/nothing/here', '/d/0', '/healthz']) {
    const { headers } = await fetch(server.url + path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
    assert.match(headers.get('content-security-policy'), /default-src/, path)
    assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'|sandbox/, path)
  }
}))

for (const format of ['json', 'human']) {
  const settings = { FLEETING_LOG_LEVEL: 'debug', FLEETING_LOG_FORMAT: format, FLEETING_TRUSTED_PROXIES: '127.0.0.1', FLEETING_RATE_JOIN_NETWORK: '2/60s' }
  test(`the log (${format}) tells no password, token, file name or whole address`, () => withServer(settings, async server => {
    const from = { 'X-Forwarded-For': '203.0.113.77' }
    const room = await server.room({ name: 'quiet', password, nickname: 'Ada-Lovelace' })
    await fetch(`${server.url}/quiet/secret-name.txt`, { method: 'PUT', body: 'x', headers: { ...from, ...room.bearer } })
    const { files } = await (await fetch(`${server.url}/api/v1/rooms/quiet`, { headers: room.bearer })).json()
    const led = await fetch(`${server.url}/api/v1/rooms/quiet/files/${files[0].id}/content`, { headers: room.bearer, redirect: 'manual' })
    const link = led.headers.get('location')
    assert.equal((await fetch(server.url + link, { headers: room.bearer })).status, 200)
    assert.equal((await fetch(server.url + link, { headers: from })).status, 403)
    const signature = new URL(link, server.url).searchParams.get('s')
    const wrong = { ...from, Authorization: `Basic ${Buffer.from(`:${password}x`).toString('base64')}` }
    const guess = () => fetch(`${server.url}/quiet/secret-name.txt?q=secret-name`, { headers: wrong })
    assert.deepEqual([(await guess()).status, (await guess()).status, (await guess()).status], [401, 401, 429])
    await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', headers: from, body: '{"name": "secret-name \u0000' })
    await fetch(`${server.url}/%00secret-name`, { headers: from })
    await raw(server.port, 'PUT /quiet/secret-name HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.77\r\nContent-Length: -1\r\n\r\n', 3000)
    await new Promise(resolve => {
      const gone = connect(server.port, '127.0.0.1', () => gone.write(`PUT /quiet/secret-name HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.77\r\n` +
        `Authorization: ${room.bearer.Authorization}\r\nContent-Length: 9\r\n\r\nhalf`, () => gone.destroy()))
      gone.on('close', resolve)
    })
    await eventually(() => server.log.includes('request_refused') && server.log.includes('refused'), 3_000, 'the refusals are logged')
    await server.kill('SIGTERM')
    const token = room.bearer.Authorization.slice(7)
    const secrets = [password, token, 'secret-name', '203.0.113.77', 'quiet', 'Ada-Lovelace', signature]
    for (const secret of secrets) assert.equal(server.log.includes(secret), false, secret)
    tell(`the log (${format}) at its most talkative`, `${server.log.trim().split('\n').length} lines, 0 of ${secrets.length} secrets`)
    if (format === 'json') for (const line of server.log.trim().split('\n')) JSON.parse(line)
  }))
}

test('metrics have a listener of their own', async () => {
  const port = await freePort()
  await withServer({ FLEETING_METRICS_LISTEN: `127.0.0.1:${port}` }, async server => {
    const room = await server.room({ ttl_seconds: 1 })
    assert.equal((await fetch(`${server.url}/metrics`)).status, 404)
    const text = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    await eventually(async () => /erase_lateness_seconds_count [1-9]/.test(await text()), 5_000, 'a room is erased')
    assert.doesNotMatch(await text(), new RegExp(room.name))
  })
})

test('a setting that is unknown or wrong stops the start, with key, value and range', () => {
  const start = (args, env = {}) => {
    try {
      execFileSync(binary, ['serve', ...args], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe', timeout: 10_000 })
    } catch (error) {
      return { code: error.status, text: error.stderr.toString() }
    }
  }
  const { code, text } = start([], { FLEETING_ROOM_TTL: 'soon' })
  assert.equal(code, 2)
  assert.match(text, /room-ttl|FLEETING_ROOM_TTL/i)
  assert.match(text, /soon/)
  assert.equal(start([], { FLEETING_ROM_TTL: '30min' }).code, 2)
  assert.equal(start(['--no-such-flag']).code, 2)
})
