/**
 * Tells whether `engines` in package.json allows a version of Node. It runs on any version, so that an old one gets a
 * message and not a stack.
 *
 * @param version such as `24.21.0`
 */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version.includes('-')) return false;
  return (major === 22 && minor >= 15) || major === 24 || major >= 26;
}
