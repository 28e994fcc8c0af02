/** A field name (RFC 9110, section 5.6.2: token). */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
