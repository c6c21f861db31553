import { type Explanation, ExplainRequest } from '../../../schemas/explanation.js'
import { explain } from '../../explain/explain.js'
import { assertOneText, requestOf } from '../../explain/request-of.js'
import { answer, type Answer } from './answer.js'

/** What `POST /explain` answers to the body, without `live`. */
export function explanation (body: unknown): Answer<Explanation> {
  return answer(ExplainRequest, body, (request: ExplainRequest) => {
    assertOneText(request)
    return explain(request)
  })
}

export { requestOf }
