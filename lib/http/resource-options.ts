import { mistake } from '../values/mistakes';
import { checkObject, fail } from '../values/option-checks';
import { isObject } from '../values/own-members';
import { CONTENT_RESOURCES, type CompiledRoute, type ContentResource, compileRoutes, pluralOf } from './routes';

const RESOURCE_NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/**
 * Checks the option `resources` and parses the paths of its routes.
 *
 * @throws TypeError that says what was given and what to write
 */
export function parseResources(factory: string, value: unknown): readonly CompiledRoute[] {
  const known: readonly unknown[] = CONTENT_RESOURCES;
  const expected = `a non-empty array of ${CONTENT_RESOURCES.join(', ')}, or of routes { resource, path }`;
  if (value === undefined) return Object.freeze(compileRoutes(['files']));
  if (!Array.isArray(value) || value.length === 0) return fail(factory, 'resources', expected, value);
  const items: readonly unknown[] = [...new Set<unknown>(value)];
  const routes = items.flatMap((item, index) => {
    if (isObject(item)) return parseRoute(factory, `resources[${index}]`, item);
    return known.includes(item) ? compileRoutes([item as ContentResource]) : fail(factory, 'resources', expected, item);
  });
  return Object.freeze(routes);
}

function parseRoute(factory: string, option: string, value: unknown): readonly CompiledRoute[] {
  const { resource, path, fileIdParam } = checkObject(factory, option, value, ['resource', 'path', 'fileIdParam']);
  if (typeof resource !== 'string' || !RESOURCE_NAME.test(resource)) {
    return fail(factory, `${option}.resource`, "a name of lower-case letters, digits, '_' and '-'", resource);
  }
  const plural = pluralOf(resource);
  if (plural)
    fail(
      factory,
      `${option}.resource`,
      `another name than the singular of a ready one; did you mean \`${plural}\`?`,
      resource,
    );
  if (fileIdParam !== undefined && typeof fileIdParam !== 'string') {
    fail(factory, `${option}.fileIdParam`, 'the name of a parameter', fileIdParam);
  }
  const paths: unknown = typeof path === 'string' ? [path] : path;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((one) => typeof one === 'string')) {
    return fail(factory, `${option}.path`, "a path such as 'files/{fileId}/content', or an array of them", path);
  }
  try {
    return compileRoutes([{ resource, path: paths, fileIdParam: fileIdParam as string | undefined }]);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw mistake(factory, `"${option}.path" ${problem}`, 'invalid-option');
  }
}
