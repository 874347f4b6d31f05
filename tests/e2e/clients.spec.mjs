// Other people's browser clients, unchanged: Uppy with its tus plugin, and tus-js-client in parallel parts.
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { Server } from '../support/server.mjs'

const entry = `
  import Uppy from '@uppy/core'
  import UppyTus from '@uppy/tus'
  import { Upload } from 'tus-js-client'
  Object.assign(window, { Uppy, UppyTus, TusUpload: Upload })
`
let server, room, script
test.beforeAll(async () => {
  const built = await build({ stdin: { contents: entry, resolveDir: fileURLToPath(new URL('.', import.meta.url)) }, bundle: true, write: false, format: 'iife', logLevel: 'error' })
  script = built.outputFiles[0].text
})
test.beforeEach(async () => { server = await Server.start(); room = await server.room() })
test.afterEach(async () => { await server.stop() })

/** An empty page of our own origin with the clients on it. */
async function open(page) {
  await page.route('**/client-under-test', route => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>x</title>' }))
  await page.goto(`${server.url}/client-under-test`)
  await page.addScriptTag({ content: script })
}
const files = async () => (await (await fetch(`${server.url}/api/v1/rooms/${room.name}`, { headers: room.bearer })).json()).files
const digest = async name => {
  const response = await fetch(`${server.url}/${room.name}/${name}`, { headers: room.bearer })
  return createHash('sha256').update(Buffer.from(await response.arrayBuffer())).digest('hex')
}
const pattern = size => { const bytes = Buffer.alloc(size); for (let i = 0; i < size; i += 4) bytes.writeUInt32LE(i * 7, i); return bytes }
const expected = size => createHash('sha256').update(pattern(size)).digest('hex')
const setting = () => ({ endpoint: `${server.url}/api/v1/rooms/${room.name}/files`, headers: room.bearer })

test('Uppy uploads, also in chunks and a folder', async ({ page }) => {
  await open(page)
  const outcome = await page.evaluate(async ({ endpoint, headers }) => {
    const make = size => { const words = new Uint32Array(size / 4); for (let i = 0; i < words.length; ++i) words[i] = i * 28; return new Blob([words]) }
    const uppy = new window.Uppy().use(window.UppyTus, { endpoint, headers, chunkSize: 1 << 20, retryDelays: [100, 500] })
    uppy.addFile({ name: 'one.bin', type: 'application/octet-stream', data: make(3_000_000) })
    uppy.addFile({ name: 'two.bin', type: 'application/octet-stream', data: make(40_000), meta: { relativePath: 'folder/two.bin' } })
    const result = await uppy.upload()
    return { successful: result.successful.length, failed: result.failed.map(file => String(file.error)) }
  }, setting())
  expect(outcome).toEqual({ successful: 2, failed: [] })
  expect((await files()).map(file => [file.name, file.state]).sort()).toEqual([['folder/two.bin', 'complete'], ['one.bin', 'complete']])
  expect(await digest('one.bin')).toBe(expected(3_000_000))
})

test('tus-js-client uploads one file in four parts at once', async ({ page }) => {
  await open(page)
  const problem = await page.evaluate(({ endpoint, headers }) => new Promise(resolve => {
    const words = new Uint32Array(2_000_000)
    for (let i = 0; i < words.length; ++i) words[i] = i * 28
    new window.TusUpload(new Blob([words]), { endpoint, headers, parallelUploads: 4, metadata: { filename: 'four.bin' }, onSuccess: () => resolve(''), onError: error => resolve(String(error)) }).start()
  }), setting())
  expect(problem).toBe('')
  expect((await files()).map(file => [file.name, file.size_bytes])).toEqual([['four.bin', 8_000_000]])
  expect(await digest('four.bin')).toBe(expected(8_000_000))
})
