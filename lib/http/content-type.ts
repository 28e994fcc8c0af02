const NEUTRAL = 'application/octet-stream';

/** A media type, with parameters or without (RFC 9110, section 8.3.1). */
export const MEDIA_TYPE = /^[!#$%&'*+\-.^_`|~0-9a-z]+\/[\t\x20-\x7e]+$/i;

/**
 * Types that browsers act on before they look at Content-Disposition: the parts of a multipart message are taken for
 * responses with headers of their own, certificates, extensions and proxy settings are offered for installation, and
 * plug-ins run their content in the origin that it comes from.
 */
const ACTIVE =
  /^(?:multipart\/(?!byteranges$).*|application\/(?:x-xpinstall|x-chrome-extension|x-x509-(?:ca|user|email|server)-cert|pkix-cert|x-pkcs12|x-apple-aspen-config|x-ns-proxy-autoconfig|x-java-applet|x-java-jnlp-file|x-shockwave-flash|vnd\.adobe\.flash\.movie|x-silverlight(?:-2|-app)?))$/;

/**
 * The content type for the client: as the provider sent it, `application/octet-stream` where a browser would do
 * something else with the content than download it. `multipart/byteranges`, the parts of a 206, stays what it is.
 *
 * @see https://mimesniff.spec.whatwg.org/#parsing-a-mime-type
 */
export function safeContentType(value: string): string {
  // Of several values in one header, browsers take the last that they understand (Fetch, "extract a MIME type").
  for (const one of value.toLowerCase().split(',')) {
    const essence = one.split(';', 1)[0]?.trim() ?? '';
    if (ACTIVE.test(essence)) return NEUTRAL;
  }
  return value;
}
