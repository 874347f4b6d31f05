// The link to report by. The server puts this script into the page where its operator has set a contact (src/app/page_assets.cpp).
const texts = { en: 'Report abuse', de: 'Missbrauch melden', hi: 'दुरुपयोग की सूचना दें', ar: 'الإبلاغ عن إساءة' }
const told = name => document.querySelector(`meta[name=${name}]`).content

/** A letter has the room's name as its subject: it is what the operator needs to find it by. */
function withRoom(contact, text) {
  const name = decodeURIComponent(location.pathname.slice(told('base-path').length + 1).split('/')[0])
  if (!contact.startsWith('mailto:') || !name) return contact
  return `${contact}${contact.includes('?') ? '&' : '?'}subject=${encodeURIComponent(`${text}: ${name}`)}`
}

const page = document.documentElement
const link = Object.assign(document.createElement('a'), { className: 'soft', rel: 'noreferrer' })
link.style.cssText = 'display: inline-block; padding: .75rem'
const footer = Object.assign(document.createElement('footer'), { className: 'small' })
footer.style.textAlign = 'center'
footer.append(link)
document.body.append(footer)

function speak() {
  const text = texts[page.lang] ?? texts.en
  link.textContent = text
  link.href = withRoom(told('report'), text)
}
speak()
// A page that opens a room doesn't load anew: where it is counts when the link is used.
for (const event of ['focus', 'pointerenter', 'click']) link.addEventListener(event, speak)
new MutationObserver(speak).observe(page, { attributeFilter: ['lang'] })
