import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { encodePng } from '../../web/png.mjs'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))

/** Writes a picture for the documentation, where that is asked for and more has changed than a clock or a port number. */
export async function keepPicture(page, name) {
  if (!process.env.UPDATE_PICTURES) return
  mkdirSync(folder, { recursive: true })
  // Nothing is pointed at.
  await page.mouse.move(0, 0)
  const path = `${folder}${name}.png`
  const taken = inFewColours(await pixelsOf(page, await page.screenshot({ animations: 'disabled' })))
  const before = existsSync(path) ? await pixelsOf(page, readFileSync(path)) : null
  if (!before || !areAlike(before.rgb, taken.rgb)) writeFileSync(path, encodePng(taken.width, taken.height, taken.places, taken.palette))
}

/** Decoded by the browser, on a page of its own. */
async function pixelsOf(page, png) {
  const blank = await page.context().browser().newPage()
  const { width, height, rgb } = await blank.evaluate(async source => {
    const image = new Image()
    image.src = source
    await image.decode()
    const context = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height }).getContext('2d')
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, image.width, image.height)
    let rgb = ''
    for (let i = 0; i < data.length; i += 4) rgb += String.fromCharCode(data[i], data[i + 1], data[i + 2])
    return { width: image.width, height: image.height, rgb: btoa(rgb) }
  }, `data:image/png;base64,${png.toString('base64')}`)
  await blank.close()
  return { width, height, rgb: Buffer.from(rgb, 'base64') }
}

/** With a palette of the commonest colours: the dithering of the pool of light, unseen, is most of a PNG. */
function inFewColours({ width, height, rgb }) {
  // In steps of three of each colour dithering goes, and no band is seen.
  const keys = new Uint32Array(width * height)
  const counts = new Map()
  const inStep = byte => Math.min(255, Math.round(byte / 3) * 3)
  for (let i = 0; i < keys.length; i++) {
    keys[i] = (inStep(rgb[i * 3]) << 16) | (inStep(rgb[i * 3 + 1]) << 8) | inStep(rgb[i * 3 + 2])
    counts.set(keys[i], (counts.get(keys[i]) ?? 0) + 1)
  }
  const partsOf = key => [key >> 16, (key >> 8) & 255, key & 255]
  const palette = [...counts].sort(([, a], [, b]) => b - a).slice(0, 256).map(([key]) => partsOf(key))
  const distance = (a, b) => a.reduce((sum, part, at) => sum + (part - b[at]) ** 2, 0)
  const placeOf = key => palette.reduce((best, colour, place) => (distance(colour, partsOf(key)) < distance(palette[best], partsOf(key)) ? place : best), 0)
  const places = new Map([...counts.keys()].map(key => [key, placeOf(key)]))
  return { width, height, rgb, places: Buffer.from(Array.from(keys, key => places.get(key))), palette }
}

/** The same but for the one pixel in two hundred that a clock is. */
function areAlike(a, b) {
  if (a.length !== b.length) return false
  let differing = 0
  for (let i = 1; i < a.length; i += 3) if (Math.abs(a[i] - b[i]) > 32) differing++
  return differing < a.length / 600
}
