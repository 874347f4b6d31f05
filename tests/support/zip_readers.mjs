// What people open a ZIP with: each lays what is in it below a folder that is there.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const env = { ...process.env, LC_ALL: 'C.UTF-8' }
export const readers = {
  unzip: (zip, into) => execFileSync('unzip', ['-q', zip, '-d', into], { env }),
  '7-Zip': (zip, into) => execFileSync('7zz', ['x', '-bd', '-y', `-o${into}`, zip], { env }),
  bsdtar: (zip, into) => execFileSync('bsdtar', ['-xf', zip, '-C', into], { env }),
  'bsdtar from a pipe': (zip, into) => execFileSync('bsdtar', ['-xf', '-', '-C', into], { input: readFileSync(zip), env }),
  python: (zip, into) => execFileSync('python3', ['-c', 'import sys,zipfile\nzipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])', zip, into], { env }),
}

/** The paths below a folder of all that is no folder. */
export const filesUnder = root => readdirSync(root, { withFileTypes: true }).flatMap(e => (e.isDirectory() ? filesUnder(join(root, e.name)) : [join(root, e.name)]))
