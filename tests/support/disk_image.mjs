// A disk of a file's own: ext4 in an image, mounted, and searched byte by byte past the file system. Mounting takes root, or sudo
// without a password.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './server.mjs'

const isRoot = process.getuid() === 0
const asRoot = (...command) => execFileSync(isRoot ? command[0] : 'sudo', isRoot ? command.slice(1) : ['-n', ...command], { stdio: ['ignore', 'ignore', 'pipe'] })

export class DiskImage {
  constructor(bytes = 128 << 20) {
    const folder = makeFolder('image')
    this.file = join(folder, 'disk.img')
    this.folder = join(folder, 'mounted')
    writeFileSync(this.file, '')
    truncateSync(this.file, bytes)
    execFileSync('/sbin/mkfs.ext4', ['-q', '-F', '-E', `root_owner=${process.getuid()}:${process.getgid()}`, this.file])
    execFileSync('mkdir', [this.folder])
    asRoot('mount', '-o', 'loop', this.file, this.folder)
  }

  /** How often each of `needles` (strings or buffers) stands anywhere on the disk. */
  count(needles) {
    execFileSync('sync', ['-f', this.folder])
    const wanted = needles.map(needle => Buffer.from(needle))
    const longest = Math.max(...wanted.map(needle => needle.length))
    const counts = wanted.map(() => 0)
    const piece = Buffer.alloc(8 << 20)
    const file = openSync(this.file, 'r')
    // Pieces overlap by less than any needle that stood in both would need.
    for (let at = 0; ; at += piece.length - longest + 1) {
      const size = readSync(file, piece, 0, piece.length, at)
      if (size < longest) break
      const here = piece.subarray(0, size)
      wanted.forEach((needle, i) => {
        for (let found = here.indexOf(needle); found >= 0; found = here.indexOf(needle, found + 1)) counts[i] += found <= piece.length - longest ? 1 : 0
      })
      if (size < piece.length) break
    }
    closeSync(file)
    return counts
  }

  unmount() {
    asRoot('umount', this.folder)
  }
}
