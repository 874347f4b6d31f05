// `fleeting doctor` through the real proxies of deploy/: nothing to mend behind any of the samples, and one line for each thing that an
// operator may leave out of one.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { names, through, trusting } from '../support/proxies.mjs'
import { binary, freePort, makeFolder, Server } from '../support/server.mjs'

const settings = { ...trusting, FLEETING_ALLOWED_HOSTS: '' }

/** What it prints, as { well: { names: text }, note: …, mend: … }, and whether it was content. */
async function diagnose(server, url, options = [], env = {}) {
  const { PATH } = process.env
  const told = await promisify(execFile)(binary, ['doctor', ...options, url], { cwd: server.folder, env: { PATH, FLEETING_LISTEN: `127.0.0.1:${server.port}`, FLEETING_DATA_DIR: server.data, ...server.env, ...env } }).catch(error => error)
  const found = { status: told.code ?? 0, well: {}, note: {}, mend: {}, text: told.stdout + told.stderr }
  for (const [, how, what, text] of told.stdout.matchAll(/^(well|note|mend) {2}(\w+): (.+)$/gm)) found[how][what] = text
  return found
}

/** Any name is allowed, unless `env` says which. */
function behind(kind, { spoil = [], env = {}, under = false, certified = true }, work) {
  return through(kind, { spoil, under, env: { FLEETING_ALLOWED_HOSTS: '', ...env } }, async (proxy, server) =>
    work(await diagnose(server, proxy.url(''), ['--connect-to', '127.0.0.1', ...(certified ? ['--ca-file', join(proxy.folder, 'fullchain.pem')] : [])]), server))
}

const seen = ['certificate', 'headers', 'host', 'scheme', 'address', 'room', 'names', 'events', 'uploads']

for (const kind of names)
  test(`${kind}: there is nothing to mend behind the sample, and nothing is left`, () => behind(kind, {}, async (found, server) => {
  assert.deepEqual([found.mend, found.status], [{}, 0], found.text)
  for (const what of seen) assert.ok(found.well[what], `${what}: ${found.text}`)
  assert.match(found.well.uploads, /up to 5120 MiB/)
  assert.equal(server.sql('SELECT count(*) FROM room').trim(), '0')
}))

test('under a path', () => behind('caddy', { under: true }, async found => {
  assert.deepEqual(found.mend, {}, found.text)
  assert.ok(found.well.uploads, found.text)
}))

