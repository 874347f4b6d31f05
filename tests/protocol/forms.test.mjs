// A room by forms alone: what a browser without JavaScript posts, and what it is shown.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'

let server
before(async () => { server = await Server.start() })
after(async () => { await server.stop() })

const password = 'four short plain words'
/** A browser's form: its fields in the body, its page told by Sec-Fetch-Site. */
const post = (path, fields, headers = {}) => fetch(server.url + path, {
  method: 'POST', redirect: 'manual', headers: { 'Sec-Fetch-Site': 'same-origin', ...headers }, body: fields instanceof FormData ? fields : new URLSearchParams(fields),
})
const see = (path, headers = {}) => fetch(server.url + path, { headers: { Accept: 'text/html', ...headers } })
const cookieOf = answer => ({ Cookie: answer.headers.get('set-cookie').split(';')[0] })
let count = 0
/** Opens a room by the form, and lets a member in by it. */
async function open(name = `room-${++count}`) {
  const owner = await post('/', { action: 'open', name, password, nickname: 'Ada' })
  assert.equal(owner.status, 303, await owner.text())
  const member = await post('/', { action: 'enter', name, password, nickname: 'Tom' })
  assert.equal(member.status, 303)
  return { name, path: `/${encodeURIComponent(name)}/`, owner: cookieOf(owner), member: cookieOf(member), location: owner.headers.get('location') }
}
function filesForm(files) {
  const form = new FormData()
  form.append('note', 'a field, not a file')
  for (const [name, body] of Object.entries(files)) form.append('file', new Blob([body]), name)
  return form
}

test('the way in is a form, and it leads to the room', async () => {
  const door = await (await see('/?plain')).text()
  for (const name of ['name', 'password', 'nickname', 'action']) assert.match(door, new RegExp(`name="${name}"`))
  const room = await open('Straße-7')
  assert.equal(room.location, '/Stra%C3%9Fe-7/?plain')
  const page = await see(room.location, room.owner)
  assert.equal(page.status, 200)
  const text = await page.text()
  assert.match(text, /<h1>Straße-7<\/h1>[^]*Closes in 30 min[^]*You are Ada[^]*Nothing yet/)
  assert.doesNotMatch(text, /<script|\sstyle=|\son\w+=/)
  const policy = page.headers.get('content-security-policy')
  // The page may also send to a store, where there is one.
  const ofThePage = (await see('/')).headers.get('content-security-policy').replace(/(connect-src 'self') [^;]+/, '$1')
  assert.equal(policy, ofThePage, 'the rules are those of the page')
  assert.equal(page.headers.get('cache-control'), 'no-store')
})

test('who isn\'t in is shown the way in; who is wrong is told so there', async () => {
  const room = await open()
  const stranger = await see(`${room.path}?plain`)
  assert.equal(stranger.status, 401)
  assert.match(await stranger.text(), new RegExp(`value="${room.name}"`))
  const wrong = await post('/', { action: 'enter', name: room.name, password: 'not the password' })
  assert.equal(wrong.status, 401)
  assert.match(await wrong.text(), /role="alert">That name and password open no room\./)
  const taken = await post('/', { action: 'open', name: room.name, password })
  assert.deepEqual([taken.status, taken.headers.get('set-cookie')], [409, null])
  assert.match(await taken.text(), /choose another/)
})

test('files go up by a form, many at once, and are listed with their links', async () => {
  const room = await open()
  const big = Buffer.alloc(3 << 20, '\r\n--x')
  const files = { 'one.txt': 'one', 'α & "β" <b>.txt': 'two', none: '', big }
  const sent = await post(room.path, filesForm(files), room.member)
  assert.deepEqual([sent.status, sent.headers.get('location')], [303, `${room.path}?plain`], await sent.text())
  const page = await (await see(`${room.path}?plain`, room.owner)).text()
  const links = [...page.matchAll(/<li><a href="([^"]+)"><bdi>([^<]*)<\/bdi>/g)].map(([, href, name]) => ({ href, name }))
  assert.deepEqual(links.map(l => l.name).sort(), ['big', 'none', 'one.txt', 'α &amp; &quot;β&quot; &lt;b&gt;.txt'])
  for (const [name, body] of Object.entries(files)) {
    const { href } = links.find(l => decodeURIComponent(l.href).endsWith(`/${name}`))
    const got = await see(href, room.owner)
    assert.match(got.headers.get('content-disposition'), /^attachment/)
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), Buffer.from(body), name)
  }
  const nothing = await post(room.path, filesForm({ '': '' }), room.member)
  assert.equal(nothing.status, 303, 'no file was chosen')
})

