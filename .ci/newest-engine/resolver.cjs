// Resolves http-proxy-middleware, httpxy and axios to the versions that install.mjs has put beside this file.
const NAMES = ['http-proxy-middleware', 'httpxy', 'axios'];

module.exports = function resolve(request, options) {
  const isNewest = NAMES.some((name) => request === name || request.startsWith(`${name}/`));
  return options.defaultResolver(request, isNewest ? { ...options, basedir: __dirname } : options);
};
