/** The functions of the engine that report unsupported constructs; their text is for people. */
const REPORTERS = new Set(['report', 'fault', 'TypeError'])

/** Ignores the texts for people: the `what` of a report, and what is reported of a condition. */
const messages = {
  shouldIgnore (path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined
    const { parent, key, listKey } = path
    const isWhat = parent.type === 'ObjectProperty' && key === 'value' && parent.key.name === 'what'
    const isReported = listKey === 'arguments' && REPORTERS.has(parent.callee?.name)
    return isWhat || isReported ? 'text for people' : undefined
  }
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'messages', value: messages }]
