// Files as something to look at.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server, sleep } from '../support/server.mjs'

let server, room
before(async () => {
  server = await Server.start()
  room = await server.room()
})
after(async () => { await server.stop() })

const files = async () => (await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files
const preview = (id, headers = {}, method = 'GET') => fetch(`${server.url}/api/v1/rooms/${room.name}/files/${id}/preview`, { method, headers: { ...room.bearer, ...headers } })
/** Stores a file and tells its id. The name and the stated type are no help on purpose. */
async function put(name, body) {
  const made = await fetch(`${server.url}/${room.name}/${encodeURIComponent(name)}`, { method: 'PUT', headers: { ...room.bearer, 'Content-Type': 'text/html' }, body })
  assert.equal(made.status, 201)
  return (await files()).find(f => f.name === name).id
}
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

test('the bytes say what a file is, whatever it is called', async () => {
  const id = await put('evil "ä".html', png)
  const answer = await preview(id)
  assert.equal(answer.status, 200)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), png)
  const told = name => answer.headers.get(name)
  assert.equal(told('content-type'), 'image/png')
  assert.equal(told('content-disposition'), `inline; filename="evil ____.html"; filename*=UTF-8''evil%20%22%C3%A4%22.html`)
  assert.equal(told('x-content-type-options'), 'nosniff')
  assert.equal(told('cross-origin-resource-policy'), 'same-origin')
  assert.match(told('cache-control'), /no-store/)
  assert.match(told('content-security-policy'), /^sandbox; default-src 'none'; .*frame-ancestors 'self'$/)
})

test('what a browser would run comes as its source', async () => {
  for (const body of ['<!doctype html><script>alert(1)</script>', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', '<?xml version="1.0"?><x/>', 'alert(1)', '']) {
    const answer = await preview(await put(`page ${body.length}.html`, body))
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8', body)
    assert.match(answer.headers.get('content-security-policy'), /^sandbox;/)
    assert.equal(await answer.text(), body)
  }
})

test('a PDF has no sandbox, and nothing else that it could use', async () => {
  const answer = await preview(await put('a.txt', '%PDF-1.7\n%\xE2\xE3'))
  assert.equal(answer.headers.get('content-type'), 'application/pdf')
  const policy = answer.headers.get('content-security-policy')
  assert.doesNotMatch(policy, /sandbox|script-src/)
  assert.match(policy, /^default-src 'none'; .*form-action 'none'; frame-ancestors 'self'$/)
})

test('all else is refused by name: other kinds, long text, what is still going up', async () => {
  const refused = async id => {
    const answer = await preview(id)
    assert.equal(answer.status, 415)
    assert.equal((await answer.json()).code, 'not_previewable')
  }
  await refused(await put('zip', 'PK\x03\x04\x00\x00'))
  await refused(await put('latin', Buffer.from('caf\xE9', 'latin1')))
  await refused(await put('long', 'a'.repeat(2_000_001)))
  assert.equal((await preview(await put('nearly', 'a'.repeat(2_000_000)))).status, 200)
  await refused(await put('late', `${'a'.repeat(1_000_000)}\x00`))
  const made = await fetch(`${server.url}/api/v1/rooms/${room.name}/files`, { method: 'POST', headers: { ...room.bearer, 'Tus-Resumable': '1.0.0', 'Upload-Length': '10', 'Upload-Metadata': `filename ${btoa('half')}` } })
  await refused(made.headers.get('location').split('/').pop())
  assert.equal((await preview('0'.repeat(32))).status, 404)
})

test('a part can be asked for, and it goes on only with the same file', async () => {
  const id = await put('part', png)
  const etag = (await preview(id, {}, 'HEAD')).headers.get('etag')
  const part = await preview(id, { Range: 'bytes=1-3', 'If-Range': etag })
  assert.deepEqual([part.status, part.headers.get('content-range'), await part.text()], [206, `bytes 1-3/${png.length}`, 'PNG'])
  assert.equal(part.headers.get('content-type'), 'image/png')
  assert.equal((await preview(id, { 'If-None-Match': etag })).status, 304)
})

test('only for members, and looking is not taking', async () => {
  const id = await put('mine', png)
  const other = await server.room()
  for (const headers of [{}, other.bearer]) {
    const answer = await fetch(`${server.url}/api/v1/rooms/${room.name}/files/${id}/preview`, { headers })
    assert.equal(answer.status, 401)
  }
  const crossSite = await preview(id, { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'image' })
  assert.equal(crossSite.status, 403)
  await (await preview(id)).arrayBuffer()
  await sleep(200)
  assert.deepEqual((await files()).find(f => f.id === id).taken_by, [])
})
