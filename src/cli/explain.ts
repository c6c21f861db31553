import { type ExplainRequest, MAX_EXPLAINED_CHARACTERS } from '../../schemas/explanation.js'
import { explain } from '../explain/explain.js'
import { requestOf } from '../explain/request-of.js'
import { renderExplanation, renderExplanationText } from '../formats/explanation.js'
import { CommandError, EXIT } from './exit.js'
import { readText } from './input.js'
import { printableLines, writeResult } from './terminal.js'

export interface ExplainOptions {
  format: 'text' | 'markdown' | 'json'
}

/** `explain`: what an error of AWS means. Exit status 2 for a text that is not known. Nothing is read from AWS. */
export async function explainText (argument: string, { format }: ExplainOptions): Promise<number> {
  const text = argument === '-' ? await readText('-') : argument
  const explanation = explain(checkedRequest(text.trim()))
  // The text that is explained is often one of a log.
  const answer =
    format === 'json'
      ? JSON.stringify(explanation, null, 2)
      : printableLines(format === 'text' ? renderExplanationText(explanation) : renderExplanation(explanation))
  await writeResult(answer)
  return explanation.recognized ? EXIT.pass : EXIT.indeterminate
}

function checkedRequest (text: string): ExplainRequest {
  if (text === '') throw new CommandError('there is no text to explain')
  const request = requestOf(text)
  if ((request.failureReason ?? '').length > MAX_EXPLAINED_CHARACTERS)
    throw new CommandError(`the text is longer than ${MAX_EXPLAINED_CHARACTERS} characters`)
  return request
}
