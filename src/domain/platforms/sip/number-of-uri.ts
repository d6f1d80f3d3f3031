// The telephone number in a URI, if there is one: `sip:+86900@pbx;user=phone`, `sip:900;phone-context=+86@pbx`, `tel:+86-900`.
//
// Before the @ of a SIP URI may stand parameters of the number and a password; behind it are the host, the URI's own parameters and whole
// headers, escaped (`?Reason=SIP%3Bcause%3D302&Privacy=history`), none of which says who was called. The signs that a `tel` URI may have
// for the eye (RFC 3966) are left out. What is not digits then is nobody's number.

const forTheEye = /[-.()]/g;
const digitsAlone = /^\+?(\d{1,32})$/;

/** Digits, without the + of an international number. */
export function numberOfUri(uri: string): string | undefined {
  const colon = uri.indexOf(':');
  const scheme = uri.slice(0, Math.max(colon, 0)).toLowerCase();
  const rest = uri.slice(colon + 1);
  if (scheme === 'tel') return digitsOf(rest);
  const at = rest.indexOf('@');
  return (scheme === 'sip' || scheme === 'sips') && at !== -1 ? digitsOf(rest.slice(0, at)) : undefined;
}

function digitsOf(user: string): string | undefined {
  // A semicolon begins the number's own parameters, a colon the password.
  const [number = ''] = user.split(/[;:?]/, 1);
  const plain = unescaped(number)?.replace(forTheEye, '');
  return plain === undefined ? undefined : digitsAlone.exec(plain)?.[1];
}

/** Undefined where what is escaped is no text. */
function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
