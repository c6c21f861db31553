import { PoliciesRequest } from '../../../schemas/generation.js'
import { POLICY_FORMS, policyForm, type PolicyFormName } from '../../formats/policies/policy-forms.js'
import { policiesToDeploy } from '../../policies/to-deploy.js'
import { answer, type Answer } from './answer.js'

/** The forms in which policies are deployed, in words for a list. */
export const FORMS: ReadonlyArray<{ name: PolicyFormName; words: string; mediaType: string; fileName: string }> =
  POLICY_FORMS.map(({ name, description, mediaType, fileName }) => ({
    name,
    words: (/^(?:An? )?([^.]*)/.exec(description)?.[1] ?? name).replace(/^./, (letter) => letter.toUpperCase()),
    mediaType,
    fileName
  }))

/** What `POST /policies` answers to the body under the media type of the form. */
export function policiesAs (form: PolicyFormName, body: unknown): Answer<string> {
  return answer(PoliciesRequest, body, (request: PoliciesRequest) => policyForm(form, policiesToDeploy(request)))
}
