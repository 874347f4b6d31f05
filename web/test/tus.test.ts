import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Refusal } from '../src/upload/transfer'
import { TusTransfer } from '../src/upload/tus'

interface Options {
  uploadUrl: string | null; endpoint: string | null
  onUploadUrlAvailable: () => void; onProgress: (sent: number) => void; onSuccess: () => void; onError: (error: unknown) => void
}

/** One file on its way by a client that does what the test says; `unreadable` since it was changed or taken away; `patience` is in ms, 0 while nothing is waited for. */
function stage({ url = null as string | null, unreadable = false } = {}) {
  const told = { refusals: [] as Refusal[], urls: [] as string[], called: [] as string[], patience: 0, giveUp: () => undefined as void, progress: [] as number[], done: 0 }
  let options!: Options
  class Upload {
    url = 'https://there/api/v1/rooms/lab/files/f9'
    options: Options
    constructor(_file: unknown, given: Options) { this.options = options = given }
    start() { told.called.push('start') }
    async abort(remove = false) { told.called.push(remove ? 'terminate' : 'abort') }
  }
  const file = { size: 10, type: '', lastModified: 7, slice: () => ({ arrayBuffer: () => unreadable ? Promise.reject(new Error('gone')) : Promise.resolve() }) }
  const room = { path: (rest: string) => `/rooms/lab${rest}` }
  const transfer = new TusTransfer({ Upload } as never, { file, name: 'a', room, url } as never, {
    onUrl: made => told.urls.push(made), onGone: () => undefined, onProgress: sent => told.progress.push(sent), onSuccess: () => told.done++, onRefusal: refusal => told.refusals.push(refusal),
  }, giveUp => {
    told.giveUp = giveUp
    return { wait: ms => (told.patience = ms), stop: () => (told.patience = 0) }
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

test('while it is being created a pause waits for it, and goes on with what was made', async () => {
  const { told, options, transfer } = stage()
  await transfer.abort()
  transfer.start()
  await transfer.abort()
  assert.deepEqual(told.called, ['start'])
  options.onUploadUrlAvailable()
  assert.deepEqual([told.called, told.urls], [['start', 'abort'], ['/rooms/lab/files/7/f9']])
  transfer.start()
  assert.deepEqual(told.called, ['start', 'abort', 'start'])
})

test('cancelled while it is being created it is dropped once it is there, and nobody is told of it', async () => {
  const { told, options, transfer } = stage()
  await transfer.abort(true)
  assert.deepEqual(told.called, ['start'])
  options.onUploadUrlAvailable()
  options.onSuccess()
  assert.deepEqual([told.called, told.urls, told.done], [['start', 'terminate'], [], 0])
})

test('a creation that failed while it was paused is asked for anew', async () => {
  const { told, transfer, fail } = stage()
  await transfer.abort()
  await fail()
  transfer.start()
  assert.deepEqual([told.called, told.refusals], [['start', 'start'], []])
})

test('what stands still is given up as broken, and the next time more patiently; what is all sent may take its time', async () => {
  const { told, options, transfer } = stage({ url: '/rooms/lab/files/7/f1' })
  assert.equal(told.patience, 60_000)
  told.giveUp()
  assert.deepEqual([told.called, told.refusals.map(r => [r.status, r.code])], [['start', 'abort'], [[0, 'unavailable']]])
  transfer.start()
  assert.equal(told.patience, 120_000)
  options.onProgress(10)
  assert.equal(told.patience, 1_200_000)
  options.onProgress(5)
  assert.equal(told.patience, 120_000)
  await transfer.abort()
  assert.equal(told.patience, 0)
})
