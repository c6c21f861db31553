import { subscribe } from 'node:diagnostics_channel'
import { writeSync } from 'node:fs'
import process from 'node:process'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into a service before its own code (`--import`), which does not use it. Prints when the process exits how
 * many requests arrived complete, and how many of these were never answered. A client cannot know, and the log of the
 * service may lack the very request that was lost.
 */
const inFlight = new Set()
let received = 0
let unanswered = 0

const count = (exchange) => {
  const { request, response } = exchange
  inFlight.delete(exchange)
  if (!request.complete) return
  received++
  if (!response.writableFinished) unanswered++
}

subscribe('http.server.request.start', ({ request, response }) => {
  if (request.url === '/livez') return
  const exchange = { request, response }
  inFlight.add(exchange)
  response.once('close', () => {
    count(exchange)
  })
})

if (isMainThread) {
  process.once('exit', () => {
    for (const exchange of inFlight) count(exchange)
    writeSync(1, `${JSON.stringify({ received, unanswered })}\n`)
  })
}
