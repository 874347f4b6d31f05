// Tells tests/fault/disk_shim.cpp, loaded into a server, which of its calls to the disk fail; reads what it wrote down.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder } from '../support/server.mjs'

const source = fileURLToPath(new URL('disk_shim.cpp', import.meta.url))
let library
function build() {
  if (!library) {
    library = join(makeFolder('shim'), 'disk_shim.so')
    execFileSync('clang++-19', ['-std=c++23', '-O1', '-shared', '-fPIC', '-Wall', '-Wextra', '-o', library, source])
  }
  return library
}

/** What a call does: the bits of its `kinds`. */
export const kinds = Object.fromEntries(
  ['open', 'read', 'write', 'sync', 'syncFolder', 'cut', 'unlink', 'link', 'rename', 'makeFolder', 'look', 'send', 'copy', 'writeBack', 'map', 'lock'].map((kind, bit) => [kind, 1 << bit]))
export const all = Object.values(kinds).reduce((sum, bit) => sum | bit)
const [kCalls, kFirst, kLast, kFailed, kRecorded, kKinds, kError, kFailedKind] = [0, 8, 16, 24, 32, 40, 44, 48]

export class DiskShim {
  /** For one server; `record` names a file for what it does, `bootId` is what it takes the machine's boot for. */
  constructor(server, { record, bootId } = {}) {
    this.path = join(server.folder, `control-${Math.random()}`)
    writeFileSync(this.path, Buffer.alloc(4096))
    this.control = openSync(this.path, 'r+')
    server.env = {
      ...server.env, LD_PRELOAD: build(), DISK_SHIM_FOLDER: server.data, DISK_SHIM_CONTROL: this.path,
      ...(record && { DISK_SHIM_RECORD: record }), ...(bootId && { DISK_SHIM_BOOT_ID: bootId }),
    }
  }

  /** Of the calls that do one of `kinds`, counted from now, those from `first` to `last` fail with `error`. */
  arm({ first, last = first, which = all, error = 'EIO' }) {
    this.#set(kFirst, 0)
    for (const field of [kCalls, kFailed]) this.#set(field, 0)
    this.#set(kLast, last)
    const words = Buffer.alloc(12)
    words.writeUInt32LE(which, 0)
    words.writeUInt32LE(constants.errno[error], 4)
    writeSync(this.control, words, 0, 12, kKinds)
    this.#set(kFirst, first)
  }

  disarm() { this.#set(kFirst, 0) }
  get calls() { return this.#get(kCalls) }
  get failed() { return this.#get(kFailed) }
  get recorded() { return this.#get(kRecorded) }
  /** The name of what failed last. */
  get failedKind() {
    const bit = this.#get(kFailedKind)
    return Object.keys(kinds).find(kind => kinds[kind] === bit)
  }

  close() { closeSync(this.control) }

  #set(at, value) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    writeSync(this.control, bytes, 0, 8, at)
  }

  #get(at) {
    const bytes = Buffer.alloc(8)
    readSync(this.control, bytes, 0, 8, at)
    return Number(at === kFailedKind ? bytes.readUInt32LE() : bytes.readBigUInt64LE())
  }
}

/** What a server did to its folder, one after the other: {what: a letter, inode, at, names, bytes}. */
export function readRecord(path) {
  const all = readFileSync(path)
  const entries = []
  for (let from = 0; from < all.length;) {
    const [what, nameSize] = [String.fromCharCode(all.readUInt32LE(from)), all.readUInt32LE(from + 4)]
    const [inode, at, size] = [8, 16, 24].map(field => Number(all.readBigUInt64LE(from + field)))
    const [name, bytes] = [from + 32, from + 32 + nameSize]
    entries.push({ what, inode, at, names: all.toString('utf8', name, bytes).split('\0'), bytes: all.subarray(bytes, bytes + size) })
    from = bytes + size
  }
  return entries
}
