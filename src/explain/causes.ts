import { LAYER_CAUSES } from './layer-causes.js'
import { OTHER_CAUSES } from './other-causes.js'
import { PERMISSION_CAUSES } from './permission-causes.js'

/** The causes of denials around Amazon Personalize; forms of texts and layers of policies name them by code. */
export const CAUSES = { ...PERMISSION_CAUSES, ...LAYER_CAUSES, ...OTHER_CAUSES }

export type CauseCode = keyof typeof CAUSES
