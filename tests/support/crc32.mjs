// CRC-32 as ZIP has it: Debian 12's Node has none.
import zlib from 'node:zlib'

const table = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; ++bit) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})
function sumOf(bytes) {
  let sum = ~0
  for (const byte of bytes) sum = table[(sum ^ byte) & 255] ^ (sum >>> 8)
  return ~sum >>> 0
}

export const crc32 = zlib.crc32 ?? sumOf
