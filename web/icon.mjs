// The lamp of favicon.svg as a PNG, on paper: drawn here so that the repository needs no binary and the build no image library.
import { encodePng } from './png.mjs'

const paper = [234, 239, 230], brass = [185, 133, 18], green = [28, 90, 68], glow = [244, 192, 78]
const inside = (x, y, [left, top, right, bottom]) => x >= left && x <= right && y >= top && y <= bottom

/** The colour at a point of a square of 32 units; the lamp keeps to the middle 60 %, which every mask leaves. */
function colourAt(x, y) {
  const [u, v] = [(x - 16) / 0.6 + 16, (y - 16) / 0.6 + 16]
  if (inside(u, v, [3, 23, 29, 26])) return glow
  if (v <= 23 && ((u - 16) / 12) ** 2 + ((v - 23) / 13) ** 2 <= 1) return green
  return inside(u, v, [15, 3, 17, 10]) ? brass : paper
}

/** size    in pixels, each the mean of four by four points */
export function drawIcon(size) {
  const rgb = Buffer.alloc(size * size * 3)
  for (let i = 0; i < size * size; i++) rgb.set(pixelAt(i % size, Math.floor(i / size), 32 / size), i * 3)
  return encodePng(size, size, rgb)
}

function pixelAt(x, y, unit) {
  const sum = [0, 0, 0]
  for (let i = 0; i < 16; i++) {
    const colour = colourAt((x + ((i % 4) + 0.5) / 4) * unit, (y + (Math.floor(i / 4) + 0.5) / 4) * unit)
    for (let c = 0; c < 3; c++) sum[c] += colour[c] / 16
  }
  return sum.map(Math.round)
}
