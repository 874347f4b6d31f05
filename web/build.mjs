// Builds the page into a folder: hashed names, each file also as gzip and brotli, and a manifest for the binary.
//   node build.mjs --outdir DIR    node build.mjs --tests
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { drawIcon } from './icon.mjs'

const here = import.meta.dirname ?? dirname(new URL(import.meta.url).pathname)
const types = {
  css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8',
  png: 'image/png', svg: 'image/svg+xml', webmanifest: 'application/manifest+json', woff2: 'font/woff2',
}

const shared = {
  absWorkingDir: here, bundle: true, format: 'esm', jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', logLevel: 'warning',
}

if (process.argv.includes('--tests')) {
  await build({ ...shared, entryPoints: ['test/all.test.ts'], outfile: 'build/tests.mjs', platform: 'node', packages: 'external' })
} else {
  await buildPage(outdirWished())
}

/** The folder is emptied first, so nothing but what follows `--outdir` is ever taken for it. */
function outdirWished() {
  const at = process.argv.indexOf('--outdir')
  if (at < 0) return join(here, 'build/page')
  const wished = process.argv[at + 1]
  if (!wished || wished.startsWith('-')) throw new Error('--outdir needs a folder')
  return resolve(wished)
}

async function buildPage(outdir) {
  // Only a folder that is empty, or that an earlier build filled, is emptied.
  if (existsSync(outdir) && readdirSync(outdir).length > 0 && !existsSync(join(outdir, 'manifest.json'))) throw new Error(`${outdir} holds no built page: not emptied`)
  rmSync(outdir, { recursive: true, force: true })
  const result = await build({
    ...shared, entryPoints: { app: 'src/main.tsx', style: 'src/ui/style.css' }, outdir: join(outdir, 'assets'), write: false, minify: true, metafile: true,
    splitting: true, target: 'es2022', entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', assetNames: '[name]-[hash]',
    charset: 'utf8', alias: { 'url-parse': './src/upload/url-parse.ts' }, loader: { '.woff2': 'file' }, define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files = new Map(result.outputFiles.map(f => [f.path.slice(outdir.length + 1).replaceAll('\\', '/'), Buffer.from(f.contents)]))
  const named = start => [...files.keys()].find(name => name.startsWith(`assets/${start}-`) && !name.endsWith('.woff2'))
  const chunks = chunksOf(result.metafile, outdir, named('app'))
  const preloads = chunks.map(path => `<link rel="modulepreload" href="%BASE%/${path}">\n`).join('')
  const html = readFileSync(join(here, 'src/index.html'), 'utf8')
    .replace('@APP@', named('app')).replace('@STYLE@', named('style')).replace('@PRELOADS@\n', preloads)
  files.set('index.html', Buffer.from(html))
  for (const name of ['favicon.svg', 'app.webmanifest', 'plain.css', 'report.js']) files.set(name, readFileSync(join(here, 'src', name)))
  for (const size of [180, 192, 512]) files.set(`icon-${size}.png`, drawIcon(size))
  const manifest = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => write(outdir, path, bytes))
  writeFileSync(join(outdir, 'manifest.json'), JSON.stringify(manifest, null, 1))
  checkBudget(files, ['index.html', named('app'), named('style'), ...chunks], [named('inside')])
}

function write(outdir, path, bytes) {
  const file = join(outdir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
  const ending = path.slice(path.lastIndexOf('.') + 1)
  const compress = ending !== 'woff2' && ending !== 'png'
  if (compress) {
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
  }
  return {
    path, media_type: types[ending], hashed: path.startsWith('assets/'), etag: createHash('sha256').update(bytes).digest('hex'),
    gz: compress, br: compress,
  }
}

/** The chunks that a module needs before it runs: what it shares with those that are loaded later. */
function chunksOf(metafile, outdir, path) {
  const pathOf = output => relative(outdir, resolve(here, output)).replaceAll('\\', '/')
  const outputs = new Map(Object.entries(metafile.outputs).map(([output, made]) => [pathOf(output), made]))
  const found = new Set()
  const visit = from => outputs.get(from).imports.filter(i => i.kind === 'import-statement').map(i => pathOf(i.path)).forEach(chunk => {
    if (!found.has(chunk)) visit(found.add(chunk) && chunk)
  })
  visit(path)
  return [...found]
}

// What a first visit loads before anything else, and what a room's page needs beside it; other languages, tus-js-client and the QR
// code come when they are wanted.
function checkBudget(files, first, inside) {
  const size = paths => paths.reduce((sum, path) => sum + gzipSync(files.get(path), { level: 9 }).length, 0)
  const [landing, room] = [size(first), size([...first, ...inside])]
  console.log(`page: first load ${(landing / 1000).toFixed(1)} kB gzip (budget 36), a room ${(room / 1000).toFixed(1)} (budget 36)`)
  if (landing > 36_000 || room > 36_000) throw new Error('the first load is over its budget')
  if (first.length > 4) throw new Error(`the first load takes ${first.length} requests, and at most 4 beside the font: ${first.join(' ')}`)
}
