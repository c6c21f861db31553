/** The values of promises in the order in which they come; one that is rejected throws when its turn comes. */
export async function * asTheyCome<T> (promises: ReadonlyArray<Promise<T>>): AsyncGenerator<T> {
  const arrive: Array<(arrival: { promise: Promise<T> }) => void> = []
  const arrivals = promises.map(() => new Promise<{ promise: Promise<T> }>((resolve) => { arrive.push(resolve) }))
  let count = 0
  for (const promise of promises) {
    const settled = (): void => { arrive[count++]?.({ promise }) }
    promise.then(settled, settled)
  }
  for (const arrival of arrivals) yield await (await arrival).promise
}
