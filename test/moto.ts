import type { Test } from 'tap'
import { findMoto, startMoto, type Moto } from '../demo/moto-server.js'

export type { Moto } from '../demo/moto-server.js'

/**
 * Runs live tests against one moto_server, reset before each. Without moto they are skipped, and say so;
 * in CI they fail instead, where skipped tests would go unnoticed.
 */
export async function withMoto (t: Test, name: string, live: (t: Test, moto: Moto) => Promise<void>): Promise<void> {
  const command = findMoto()
  if (command === undefined && process.env.CI !== 'true') {
    await t.test(name, { skip: 'moto_server is not on PATH (pip install "moto[server]")' }, () => {})
    return
  }
  await t.test(name, { timeout: 300_000 }, async (t) => {
    if (command === undefined) throw new Error('moto_server is not on PATH, and CI=true wants the live tests')
    const moto = await startMoto(command)
    t.teardown(() => moto.stop())
    t.beforeEach(() => moto.reset())
    await live(t, moto)
  })
}
