import { load, type LoadOptions } from './load.js'

/** A generator in a process of its own: it answers each order with what it found. */
process.on('message', (options: LoadOptions) => {
  void load(options).then((result) => process.send?.(result))
})
process.on('disconnect', () => {
  process.exit()
})
process.send?.('ready')
