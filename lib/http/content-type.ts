/** The type of bytes of which nothing is said. */
export const NEUTRAL = 'application/octet-stream';

/** A media type, with parameters or without (RFC 9110, section 8.3.1). */
export const MEDIA_TYPE = /^[!#$%&'*+\-.^_`|~0-9a-z]+\/[\t\x20-\x7e]+$/i;

/**
 * Types that browsers act on before they look at Content-Disposition. They read the parts of a multipart message as
 * responses with their own headers, offer certificates, extensions and proxy settings for installation, and run
 * plug-ins in the origin of the response.
 */
const ACTIVE =
  /^(?:multipart\/(?!byteranges$).*|application\/(?:x-xpinstall|x-chrome-extension|x-x509-(?:ca|user|email|server)-cert|pkix-cert|x-pkcs12|x-apple-aspen-config|x-ns-proxy-autoconfig|x-java-applet|x-java-jnlp-file|x-shockwave-flash|vnd\.adobe\.flash\.movie|x-silverlight(?:-2|-app)?))$/;

/**
 * Returns the Content-Type for the client: the provider's, or `application/octet-stream` if a browser would not
 * download the file. `multipart/byteranges`, the parts of a 206, is kept.
 *
 * @see https://mimesniff.spec.whatwg.org/#parsing-a-mime-type
 */
export function safeContentType(value: string): string {
  // Browsers use the last value of a list that they understand (Fetch, "extract a MIME type").
  for (const one of value.toLowerCase().split(',')) {
    const essence = one.split(';', 1)[0]?.trim() ?? '';
    if (ACTIVE.test(essence)) return NEUTRAL;
  }
  return value;
}
