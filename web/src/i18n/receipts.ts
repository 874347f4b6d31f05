// The sentences of a room's receipt, in every language: they come with the chunk that shows it, and not before.
import type { LanguageCode } from '.'

export interface ReceiptMessages {
  erasing: string
  /** late: after the end; what: so many files, so large */
  erasedAt: (time: string, late: string, what: string) => string
  notErasedYet: string
  saveReceipt: string
  lookAgain: string
}

export const receipts: Record<LanguageCode, ReceiptMessages> = {
  en: {
    erasing: 'What was in it is being erased…',
    erasedAt: (time, late, what) => `Everything in it was erased at ${time}, ${late} after the end: ${what}.`,
    notErasedYet: 'It isn’t confirmed yet that everything is erased. The server goes on trying; its receipt is here for a day.',
    saveReceipt: 'Save the receipt',
    lookAgain: 'Look again',
  },
  de: {
    erasing: 'Was darin war, wird gerade gelöscht …',
    erasedAt: (time, late, what) => `Alles darin wurde um ${time} gelöscht, ${late} nach dem Ende: ${what}.`,
    notErasedYet: 'Noch ist nicht bestätigt, dass alles gelöscht ist. Der Server versucht es weiter; die Quittung liegt einen Tag lang hier.',
    saveReceipt: 'Quittung speichern',
    lookAgain: 'Noch einmal nachsehen',
  },
  hi: {
    erasing: 'उसमें जो था, मिटाया जा रहा है…',
    erasedAt: (time, late, what) => `उसमें जो कुछ था, ${time} पर मिटा दिया गया, अंत के ${late} बाद: ${what}।`,
    notErasedYet: 'अभी पक्का नहीं हुआ कि सब कुछ मिट गया है। सर्वर कोशिश करता रहेगा; रसीद यहाँ एक दिन तक रहेगी।',
    saveReceipt: 'रसीद सहेजें',
    lookAgain: 'फिर देखें',
  },
  ar: {
    erasing: 'يجري الآن محو ما كان فيها…',
    erasedAt: (time, late, what) => `مُحي كل ما كان فيها في ${time}، بعد النهاية بـ ${late}: ${what}.`,
    notErasedYet: 'لم يتأكد بعد محو كل شيء. يواصل الخادم المحاولة، ويبقى الإيصال هنا يومًا.',
    saveReceipt: 'حفظ الإيصال',
    lookAgain: 'انظر مرة أخرى',
  },
}
