// Every unit test of the page's logic, bundled into one file for `node --test`.
import './format.test'
import './invite.test'
import './queue.test'
import './retry.test'
import './room.test'
