// CRC-32 as ZIP has it, four bytes a step.

const first = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})
const after = (table: Int32Array) => table.map(n => first[n & 255]! ^ (n >>> 8))
const second = after(first)
const third = after(second)
const fourth = after(third)

/** Of `bytes` behind those whose sum is `before`. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let sum = ~before
  let at = 0
  for (; at + 3 < bytes.length; at += 4) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    sum = fourth[sum & 255]! ^ third[(sum >>> 8) & 255]! ^ second[(sum >>> 16) & 255]! ^ first[sum >>> 24]!
  }
  for (; at < bytes.length; at++) sum = first[(sum ^ bytes[at]!) & 255]! ^ (sum >>> 8)
  return ~sum >>> 0
}
