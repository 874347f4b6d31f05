import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filesOf } from '../src/upload/drop'

const lost = () => Promise.reject(new DOMException('', 'NotReadableError'))
const handle = (name: string, getFile: () => Promise<File> = async () => new File(['x'], name)) => ({ kind: 'file', name, getFile })
const folder = (name: string, ...inside: object[]) => ({ kind: 'directory', name, async *values() { yield* inside; if (inside.length === 0) await lost() } })
const entry = (path: string, isReadable = true) => ({
  isFile: true, fullPath: path, file: (done: (file: File) => void, failed: () => void) => (isReadable ? done(new File(['x'], path)) : failed()),
})
/** What a drop of these handles, or entries, would bring. */
const dropped = (items: object[], isOfEntries = false) => ({
  files: [], items: items.map(item => ({ kind: 'file', ...(isOfEntries ? { webkitGetAsEntry: () => item } : { getAsFileSystemHandle: async () => item }) })),
}) as unknown as DataTransfer

async function read(data: DataTransfer) {
  const unread: string[] = []
  return { names: (await filesOf(data, name => unread.push(name))).map(picked => picked.name), unread }
}

test('what can’t be read of a drop is named, and the rest comes', async () => {
  const found = await read(dropped([handle('a.txt'), handle('gone.txt', lost), folder('week', handle('b.txt'), handle('open.doc', lost), folder('locked'))]))
  assert.deepEqual(found, { names: ['a.txt', 'week/b.txt'], unread: ['gone.txt', 'week/open.doc', 'week/locked'] })
})

test('so it is where a browser gives no handles', async () => {
  assert.deepEqual(await read(dropped([entry('/a.txt'), entry('/gone.txt', false)], true)), { names: ['a.txt'], unread: ['gone.txt'] })
})
