// A language that nobody speaks: English a third longer, with marks on its letters, served in the place of Arabic's chunk. What is cut,
// overlaps or still stands in English shows in it.
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = `
  import { en } from '../../web/src/i18n/en'
  const marked = { a: 'á', e: 'ë', i: 'ï', o: 'ö', u: 'ü', n: 'ñ', A: 'Å', E: 'É', O: 'Ø' }
  const longer = text => '⟦' + text + ' œœœœ œœ'.repeat(Math.ceil(text.length / 21)) + '⟧'
  const made = value =>
    typeof value === 'string' ? longer(value.replace(/[aeiounAEO]/g, letter => marked[letter]))
    : typeof value === 'function' ? (...values) => longer(value(...values))
    : Array.isArray(value) ? value.map(made)
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, made(inner)]))
  export default say => made(en(say))
`

/** From now on the page speaks it, from right to left. */
export async function speakPseudo(context) {
  const { outputFiles } = await build({ stdin: { contents: source, resolveDir: fileURLToPath(new URL('.', import.meta.url)) }, bundle: true, write: false, format: 'esm', charset: 'utf8', logLevel: 'error' })
  await context.addInitScript(() => localStorage.setItem('fleeting-language', 'ar'))
  await context.route('**/assets/ar-*.js', route => route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: outputFiles[0].text }))
}
