/** The lines of a streamed text as they come, without empty ones. Rejects where the stream breaks off. */
export async function* readLines (stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const texts = `${rest}${decoder.decode(value, { stream: !done })}`.split('\n')
    rest = done ? '' : (texts.pop() ?? '')
    for (const text of texts) if (text !== '') yield text
    if (done) return
  }
}
