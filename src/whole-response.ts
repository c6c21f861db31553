import { ServerResponse, type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http'

type Fields = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * Sends an answer that is there as a whole in one plain write. Node.js itself gathers it with an empty last chunk into a vector, which takes
 * several times as long to hand over; and what is nothing but ASCII need not be encoded.
 */
export class WholeResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  #contentLength = NaN

  override writeHead (statusCode: number, reason?: string | Fields, fields?: Fields): this {
    const given = typeof reason === 'string' ? fields : fields ?? reason
    if (given !== undefined && !Array.isArray(given)) this.#contentLength = Number(given['content-length'])
    return typeof reason === 'string' ? super.writeHead(statusCode, reason, given) : super.writeHead(statusCode, given)
  }

  override end (chunk?: unknown, encoding?: unknown, callback?: unknown): this {
    const { socket } = this
    // Answers that wait behind others on their connection have no socket yet; what is written to one that was destroyed is never finished.
    if (typeof chunk !== 'string' || chunk === '' || (encoding ?? callback ?? null) !== null || !this.headersSent || socket === null || socket.destroyed) {
      Reflect.apply(super.end, this, [chunk, encoding, callback])
      return this
    }
    // As many bytes as UTF-16 units: ASCII.
    this.write(chunk, chunk.length === this.#contentLength ? 'latin1' : 'utf8')
    socket.uncork()
    return super.end()
  }
}
