// `fleeting doctor` through the real proxies of deploy/: nothing to mend behind any of the samples, and one line for each thing that an
// operator may leave out of one.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
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

/** Any name is allowed, unless `env` says which. `here`: settings that the doctor reads and the running server doesn't have. `work` is given what
 *  was found, the server, and how to look again. */
function behind(kind, { spoil = [], env = {}, here = {}, under = false, certified = true }, work) {
  return through(kind, { spoil, under, env: { FLEETING_ALLOWED_HOSTS: '', ...env } }, async (proxy, server) => {
    const look = () => diagnose(server, proxy.url(''), ['--connect-to', '127.0.0.1', ...(certified ? ['--ca-file', join(proxy.folder, 'fullchain.pem')] : [])], here)
    await work(await look(), server, look)
  })
}

const seen = ['certificate', 'headers', 'host', 'scheme', 'address', 'room', 'names', 'events', 'draft', 'uploads', 'downloads']

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

/** One mistake is told once. */
function mendsOnly(found, what, advice) {
  assert.deepEqual(Object.keys(found.mend), [what], found.text)
  assert.match(found.mend[what], advice)
}

const mistakes = [
  ['requests are buffered', [['proxy_request_buffering off;', '']], 'uploads', /proxy_request_buffering off/],
  ["nginx's own limit of bodies", [['client_max_body_size 0;', '']], 'uploads', /refuses a file of 5120 MiB \(413 by nginx.*client_max_body_size 0/],
  ['answers are buffered', [['proxy_buffering off;', 'proxy_ignore_headers X-Accel-Buffering;']], 'downloads', /faster than its receiver.*proxy_buffering off/],
  ['the draft is asked for interim responses', [['proxy_set_header Upload-Draft-Interop-Version "";', '']], 'draft', /doesn't end with 201 .*proxy_set_header Upload-Draft-Interop-Version ""/],
  ['PATCH is refused', [['proxy_pass http://fleeting;', 'proxy_pass http://fleeting; limit_except GET POST PUT DELETE { deny all; }']], 'uploads', /403 by nginx.*pass PATCH/],
  ['the path is decoded', [['proxy_pass http://fleeting;', 'proxy_pass http://fleeting$uri;']], 'names', /undecoded/],
  ['no address is told', [['proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;', 'proxy_set_header X-Forwarded-For "";']], 'address', /taken for 127\.0\.0\.1, the proxy.*X-Forwarded-For/],
  ['any address is believed', [['$proxy_add_x_forwarded_for', '$http_x_forwarded_for']], 'address', /whoever writes X-Forwarded-For is believed/],
  ['the scheme is not told', [['proxy_set_header X-Forwarded-Proto $scheme;', '']], 'scheme', /plain HTTP.*X-Forwarded-Proto \$scheme;.*Caddy/],
  ['the name is not told', [['proxy_set_header Host $http_host;', '']], 'host', /is told fleeting in place of files\.example.*proxy_set_header Host/],
  ['the origin is changed', [['proxy_buffering off;', 'proxy_buffering off; proxy_set_header Origin https://other.example;']], 'room', /^none can be opened, 403 cross_site: let the proxy pass Origin/],
  ['a header is added', [['client_max_body_size 0;', 'client_max_body_size 0; add_header X-Frame-Options SAMEORIGIN;']], 'headers', /X-Frame-Options is "DENY, SAMEORIGIN".*add_header/],
  ['a header is taken', [['client_max_body_size 0;', 'client_max_body_size 0; proxy_hide_header Content-Security-Policy;']], 'headers', /Content-Security-Policy is missing/],
]
for (const [mistake, spoil, what, advice] of mistakes) test(`nginx: ${mistake}`, () => behind('nginx', { spoil }, async found => {
  mendsOnly(found, what, advice)
  assert.equal(found.status, 1)
}))

test('caddy: a limit of bodies is told from buffering', () => behind('caddy', { spoil: [['reverse_proxy 127', 'request_body {\nmax_size 1MB\n}\nreverse_proxy 127']] }, async found =>
  mendsOnly(found, 'uploads', /as they are sent, but the proxy ends one of 5120 MiB after 976 KiB .*Caddy: no request_body max_size/)))

test('caddy: a limit that only a large file meets', () => behind('caddy', { spoil: [['reverse_proxy 127', 'request_body {\nmax_size 60MB\n}\nreverse_proxy 127']] }, async found => {
  mendsOnly(found, 'uploads', /as they are sent, but the proxy ends one of 64 MiB \(.*Caddy: no request_body max_size/)
  assert.ok(found.well.downloads, found.text)
}))

test('a proxy that is not named is told to be', () => behind('caddy', { env: { FLEETING_TRUSTED_PROXIES: '' } }, async found => {
  mendsOnly(found, 'address', /taken for 127\.0\.0\.1 .*HTTPS for plain HTTP: add that to FLEETING_TRUSTED_PROXIES/)
  assert.ok(found.well.uploads, found.text)
}))

test('a server that was started before its proxy was named is to be restarted', () =>
  behind('nginx', { env: { FLEETING_TRUSTED_PROXIES: '' }, here: { FLEETING_TRUSTED_PROXIES: '127.0.0.1' } }, async found => {
    mendsOnly(found, 'server', /doesn't trust 127\.0\.0\.1, though trusted-proxies here has it: .*Restart it/)
    assert.ok(found.well.uploads, found.text)
  }))

test('where that can\'t be seen, as nobody here is the proxy, both are told', () =>
  behind('nginx', { spoil: [['proxy_buffering off;', 'proxy_buffering off; proxy_bind 127.0.0.9;']], env: { FLEETING_TRUSTED_PROXIES: '' }, here: { FLEETING_TRUSTED_PROXIES: '127.0.0.9' } }, async found =>
    mendsOnly(found, 'address', /taken for 127\.0\.0\.9, the proxy.*let it send X-Forwarded-For and X-Forwarded-Proto .*or the running server was started before/)))

test('a name that is not among the allowed ones', () => behind('caddy', { env: { FLEETING_ALLOWED_HOSTS: 'files.example' } }, async found =>
  assert.match(found.mend.host, /refuses the name.*have files\.example:\d+ in FLEETING_ALLOWED_HOSTS/)))

test('a certificate of nobody’s is told, and the rest is looked at all the same', () => behind('nginx', { certified: false }, async found => {
  assert.deepEqual(Object.keys(found.mend), ['certificate'], found.text)
  assert.match(found.mend.certificate, /--ca-file/)
  assert.ok(found.well.uploads, found.text)
}))

test('a name that the proxy has no site for', () => through('caddy', {}, async (proxy, server) =>
  mendsOnly(await diagnose(server, `https://nosuch.example:${proxy.port}`, ['--connect-to', '127.0.0.1']), 'proxy', /somebody answers at https:\/\/nosuch\.example:\d+, but TLS with that name fails .*no site, or no certificate/)))

test('an address that leads elsewhere', () => through('nginx', {}, async (proxy, server) =>
  mendsOnly(await diagnose(server, `http://files.example:${proxy.port}`, ['--connect-to', '127.0.0.2']), 'proxy', /^it redirects to https:\/\/files\.example: give that address$/)))

test('a node that drains, and one that has opened as many rooms from here as may be, have nothing to mend', async () => {
  const admin = { FLEETING_ADMIN_TOKEN: 'a token of twenty-four bytes'.replaceAll(' ', '-'), FLEETING_ADMIN_LISTEN: `127.0.0.1:${await freePort()}` }
  await behind('caddy', { env: { ...admin, FLEETING_RATE_CREATE_HOUR: '1/6min' } }, async (found, server, again) => {
    const steer = (...words) => execFileSync(binary, ['admin', ...words], { cwd: server.folder, env: { PATH: process.env.PATH, FLEETING_DATA_DIR: server.data, ...admin } })
    assert.deepEqual([found.mend, found.status], [{}, 0], found.text)
    const limited = await again()
    assert.deepEqual([limited.mend, limited.status], [{}, 0], limited.text)
    assert.match(limited.note.room, /opened from here.*run it again in 6 minutes$/)
    steer('drain')
    const draining = await again()
    assert.deepEqual([draining.mend, draining.status], [{}, 0], draining.text)
    assert.match(draining.note.room, /this node drains.*fleeting admin drain --undo/)
    steer('block', '127.84.0.0/16')
    mendsOnly(await again(), 'blocked', /one of 127\.84\.0\.0\/16, which its operator has blocked.*fleeting admin unblock 127\.84\.0\.0\/16/)
  })
})

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
    const stranger = `127.0.0.1:${other.address().port}`
    assert.match((await diagnose(server, `http://${stranger}`)).mend.proxy, /^it answers 404 by other: that isn't this server/)
    assert.match((await diagnose(server, server.url, [], { FLEETING_LISTEN: stranger })).mend.server, /^who listens at .* answers 404 by other: that isn't this server/)
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
  const [data, certificate, key, other, words, theirs, program] = ['data', 'cert.pem', 'key.pem', 'other.pem', 'words', 'theirs', 'fleeting'].map(name => join(folder, name))
  mkdirSync(data, { mode: 0o700 })
  const make = (certificate, key) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=files.example', '-out', certificate, '-keyout', key], { stdio: 'ignore' })
  make(join(folder, 'unused'), other)
  make(certificate, key)
  writeFileSync(words, 'no PEM')
  const run = (command, env, as = { program: binary }) => spawnSync(as.program, [command], { ...as, encoding: 'utf8', cwd: folder, env: { PATH: process.env.PATH, FLEETING_LISTEN: '127.0.0.1:0', FLEETING_METRICS_LISTEN: 'off', FLEETING_DATA_DIR: data, ...env } })
  const refused = (what, env, reason, as) => {
    const [looked, started] = [run('doctor', env, as), run('serve', env, as)]
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
  refused('secrets', { FLEETING_ADMIN_TOKEN_FILE: join(folder, 'none') }, /can't read the token/)
  refused('secrets', { FLEETING_PASSWORD_PEPPER_FILE: words }, /FLEETING_PASSWORD_PEPPER_FILE/)
  chmodSync(data, 0o777)
  refused('folder', {}, /others may write into the data folder .*: run chmod 700 on it/)
  refused('folder', { FLEETING_DATA_DIR: words }, /can't open the data folder .*words: Not a directory/)
  chmodSync(data, 0o700)
  writeFileSync(join(data, 'fleeting.db'), 'no database, whatever it is called')
  assert.match(run('doctor', {}).stdout, /^mend {2}database: .*fleeting\.db is no database/m)
  assert.match(run('serve', {}).stderr, /file is not a database/)
  rmSync(join(data, 'fleeting.db'))
  assert.match(run('doctor', tls(certificate, key)).stdout, /^well {2}tls: certificate and key can be used$/m)
  // Root may read all, so nobody looks in its place, with a program that they can reach.
  const nobody = process.getuid() === 0 ? { program, uid: 65534, gid: 65534 } : { program }
  mkdirSync(theirs, { mode: 0o700 })
  copyFileSync(binary, program)
  if (nobody.uid) for (const path of [folder, theirs]) chownSync(path, nobody.uid, nobody.gid)
  chmodSync(other, 0)
  refused('tls', { ...tls(certificate, other), FLEETING_DATA_DIR: theirs }, /can't read the key .*: Permission denied/, nobody)
})
