import { readFileSync } from 'node:fs'
import process from 'node:process'
import Fastify from 'fastify'

/** The baseline: a Fastify that parses the same bodies and sends the same response objects, and does nothing else. */
const responses = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const app = Fastify()
app.get('/livez', async () => ({ status: 'ok' }))
for (const [path, response] of Object.entries(responses)) app.post(path, async () => response)
process.once('SIGTERM', () => {
  void app.close()
})
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
