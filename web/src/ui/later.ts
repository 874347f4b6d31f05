// What a room's page can do without at first. One chunk: each further one would share code with the page, and cost it a request.
export { OwnerPanel } from './owner-panel'
export { Preview } from './preview'
export { TableTools } from './table-tools'
export { Feed } from '../core/events'
