import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into a service before its own code (`--import`), and asked by none of it: how many requests arrived whole,
 * and how many of these were
 * never answered, in a line at its end. A client cannot know, and the service's own log may lack the very request
 * that was lost.
 */
const underWay = new Set()
let received = 0
let unanswered = 0

const count = (exchange) => {
  const { request, response } = exchange
  underWay.delete(exchange)
  if (!request.complete) return
  received++
  if (!response.writableFinished) unanswered++
}

subscribe('http.server.request.start', ({ request, response }) => {
  if (request.url === '/livez') return
  const exchange = { request, response }
  underWay.add(exchange)
  response.once('close', () => {
    count(exchange)
  })
})

if (isMainThread) {
  process.once('exit', () => {
    for (const exchange of underWay) count(exchange)
    writeSync(1, `${JSON.stringify({ received, unanswered })}\n`)
  })
}
