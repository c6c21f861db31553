/** The functions of the engine that tell what was not understood; their text is for people. */
const TELLERS = new Set(['report', 'fault', 'TypeError'])

/** Passes over the texts for people: the `what` of a report, and what is told of a condition. */
const messages = {
  shouldIgnore (path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined
    const { parent, key, listKey } = path
    const isWhat = parent.type === 'ObjectProperty' && key === 'value' && parent.key.name === 'what'
    const isTold = listKey === 'arguments' && TELLERS.has(parent.callee?.name)
    return isWhat || isTold ? 'text for people' : undefined
  }
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'messages', value: messages }]
