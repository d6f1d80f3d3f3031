// Networks as people write them, address/bits: whether one is any, whether an address is in some of them, and whether one is within others.

import { BlockList, isIP } from 'node:net';

const bitsMax: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

export function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  return Number(bits) <= (bitsMax[isIP(address)] ?? -1);
}

/** Of networks that are some. An address of version 4 that is written within one of version 6 is judged as what it is. */
export function isInSome(networks: readonly string[]): (address: string) => boolean {
  const listed = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    listed.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && listed.check(address, familyOf(address));
}

/** All of its addresses are in one of the others, written in the same version. */
export function isWithin(network: string, others: readonly string[]): boolean {
  const [address = '', bits] = network.split('/');
  return others.some((other) => {
    const [first = '', fewer] = other.split('/');
    return isIP(first) === isIP(address) && Number(fewer) <= Number(bits) && isInSome([other])(address);
  });
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