test('what one may remove has a button, and it works; leaving leaves', async () => {
  const room = await open()
  await post(room.path, filesForm({ mine: 'x' }), room.member)
  await post(room.path, filesForm({ yours: 'x' }), room.owner)
  const buttons = async who => [...(await (await see(`${room.path}?plain`, who)).text()).matchAll(/name="id" value="(\w+)"[^>]*>[^]*?aria-label="Remove (\w+)"/g)].map(([, id, name]) => ({ id, name }))
  const [own, all] = [await buttons(room.member), await buttons(room.owner)]
  assert.deepEqual([own.map(b => b.name), all.map(b => b.name).sort()], [['mine'], ['mine', 'yours']])
  const foreign = await post(room.path, { action: 'remove', id: all.find(b => b.name === 'yours').id }, room.member)
  assert.equal(foreign.status, 403)
  assert.match(await foreign.text(), /role="alert">Only the owner/)
  assert.equal((await post(room.path, { action: 'remove', id: own[0].id }, room.member)).status, 303)
  assert.deepEqual((await buttons(room.owner)).map(b => b.name), ['yours'])
  const left = await post(room.path, { action: 'leave' }, room.member)
  assert.deepEqual([left.status, left.headers.get('location')], [303, '/?plain'])
  assert.match(left.headers.get('set-cookie'), /Max-Age=0/)
  assert.equal((await see(`${room.path}?plain`, room.member)).status, 401)
})

test('a form of another site does nothing', async () => {
  const room = await open()
  for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }, { 'Sec-Fetch-Site': 'none' }, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example', Referer: server.url }])
    for (const [path, fields] of [['/', { action: 'open', name: `evil-${++count}`, password }], [room.path, { action: 'leave' }], [room.path, filesForm({ evil: 'x' })]]) {
      const answer = await post(path, fields, { ...room.owner, ...headers })
      assert.equal(answer.status, 403)
      assert.match(await answer.text(), /"code":"cross_site"/)
    }
  assert.match(await (await see(`${room.path}?plain`, room.owner)).text(), /Nothing yet/)
})

test('a text browser, which tells its page by Referer alone, is let in', async () => {
  const room = await open()
  const plain = { method: 'POST', redirect: 'manual', body: new URLSearchParams({ action: 'leave' }) }
  const ask = headers => fetch(server.url + room.path, { ...plain, headers: { ...room.member, ...headers } })
  assert.equal((await ask({})).status, 403)
  assert.equal((await ask({ Referer: `${server.url.replace('127', '128')}/` })).status, 403)
  assert.equal((await ask({ Referer: `${server.url}${room.path}?plain` })).status, 303)
})

test('bodies that no browser writes are refused, and leave nothing', async () => {
  const room = await open()
  const raw = (type, body) => fetch(server.url + room.path, { method: 'POST', redirect: 'manual', headers: { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': type, ...room.owner }, body })
  const head = 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
  const bodies = {
    'a preamble': `hello\r\n--XX\r\n${head}x\r\n--XX--`, 'no end': `--XX\r\n${head}x`, 'another boundary': `--XY\r\n${head}x\r\n--XY--`,
    'a bare line feed': `--XX\n${head}x\r\n--XX--`, 'a long head': `--XX\r\nX: ${'a'.repeat(9000)}\r\n${head}x\r\n--XX--`, nothing: '',
    'a long field': `--XX\r\nContent-Disposition: form-data; name="note"\r\n\r\n${'a'.repeat(70_000)}\r\n--XX--`,
    'too many parts': `${'--XX\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n'.repeat(1001)}--XX--`,
  }
  for (const [what, body] of Object.entries(bodies)) assert.equal((await raw('multipart/form-data; boundary=XX', body)).status, 400, what)
  for (const name of ['../a', '..', '/a', 'a//b']) {
    const answer = await raw('multipart/form-data; boundary=XX', `--XX\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\nx\r\n--XX--`)
    assert.equal(answer.status, 400, name)
    assert.match(await answer.text(), /That name can&#39;t be used/)
  }
  for (const [type, body] of [['text/plain', 'action=leave'], ['application/x-www-form-urlencoded', 'action=leave&action=remove'], ['application/x-www-form-urlencoded', 'action=%ff'], ['application/x-www-form-urlencoded', 'action=dance'], ['multipart/form-data', 'x'], ['application/x-www-form-urlencoded', 'a'.repeat(20_000)]])
    assert.equal((await raw(type, body)).status, 400, `${type} ${body.slice(0, 30)}`)
  assert.match(await (await see(`${room.path}?plain`, room.owner)).text(), /Nothing yet/)
})

test('what doesn\'t fit is told on a page, and what came before it stays', async () => {
  const small = await Server.start({ FLEETING_FILE_SIZE_LIMIT: '100kB' })
  try {
    const made = await fetch(`${small.url}/`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ action: 'open', name: 'small', password }) })
    const cookie = cookieOf(made)
    const form = filesForm({ first: 'x', second: Buffer.alloc(300_000) })
    const answer = await fetch(`${small.url}/small/`, { method: 'POST', redirect: 'manual', headers: { 'Sec-Fetch-Site': 'same-origin', ...cookie }, body: form })
    assert.equal(answer.status, 413)
    assert.match(await answer.text(), /larger than one file may be/)
    const page = await (await fetch(`${small.url}/small/?plain`, { headers: cookie })).text()
    assert.deepEqual([...page.matchAll(/<li><a[^>]*><bdi>(\w+)/g)].map(m => m[1]), ['first'])
  } finally {
    await small.stop()
  }
})
