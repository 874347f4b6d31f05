// A disk as POSIX lets it be: what wasn't synced may be gone after a power loss, whole or in parts. Fed with what a server did to
// its folder, it says what may be left of that folder at each moment.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const parentOf = path => (path.includes('/') ? dirname(path) : '')

class Inode {
  #pending = []
  bytes = Buffer.alloc(0)

  do(change) { this.#pending.push(change) }
  sync() {
    this.bytes = this.#after(() => true)
    this.#pending = []
  }

  /** What is left, where `stays(change)` says of what wasn't synced whether it reached the disk. */
  left(stays) { return this.#after(stays) }

  #after(stays) {
    const kept = this.#pending.filter(stays)
    let size = this.bytes.length
    const most = kept.reduce((end, change) => Math.max(end, change.bytes ? change.at + change.bytes.length : change.at), size)
    const bytes = Buffer.alloc(most)
    this.bytes.copy(bytes)
    for (const { at, bytes: written } of kept) {
      if (written) {
        written.copy(bytes, at)
        size = Math.max(size, at + written.length)
      } else {
        bytes.fill(0, Math.min(at, size))
        size = at
      }
    }
    return bytes.subarray(0, size)
  }
}

export class Disk {
  #inodes = new Map()   // by the kernel's number: who has it now
  #now = new Map()      // name -> Inode, or 'folder'
  #durable = new Map()  // the same, of what is sure
  #pending = []         // changes of names: {folder, name, inode or null}

  do({ what, inode, at, names, bytes }) {
    const [name, second] = names
    switch (what) {
      case 'O': return this.#create(name, inode)
      case 'W': return this.#inodes.get(inode)?.do({ at, bytes })
      case 'T': return this.#inodes.get(inode)?.do({ at })
      case 'S': return this.#inodes.get(inode)?.sync()
      case 'D': return this.#syncFolder(name)
      case 'U': return this.#name(name, null)
      case 'L': return this.#name(second, this.#now.get(name))
      case 'R':
        this.#name(second, this.#now.get(name))
        return this.#name(name, null)
      case 'M': return this.#name(name, 'folder')
      default: throw new Error(`what is ${what}?`)
    }
  }

  #create(name, number) {
    const inode = new Inode()
    this.#inodes.set(number, inode)
    this.#name(name, inode)
  }

  #name(name, inode) {
    this.#pending.push({ folder: parentOf(name), name, inode })
    if (inode) this.#now.set(name, inode)
    else this.#now.delete(name)
  }

  #syncFolder(folder) {
    for (const change of this.#pending.filter(change => change.folder === folder)) this.#apply(this.#durable, change)
    this.#pending = this.#pending.filter(change => change.folder !== folder)
  }

  #apply(names, { name, inode }) {
    if (inode) names.set(name, inode)
    else names.delete(name)
  }

  /** Writes into `folder` what a power loss now may leave: of what wasn't synced only what `stays()`. */
  leave(folder, stays = () => false) {
    const names = new Map(this.#durable)
    for (const change of this.#pending) if (stays(change)) this.#apply(names, change)
    const isThere = name => name === '' || (names.get(name) === 'folder' && isThere(parentOf(name)))
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const [name, inode] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (name === '' || !isThere(parentOf(name))) continue
      if (inode === 'folder') mkdirSync(join(folder, name), { mode: 0o700 })
      else writeFileSync(join(folder, name), inode.left(stays), { mode: 0o600 })
    }
  }
}
