// Just enough of PNG (ISO 15948) for pictures that are drawn or kept by scripts.
import { deflateSync } from 'node:zlib'

/**
 * pixels    three bytes each, from the top left; with `palette` one byte each, its colour's place there
 * palette   at most 256 colours of three bytes
 */
export function encodePng(width, height, pixels, palette) {
  const stride = pixels.length / height
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, palette ? 3 : 2, 0, 0, 0], 8)
  // Each row begins with its filter: none.
  const rows = Buffer.alloc((stride + 1) * height)
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  const colours = palette ? [chunk('PLTE', Buffer.from(palette.flat()))] : []
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), ...colours, chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
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
