// What the owner's panel says, in every language: it comes with the chunk that shows it, and not before.
import type { LanguageCode } from '.'

export interface OwnerMessages {
  closeIn: string
  closesAt: (time: string) => string
  lock: string
  unlock: string
  newPassword: string
  change: string
  changed: string
  close: string
  closeSure: string
  closeYes: string
  lockDoor: string
  unlockDoor: string
}

export const ownerMessages: Record<LanguageCode, OwnerMessages> = {
  en: {
    closeIn: 'Let it close in',
    closesAt: time => `It closes at ${time}.`,
    lock: 'Lock uploads',
    unlock: 'Unlock uploads',
    newPassword: 'New password',
    change: 'Change',
    changed: 'Changed',
    close: 'Close the room now',
    closeSure: 'Close it for everybody and delete its files?',
    closeYes: 'Yes, close it',
    lockDoor: 'Lock the door',
    unlockDoor: 'Unlock the door',
  },
  de: {
    closeIn: 'Schließen lassen in',
    closesAt: time => `Er schließt um ${time}.`,
    lock: 'Hochladen sperren',
    unlock: 'Hochladen freigeben',
    newPassword: 'Neues Passwort',
    change: 'Ändern',
    changed: 'Geändert',
    close: 'Den Raum jetzt schließen',
    closeSure: 'Für alle schließen und die Dateien löschen?',
    closeYes: 'Ja, schließen',
    lockDoor: 'Die Tür abschließen',
    unlockDoor: 'Die Tür aufschließen',
  },
  hi: {
    closeIn: 'इतनी देर में बंद हो',
    closesAt: time => `कमरा ${time} पर बंद होगा।`,
    lock: 'अपलोड बंद करें',
    unlock: 'अपलोड फिर चालू करें',
    newPassword: 'नया पासवर्ड',
    change: 'बदलें',
    changed: 'बदल गया',
    close: 'कमरा अभी बंद करें',
    closeSure: 'सबके लिए बंद करके इसकी फ़ाइलें मिटा दें?',
    closeYes: 'हाँ, बंद करें',
    lockDoor: 'दरवाज़ा बंद करें',
    unlockDoor: 'दरवाज़ा खोलें',
  },
  ar: {
    closeIn: 'تُغلق بعد',
    closesAt: time => `تُغلق في ${time}.`,
    lock: 'منع الرفع',
    unlock: 'السماح بالرفع',
    newPassword: 'كلمة مرور جديدة',
    change: 'تغيير',
    changed: 'تم التغيير',
    close: 'أغلق الغرفة الآن',
    closeSure: 'أتُغلق للجميع وتُحذف ملفاتها؟',
    closeYes: 'نعم، أغلقها',
    lockDoor: 'أقفل الباب',
    unlockDoor: 'افتح الباب',
  },
}
