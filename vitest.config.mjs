import { defineConfig } from 'vitest/config';

/** What Yjs itself says whenever a notebook is made of JSON. */
const YJS = /\[yjs#509\]|Add Yjs type to a document/;

export default defineConfig({
  test: { include: ['tests/ts/**/*.test.ts'], environment: 'node', onConsoleLog: text => !YJS.test(text) }
});
