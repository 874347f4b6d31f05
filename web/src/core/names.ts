// A file's name comes from a stranger: what it hides is made to be seen.

/** A run of a name's characters. `hidden` ones draw nothing, or turn their neighbours round; here they are spelt out. */
export interface NamePart { text: string; hidden: boolean }

/** A name as it is shown: folders, the name proper, and apart from it the ending that decides what opens the file. */
export interface ShownName { folder: string; stem: string; ending: string }

/** Steers the direction of what follows, has no width, or is a control character. */
const hiding = /[\p{Cc}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202f\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u
/** Joiners belong into many scripts and into emoji; after a Latin letter, a digit or a sign they only hide. */
const joiner = /[\u200c\u200d]/u
const plain = /^[\p{Script=Latin}\p{Nd}\p{P}\p{Zs}]?$/u

const spelt = (character: string) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`

export function partsOf(text: string): NamePart[] {
  const parts: NamePart[] = []
  let before = ''
  for (const character of text) {
    const hidden = hiding.test(character) || (joiner.test(character) && plain.test(before))
    const last = parts.at(-1)
    if (hidden) parts.push({ text: spelt(character), hidden })
    else if (last && !last.hidden) last.text += character
    else parts.push({ text: character, hidden })
    before = character
  }
  return parts
}

/** The same as one text, for names of buttons and for what is read out. */
export const plainName = (name: string): string => partsOf(name).map(part => (part.hidden ? `[${part.text}]` : part.text)).join('')

export function shownName(name: string): ShownName {
  const slash = name.lastIndexOf('/') + 1
  const dot = name.lastIndexOf('.')
  const cut = dot > slash && dot < name.length - 1 ? dot : name.length
  return { folder: name.slice(0, slash), stem: name.slice(slash, cut), ending: name.slice(cut) }
}

/** What Windows, macOS or a desktop runs when it is opened. */
const programs = new Set(('exe com scr pif msi msix bat cmd ps1 psm1 vbs vbe js jse wsf wsh hta cpl dll lnk url reg jar app dmg pkg command scpt '
  + 'sh bash run appimage desktop deb rpm apk docm xlsm pptm').split(' '))
/** What people take for harmless; before a program's ending it is there to be mistaken for the ending. */
const harmless = /\.(pdf|docx?|xlsx?|pptx?|odt|txt|rtf|csv|jpe?g|png|gif|webp|heic|mp[34]|mov|avi|zip|html?)\s*$/i

/** `program` runs when it is opened; `disguised` besides looks like something else. */
export function dangerOf(name: string): 'disguised' | 'program' | '' {
  const { stem, ending } = shownName(name.trimEnd())
  const isProgram = programs.has(ending.slice(1).toLowerCase())
  if (!isProgram) return ''
  return harmless.test(stem) || partsOf(name).some(part => part.hidden) || /\s{3,}/.test(name) ? 'disguised' : 'program'
}
