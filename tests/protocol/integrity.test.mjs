// Bytes are what was promised, or nothing is kept: digests of a PUT, parts that two want at once.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { Server } from '../support/server.mjs'

let server, room
before(async () => { server = await Server.start(); room = await server.room() })
after(async () => { await server.stop() })

const bytes = { 'Content-Type': 'application/offset+octet-stream' }
const files = () => `${server.url}/api/v1/rooms/${room.name}/files`
const send = (method, url, headers = {}, body = undefined) => fetch(new URL(url, server.url), { method, headers: { 'Tus-Resumable': '1.0.0', ...room.bearer, ...headers }, body })
const listed = async () => (await (await send('GET', `/api/v1/rooms/${room.name}`)).json())

test('of two finals that want the same parts one gets them, and its bytes are right', async () => {
  const part = async text => (await send('POST', files(), { ...bytes, 'Upload-Length': String(text.length), 'Upload-Concat': 'partial' }, text)).headers.get('location')
  const whole = parts => send('POST', files(), { 'Upload-Metadata': 'filename YQ==', 'Upload-Concat': `final;${parts.join(' ')}` })
  for (let round = 0; round < 10; ++round) {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map(letter => part(letter.repeat(3_000_000))))
    const finals = [[a, b], [a, c], [a, b]]
    const answers = await Promise.all(finals.map(whole))
    const made = answers.findIndex(answer => answer.status === 201)
    // Who asks again with the same parts is told the same file.
    const told = answers.filter(answer => answer.status === 201).map(answer => answer.headers.get('location'))
    assert.equal(new Set(told).size, 1, answers.map(answer => answer.status).join())
    const link = await send('GET', `${answers[made].headers.get('location')}/content`)
    const text = await link.text()
    assert.equal(text, 'a'.repeat(3_000_000) + (finals[made][1] === b ? 'b' : 'c').repeat(3_000_000))
    const across = await send('GET', `${answers[made].headers.get('location')}/content`, { Range: 'bytes=2999997-3000002' })
    assert.deepEqual([across.status, await across.text()], [206, text.slice(2_999_997, 3_000_003)])
    await send('DELETE', answers[made].headers.get('location'))
  }
})

test('PUT is held to the digests it states', async () => {
  const put = (name, headers, size = 100_000) => fetch(`${server.url}/${room.name}/${name}`, { method: 'PUT', body: Buffer.alloc(size, 'x'), headers: { ...room.bearer, ...headers } })
  const digest = (size, algorithm) => `${{ sha256: 'sha-256', sha512: 'sha-512' }[algorithm]}=:${createHash(algorithm).update(Buffer.alloc(size, 'x')).digest('base64')}:`
  for (const size of [10, 100_000])
    for (const field of ['Content-Digest', 'Repr-Digest']) {
      const wrong = await put('wrong', { [field]: digest(size + 1, 'sha256') }, size)
      assert.deepEqual([wrong.status, (await wrong.json()).code], [400, 'checksum_mismatch'])
      assert.equal((await put('right', { [field]: digest(size, 'sha256') }, size)).status, 201)
    }
  assert.equal((await put('right', { 'Content-Digest': digest(100_000, 'sha512') })).status, 201)
  const told = await put('told', { 'Want-Repr-Digest': 'sha-256=1' }, 3_000_000)
  assert.equal(told.headers.get('repr-digest'), digest(3_000_000, 'sha256'))
  assert.equal((await listed()).files.filter(file => file.name.startsWith('wrong')).length, 0)
})
