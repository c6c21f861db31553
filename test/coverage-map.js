/** A test of `src/` answers for the file that it mirrors; the others cut across files. */
export default (test) => test.startsWith('test/src/') ? [test.slice('test/'.length)] : null
