// Every unit test of the page's logic, bundled into one file for `node --test`.
import './format.test'
import './i18n.test'
import './invite.test'
import './lifetimes.test'
import './queue.test'
import './retry.test'
import './room.test'
import './sentences.test'
