import { Agent } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { send, type Sent } from './http-client.js'

/**
 * A caller with small requests of its own, on its own connection, who notices how long others keep the service busy.
 */
export interface Probe {
  /** The times since the last call of this, in ms; a request that is still out counts with the time it has waited. */
  take(): number[]
  stop(): Promise<{ failed: number }>
}

/** Slow enough for the limit of probes, 6,000 a minute and address. */
const EVERY_MS = 15

const LIVENESS: Sent = { method: 'GET', path: '/livez', headers: {} }

export function startLatencyProbe (port: number, request = LIVENESS): Probe {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let times: number[] = []
  let failed = 0
  let isOver = false
  let sentAt: number | undefined
  const run = async (): Promise<void> => {
    while (!isOver) {
      sentAt = performance.now()
      const answer = await send(port, request, agent, 60_000).catch(() => undefined)
      if (answer?.status === 200) times.push(answer.ms)
      else failed++
      sentAt = undefined
      await setTimeout(EVERY_MS)
    }
  }
  const over = run()
  return {
    take () {
      const taken = sentAt === undefined ? times : [...times, performance.now() - sentAt]
      times = []
      return taken
    },
    async stop () {
      isOver = true
      await over
      agent.destroy()
      return { failed }
    }
  }
}
