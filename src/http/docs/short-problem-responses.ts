/**
 * A plugin of Swagger UI, run in the browser, so that the page of an operation stays short: a problem response (4xx,
 * 5xx) is one line with its codes until its example is requested. The text is the function that Swagger UI gets: a
 * compiled function could refer to helpers that the browser does not have.
 */
const SOURCE = `({ React, getComponent }) => ({
  wrapComponents: {
    response: (Response) => (props) => {
      const [isShort, setShort] = React.useState(/^[45]/.test(props.code))
      if (!isShort) return React.createElement(Response, props)
      const Markdown = getComponent('Markdown', true)
      const cell = (name, ...content) => React.createElement('td', { className: name }, ...content)
      const button = React.createElement(
        'button',
        { type: 'button', className: 'btn', onClick: () => setShort(false), 'aria-label': 'Example of ' + props.code },
        'Example'
      )
      return React.createElement('tr', { className: 'response', 'data-code': props.code },
        cell('response-col_status', props.code),
        cell('response-col_description', React.createElement(Markdown, { source: props.response.get('description') })),
        cell('response-col_links', button))
    }
  }
})`

/** The plugin as a function that @fastify/swagger-ui writes into the page: it calls `toString`. */
export const shortProblemResponses = Object.assign(() => ({}), { toString: () => SOURCE })
