export interface Invite { room: string; password: string }

/** The link whose fragment carries the password; a fragment never reaches a server. */
export function inviteLink(origin: string, path: string, password: string): string {
  return `${origin}${path}#${encodeURIComponent(password)}`
}

/** Room name and password from an address, as far as they are there. */
export function parseInvite(path: string, base: string, hash: string): Invite {
  const [segment = ''] = path.slice(base.length + 1).split('/')
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      return ''
    }
  }
  return { room: decode(segment), password: decode(hash.replace(/^#/, '')) }
}
