import { readFileSync } from 'node:fs'

/** @type {{ readonly exports: Readonly<Record<string, string>> }} */
const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
/** The front doors that users import from. */
const doors = Object.values(manifest.exports)
  .filter((file) => file.endsWith('/index.js'))
  .map((file) => file.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))

/** @type {Partial<import('typedoc').TypeDocOptions> & Partial<import('typedoc-plugin-markdown').PluginOptions>} */
export default {
  name: 'Quorate API',
  entryPoints: doors,
  basePath: 'src',
  tsconfig: 'tsconfig.build.json',
  plugin: ['typedoc-plugin-markdown'],
  out: 'docs/reference/api',
  readme: 'none',
  router: 'module',
  disableSources: true,
  excludePrivate: true,
  excludeExternals: true,
  parametersFormat: 'table',
  classPropertiesFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  excludeInternal: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  // That all of it is documented, the guard asserts.
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  // The types have a check of their own.
  skipErrorChecking: true,
}