const mistakes = [
  ['requests are buffered', [['proxy_request_buffering off;', '']], 'uploads', /proxy_request_buffering off/],
  ["nginx's own limit of bodies", [['client_max_body_size 0;', '']], 'uploads', /refuses a file of 5120 MiB \(413 by nginx.*client_max_body_size 0/],
  ['PATCH is refused', [['proxy_pass http://fleeting;', 'proxy_pass http://fleeting; limit_except GET POST PUT DELETE { deny all; }']], 'uploads', /403 by nginx.*pass PATCH/],
  ['the path is decoded', [['proxy_pass http://fleeting;', 'proxy_pass http://fleeting$uri;']], 'names', /undecoded/],
  ['no address is told', [['proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;', 'proxy_set_header X-Forwarded-For "";']], 'address', /taken for 127\.0\.0\.1, the proxy.*X-Forwarded-For/],
  ['any address is believed', [['$proxy_add_x_forwarded_for', '$http_x_forwarded_for']], 'address', /whoever writes X-Forwarded-For is believed/],
  ['the scheme is not told', [['proxy_set_header X-Forwarded-Proto $scheme;', '']], 'scheme', /plain HTTP.*X-Forwarded-Proto/],
  ['the name is not told', [['proxy_set_header Host $http_host;', '']], 'host', /is told fleeting in place of files\.example.*proxy_set_header Host/],
  ['a header is added', [['client_max_body_size 0;', 'client_max_body_size 0; add_header X-Frame-Options SAMEORIGIN;']], 'headers', /X-Frame-Options is "DENY, SAMEORIGIN".*add_header/],
  ['a header is taken', [['client_max_body_size 0;', 'client_max_body_size 0; proxy_hide_header Content-Security-Policy;']], 'headers', /Content-Security-Policy is missing/],
]
for (const [mistake, spoil, what, advice] of mistakes) test(`nginx: ${mistake}`, () => behind('nginx', { spoil }, async found => {
  assert.match(found.mend[what] ?? '', advice, found.text)
  assert.equal(found.status, 1)
}))

test('a proxy that is not named is told to be', () => behind('caddy', { env: { FLEETING_TRUSTED_PROXIES: '' } }, async found => {
  assert.match(found.mend.address, /taken for 127\.0\.0\.1 .*add that to FLEETING_TRUSTED_PROXIES/)
  assert.match(found.mend.scheme, /FLEETING_TRUSTED_PROXIES/)
}))

test('a name that is not among the allowed ones', () => behind('caddy', { env: { FLEETING_ALLOWED_HOSTS: 'files.example' } }, async found =>
  assert.match(found.mend.host, /refuses the name.*have files\.example:\d+ in FLEETING_ALLOWED_HOSTS/)))

test('a certificate of nobody’s is told, and the rest is looked at all the same', () => behind('nginx', { certified: false }, async found => {
  assert.deepEqual(Object.keys(found.mend), ['certificate'], found.text)
  assert.match(found.mend.certificate, /--ca-file/)
  assert.ok(found.well.uploads, found.text)
}))

// nginx, Apache, HAProxy and Caddy pass events on whatever is set: the server asks them to. Others don't.
test('a proxy that gathers answers holds events back', async () => {
  const server = await Server.alone(settings)
  const gathering = createServer((asked, answered) => asked.pipe(request({ host: '127.0.0.1', port: server.port, path: asked.url, method: asked.method, headers: asked.headers }, async answer => {
    const parts = []
    for await (const part of answer) parts.push(part)
    answered.writeHead(answer.statusCode, answer.headers).end(Buffer.concat(parts))
  }).on('error', () => answered.destroy())))
  await new Promise(resolve => gathering.listen(0, '127.0.0.1', resolve))
  try {
    const found = await diagnose(server, `http://127.0.0.1:${gathering.address().port}`)
    assert.match(found.mend.events ?? '', /don't come: .*proxy_buffering off/, found.text)
  } finally {
    await server.stop()
    gathering.closeAllConnections()
    gathering.close()
  }
})

test('who else answers, nobody, and no address at all', async () => {
  const server = await Server.alone(settings)
  const other = createServer((_, response) => response.writeHead(404, { Server: 'other' }).end()).listen(0, '127.0.0.1')
  await new Promise(resolve => other.on('listening', resolve))
  try {
    assert.match((await diagnose(server, `http://127.0.0.1:${await freePort()}`)).mend.proxy, /nobody answers/)
    assert.match((await diagnose(server, 'files.example')).mend.proxy, /"files\.example" is no address/)
    assert.match((await diagnose(server, `${server.url}/files`)).mend.proxy, /path "\/files", FLEETING_BASE_PATH is ""/)
    assert.match((await diagnose(server, server.url, [], { FLEETING_LISTEN: `127.0.0.1:${await freePort()}` })).mend.server, /nobody answers/)
    const alone = await diagnose(server, server.url)
    assert.deepEqual(alone.mend, {}, alone.text)
    assert.match(alone.note.scheme, /can be read/)
  } finally {
    await server.stop()
    other.close()
  }
})

test('the machine: what it has too little of', async () => {
  const server = { folder: makeFolder('doctor'), port: await freePort(), env: {} }
  server.data = join(server.folder, 'data')
  mkdirSync(server.data)
  const look = (env, ...before) => {
    const [command, ...rest] = [...before, binary, 'doctor']
    return spawnSync(command, rest, { encoding: 'utf8', cwd: server.folder, env: { PATH: process.env.PATH, FLEETING_DATA_DIR: server.data, ...env } }).stdout
  }
  assert.match(look({}), /^(well|note) {2}sync: 4 KiB are on the disk after \d+ ms/m)
  assert.match(look({}), /^note {2}proxy: not looked at: .*https:\/\/files\.example$/m)
  assert.match(look({ FLEETING_SYNC_UPLOADS: 'off' }), /^note {2}sync: .*a power cut/m)
  assert.match(look({ FLEETING_HASH_WORKERS: '64', FLEETING_PASSWORD_MEMORY: '1GiB' }), /^mend {2}memory: 65536 MiB /m)
  assert.match(look({ FLEETING_DISK_FLOOR_BYTES: '9007199254740991', FLEETING_DISK_FLOOR_PERCENT: '99' }), /^mend {2}disk: .*disk-floor-bytes/m)
  assert.match(look({}, 'prlimit', '--nofile=2000'), /^note {2}descriptors: 2000 .*LimitNOFILE/m)
  assert.match(look({}, 'prlimit', '--nofile=500'), /^mend {2}descriptors: only 500 /m)
  assert.match(look({ FLEETING_DATA_DIR: join(server.folder, 'none') }), /^note {2}disk: .*isn't there yet.*--config/m)
  assert.match(look({ FLEETING_DATA_DIR: join(server.folder, 'none/data') }), /^mend {2}disk: .*can't be made.*mkdir -p .*none$/m)
})

test('what a start refuses, in its own words', async () => {
  const folder = makeFolder('refused')
  const [data, certificate, key, other, words] = ['data', 'cert.pem', 'key.pem', 'other.pem', 'words'].map(name => join(folder, name))
  mkdirSync(data, { mode: 0o700 })
  const make = (certificate, key) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=files.example', '-out', certificate, '-keyout', key], { stdio: 'ignore' })
  make(join(folder, 'unused'), other)
  make(certificate, key)
  writeFileSync(words, 'no PEM')
  const run = (command, env) => spawnSync(binary, [command], { encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, FLEETING_LISTEN: '127.0.0.1:0', FLEETING_METRICS_LISTEN: 'off', FLEETING_DATA_DIR: data, ...env } })
  const refused = (what, env, reason) => {
    const [looked, started] = [run('doctor', env), run('serve', env)]
    assert.equal(looked.status, 1, looked.stdout)
    const [, told] = new RegExp(`^mend {2}${what}: (.+)$`, 'm').exec(looked.stdout) ?? assert.fail(looked.stdout)
    assert.match(told, reason)
    assert.ok(started.stderr.includes(`fleeting: ${told}\n`), started.stderr)
  }
  const tls = (certificate, key) => ({ FLEETING_TLS_CERTIFICATE: certificate, FLEETING_TLS_KEY: key })
  refused('tls', tls(join(folder, 'none'), key), /can't read the certificate .*none: No such file/)
  refused('tls', tls(certificate, join(folder, 'none')), /can't read the key .*none: No such file/)
  refused('tls', tls(folder, key), /can't read the certificate .*: Is a directory/)
  refused('tls', tls(key, certificate), /can't use the certificate .*key\.pem: no certificate in PEM/)
  refused('tls', tls(certificate, words), /can't use the key .*words: no private key in PEM/)
  refused('tls', tls(certificate, other), /can't use the key .*other\.pem: it isn't that of the certificate .*cert\.pem/)
  if (process.getuid() !== 0) {
    chmodSync(other, 0)
    refused('tls', tls(certificate, other), /can't read the key .*: Permission denied/)
  }
  refused('secrets', { FLEETING_ADMIN_TOKEN_FILE: join(folder, 'none') }, /can't read the token/)
  refused('secrets', { FLEETING_PASSWORD_PEPPER_FILE: words }, /FLEETING_PASSWORD_PEPPER_FILE/)
  chmodSync(data, 0o777)
  refused('folder', {}, /others may write into the data folder .*: run chmod 700 on it/)
  chmodSync(data, 0o700)
  assert.match(run('doctor', tls(certificate, key)).stdout, /^well {2}tls: certificate and key can be used$/m)
})
