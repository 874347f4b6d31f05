// Names that were made to do harm: on every way in they are kept byte for byte or refused by name, and on every way out they are text.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join as joined } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually, Server } from '../support/server.mjs'
import { Stream } from '../support/stream.mjs'
import { filesUnder, readers } from '../support/zip_readers.mjs'
import { ask, credentials, join, open } from './ask.mjs'
import { inParallel, isNightly, tell } from './load.mjs'
import { canBeKept, names, namesUpTo } from './names.mjs'
import { polyglots } from './polyglots.mjs'

let server
before(async () => { server = await Server.start({ FLEETING_PASSWORD_MEMORY: '8MiB', FLEETING_FILE_COUNT_LIMIT: '20000', FLEETING_SYNC_UPLOADS: 'off' }) })
after(async () => { await server.stop() })

const b64 = text => Buffer.from(text).toString('base64')
const percent = (text, keep = /[A-Za-z0-9._~-]/) => [...Buffer.from(text)].map(byte => (byte < 0x80 && keep.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('')
const files = room => `/api/v1/rooms/${room.name}/files`
const listed = async (room, who) => JSON.parse((await ask(server, 'GET', `/api/v1/rooms/${room.name}`, { headers: who })).bytes).files

/** Each way in: how a name is told there, which names can't be told at all, and by which fields a refusal may name it. */
const ways = {
  'tus': { fields: ['filename', 'Upload-Metadata'], put: (room, name, who, body = 'x') => ask(server, 'POST', files(room), { headers: { ...who, 'Tus-Resumable': '1.0.0', 'Upload-Length': String(body.length), 'Content-Type': 'application/offset+octet-stream', 'Upload-Metadata': `filename ${b64(name)}` }, body }),
    // Nothing stands between "filename" and the line's end, which is a key without a value; and 4 KiB are the most of both.
    status: name => (b64(name).length > 4000 ? [400] : undefined) },
  'PUT': { fields: ['filename', 'path'], put: (room, name, who) => ask(server, 'PUT', `/${room.name}/${percent(name, /[A-Za-z0-9._~/-]/)}`, { headers: who, body: 'x' }),
    // An address that ends in a slash, or that holds two, is none of a file.
    status: name => (name.split('/').includes('') ? [404, 405] : undefined) },
  'the draft': { fields: ['filename', 'Content-Disposition'], put: (room, name, who) => ask(server, 'POST', files(room), { headers: { ...who, 'Upload-Complete': '?1', 'Content-Disposition': `attachment; filename*=UTF-8''${percent(name)}` }, body: 'x' }),
    // Without a name an upload is called so.
    kept: name => (name === '' ? 'upload' : undefined) },
}
const many = isNightly ? namesUpTo(10_000) : names
for (const [way, { put, fields, status = () => undefined, kept = () => undefined }] of Object.entries(ways)) {
  test(`${many.length} names by ${way}: kept byte for byte in one form, or refused with the field`, { timeout: 600_000 }, async () => {
    const room = await open(server, `in-${way.replaceAll(' ', '-')}`)
    const who = credentials.bearer(room)
    const answers = await inParallel(many.length, 8, i => put(room, many[i], who))
    const wanted = new Set()
    for (const [i, name] of many.entries()) {
      const shown = `${JSON.stringify(name.slice(0, 60))}: ${answers[i].status} ${answers[i].bytes}`
      const text = kept(name) ?? name
      if (status(name)) assert.ok(status(name).includes(answers[i].status), shown)
      else if (canBeKept(text)) { assert.equal(answers[i].status, 201, shown); wanted.add(text.normalize('NFC')) }
      else {
        assert.ok(answers[i].status >= 400 && answers[i].status < 500, shown)
        assert.ok(fields.includes(JSON.parse(answers[i].bytes).field), shown)
      }
    }
    assert.ok(wanted.size > 800)
    assert.deepEqual((await listed(room, who)).map(file => file.name).sort(), [...wanted].sort())
    tell(`names by ${way}`, `${many.length}: ${wanted.size} kept, the others refused with the field, 0 differences`)
  })
}

test('bytes that are no text are refused on each way, with the field', async () => {
  const room = await open(server, 'no-text')
  const who = credentials.bearer(room)
  for (const bytes of ['ff', 'c3', 'c328', 'c0af', 'e08080', 'eda080', 'f5808080', 'f0828282', '61ff62', 'fe', 'ed9fbfedb080']) {
    const name = Buffer.from(bytes, 'hex')
    const escaped = bytes.replace(/../g, '%$&')
    const answers = [
      await ask(server, 'POST', files(room), { headers: { ...who, 'Tus-Resumable': '1.0.0', 'Upload-Length': '1', 'Upload-Metadata': `filename ${name.toString('base64')}` } }),
      await ask(server, 'PUT', `/no-text/${escaped}`, { headers: who, body: 'x' }),
      await ask(server, 'POST', '/api/v1/rooms', { body: Buffer.concat([Buffer.from('{"name":"'), name, Buffer.from('"}')]) }),
      await ask(server, 'POST', '/api/v1/rooms', { body: Buffer.concat([Buffer.from('{"nickname":"'), name, Buffer.from('"}')]) }),
    ]
    for (const answer of answers) {
      assert.equal(answer.status, 400, `${bytes}: ${answer.bytes}`)
      assert.ok(JSON.parse(answer.bytes).field, `${bytes}: ${answer.bytes}`)
    }
  }
  for (const half of ['\\ud800', '\\udc00', '\\ud800\\ud800', '\\udc00\\ud800', 'a\\udfffb']) {
    for (const field of ['name', 'nickname', 'password']) {
      const answer = await ask(server, 'POST', '/api/v1/rooms', { body: `{"${field}": "${half}"}` })
      assert.equal(answer.status, 400, `${field} ${half}: ${answer.bytes}`)
    }
  }
  assert.deepEqual(await listed(room, who), [])
})

/** What an HTML reader makes of text between tags. */
const unescaped = text => text.replace(/&(?:amp|lt|gt|quot|#39);/g, each => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[each])
/** A Content-Disposition as RFC 6266 reads it: all of its parameters, each once. */
function parametersOf(field) {
  const [, type, rest] = /^([a-z]+)((?:; [a-z*]+=(?:"[^"\\]*"|[^";\s]+))*)$/.exec(field)
  const found = Object.fromEntries([...rest.matchAll(/; ([a-z*]+)=(?:"([^"\\]*)"|([^";\s]+))/g)].map(([, name, quoted, plain]) => [name, quoted ?? plain]))
  assert.deepEqual(Object.keys(found).filter(name => !['filename', 'filename*'].includes(name)), [], field)
  return { type, ...found }
}
/** Readers of a Content-Disposition that aren't ours: Python's two, each field's parameters in the order of `fields`. */
const otherReaders = `
import cgi, email.message, email.utils, json, sys
def by_cgi(field):
    return sorted(cgi.parse_header(field)[1])
def by_email(field):
    message = email.message.Message()
    message["Content-Disposition"] = field
    told = message.get_params(header="content-disposition")[1:]
    return sorted({name for name, _ in told}), email.utils.collapse_rfc2231_value(told[-1][1])
print(json.dumps([[by_cgi(field), *by_email(field)] for field in json.load(sys.stdin)]))`
/** What curl calls a file that is told to be called so, each in a folder of its own. */
function savedByCurl(paths, bearer) {
  const folder = joined(server.folder, 'curl')
  const wishes = paths.map((path, i) => `url = "${server.url}${path}"\nheader = "Authorization: ${bearer.Authorization}"\nremote-name\nremote-header-name\ncreate-dirs\noutput-dir = "${folder}/${i}"\nsilent\n`)
  execFileSync('curl', ['-K', '-'], { input: wishes.join('next\n') })
  return paths.map((_, i) => readdirSync(joined(folder, String(i))))
}
const python = `
import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([i.filename for i in z.infolist()]))`

