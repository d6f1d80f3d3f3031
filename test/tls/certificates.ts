// The certificates of this folder by name, and a pair of files whose content a test replaces as an operator would.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TlsFiles } from '../../src/transport/tls-pair.ts';

export type CertificateName = 'first' | 'second' | 'expired' | 'future';

export const pemFile = (name: string) => fileURLToPath(new URL(name, import.meta.url));

export function certificate(name: CertificateName): TlsFiles {
  return { certFile: pemFile(`${name}.pem`), keyFile: pemFile(`${name}-key.pem`) };
}

/** cert.pem and key.pem in a folder, with the content of whichever certificate and key were put there last. */
export class ReplacedFiles implements TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;

  constructor(folder: string, name: CertificateName) {
    this.certFile = join(folder, 'cert.pem');
    this.keyFile = join(folder, 'key.pem');
    this.put(name);
  }

  put(cert: CertificateName, key: CertificateName = cert): void {
    copyFileSync(certificate(key).keyFile, this.keyFile);
    copyFileSync(certificate(cert).certFile, this.certFile);
  }
}
