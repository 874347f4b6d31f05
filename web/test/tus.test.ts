import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Refusal } from '../src/upload/transfer'
import { makeTusTransfer } from '../src/upload/tus'

interface Options { uploadUrl: string | null; endpoint: string | null; onUploadUrlAvailable: () => void; onError: (error: unknown) => void }

/** One file on its way by a client that does what the test says; `unreadable` since it was changed or taken away. */
function stage({ url = null as string | null, unreadable = false } = {}) {
  /** `called` are the starts too, in order */
  const told = { refusals: [] as Refusal[], urls: [] as string[], called: [] as string[] }
  let options!: Options
  class Upload {
    url = 'https://there/api/v1/rooms/lab/files/f9'
    options: Options
    constructor(_file: unknown, given: Options) { this.options = options = given }
    start() { told.called.push('start') }
    async abort() {}
  }
  const file = { size: 10, type: '', lastModified: 7, slice: () => ({ arrayBuffer: () => unreadable ? Promise.reject(new Error('gone')) : Promise.resolve() }) }
  const room = { path: (rest: string) => `/rooms/lab${rest}`, call: async (method: string, rest: string) => {
    await Promise.resolve()
    told.called.push(`${method} ${rest}`)
  } }
  const transfer = makeTusTransfer({ Upload } as never, { file, name: 'a', room, url } as never, {
    onUrl: made => told.urls.push(made), onProgress: () => undefined, onSuccess: () => undefined, onRefusal: refusal => told.refusals.push(refusal),
  })
  transfer.start()
  const settled = () => new Promise(resolve => setImmediate(resolve))
  const fail = async (status = 0, body = '') => {
    options.onError({ originalResponse: status ? { getStatus: () => status, getBody: () => body, getHeader: () => undefined } : null })
    await settled()
  }
  return { told, options, transfer, fail, settled }
}

test('what is at the server goes on, and what isn’t is created, once', () => {
  const known = stage({ url: '/rooms/lab/files/7/f1' })
  assert.deepEqual([known.options.uploadUrl, known.options.endpoint], ['/rooms/lab/files/f1', null])
  const fresh = stage()
  assert.deepEqual([fresh.options.uploadUrl, fresh.options.endpoint], [null, '/rooms/lab/files'])
  fresh.options.onUploadUrlAvailable()
  assert.deepEqual([fresh.told.urls, fresh.options.endpoint], [['/rooms/lab/files/7/f9'], null])
})

test('a file that can’t be read any more is told as changed, a broken connection as one', async () => {
  const changed = stage({ unreadable: true })
  await changed.fail()
  const broken = stage()
  await broken.fail()
  assert.deepEqual([changed, broken].map(({ told }) => told.refusals.map(r => [r.status, r.code])), [[[400, 'length_conflict']], [[0, 'unavailable']]])
})

test('what is understood only after a pause is told nobody', async () => {
  const { told, transfer, fail } = stage({ unreadable: true })
  const failing = fail()
  await transfer.abort()
  await failing
  assert.deepEqual(told.refusals, [])
})

test('a proxy with a limit of its own says that the file is too large, without a code', async () => {
  const { told, fail } = stage()
  await fail(413, '<html>413 Request Entity Too Large</html>')
  await fail(413, '{"code":"file_too_large","field":"x"}')
  await fail(502, '<html>')
  assert.deepEqual(told.refusals.map(r => [r.code, r.field]), [['file_too_large', ''], ['file_too_large', 'x'], ['unavailable', '']])
})
