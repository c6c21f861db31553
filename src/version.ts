/** The version in package.json; a test holds them equal, so that `src` imports no file outside the build. */
export const VERSION = '0.4.0'
