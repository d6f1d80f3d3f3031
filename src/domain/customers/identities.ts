// Identities written the same way, so that one name is one name however it was typed.
//
// Telephone numbers become E.164 with the tenant's country, e-mail addresses lower case with the domain as it goes over the wire; for
// what the tenant calls names itself it says how they are written. A call is never refused for how its caller's number looks: what cannot be
// read stays as it is, and only who ties a name to a customer is told what is wrong with it.

import { domainToASCII } from 'node:url';
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { identityTextsKept } from '../../limits.ts';
import type { IdentitySettings, WrittenAs } from '../../protocol/identities.ts';
import type { Identity } from './tables.ts';

export interface Normal extends Identity {
  /** Why it is none of its kind. */
  readonly fault?: string;
}

const builtIn: Readonly<Record<string, WrittenAs>> = {
  tel: 'telephone',
  sms: 'telephone',
  whatsapp: 'telephone',
  email: 'email',
};

const E164 = /^\+[1-9]\d{6,14}$/;

export class Identities {
  #settings: IdentitySettings = {};
  #country: CountryCode | undefined;
  /** Telephone numbers that had to be read, by how they were written. */
  readonly #read = new Map<string, Normal>();

  get settings(): IdentitySettings {
    return this.#settings;
  }

  set(settings: IdentitySettings): void {
    this.#settings = settings;
    const { country } = settings;
    this.#country = country !== undefined && isSupportedCountry(country) ? country : undefined;
    this.#read.clear();
  }

  /** A customer has one of these at most: two are two customers. */
  isOnePerCustomer(scheme: string): boolean {
    return this.#settings.schemes?.[scheme]?.onePerCustomer ?? scheme === 'customerNumber';
  }

  normal({ scheme, value }: Identity): Normal {
    switch (this.#settings.schemes?.[scheme]?.writtenAs ?? builtIn[scheme] ?? 'asGiven') {
      case 'telephone':
        return this.#telephone(scheme, value);
      case 'email':
        return email(scheme, value);
      case 'lowerCase':
        return { scheme, value: value.trim().toLowerCase() };
      case 'digits': {
        const digits = value.replace(/[\s./-]/g, '');
        return { scheme, value: digits, ...(!/^\d+$/.test(digits) && { fault: 'is not made of digits' }) };
      }
      case 'asGiven':
        return { scheme, value: value.trim() };
    }
  }

  #telephone(scheme: string, value: string): Normal {
    if (E164.test(value)) return { scheme, value };
    const key = `${scheme}\n${value}`;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const read = this.#readTelephone(scheme, value);
    if (this.#read.size >= identityTextsKept) this.#read.clear();
    this.#read.set(key, read);
    return read;
  }

  #readTelephone(scheme: string, value: string): Normal {
    const number = parsePhoneNumberFromString(value, this.#country);
    if (number?.isPossible()) return { scheme, value: number.number };
    const fault =
      this.#country === undefined && !value.trim().startsWith('+')
        ? 'is no telephone number in E.164, and the tenant’s `identities` name no `country`'
        : 'is no telephone number';
    return { scheme, value: value.trim(), fault };
  }
}

/** Nobody is known to have an address that differs from another's in the case of its letters alone, though RFC 5321 would allow it. */
function email(scheme: string, value: string): Normal {
  const text = value.trim();
  const at = text.lastIndexOf('@');
  const domain = at > 0 ? domainToASCII(text.slice(at + 1)) : '';
  if (domain === '' || /\s/.test(text)) return { scheme, value: text, fault: 'is no e-mail address' };
  return { scheme, value: `${text.slice(0, at).toLowerCase()}@${domain}` };
}