test('on every way out they are text: JSON, events, headers, lists, pages and the ZIP', { timeout: 120_000 }, async () => {
  const room = await open(server, 'out')
  const who = credentials.bearer(room)
  const kept = names.filter(canBeKept).map(name => name.normalize('NFC'))
  const stream = new Stream(server, { name: 'out', bearer: who })
  await stream.wait('snapshot')
  await inParallel(kept.length, 8, i => ways.tus.put(room, kept[i], who))
  const entries = await listed(room, who)
  assert.deepEqual(entries.map(file => file.name).sort(), [...kept].sort(), 'JSON')

  await eventually(() => stream.events.filter(event => event.name === 'file-added').length >= kept.length, 5_000, 'all are told')
  assert.deepEqual(stream.events.filter(event => event.name === 'file-added').map(event => event.data.file.name).sort(), [...kept].sort(), 'events')
  assert.deepEqual([...new Set(stream.events.map(event => event.name))].sort(), ['file-added', 'members', 'snapshot'], 'and none was made of a name')
  await stream.close()

  const told = []
  await inParallel(entries.length, 8, async i => {
    const { id, name } = entries[i]
    const base = name.slice(name.lastIndexOf('/') + 1)
    const { headers: { location } } = await ask(server, 'GET', `${files(room)}/${id}/content`, { headers: who })
    for (const [path, type] of [[location, 'attachment'], [`/out/${percent(name, /[A-Za-z0-9._~/-]/)}`, 'attachment'], [`${files(room)}/${id}/preview`, 'inline']]) {
      const answer = await ask(server, 'GET', path, { headers: who })
      assert.equal(answer.status, 200, `${path}: ${answer.bytes}`)
      assert.equal(answer.headers['x-injected'], undefined)
      const field = answer.headers['content-disposition']
      const parameters = parametersOf(field)
      assert.equal(parameters.type, type)
      assert.match(parameters.filename, /^[A-Za-z0-9\-_.,() +=]*$/)
      assert.equal(parameters['filename*'] ? decodeURIComponent(/^UTF-8''(.*)$/.exec(parameters['filename*'])[1]) : parameters.filename, base)
      told.push({ path, field, parameters, base })
    }
  })
  const read = JSON.parse(execFileSync('python3', ['-W', 'ignore', '-c', otherReaders], { input: JSON.stringify(told.map(each => each.field)), encoding: 'utf8', maxBuffer: 1 << 26 }))
  for (const [i, [byCgi, byEmail, filename]] of read.entries()) {
    const wanted = Object.keys(told[i].parameters).filter(name => name !== 'type').sort()
    assert.deepEqual(byCgi, wanted, told[i].field)
    assert.deepEqual(byEmail, ['filename'], told[i].field)
    assert.equal(filename, told[i].base, told[i].field)
  }
  const saved = told.filter(each => each.path.startsWith('/out/'))
  const byCurl = savedByCurl(saved.map(each => each.path), who)
  for (const [i, files] of byCurl.entries()) assert.deepEqual(files, [saved[i].parameters.filename], saved[i].field)
  tell('Content-Disposition', `${told.length} fields, ${kept.length} names, read alike by RFC 6266's grammar, Python's two and curl (${saved.length})`)

  const text = String((await ask(server, 'GET', '/out/', { headers: who })).bytes).trimEnd().split('\n').slice(1)
  assert.equal(text.length, kept.length, 'a line each')
  assert.deepEqual(text.map(line => line.slice(22, line.lastIndexOf('  ('))).sort(), [...kept].sort(), 'the list')

  const page = String((await ask(server, 'GET', '/out/?plain', { headers: who })).bytes)
  assert.deepEqual([...page.matchAll(/<a href="[^"]*"><bdi>([^<]*)<\/bdi>/g)].map(([, name]) => unescaped(name)).sort(), [...kept].sort(), 'the page')
  assert.deepEqual([...page.matchAll(/<a href="([^"]*)"><bdi>/g)].map(([, link]) => decodeURIComponent(link.slice('/out/'.length))).sort(), [...kept].sort(), 'its links')
  const tags = new Set([...page.matchAll(/<[^>]*>/g)].map(([tag]) => /^<\/?([a-z0-9!]+)/.exec(tag)[1]))
  assert.deepEqual([...tags].filter(tag => !['!doctype', 'html', 'head', 'meta', 'title', 'link', 'body', 'main', 'h1', 'h2', 'p', 'a', 'ul', 'li', 'bdi', 'span', 'form', 'input', 'button', 'label'].includes(tag)), [])
  assert.doesNotMatch(page.replace(/"[^"]*"/g, '""'), /<[^>]*\s(on\w+|style|src|srcdoc)\s*=/)

  const zip = joined(server.folder, 'out.zip')
  writeFileSync(zip, (await ask(server, 'GET', '/api/v1/rooms/out/archive.zip', { headers: who })).bytes)
  const inside = JSON.parse(execFileSync('python3', ['-c', python, zip], { encoding: 'utf8', maxBuffer: 1 << 26 }))
  assert.equal(inside.length, kept.length)
  for (const name of inside) {
    assert.doesNotMatch(name, /[<>:"|?*\\\p{Cc}]/u, name)
    for (const part of name.split('/')) {
      assert.ok(part && part !== '.' && part !== '..' && !/[. ]$/.test(part) && Buffer.byteLength(part) <= 255, name)
      assert.doesNotMatch(part, /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i, name)
    }
  }
  const alike = inside.map(name => name.normalize('NFKC').toLowerCase())
  assert.equal(new Set(alike).size, alike.length, 'none comes twice where case doesn\'t count')
})

const kInZip = isNightly ? 10_000 : 1_000
test(`of ${kInZip} hostile names in a ZIP every reader lays each below its folder, and nothing beside it`, { timeout: 600_000 }, async () => {
  const room = await open(server, 'zip')
  const who = credentials.bearer(room)
  const given = namesUpTo(2 * kInZip).filter(canBeKept).slice(0, kInZip)
  const answers = await inParallel(given.length, 8, i => ways.tus.put(room, given[i], who, String(i)))
  assert.deepEqual(answers.filter(answer => answer.status !== 201).map(answer => String(answer.bytes)), [])
  const box = joined(server.folder, 'box')
  const zip = joined(server.folder, 'hostile.zip')
  writeFileSync(zip, (await ask(server, 'GET', '/api/v1/rooms/zip/archive.zip', { headers: who })).bytes)
  for (const [reader, extract] of Object.entries(readers)) {
    mkdirSync(joined(box, 'target'), { recursive: true })
    extract(zip, joined(box, 'target'))
    assert.deepEqual(readdirSync(box), ['target'], reader)
    const extracted = filesUnder(joined(box, 'target'))
    assert.ok(extracted.every(path => lstatSync(path).isFile()), reader)
    assert.deepEqual(extracted.map(path => Number(readFileSync(path, 'utf8'))).sort((a, b) => a - b), given.map((_, i) => i), reader)
    rmSync(box, { recursive: true })
  }
  tell('hostile names in a ZIP', `${given.length}, ${Object.keys(readers).length} readers: each file is there with its bytes, 0 beside the folder`)
})

test('a member\'s name is as hostile, and as much text', async () => {
  const room = await open(server, 'people')
  const who = credentials.bearer(room)
  const nicknames = [...new Set(names.map(name => name.normalize('NFC')))].slice(0, 400)
  const told = []
  for (const nickname of nicknames) {
    const answer = await ask(server, 'POST', '/api/v1/rooms/people/sessions', { body: JSON.stringify({ password: room.password, nickname }) })
    if (answer.status === 201) told.push(JSON.parse(answer.bytes).session.nickname)
    else assert.deepEqual([answer.status, JSON.parse(answer.bytes).field], [400, 'nickname'], JSON.stringify(nickname))
  }
  assert.ok(told.length > 150, String(told.length))
  const { members } = JSON.parse((await ask(server, 'GET', '/api/v1/rooms/people', { headers: who })).bytes)
  assert.deepEqual(members.map(member => member.nickname).sort(), [...told, 'ada'].sort())
  const evil = await join(server, 'people', '</bdi><script>alert(1)</script>')
  await ask(server, 'PUT', '/people/a', { headers: credentials.bearer(evil), body: 'x' })
  for (const each of [room, evil]) {
    const page = String((await ask(server, 'GET', '/people/?plain', { headers: credentials.bearer(each) })).bytes)
    assert.equal(page.includes('<script'), false)
    assert.ok(page.includes('&lt;script&gt;'))
  }
})

const shownTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'video/mp4', 'video/webm', 'audio/mpeg', 'audio/ogg', 'audio/wav', 'audio/flac', 'audio/mp4', 'application/pdf', 'text/plain; charset=utf-8'])

test('no file is ever answered as something that runs, whatever it holds, is called or was said to be', async () => {
  const room = await open(server, 'poly')
  const who = credentials.bearer(room)
  for (const { name, body } of polyglots(name => `http://127.0.0.1:1/${name}`)) {
    const put = await ask(server, 'PUT', `/poly/${name}`, { headers: { ...who, 'Content-Type': 'text/html' }, body })
    assert.equal(put.status, 201, name)
  }
  for (const { id, name } of await listed(room, who)) {
    const { headers: { location } } = await ask(server, 'GET', `${files(room)}/${id}/content`, { headers: who })
    for (const path of [location, `/poly/${name}`]) {
      for (const range of [{}, { Range: 'bytes=1-' }]) {
        const { headers, status } = await ask(server, 'GET', path, { headers: { ...who, Accept: 'text/html,image/*', ...range } })
        assert.ok([200, 206, 416].includes(status))
        if (status === 416) continue
        assert.equal(headers['content-type'], 'application/octet-stream', name)
        assert.match(headers['content-disposition'], /^attachment; /)
        assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'")
        assert.equal(headers['x-content-type-options'], 'nosniff')
        assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
        assert.equal(headers['service-worker-allowed'], undefined)
      }
    }
    const shown = await ask(server, 'GET', `${files(room)}/${id}/preview`, { headers: who })
    assert.ok([200, 415].includes(shown.status), name)
    if (shown.status === 415) continue
    const { headers } = shown
    assert.ok(shownTypes.has(headers['content-type']), `${name}: ${headers['content-type']}`)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    const policy = headers['content-security-policy']
    assert.match(policy, headers['content-type'] === 'application/pdf' ? /^default-src 'none'; object-src 'self';/ : /^sandbox; default-src 'none';/)
    assert.doesNotMatch(policy, /script-src|allow-scripts|unsafe-eval/)
  }
})
