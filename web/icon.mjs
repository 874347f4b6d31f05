// The lamp of favicon.svg as a PNG, on paper: drawn here so that the repository needs no binary and the build no image library.
import { deflateSync } from 'node:zlib'

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
  const rows = Buffer.alloc(size * (size * 3 + 1))
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) rows.set(pixelAt(x, y, 32 / size), y * (size * 3 + 1) + 1 + x * 3)
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

function pixelAt(x, y, unit) {
  const sum = [0, 0, 0]
  for (let i = 0; i < 16; i++) {
    const colour = colourAt((x + ((i % 4) + 0.5) / 4) * unit, (y + (Math.floor(i / 4) + 0.5) / 4) * unit)
    for (let c = 0; c < 3; c++) sum[c] += colour[c] / 16
  }
  return sum.map(Math.round)
}

function chunk(type, bytes) {
  const framed = Buffer.concat([Buffer.alloc(4), Buffer.from(type), bytes, Buffer.alloc(4)])
  framed.writeUInt32BE(bytes.length, 0)
  framed.writeUInt32BE(checksum(framed.subarray(4, -4)), framed.length - 4)
  return framed
}

/** PNG's CRC-32: Node's own came only after version 18. */
function checksum(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
